// BoundSource, Program, Crop → BoundSource in which the invocations of some macros are written out.
//
// Before:  #define LENGTH self.kv_cache.length      return LENGTH(layer) + 1;
// After:                                            return self.kv_cache.length(layer) + 1;
//
// Text is edited where it stands, and what a macro's body says stands in many places at once.
#pragma once

#include "combiner/crop.h"

namespace combiner {

/// The outermost invocations that cannot stay: what they become has to be edited, or a macro of one
/// file would change the text of another, or a name is two macros.
std::set<FileRange> invocations_to_expand(const Program& program, const Crop& crop);

BoundSource expand_macros(BoundSource bound, const Program& program,
                          const std::set<FileRange>& invocations);

/// Can it be written out, and mean the same to every compiler?
bool can_expand(const FileRange& invocation, const Preprocessed& preprocessed,
                const BoundSource& bound);

}  // namespace combiner
