// Arguments → Pass: one run of Clang.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "combiner/choose_bodies.h"
#include "combiner/collect_messages.h"
#include "combiner/preamble.h"
#include "combiner/program.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace combiner {

using Files = llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem>;

struct ParseInput {
  std::vector<std::string> arguments;
  Files files;
  std::set<std::string> local_files;  // where the preprocessor is listened to
  Preamble preamble;
  Bodies bodies = {};
  std::string check_all = "";  // the service whose every method is instantiated; or nothing
  bool gives_back = false;     // memory, with the Pass; else it is the process that does
};

struct Parsed {
  std::shared_ptr<Pass> pass;
  std::vector<ClangMessage> messages;
  bool failed = true;
  bool preamble_fits = true;  // else it means something else in front than where authors put it
};

Parsed parse(const ParseInput& input);

/// Parses `text`, nothing but includes, as `arguments` say; null when Clang finds an error in it.
std::shared_ptr<ParsedHeaders> parse_headers(const std::string& text,
                                             const std::vector<std::string>& arguments,
                                             Files files);

/// What the driver makes of `arguments` on this machine: which library's headers, where they are.
/// Empty when it makes nothing.
std::string explain_arguments(const std::vector<std::string>& arguments, Files files);

/// `files`, with these texts in their place.
Files with_texts(Files files, const std::map<std::string, std::string>& texts);

/// Where a preamble's text stands, for Clang.
extern const char kPreamblePath[];

}  // namespace combiner
