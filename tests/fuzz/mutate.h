// Input, Input → Input: the first, changed as authors change and break their files.
#pragma once

#include <random>

#include "tests/fuzz/input.h"

namespace fuzz {

using Random = std::mt19937_64;

/// One to four changes: of tokens, names, declarations, lines, bytes or whole files; some bring
/// text of `other` along.
Input mutate(Input input, const Input& other, Random& random);

}  // namespace fuzz
