// Expressions that the scale decides: `self.world.size() > 1` is false on a single GPU.
#pragma once

#include <optional>

#include "clang/AST/ASTContext.h"
#include "clang/AST/Expr.h"

namespace combiner {

/// Does it read `self.world`, or a constant made from it?
bool mentions_scale(const clang::Stmt* statement);

/// The value of an integral expression that mentions the scale, when nothing else decides it. Knows
/// that `rank() * n` is 0 whatever n is.
std::optional<llvm::APSInt> scale_value(const clang::Expr* expression, clang::ASTContext& context);

/// As it is written in C++: "true", "0".
std::string literal(const llvm::APSInt& value, clang::QualType type);

}  // namespace combiner
