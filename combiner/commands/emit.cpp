// combine SERVICE: writes the program of a service.
#include "combiner/commands/combine_service.h"
#include "combiner/commands/diagnostics_option.h"
#include "combiner/commands/request.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

int emit(const Invocation& invocation) {
  const Request request = request_of(invocation);
  const std::string dump = invocation.value("--dump");
  if (!dump.empty()) leave_stdout_free(invocation, "what is dumped");
  if (invocation.value("-o") == "-") leave_stdout_free(invocation, "the program");
  const Outcome outcome =
      combine_service(invocation, request, output_name(invocation, request), dump);
  if (has_errors(outcome.diagnostics)) return 1;
  if (!dump.empty()) {
    llvm::outs() << outcome.dump;
    return 0;
  }
  if (invocation.value("-o") == "-") {
    llvm::outs() << outcome.emission->text;
    return 0;
  }
  const std::string output = output_path(invocation, request, outcome);
  if (!write_emission(output, *outcome.emission)) return 1;
  if (!invocation.has("-o") && !says_json_on_stdout(invocation)) llvm::outs() << output << "\n";
  return 0;
}

}  // namespace

Command emit_command() {
  Command out;
  out.name = "emit";
  out.summary = "write the program of a service";
  out.operands = {service_operand()};
  out.help =
      "SERVICE is a header with one `struct X : coop::Service`, e.g. services/decode.h. The word "
      "`emit` may be left out.";
  out.options = combine_options_and({
      output_option(),
      diagnostics_option(),
      {"--dump", "STAGE",
       "stop behind a stage and print it: registry, bound, crop, plan, pieces, unit", kStages},
  });
  out.examples = {
      {"combine --scale=single-gpu services/decode.h",
       "for one GPU: writes generated/decode/single-gpu.cu and its map of lines"},
      {"combine --scale=cluster services/decode.h",
       "for many, which share the model: mpirun starts a process for each (docs/scales.md)"},
      {"combine --device=cpu services/decode.h -o decode.cpp", "for the CPU, where you say"},
      {"combine --with Compressor=NoCompression services/decode.h",
       "another choice for a slot of the service"},
      {"combine run --device=cpu services/decode.h -- --model examples/models/tiny --prompt Once",
       "write, compile and run in one step"},
  };
  out.run = emit;
  return out;
}

}  // namespace combiner
