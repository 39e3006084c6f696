// combine imports SERVICE: what became of each #include.
#include "combiner/commands/combine_service.h"
#include "combiner/commands/request.h"
#include "combiner/report_imports.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

int imports(const Invocation& invocation) {
  const Request request = request_of(invocation);
  const Outcome outcome = combine_service(invocation, request, default_name(request), "unit");
  if (has_errors(outcome.diagnostics)) return 1;
  const ImportReport report = report_imports(*outcome.findings, outcome.sources);
  llvm::outs() << (invocation.has("--json") ? print_json(report, outcome.sources)
                                            : print(report, outcome.sources));
  return 0;
}

}  // namespace

Command imports_command() {
  Command out;
  out.name = "imports";
  out.summary = "what became of each #include, and who needs it";
  out.operands = {service_operand()};
  out.help =
      "By file, for each line: inlined (a file of the project), kept (third party; with what is "
      "used of it, and on which line), merged (kept already, for another file), for others "
      "(kept, but not needed here), dropped, conditional (the compiler of the emission "
      "decides), switched off (a false #if), vocabulary (<coop/...>). Below them, what is added.";
  out.options = combine_options_and({{"--json", "", "print it for machines"}});
  out.examples = {
      {"combine imports --device=cpu services/decode.h", "a table, by file"},
      {"combine imports --json --device=cpu services/decode.h", "the same as JSON"},
  };
  out.run = imports;
  return out;
}

}  // namespace combiner
