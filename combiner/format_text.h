// Text that was written or edited here → the same, laid out.
#pragma once

#include <string>

#include "clang/Format/Format.h"
#include "combiner/diagnostics.h"

namespace combiner {

/// Google's at 100 columns, as changed by `text`, a .clang-format's.
clang::format::FormatStyle style_of(const std::string& text, Diagnostics& diagnostics);

std::string format_text(const std::string& text, const clang::format::FormatStyle& style);

}  // namespace combiner
