#include "combiner/fold.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/ExprCXX.h"

namespace combiner {

namespace {

std::optional<llvm::APSInt> constant(const clang::Expr* expression, clang::ASTContext& context) {
  clang::Expr::EvalResult result;
  if (!expression->EvaluateAsInt(result, context)) return std::nullopt;
  return result.Val.getInt();
}

/// `x.world.size()` for an object of which nothing else is known.
std::optional<llvm::APSInt> world_value(const clang::Expr* expression, clang::ASTContext& context) {
  const auto* call = llvm::dyn_cast<clang::CallExpr>(expression->IgnoreParenImpCasts());
  const auto* method =
      call ? llvm::dyn_cast_or_null<clang::CXXMethodDecl>(call->getDirectCallee()) : nullptr;
  if (!method || method->getParent()->getQualifiedNameAsString() != "coop::World" ||
      !method->hasBody())
    return std::nullopt;
  for (const clang::Stmt* statement : method->getBody()->children())
    if (const auto* result = llvm::dyn_cast<clang::ReturnStmt>(statement))
      return constant(result->getRetValue(), context);
  return std::nullopt;
}

}  // namespace

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

std::optional<llvm::APSInt> scale_value(const clang::Expr* expression, clang::ASTContext& context) {
  if (expression->isValueDependent() || !expression->getType()->isIntegralOrEnumerationType())
    return std::nullopt;
  if (mentions_scale(expression)) {
    clang::Expr::EvalResult result;
    if (expression->EvaluateAsInt(result, context)) return result.Val.getInt();
    if (const auto value = world_value(expression, context)) return value;
  }
  const auto* operation = llvm::dyn_cast<clang::BinaryOperator>(expression->IgnoreParenImpCasts());
  if (!operation || !mentions_scale(operation)) return std::nullopt;
  const auto left = scale_value(operation->getLHS(), context);
  const auto right = scale_value(operation->getRHS(), context);
  auto integer = [&](const llvm::APSInt& value) {
    return value.extOrTrunc(context.getIntWidth(expression->getType()));
  };
  if (operation->getOpcode() == clang::BO_Mul)
    for (const auto& [side, other] :
         {std::pair{left, operation->getRHS()}, std::pair{right, operation->getLHS()}})
      if (side && side->isZero() && !other->HasSideEffects(context)) return integer(*side);
  const auto a = left ? left : constant(operation->getLHS(), context);
  const auto b = right ? right : constant(operation->getRHS(), context);
  if (!a || !b) return std::nullopt;
  const int order = llvm::APSInt::compareValues(*a, *b);
  auto truth = [&](bool value) {
    return llvm::APSInt(llvm::APInt(context.getIntWidth(expression->getType()), value), true);
  };
  switch (operation->getOpcode()) {
    case clang::BO_LT:
      return truth(order < 0);
    case clang::BO_GT:
      return truth(order > 0);
    case clang::BO_LE:
      return truth(order <= 0);
    case clang::BO_GE:
      return truth(order >= 0);
    case clang::BO_EQ:
      return truth(order == 0);
    case clang::BO_NE:
      return truth(order != 0);
    default:
      return std::nullopt;
  }
}

std::string literal(const llvm::APSInt& value, clang::QualType type) {
  if (type->isBooleanType()) return value.isZero() ? "false" : "true";
  llvm::SmallString<16> digits;
  value.toString(digits, 10);
  // With the suffix of its type, which may choose an overload.
  const auto* builtin = type->getAs<clang::BuiltinType>();
  const char* suffix = "";
  if (builtin && builtin->getKind() == clang::BuiltinType::UInt) suffix = "u";
  if (builtin && builtin->getKind() == clang::BuiltinType::Long) suffix = "l";
  if (builtin && builtin->getKind() == clang::BuiltinType::ULong) suffix = "ul";
  if (builtin && builtin->getKind() == clang::BuiltinType::LongLong) suffix = "ll";
  if (builtin && builtin->getKind() == clang::BuiltinType::ULongLong) suffix = "ull";
  return digits.str().str() + suffix;
}

}  // namespace combiner
