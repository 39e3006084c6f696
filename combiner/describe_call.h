// MethodFacts → how a test calls it: which arguments a scenario draws, and the call that takes
// them.
#pragma once

#include <set>

#include "combiner/testing_library.h"

namespace combiner {

struct DescribedCall {
  std::string obstacle;   // why no test can call it; empty when one can
  std::string arguments;  // e.g. given.number<int>(0), given.floats(1)
  struct Parameter {
    std::string name;  // what it is, as a reference peer calls it, or as the author does
    std::string text;  // e.g. {"layer", {0, 2}}
    bool matters;      // another value of it should make a difference
    std::string form;  // as in the text, e.g. Parameter::kArray; empty: a number
  };
  std::vector<Parameter> parameters;
};

DescribedCall describe_call(const MethodFacts& method, ArtifactKind kind,
                            const TestingLibrary& library);

}  // namespace combiner
