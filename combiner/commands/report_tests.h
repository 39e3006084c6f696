// Outcomes of a derived test → what its author reads: what was tried, which law failed in words,
// the shrunk input as C++; and the same for a CI, as JUnit's XML.
#pragma once

#include "combiner/commands/run_tests.h"
#include "combiner/derive_tests.h"

namespace combiner {

struct TestReport {
  const DerivedTest* test = nullptr;
  std::string file;  // where it was written, as shown
  std::string seed;  // e.g. 20240611
  std::vector<TestOutcome> outcomes;
  double seconds = 0;   // to build and to run
  std::string problem;  // why it could not be built; then there are no outcomes

  size_t failures() const;
};

std::string print_report(const TestReport& report);

std::string print_junit(const std::vector<TestReport>& reports);

}  // namespace combiner
