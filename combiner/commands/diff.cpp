// combine diff --device=cpu..cuda SERVICE: what a choice changes in what is emitted.
#include "combiner/commands/combine_service.h"
#include "combiner/commands/options.h"
#include "combiner/commands/request.h"
#include "combiner/commands/terminal.h"
#include "combiner/compare_emissions.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

/// One of the two command lines that a range stands for, and what it is called.
struct Side {
  Invocation invocation;
  std::vector<std::string> chosen;  // e.g. cuda
};

/// "cpu..cuda" → "cpu", "Compressor=A..B" → "Compressor=A"; for the second side, the other ends.
Side side_of(const Invocation& both, bool second) {
  Side out = {both, {}};
  for (auto& [name, values] : out.invocation.options)
    for (std::string& value : values) {
      const size_t dots = value.find("..");
      if (dots == std::string::npos || name == "--cuda-path") continue;
      const size_t equals = value.find('=');
      const size_t begin = equals == std::string::npos ? 0 : equals + 1;
      const std::string end = second ? value.substr(dots + 2) : value.substr(begin, dots - begin);
      value = value.substr(0, begin) + end;
      out.chosen.push_back(end);
    }
  return out;
}

int diff(const Invocation& invocation) {
  std::vector<NamedEmission> emissions;
  for (const bool second : {false, true}) {
    const Side side = side_of(invocation, second);
    if (side.chosen.empty())
      usage_error("what is to differ? Give two, e.g. --device=cpu..cuda", invocation.command);
    const Request request = request_of(side.invocation);
    const Outcome outcome = combine_service(invocation, request, default_name(request));
    if (has_errors(outcome.diagnostics)) return 1;
    emissions.push_back({llvm::join(side.chosen, ", "), outcome.emission->text});
  }
  llvm::outs() << compare_emissions(emissions[0], emissions[1], wants_colour(1));
  return 0;
}

}  // namespace

Command diff_command() {
  Command out;
  out.name = "diff";
  out.summary = "what a choice changes in what is emitted";
  out.operands = {service_operand()};
  out.help =
      "Combines twice, with both ends of each range A..B, writes nothing, and compares section by "
      "section: which only one of them has, which differ and how, how many are the same.";
  out.options = combine_options_and({});
  for (Option& option : out.options)
    option.is_range =
        option.name == "--scale" || option.name == "--device" || option.name == "--with";
  out.examples = {
      {"combine diff --device=cpu..cuda services/decode.h", "what CUDA takes that a CPU does not"},
      {"combine diff --device=cpu --with Compressor=NoCompression..StreamingLlm services/decode.h",
       "all that a compressor adds to a program"},
  };
  out.run = diff;
  return out;
}

}  // namespace combiner
