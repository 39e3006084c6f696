// A test that passes → which small mistakes in its artifact it would notice: `combine test
// --mutants`. All of them stand in one program, in which $MUT chooses.
#pragma once

#include <functional>

#include "combiner/commands/run_tests.h"
#include "combiner/derive_tests.h"
#include "combiner/mutant_text.h"

namespace combiner {

struct MutantScore {
  size_t tried = 0;
  std::vector<Mutant> weak = {};  // that no test notices
  size_t left_out = 0;       // that cannot stand beside others: a constant, a type, a declaration
  double seconds = 0;        // to build and to run
  std::string problem = {};  // why there is no score
};

/// `passed` are the outcomes of the test without a mistake. `ended` hears how many of how many
/// have.
MutantScore score_mutants(const Request& request, const SourceTree& sources,
                          const DerivedTest& test, const std::vector<TestOutcome>& passed,
                          const std::function<void(size_t, size_t)>& ended);

std::string print_score(const MutantScore& score);

}  // namespace combiner
