// Third-party headers, read in front of everything else, as an emission reads them; and what Clang
// knew of them when it read them before.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "llvm/Support/MemoryBuffer.h"

namespace combiner {

/// What a header was when it was read.
struct HeaderStamp {
  std::string path;
  unsigned long long size = 0, modified = 0, inode = 0;  // modified: nanoseconds; 0: not known
  unsigned long long content = 0;                        // a hash
  bool operator==(const HeaderStamp&) const = default;
};

/// Headers that were parsed, in a form that Clang reads in a few milliseconds, with what that form
/// hides from whoever reads it.
struct ParsedHeaders {
  std::vector<HeaderStamp> headers;
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
