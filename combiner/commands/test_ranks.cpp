#include "combiner/commands/test_ranks.h"

#include <algorithm>
#include <chrono>

#include "combiner/commands/build_test.h"
#include "combiner/commands/combine_service.h"
#include "combiner/commands/options.h"
#include "combiner/commands/request.h"
#include "combiner/commands/run_tests.h"
#include "combiner/commands/terminal.h"
#include "combiner/main_text.h"
#include "combiner/print_rank_test.h"
#include "combiner/write_file.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

using What = TestOutcome::What;

std::string command_line(const Invocation& invocation, const Request& request) {
  std::string out = "combine test --ranks";
  for (const auto& [slot, artifact] : request.with) out += " --with " + slot + "=" + artifact;
  out += " " + shown(request.service) + " --";
  for (const std::string& word : invocation.behind)
    out += " " + (word.find_first_of(" '\"<>|&;$") == std::string::npos ? word : "'" + word + "'");
  return out;
}

/// What a test says, without the place in testing/ where it says so.
std::string words_of(const TestOutcome& outcome) {
  std::string out;
  if (outcome.what == What::kHung) out = "    it did not end in its time, and was stopped\n";
  for (const llvm::StringRef line : llvm::split(llvm::StringRef(outcome.output), '\n'))
    if (!line.trim().empty() && !line.ends_with(": Failure") && line != "Failed")
      out += "    " + line.str() + "\n";
  return out;
}

std::string print(const std::vector<TestOutcome>& outcomes) {
  std::string failed, costs;
  size_t passed = 0, skipped = 0;
  for (const TestOutcome& outcome : outcomes) {
    passed += outcome.what == What::kPassed;
    skipped += outcome.what == What::kSkipped;
    if (outcome.is_bad()) failed += "  FAILED " + outcome.name + "\n" + words_of(outcome);
    for (const llvm::StringRef line : llvm::split(llvm::StringRef(outcome.output), '\n'))
      if (!outcome.is_bad() && line.starts_with("in each step")) costs += "  " + line.str() + "\n";
  }
  const size_t bad = outcomes.size() - passed - skipped;
  std::string out = "  " + std::to_string(passed) + " ok";
  if (bad) out += ", " + std::to_string(bad) + " FAILED";
  if (skipped) out += ", " + std::to_string(skipped) + " do not apply";
  return out + "\n" + failed + costs;
}

}  // namespace

int test_ranks(const Invocation& invocation) {
  const auto start = std::chrono::steady_clock::now();
  if (invocation.operands.size() != 1)
    usage_error("--ranks wants one service, e.g. services/decode.h", invocation.command);
  Request request = request_of(invocation);
  request.scale = Scale::kNode;
  request.device = Device::kCpu;
  request.records = true;
  const Outcome outcome = combine_service(invocation, request, "program.cpp");
  if (has_errors(outcome.diagnostics)) return 1;
  const std::string& service = outcome.registry.service.name;
  const RankTest test = print_rank_test(outcome.sources, outcome.registry, *outcome.emission,
                                        command_line(invocation, request), invocation.behind);
  if (invocation.has("--print")) {
    llvm::outs() << test.text;
    return 0;
  }
  const std::string folder = invocation.has("-o") ? absolute(invocation.value("-o"))
                                                  : outcome.sources.root + "/generated/tests";
  const std::string path = folder + "/" + snake_case(service) + "_on_ranks_test.cpp";
  if (const std::string error = write_file(path, test.text); !error.empty()) {
    llvm::errs() << "combine: error: " << error << "\n";
    return 1;
  }
  std::string text = test.text;
  text.replace(text.find(test.program_include), test.program_include.size(),
               outcome.emission->text);
  std::vector<TestOutcome> outcomes;
  std::string problem;
  RunOptions options;
  options.environment = {"COOP_GOLDEN=" + folder + "/" + snake_case(service) + "_on_ranks.golden"};
  if (invocation.has("--accept")) options.environment.push_back("COOP_ACCEPT=1");
  {
    ProgressLine progress;
    progress.stage("build " + shown(path));
    const BuiltTest built = build_test(text, outcome.sources, request.home, request.cache);
    problem = built.problem;
    if (problem.empty())
      outcomes = run_tests(built.program, options, [&](size_t done, size_t all) {
        progress.stage("test " + service + ", " + std::to_string(done) + " of " +
                       std::to_string(all));
      });
  }
  llvm::outs() << service << " on 1, 2, 3 and 4 ranks\n";
  if (!problem.empty()) {
    llvm::outs() << "  the test cannot be built:\n" << problem;
    return 1;
  }
  llvm::outs() << print(outcomes);
  if (test.checks == 0) llvm::outs() << "  nothing could be asserted: nothing crosses ranks\n";
  const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
  llvm::outs() << llvm::formatv("  {0} tests in {1:F1} s: {2}\n", outcomes.size(), taken.count(),
                                shown(path));
  const bool failed = std::any_of(outcomes.begin(), outcomes.end(),
                                  [](const TestOutcome& one) { return one.is_bad(); });
  return failed ? 1 : test.checks == 0 ? 2 : 0;
}

}  // namespace combiner
