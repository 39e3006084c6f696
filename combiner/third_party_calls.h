// A third party's template, instantiated with an artifact → the artifact's methods that it calls:
// std::sort with a comparator, std::lock_guard, std::ranges::size.
#pragma once

#include <functional>
#include <vector>

#include "clang/AST/Decl.h"

namespace combiner {

using IsLocal = std::function<bool(const clang::Decl*)>;

/// Functions of the project that `function`, or what it instantiates in turn, calls with an
/// artifact. None for a function that is not instantiated with one.
std::vector<const clang::FunctionDecl*> called_by_third_party(const clang::FunctionDecl* function,
                                                              const IsLocal& is_local);

}  // namespace combiner
