// BoundSource × Edits → BoundSource: bound text, edited once it was parsed. What is edited still
// maps to the author's text.
#pragma once

#include <set>

#include "combiner/edit_text.h"
#include "combiner/program.h"

namespace combiner {

/// `edits` by file, with offsets in the text as parsed; of edits that overlap the first counts.
BoundSource edit_bound(BoundSource bound, const Program& program,
                       const std::map<std::string, std::set<Edit>>& edits);

}  // namespace combiner
