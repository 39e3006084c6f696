// Unit → Emission: headings, formatting, and the map back to the author's lines.
#pragma once

#include "combiner/values.h"

namespace combiner {

/// `output` is the emitted file's name, without folders; `style` a clang-format style as in
/// .clang-format, or empty for Google's at 100 columns.
Result<Emission> print_unit(const Request& request, const Unit& unit, const std::string& service,
                            const std::string& output, const std::string& style);

}  // namespace combiner
