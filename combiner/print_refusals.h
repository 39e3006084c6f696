// ArtifactFacts → tests that what a method refuses at its beginning is refused as far as its range
// says.
//
//   int window = 256;  ///< range 1..4096
//   if (self.window < 1) throw ...;   →   COOP_REFUSES_SETTING(Strided, after_reset, window, below,
//   0)
#pragma once

#include "combiner/print_examples.h"

namespace combiner {

/// A line for each, without those that the author has excepted. `fits_arguments`: calls of this
/// kind are made to fit what is around the artifact, and are not given what nobody means.
std::vector<std::string> print_refusals(const ArtifactFacts& facts,
                                        const std::vector<CallableMethod>& methods,
                                        bool fits_arguments);

}  // namespace combiner
