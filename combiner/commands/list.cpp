// combine list SERVICE: every resource that an artifact of it can reach.
#include "combiner/combine.h"
#include "combiner/commands/combine_service.h"
#include "combiner/commands/diagnostics_option.h"
#include "combiner/commands/request.h"
#include "combiner/list_resources.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

int list(const Invocation& invocation) {
  leave_stdout_free(invocation, "the list");
  const Outcome outcome = read_service(request_of(invocation), llvm::vfs::getRealFileSystem());
  say(invocation, outcome.diagnostics, outcome.sources);
  if (has_errors(outcome.diagnostics)) return 1;
  llvm::outs() << list_resources(outcome.registry, outcome.sources);
  return 0;
}

}  // namespace

Command list_command() {
  Command out;
  out.name = "list";
  out.summary = "every resource that an artifact can reach";
  out.operands = {service_operand()};
  out.help =
      "Artifacts with their methods, data and comments, hooks with who listens, and what is always "
      "there. It reads tokens, not types, and takes milliseconds.";
  out.options = request_options_and({diagnostics_option()});
  out.examples = {{"combine list services/decode.h", "all that `self.` can be followed by"}};
  out.run = list;
  return out;
}

}  // namespace combiner
