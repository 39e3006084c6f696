// combine graph SERVICE: artifacts and who calls whom, as DOT or Mermaid.
#include "combiner/commands/combine_service.h"
#include "combiner/commands/request.h"
#include "combiner/draw_graph.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

int graph(const Invocation& invocation) {
  const Request request = request_of(invocation);
  const Outcome outcome = combine_service(invocation, request, default_name(request), "unit");
  if (has_errors(outcome.diagnostics)) return 1;
  const ServiceGraph drawn =
      make_graph(*outcome.findings, outcome.registry, invocation.has("--all"));
  llvm::outs() << (invocation.value("--format") == "mermaid" ? print_mermaid(drawn)
                                                             : print_dot(drawn));
  return 0;
}

}  // namespace

Command graph_command() {
  Command out;
  out.name = "graph";
  out.summary = "artifacts, their placement and who calls whom";
  out.operands = {service_operand()};
  out.help =
      "An edge holds the methods that are called, and `data` where members are read; hooks are "
      "dashed.";
  out.options = combine_options_and({
      {"--format", "FORMAT", "dot (default) or mermaid", {"dot", "mermaid"}},
      {"--all", "", "with the artifacts of which nothing is emitted, in grey"},
  });
  out.examples = {
      {"combine graph --device=cpu services/decode.h | dot -Tsvg > decode.svg", "a picture"},
      {"combine graph --format=mermaid --device=cpu services/decode.h", "for a README"},
  };
  out.run = graph;
  return out;
}

}  // namespace combiner
