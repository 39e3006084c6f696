#include "combiner/commands/diagnostics_option.h"

#include <cstdlib>

#include "combiner/commands/combine_service.h"
#include "combiner/commands/options.h"
#include "combiner/commands/request.h"
#include "combiner/print_sarif.h"
#include "combiner/write_file.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

constexpr const char kOption[] = "--diagnostics";

/// Nothing for text; "-" for standard output; or a file.
std::string target_of(const Invocation& invocation) {
  const std::string value = invocation.value(kOption);
  if (value.empty() || value == "text") return "";
  llvm::StringRef file = value;
  if (file.consume_front("json") && file.empty()) return "-";
  if (file.consume_front(":") && !file.empty()) return file.str();
  usage_error(std::string(kOption) + " wants text, json or json:FILE, not '" + value + "'",
              invocation.command);
}

}  // namespace

Option diagnostics_option() {
  return {.name = kOption,
          .value = "FORMAT",
          .help =
              "text (default), on standard error; json: SARIF 2.1.0, on standard output; "
              "json:FILE: both, SARIF in the file"};
}

bool says_json_on_stdout(const Invocation& invocation) { return target_of(invocation) == "-"; }

void leave_stdout_free(const Invocation& invocation, const std::string& what) {
  if (says_json_on_stdout(invocation))
    usage_error(what + " goes to standard output, so say " + kOption + "=json:FILE",
                invocation.command);
}

void say(const Invocation& invocation, const Diagnostics& diagnostics, const SourceTree& sources) {
  const std::string target = target_of(invocation);
  if (target != "-") say(diagnostics, sources);
  if (target.empty()) return;
  const std::string text = print_sarif(diagnostics, sources, current_directory(), COOP_VERSION);
  if (target == "-") {
    llvm::outs() << text;
    return;
  }
  const std::string error = write_file(absolute(target), text);
  if (error.empty()) return;
  llvm::errs() << "combine: error: " << error << "\n";
  std::exit(1);
}

}  // namespace combiner
