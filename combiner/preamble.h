// Third-party headers, read in front of everything else, as an emission reads them; and what Clang
// knew of them when it read them before.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "combiner/seen_files.h"
#include "llvm/Support/MemoryBuffer.h"

namespace combiner {

/// Headers that were parsed, in a form that Clang reads in a few milliseconds, with what that form
/// hides from whoever reads it.
struct ParsedHeaders {
  std::vector<FileStamp> headers;                      // and where else they would be found first
  std::map<std::string, std::set<std::string>> graph;  // header → what it includes
  std::string words;                                   // every identifier: \nword\nword\n
  llvm::StringRef ast;                                 // Clang's precompiled header
  std::shared_ptr<llvm::MemoryBuffer> memory;          // where `ast` stands

  bool mentions(const std::string& word) const;
};

/// What stands in front of a parse.
struct Preamble {
  std::string text;                             // #include <algorithm>\n...; empty: nothing does
  std::shared_ptr<const ParsedHeaders> parsed;  // null: Clang reads the text
  std::set<std::string> macros;                 // of the files behind it: it must not mention them
};

std::string serialize(const ParsedHeaders& parsed);

/// Null for anything but what `serialize` made.
std::shared_ptr<const ParsedHeaders> deserialize(std::shared_ptr<llvm::MemoryBuffer> memory,
                                                 llvm::StringRef text);

}  // namespace combiner
