#include "combiner/commands/run_tests.h"

#include <algorithm>
#include <mutex>

#include "combiner/commands/processes.h"
#include "combiner/commands/side_by_side.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

/// `--gtest_list_tests`: a suite's line ends with a dot, its tests are further in.
std::vector<TestOutcome> list_tests(const std::string& program) {
  std::vector<TestOutcome> out;
  std::string suite;
  const Ended ended = run_to_its_end({program, "--gtest_list_tests"}, {}, 60);
  for (llvm::StringRef line : llvm::split(ended.output, '\n')) {
    line = line.split('#').first.rtrim();
    if (line.ends_with("."))
      suite = line.drop_back().str();
    else if (line.starts_with("  ") && !suite.empty())
      out.push_back({.suite = suite, .name = line.trim().str()});
  }
  return out;
}

/// GoogleTest and RapidCheck say much that is the same for every test.
std::string own_words(llvm::StringRef output) {
  static const char* const kTheirs[] = {"Running main()", "Note: Google Test filter",
                                        "[====",          "[----",
                                        "[  PASSED",      "[  FAILED",
                                        "[ RUN",          "[       OK",
                                        "[  SKIPPED",     "Using configuration:",
                                        " 1 FAILED TEST"};
  std::string out;
  bool listed = false;  // the tests are named again at the end
  for (const llvm::StringRef line : llvm::split(output, '\n')) {
    listed |= line.ends_with("listed below:");
    const bool theirs = std::any_of(std::begin(kTheirs), std::end(kTheirs),
                                    [&](const char* words) { return line.starts_with(words); });
    if (!theirs && !listed && !(out.empty() && line.trim().empty())) out += line.str() + "\n";
  }
  return llvm::StringRef(out).rtrim().str();
}

TestOutcome::What outcome_of(const Ended& ended) {
  using What = TestOutcome::What;
  if (ended.timed_out) return What::kHung;
  if (ended.output.find("[  SKIPPED ] 1 test") != std::string::npos) return What::kSkipped;
  if (ended.is_fine()) return What::kPassed;
  // GoogleTest's own end of a test that failed; a sanitizer's or a signal's is none.
  return ended.output.find("[  FAILED  ] 1 test") != std::string::npos ? What::kFailed
                                                                       : What::kCrashed;
}

}  // namespace

std::vector<TestOutcome> run_tests(const std::string& program, const RunOptions& options,
                                   const std::function<void(size_t, size_t)>& ended) {
  std::vector<TestOutcome> out = list_tests(program);
  std::vector<std::string> environment = options.environment;
  // Without ptrace, which containers lack, the search for leaks fails whatever was found. Who
  // allocated is not told, so noting it down for each piece of memory would be for nothing.
  // The standard library's assertions abort: who did what is told then, too.
  environment.insert(environment.end(),
                     {"ASAN_OPTIONS=detect_leaks=0:malloc_context_size=2:quarantine_size_mb=8:"
                      "handle_abort=1",
                      "UBSAN_OPTIONS=print_stacktrace=0:halt_on_error=1", "OMP_NUM_THREADS=1"});
  std::mutex mutex;
  size_t done = 0;
  side_by_side(out.size(), [&](size_t i) {
    const std::string filter = "--gtest_filter=" + out[i].suite + "." + out[i].name;
    const Ended one = run_to_its_end({program, filter}, environment, options.limit);
    out[i].what = outcome_of(one);
    out[i].output = own_words(one.output);
    out[i].seconds = one.seconds;
    const std::lock_guard lock(mutex);
    ended(++done, out.size());
  });
  return out;
}

}  // namespace combiner
