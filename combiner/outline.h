// SourceFile → what it declares, read from its tokens alone, in a millisecond and without types.
#pragma once

#include <string>
#include <vector>

#include "combiner/values.h"

namespace combiner {

/// `macros` are `NAME=VALUE`; blocks that they switch off are not read. Names hidden by a macro of
/// another file are not seen: what depends on the outline is checked again once Clang knows types.
Outline outline(const SourceFile& file, const std::vector<std::string>& macros);

/// The comment directly above offset `begin` (or behind `end` on its line), without slashes.
std::string doc_comment(const std::string& text, unsigned begin, unsigned end);

/// Where the comment lines directly above `begin` start; `begin` itself without any.
unsigned doc_begin(const std::string& text, unsigned begin);

}  // namespace combiner
