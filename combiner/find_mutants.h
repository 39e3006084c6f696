// Pass → the small mistakes that could have been made in its main file, not yet numbered. Whether
// each of them compiles is not known here: in a template Clang knows few types.
#pragma once

#include "combiner/mutant_text.h"
#include "combiner/program.h"

namespace combiner {

std::vector<Mutant> find_mutants(const Pass& pass);

/// In front of the first declaration of the main file; its size when there is none.
unsigned first_declaration(const Pass& pass);

}  // namespace combiner
