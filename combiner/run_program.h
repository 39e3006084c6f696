// An emission → its process: what `combine run` does.
#pragma once

#include <string>
#include <vector>

namespace combiner {

/// Compiles `text`, by the command in its banner, unless the same text was compiled before, and
/// runs it with `arguments`. Returns the program's exit code.
int run_program(const std::string& text, const std::string& name,
                const std::vector<std::string>& arguments);

}  // namespace combiner
