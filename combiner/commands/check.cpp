// combine check SERVICE: is the written file what would be written now?
#include "combiner/commands/combine_service.h"
#include "combiner/commands/diagnostics_option.h"
#include "combiner/commands/options.h"
#include "combiner/commands/request.h"
#include "combiner/commands/terminal.h"
#include "combiner/diff_text.h"
#include "combiner/write_file.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

/// Prints how the file differs from `fresh`; whether it does.
bool is_stale(const std::string& file, const std::string& fresh) {
  const std::optional<std::string> written = read_file(file);
  if (!written) {
    llvm::errs() << "combine: error: " << shown(file) << " is not there\n";
    return true;
  }
  if (*written == fresh) return false;
  llvm::outs() << unified_diff({shown(file), *written}, {shown(file) + " (fresh)", fresh},
                               wants_colour(1));
  llvm::outs().flush();
  llvm::errs() << "combine: error: " << shown(file) << " is stale\n";
  return true;
}

int check(const Invocation& invocation) {
  const std::string given = invocation.value("-o");
  if (given == "-") usage_error("check compares with a file: -o FILE", invocation.command);
  leave_stdout_free(invocation, "the difference");
  const Request request = request_of(invocation);
  const Outcome outcome = combine_service(invocation, request, output_name(invocation, request));
  if (has_errors(outcome.diagnostics)) return 1;
  const std::string output = output_path(invocation, request, outcome);
  // A map may be left out of what is kept, but not be wrong.
  const std::string map = output + ".map.json";
  const bool stale = is_stale(output, outcome.emission->text) ||
                     (read_file(map) && is_stale(map, outcome.emission->map));
  if (!stale) return 0;
  llvm::errs() << "note: to mend: " << command_of(request) << (given.empty() ? "" : " -o " + given)
               << "\n";
  return 1;
}

}  // namespace

Command check_command() {
  Command out;
  out.name = "check";
  out.summary = "is the written file stale? Shows what is";
  out.operands = {service_operand()};
  out.help =
      "Combines, writes nothing, and compares with what was written by the same options. Fresh: no "
      "word, exit code 0. Stale, or not there: a unified diff from the written file to the fresh "
      "one, how to mend it, exit code 1. The map of lines is compared if it is there.";
  out.options = combine_options_and({output_option(), diagnostics_option()});
  out.examples = {
      {"combine check services/decode.h", "for continuous integration: fails on a stale file"},
      {"combine check --device=cpu services/decode.h -o decode.cpp", "a file of your own"},
      {"combine check services/decode.h | patch -p0", "mend it, the long way"},
  };
  out.run = check;
  return out;
}

}  // namespace combiner
