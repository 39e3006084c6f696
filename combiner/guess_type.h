// An expression of a template → its type, where that can be told without instantiating it: the
// artifact's own members keep their types, whatever `self` is bound to.
#pragma once

#include "clang/AST/ExprCXX.h"

namespace combiner {

/// Null when it depends on a peer; else without references.
clang::QualType guess_type(const clang::Expr* expression);

/// The field that `self.window` or `layer.length` names; or nothing.
const clang::FieldDecl* field_of(const clang::Expr* expression);

}  // namespace combiner
