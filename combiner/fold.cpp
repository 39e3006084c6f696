#include "combiner/fold.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"

namespace combiner {

bool mentions_scale(const clang::Stmt* statement) {
  if (!statement) return false;
  if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(statement))
    if (const auto* parent =
            llvm::dyn_cast<clang::CXXRecordDecl>(member->getMemberDecl()->getDeclContext()))
      if (parent->getQualifiedNameAsString() == "coop::World") return true;
  if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(statement)) {
    const auto* variable = llvm::dyn_cast<clang::VarDecl>(reference->getDecl());
    if (variable && variable->isLocalVarDecl() && variable->getType().isConstQualified() &&
        variable->getType()->isIntegralOrEnumerationType() && variable->hasInit())
      return mentions_scale(variable->getInit());
    if (const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(reference->getDecl()))
      if (method->getParent()->getQualifiedNameAsString() == "coop::World") return true;
    return false;
  }
  if (llvm::isa<clang::LambdaExpr>(statement)) return false;
  for (const clang::Stmt* child : statement->children())
    if (mentions_scale(child)) return true;
  return false;
}

std::optional<llvm::APSInt> scale_value(const clang::Expr* expression,
                                        clang::ASTContext& context) {
  if (expression->isValueDependent() || !expression->getType()->isIntegralOrEnumerationType())
    return std::nullopt;
  if (mentions_scale(expression)) {
    clang::Expr::EvalResult result;
    if (expression->EvaluateAsInt(result, context)) return result.Val.getInt();
  }
  const auto* operation = llvm::dyn_cast<clang::BinaryOperator>(expression->IgnoreParenImpCasts());
  if (!operation || operation->getOpcode() != clang::BO_Mul) return std::nullopt;
  for (const auto& [side, other] : {std::pair{operation->getLHS(), operation->getRHS()},
                                    std::pair{operation->getRHS(), operation->getLHS()}}) {
    const auto value = scale_value(side, context);
    if (value && value->isZero() && !other->HasSideEffects(context))
      return llvm::APSInt(context.getIntWidth(expression->getType()),
                          expression->getType()->isUnsignedIntegerType());
  }
  return std::nullopt;
}

std::string literal(const llvm::APSInt& value, clang::QualType type) {
  if (type->isBooleanType()) return value.isZero() ? "false" : "true";
  llvm::SmallString<16> digits;
  value.toString(digits, 10);
  return digits.str().str();
}

}  // namespace combiner
