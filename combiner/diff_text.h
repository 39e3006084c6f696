// Two texts → what differs, as `diff -u` prints it.
#pragma once

#include <string>

namespace combiner {

struct DiffSide {
  std::string name;  // e.g. generated/decode/single-gpu.cpp
  std::string text;
  unsigned first_line = 1;  // that the text has in its file
};

/// Three lines of context around each change; lines that occur once are kept together, so that a
/// function that moved is not mixed with its neighbours. Nothing when the texts are equal. `patch`
/// takes it. A hunk is headed by the last `// ---- title ---` above it.
std::string unified_diff(const DiffSide& before, const DiffSide& after, bool colour);

/// "// ---- main: the command line -----" → "main: the command line"; of any other line, "".
std::string section_title(const std::string& line);

}  // namespace combiner
