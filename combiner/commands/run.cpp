// combine run SERVICE -- ARGUMENTS: an emission, compiled and started.
#include "combiner/commands/combine_service.h"
#include "combiner/commands/diagnostics_option.h"
#include "combiner/commands/request.h"
#include "combiner/run_program.h"

namespace combiner {
namespace {

int run(const Invocation& invocation) {
  const Request request = request_of(invocation);
  const std::string name = default_name(request);
  leave_stdout_free(invocation, "what the program prints");
  const Outcome outcome = combine_service(invocation, request, name);
  if (has_errors(outcome.diagnostics)) return 1;
  return run_program(outcome.emission->text, name, invocation.behind);
}

}  // namespace

Command run_command() {
  Command out;
  out.name = "run";
  out.summary = "write, compile and run it; what follows -- goes to it";
  out.operands = {service_operand()};
  out.behind = "ARGUMENTS";
  out.help =
      "The program is compiled by the line in its banner, in $XDG_CACHE_HOME/coop, and only if its "
      "text has changed. The exit code is the program's.";
  out.options = combine_options_and({diagnostics_option()});
  out.examples = {
      {"combine run --device=cpu services/decode.h -- --help", "the flags of the emitted program"},
      {"combine run --device=cpu services/decode.h -- --model examples/models/tiny --prompt Once",
       "decode text with a model that this repository holds"},
      {"combine run --device=cpu --with Compressor=NoCompression services/decode.h -- "
       "--model examples/models/tiny",
       "the same, with another compressor"},
  };
  out.run = run;
  return out;
}

}  // namespace combiner
