// A built target of libFuzzer → what a search found: an outcome for each law.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "combiner/commands/run_tests.h"

namespace combiner {

struct FuzzOptions {
  std::string artifact;  // e.g. StreamingLlm
  std::string corpus;    // the folder of inputs that reached something new, now and before
  double seconds = 60;
  double limit = 60;  // seconds of one scenario
  unsigned seed = 0;
};

struct Search {
  std::vector<TestOutcome> outcomes;  // of the suite <artifact>_fuzz
  size_t scenarios = 0;               // that were tried
  size_t places = 0;                  // of code that they reached
  double seconds = 0;
  std::string problem;  // why it could not be made
};

/// What is broken by law is searched for until the time is over; after a crash, which would come
/// again, nothing else is. `goes_on` hears now and then how far it is.
Search fuzz_test(const std::string& program, const FuzzOptions& options,
                 const std::function<void(const Search&)>& goes_on);

}  // namespace combiner
