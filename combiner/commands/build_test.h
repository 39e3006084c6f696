// The text of a derived test → a program that runs it, kept by the contents of all that it is made
// of: nothing that was built before is built again.
#pragma once

#include <string>

#include "combiner/values.h"

namespace combiner {

struct BuiltTest {
  std::string folder;   // where the program is, and what a run leaves
  std::string program;  // its path; empty when it could not be built
  std::string problem;  // why, as the compiler says it
};

enum class TestTarget {
  kTest,  // GoogleTest's main
  kFuzz,  // libFuzzer's
};

/// A name for all that a test's outcome follows from: its text, whatever it includes from here and
/// from Coop, the compiler and its flags.
std::string digest_of_test(const std::string& text, const SourceTree& sources,
                           const std::string& home, TestTarget target = TestTarget::kTest);

/// Headers that the compiler is to find other than they are: by path, their texts.
using OtherTexts = std::map<std::string, std::string>;

/// `cache` is the folder of what is kept between runs; empty: a temporary one.
BuiltTest build_test(const std::string& text, const SourceTree& sources, const std::string& home,
                     const std::string& cache, TestTarget target = TestTarget::kTest,
                     const OtherTexts& others = {});

}  // namespace combiner
