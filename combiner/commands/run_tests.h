// A built test → the outcome of each of its tests, each in a process of its own: one that crashes
// or hangs takes no other with it, and they run side by side.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace combiner {

struct TestOutcome {
  enum class What { kPassed, kFailed, kSkipped, kCrashed, kHung };
  std::string suite;  // e.g. StreamingLlm_law
  std::string name;   // e.g. newest_row_survives
  What what = What::kPassed;
  std::string output = {};  // what the test itself says, without GoogleTest's own lines
  double seconds = 0;
  std::string seed = {};  // with which it failed, where it is not the usual one

  bool is_bad() const { return what != What::kPassed && what != What::kSkipped; }
};

struct RunOptions {
  double limit = 60;                     // seconds of one test
  std::vector<std::string> environment;  // e.g. COOP_TEST_SEED=1
};

/// In the order of the program. `ended` hears how many of how many have.
std::vector<TestOutcome> run_tests(const std::string& program, const RunOptions& options,
                                   const std::function<void(size_t, size_t)>& ended);

}  // namespace combiner
