#include "combiner/commands/score_mutants.h"

#include <algorithm>
#include <chrono>
#include <mutex>

#include "combiner/commands/mutant_program.h"
#include "combiner/commands/side_by_side.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/FormatVariadic.h"

namespace combiner {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kShortestLimit = 5;  // seconds: a busy machine is no endless loop
constexpr double kQuick = 0.3;        // seconds: such tests come first, since most notice early

/// Tests that passed, as GoogleTest's filters: the quick ones, and the others.
std::vector<std::string> filters_of(const std::vector<TestOutcome>& passed, double& seconds) {
  std::vector<std::string> out(2);
  for (const TestOutcome& one : passed) {
    if (one.what != TestOutcome::What::kPassed) continue;
    out[one.seconds >= kQuick] += one.suite + "." + one.name + ":";
    seconds += one.seconds;
  }
  llvm::erase_if(out, [](const std::string& filter) { return filter.empty(); });
  return out;
}

bool is_noticed(const std::string& program, unsigned id, const std::vector<std::string>& filters,
                const std::string& golden, double limit) {
  return llvm::any_of(filters, [&](const std::string& filter) {
    return !run_mutant(program, id, {"--gtest_fail_fast", "--gtest_filter=" + filter},
                       {"COOP_GOLDEN=" + golden}, limit)
                .is_fine();
  });
}

std::vector<Mutant> unnoticed(const MutantProgram& built, const DerivedTest& test,
                              const std::vector<TestOutcome>& passed,
                              const std::function<void(size_t, size_t)>& ended) {
  double seconds = 0;
  const std::vector<std::string> filters = filters_of(passed, seconds);
  const double limit = std::max(kShortestLimit, 10 * seconds);
  std::vector<char> noticed(built.mutants.size());
  std::mutex mutex;
  size_t done = 0;
  side_by_side(noticed.size(), [&](size_t i) {
    noticed[i] = is_noticed(built.program, built.mutants[i].id, filters, test.golden_path, limit);
    const std::lock_guard lock(mutex);
    ended(++done, noticed.size());
  });
  std::vector<Mutant> out;
  for (size_t i = 0; i < noticed.size(); ++i)
    if (!noticed[i]) out.push_back(built.mutants[i]);
  return out;
}

}  // namespace

MutantScore score_mutants(const Request& request, const SourceTree& sources,
                          const DerivedTest& test, const std::vector<TestOutcome>& passed,
                          const std::function<void(size_t, size_t)>& ended) {
  MutantScore out;
  const auto start = Clock::now();
  const MutantProgram built = build_mutants(request, sources, test);
  if (!built.problem.empty()) return {.problem = "they cannot be built:\n" + built.problem};
  out.tried = built.mutants.size();
  out.left_out = built.left_out;
  out.weak = unnoticed(built, test, passed, ended);
  out.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return out;
}

std::string print_score(const MutantScore& score) {
  if (!score.problem.empty()) return "  mutants: none, since " + score.problem + "\n";
  const size_t noticed = score.tried - score.weak.size();
  std::string out =
      llvm::formatv("  mutants: {0} of {1} noticed ({2} %) in {3:F1} s", noticed, score.tried,
                    score.tried ? 100 * noticed / score.tried : 100, score.seconds);
  if (score.left_out > 0)
    out += "; " + std::to_string(score.left_out) + " that stand alone were not tried";
  out += "\n";
  for (const Mutant& one : score.weak)
    out += "  weak: line " + std::to_string(one.line) + " (no test notices `" +
           in_one_line(one.before) + "` -> `" + one.after + "`)\n";
  return out;
}

}  // namespace combiner
