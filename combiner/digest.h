// Text → a short name for its contents, for folders of what was made from it.
#pragma once

#include <string>

namespace combiner {

/// 80 bits of its SHA-256, in hexadecimal.
std::string digest(const std::string& text);

}  // namespace combiner
