// SourceFile, Outline → the edits that make checks of its contracts, for `--contracts`.
//
// Before:  COOP_EXPECTS(layer >= 0);
// After:   check_contract(layer >= 0, "StreamingLlm::after_append expects layer >= 0");
//
// It is a call and no `if`, so that it may stand wherever a contract may. An invariant holds
// between calls, and a program has no such place: it is for tests alone.
#pragma once

#include <vector>

#include "combiner/edit_text.h"
#include "combiner/values.h"

namespace combiner {

std::vector<Edit> keep_contracts(const SourceFile& file, const Outline& outline);

}  // namespace combiner
