// Registry × Emission → the text of a test that runs the program on 1 to 4 ranks, and holds each
// rule to its word. The emission has a record of what crosses ranks; the test includes it.
#pragma once

#include "combiner/values.h"

namespace combiner {

struct RankTest {
  std::string text;
  std::string program_include;  // the line of the text that stands for the emission
  size_t checks = 0;            // rules that the program depends on
};

/// `command` is what writes the text, and `arguments` are for the program.
RankTest print_rank_test(const SourceTree& sources, const Registry& registry,
                         const Emission& emission, const std::string& command,
                         const std::vector<std::string>& arguments);

}  // namespace combiner
