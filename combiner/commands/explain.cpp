// combine explain NAME SERVICE: why it is in the emitted file, or why it is not.
#include "combiner/commands/combine_service.h"
#include "combiner/commands/request.h"
#include "combiner/explain_name.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

int explain(const Invocation& invocation) {
  const Request request = request_of(invocation, 1);
  const Outcome outcome = combine_service(invocation, request, default_name(request), "unit");
  if (has_errors(outcome.diagnostics)) return 1;
  const auto explained =
      explain_name(invocation.operands[0], *outcome.findings, outcome.registry, outcome.sources);
  say(explained.diagnostics, outcome.sources);
  if (!explained.value) return 1;
  llvm::outs() << *explained.value;
  return 0;
}

}  // namespace

Command explain_command() {
  Command out;
  out.name = "explain";
  out.summary = "why a name is in the emitted file, or why it is not";
  out.operands = {{"NAME", "which name? For instance kv_cache.append"}, service_operand()};
  out.help =
      "NAME is a method, an artifact, its data, a function, a type, a constant, a macro, a hook, "
      "or "
      "a header. Of what is emitted: the chain of uses from the entry. Of what is not: where it is "
      "named, and the condition that decided.";
  out.options = combine_options_and({});
  out.examples = {
      {"combine explain kv_cache.erase --device=cpu services/decode.h",
       "who calls it, from run on"},
      {"combine explain '<map>' --device=cpu services/decode.h", "what is used of a header"},
  };
  out.run = explain;
  return out;
}

}  // namespace combiner
