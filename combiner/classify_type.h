// A type of Clang's → what a scenario, which holds numbers alone, can make of it.
#pragma once

#include "clang/AST/Type.h"
#include "combiner/artifact_facts.h"

namespace combiner {

ValueType classify_type(clang::QualType type);

}  // namespace combiner
