// The form that emitted files share: headings, comments, the map of lines.
#pragma once

#include <string>
#include <vector>

#include "combiner/values.h"

namespace combiner {

constexpr size_t kColumns = 100;

/// A heading, with a blank line behind it.
std::string rule(const std::string& title);

/// Text as lines of comment, none too long.
std::string wrap_comment(const std::string& text);

/// As JSON, one piece a line, so that grep finds it.
std::string map_of(const std::vector<Emission::Lines>& lines, const std::string& output);

}  // namespace combiner
