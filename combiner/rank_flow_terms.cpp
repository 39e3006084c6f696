#include "combiner/rank_flow_terms.h"

#include "clang/AST/ExprCXX.h"

namespace combiner {

using llvm::dyn_cast;

const clang::Expr* bare(const clang::Expr* expression) {
  for (const clang::Expr* inner = nullptr; expression && expression != inner;) {
    inner = expression;
    expression = expression->IgnoreParenImpCasts();
    if (const auto* made = dyn_cast<clang::MaterializeTemporaryExpr>(expression))
      expression = made->getSubExpr();
    else if (const auto* bound = dyn_cast<clang::CXXBindTemporaryExpr>(expression))
      expression = bound->getSubExpr();
    else if (const auto* full = dyn_cast<clang::FullExpr>(expression))
      expression = full->getSubExpr();
  }
  return expression;
}

const clang::CXXRecordDecl* record_of(clang::QualType type) {
  type = type.getNonReferenceType();
  if (type->isPointerType()) type = type->getPointeeType();
  return type->getAsCXXRecordDecl();
}

bool is_of(const clang::CXXRecordDecl* record, llvm::StringRef name) {
  if (!record || !record->hasDefinition()) return record && record->getName() == name;
  if (record->getName() == name) return true;
  for (const clang::CXXBaseSpecifier& base : record->bases())
    if (is_of(base.getType()->getAsCXXRecordDecl(), name)) return true;
  return false;
}

bool is_iterator(clang::QualType type) {
  const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl();
  return record && record->getName().contains("iterator");
}

}  // namespace combiner
