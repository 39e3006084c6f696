// Outcomes of a derived test → what its author reads: what was tried, which law failed in words,
// the shrunk input as C++; and the same for a CI, as JUnit's XML.
#pragma once

#include <map>

#include "combiner/commands/run_tests.h"
#include "combiner/derive_tests.h"

namespace combiner {

struct TestReport {
  const DerivedTest* test = nullptr;
  std::string file;       // where it was written, as shown
  std::string kept_file;  // of what is kept beside it
  std::string seed;       // e.g. 20240611
  std::vector<TestOutcome> outcomes;
  double seconds = 0;          // to build and to run
  bool tells_skipped = false;  // what does not apply, and why
  std::string accepted = {};   // which outcomes were accepted, in lines
  std::string mutants = {};    // what small mistakes the test would notice, in lines
  std::string tried = {};  // what was done in that time, where it is not the tests that are listed
  std::string problem;     // why it could not be built; then there are no outcomes
  std::map<std::string, std::string> kept = {};  // law: scenario → the test that it is kept as

  size_t failures() const;
};

/// One failure, and whatever failed in the same words.
struct Failure {
  std::string title, words, input, also;
  std::string law = {};       // which was broken, or was asked when the program crashed
  std::string scenario = {};  // by which, as C++; empty when none is known
  bool is_law = false;        // an author may take it out
};
std::vector<Failure> failures_of(const TestReport& report);

std::string print_report(const TestReport& report);

std::string print_junit(const std::vector<TestReport>& reports);

}  // namespace combiner
