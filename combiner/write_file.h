// Text → disk, whole or not at all.
#pragma once

#include <string>

namespace combiner {

/// Writes a temporary file beside `file` and renames it. Returns what went wrong, or "".
std::string write_file(const std::string& file, const std::string& text);

}  // namespace combiner
