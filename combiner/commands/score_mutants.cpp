#include "combiner/commands/score_mutants.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

#include "combiner/commands/build_test.h"
#include "combiner/commands/processes.h"
#include "combiner/mutate.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FormatVariadic.h"

namespace combiner {
namespace {

using Clock = std::chrono::steady_clock;

constexpr double kShortestLimit = 5;  // seconds: a busy machine is no endless loop
constexpr double kQuick = 0.3;        // seconds: such tests come first, since most notice early

/// Those of the artifact, and of what stands outside of other ones; without those that stand alone.
std::vector<Mutant> mutants_of(const DerivedTest& test, const SourceTree& sources,
                               std::vector<Mutant> all, size_t& left_out) {
  const FileRange& name = test.facts.at;
  llvm::erase_if(all, [&](const Mutant& mutant) {
    return llvm::any_of(sources.outlines.at(test.facts.path).structs, [&](const auto& one) {
      const bool is_own = one.range.begin <= name.begin && name.end <= one.range.end;
      return !is_own && one.range.begin <= mutant.begin && mutant.end <= one.range.end;
    });
  });
  const size_t count = all.size();
  llvm::erase_if(all, [](const Mutant& mutant) { return mutant.form == Mutant::Form::kAlone; });
  left_out += count - all.size();
  return all;
}

/// Is its line one of which the compiler speaks?
bool is_named_in(llvm::StringRef errors, const std::string& path, const Mutant& mutant) {
  const std::string place = path + ":" + std::to_string(mutant.line) + ":";
  return errors.contains(place);
}

/// The program of all mutants; those that keep it from compiling are left out.
BuiltTest build(const Request& request, SourceTree sources, const DerivedTest& test,
                const Mutations& found, std::vector<Mutant>& mutants, MutantScore& score) {
  const std::string text = sources.files.at(test.facts.path).text;
  for (;;) {
    const std::string& schemata = sources.files.at(test.facts.path).text =
        schemata_of(mutants, text, found.declared_at);
    BuiltTest built = build_test(test.printed.text, sources, request.home, request.cache,
                                 TestTarget::kTest, {{test.facts.path, schemata}});
    if (built.problem.empty()) return built;
    const size_t count = mutants.size();
    llvm::erase_if(mutants, [&](const Mutant& mutant) {
      return is_named_in(built.problem, test.facts.path, mutant);
    });
    score.left_out += count - mutants.size();
    if (count == mutants.size()) return built;
  }
}

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
    return !run_to_its_end({program, "--gtest_fail_fast", "--gtest_filter=" + filter},
                           {"MUT=" + std::to_string(id), "COOP_GOLDEN=" + golden,
                            "ASAN_OPTIONS=detect_leaks=0:max_allocation_size_mb=2048",
                            "UBSAN_OPTIONS=halt_on_error=1", "OMP_NUM_THREADS=1"},
                           limit)
                .is_fine();
  });
}

std::vector<Mutant> unnoticed(const std::string& program, const DerivedTest& test,
                              const std::vector<TestOutcome>& passed,
                              const std::vector<Mutant>& mutants,
                              const std::function<void(size_t, size_t)>& ended) {
  double seconds = 0;
  const std::vector<std::string> filters = filters_of(passed, seconds);
  const double limit = std::max(kShortestLimit, 10 * seconds);
  std::vector<char> noticed(mutants.size());
  std::atomic<size_t> next = 0;
  std::mutex mutex;
  size_t done = 0;
  const auto work = [&] {
    for (size_t i = next++; i < mutants.size(); i = next++) {
      noticed[i] = is_noticed(program, mutants[i].id, filters, test.golden_path, limit);
      const std::lock_guard lock(mutex);
      ended(++done, mutants.size());
    }
  };
  std::vector<std::thread> threads;
  for (size_t i = 1; i < std::max(1u, std::thread::hardware_concurrency()); ++i)
    threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  std::vector<Mutant> out;
  for (size_t i = 0; i < mutants.size(); ++i)
    if (!noticed[i]) out.push_back(mutants[i]);
  return out;
}

}  // namespace

MutantScore score_mutants(const Request& request, const SourceTree& sources,
                          const DerivedTest& test, const std::vector<TestOutcome>& passed,
                          const std::function<void(size_t, size_t)>& ended) {
  MutantScore out;
  const auto start = Clock::now();
  const Result<Mutations> found = mutate(request, sources, llvm::vfs::getRealFileSystem());
  if (!found.value) return {.problem = "it does not parse alone"};
  std::vector<Mutant> mutants = mutants_of(test, sources, found.value->mutants, out.left_out);
  const BuiltTest built = build(request, sources, test, *found.value, mutants, out);
  if (!built.problem.empty()) return {.problem = "they cannot be built:\n" + built.problem};
  out.tried = mutants.size();
  out.weak = unnoticed(built.program, test, passed, mutants, ended);
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
