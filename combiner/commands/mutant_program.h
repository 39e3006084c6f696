// A derived test → one program of all small mistakes in its artifact, of which each run makes one.
#pragma once

#include <string>
#include <vector>

#include "combiner/commands/processes.h"
#include "combiner/derive_tests.h"
#include "combiner/mutant_text.h"

namespace combiner {

struct MutantProgram {
  std::vector<Mutant> mutants;  // that can be chosen in it
  size_t left_out = 0;  // that cannot stand beside others: a constant, a type, a declaration
  std::string program;  // its path; empty when there is none
  std::string problem;  // why, in lines
};

/// A mutant on a line of which the compiler speaks is left out.
MutantProgram build_mutants(const Request& request, const SourceTree& sources,
                            const DerivedTest& test);

/// Runs it with GoogleTest's `words` and the mutant of that id; 0 makes no mistake. `limit` as
/// run_to_its_end has it.
Ended run_mutant(const std::string& program, unsigned id, const std::vector<std::string>& words,
                 std::vector<std::string> environment, double limit);

}  // namespace combiner
