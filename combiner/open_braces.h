// Text, an offset → the braces that are open there, read from tokens.
#pragma once

#include <string>
#include <vector>

namespace combiner {

/// What stands in front of each, outermost first, e.g. {"extern \"C\"", "namespace detail"}.
std::vector<std::string> open_braces(const std::string& text, unsigned offset);

}  // namespace combiner
