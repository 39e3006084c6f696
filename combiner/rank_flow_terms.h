// What RankFlow asks of Clang's tree, of expressions and of calls alike.
#pragma once

#include "clang/AST/DeclCXX.h"
#include "clang/AST/Expr.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {

/// Without what does not change a value: parentheses, implicit casts, temporaries.
const clang::Expr* bare(const clang::Expr* expression);

/// The class of an object, of what a reference or a pointer leads to; null where there is none.
const clang::CXXRecordDecl* record_of(clang::QualType type);

/// Is it of a class of this name, or of one that derives from it?
bool is_of(const clang::CXXRecordDecl* record, llvm::StringRef name);

/// What an algorithm writes through.
bool is_iterator(clang::QualType type);

}  // namespace combiner
