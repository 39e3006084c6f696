#include "combiner/read_refusals.h"

#include <optional>

#include "clang/AST/ASTContext.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "llvm/ADT/STLExtras.h"

namespace combiner {
namespace {

/// A field of the artifact's, or a parameter.
struct Named {
  std::string name;
  bool is_parameter = false;
};

bool is_self(const clang::Expr* expression) {
  if (llvm::isa<clang::CXXThisExpr>(expression)) return true;
  const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(expression);
  const auto* parameter =
      reference ? llvm::dyn_cast<clang::ParmVarDecl>(reference->getDecl()) : nullptr;
  return parameter && parameter->isExplicitObjectParameter();
}

/// `self.window`, `window`, `count`
std::optional<Named> named(const clang::Expr* expression) {
  expression = expression->IgnoreParenCasts();
  if (const auto* member = llvm::dyn_cast<clang::CXXDependentScopeMemberExpr>(expression)) {
    if (member->isImplicitAccess() || !is_self(member->getBase()->IgnoreParenImpCasts()))
      return std::nullopt;
    return Named{member->getMember().getAsString()};
  }
  if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(expression)) {
    if (!is_self(member->getBase()->IgnoreParenImpCasts())) return std::nullopt;
    return Named{member->getMemberDecl()->getNameAsString()};
  }
  const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(expression);
  if (!reference || !llvm::isa<clang::ParmVarDecl>(reference->getDecl()) || is_self(expression))
    return std::nullopt;
  return Named{reference->getDecl()->getNameAsString(), true};
}

std::optional<double> constant(const clang::Expr* expression, const clang::ASTContext& context) {
  clang::Expr::EvalResult result;
  if (expression->isValueDependent() || !expression->EvaluateAsRValue(result, context))
    return std::nullopt;
  if (result.Val.isInt()) return static_cast<double>(result.Val.getInt().getExtValue());
  if (result.Val.isFloat()) return result.Val.getFloat().convertToDouble();
  return std::nullopt;
}

/// Adds what a condition refuses that is enough by itself: each part of an `||`, and behind a `!`
/// each part of an `&&`.
void add_refused(const clang::Expr* condition, bool is_negated, const clang::ASTContext& context,
                 std::vector<RefusalFacts>& out) {
  condition = condition->IgnoreParenImpCasts();
  if (const auto* negation = llvm::dyn_cast<clang::UnaryOperator>(condition);
      negation && negation->getOpcode() == clang::UO_LNot)
    return add_refused(negation->getSubExpr(), !is_negated, context, out);
  const auto* operation = llvm::dyn_cast<clang::BinaryOperator>(condition);
  if (!operation) return;
  if (operation->getOpcode() == (is_negated ? clang::BO_LAnd : clang::BO_LOr)) {
    add_refused(operation->getLHS(), is_negated, context, out);
    add_refused(operation->getRHS(), is_negated, context, out);
  }
  if (!operation->isRelationalOp()) return;
  const auto on_left = named(operation->getLHS()), on_right = named(operation->getRHS());
  const auto limit = constant(on_left ? operation->getRHS() : operation->getLHS(), context);
  if (on_left.has_value() == on_right.has_value() || !limit) return;
  const bool is_less =
      operation->getOpcode() == clang::BO_LT || operation->getOpcode() == clang::BO_LE;
  const Named& what = on_left ? *on_left : *on_right;
  const bool is_below = (is_less == on_left.has_value()) != is_negated;
  out.push_back({what.name, what.is_parameter, is_below, *limit});
}

/// `throw ...;`, alone or in braces; and nothing at all.
bool only_throws(const clang::Stmt* branch) {
  if (const auto* block = llvm::dyn_cast<clang::CompoundStmt>(branch))
    return block->body_empty() || (block->size() == 1 && only_throws(block->body_front()));
  const auto* expression = llvm::dyn_cast<clang::Expr>(branch);
  return llvm::isa<clang::NullStmt>(branch) ||
         (expression && llvm::isa<clang::CXXThrowExpr>(expression->IgnoreImplicit()));
}

/// May what stands behind it never be reached, though nothing was refused?
bool leaves(const clang::Stmt* statement) {
  if (llvm::isa<clang::ReturnStmt>(statement)) return true;
  return llvm::any_of(statement->children(),
                      [](const clang::Stmt* child) { return child && leaves(child); });
}

bool names(const clang::Stmt* statement, const RefusalFacts& what) {
  const auto* expression = llvm::dyn_cast<clang::Expr>(statement);
  const auto found = expression ? named(expression) : std::nullopt;
  if (found && found->name == what.name && found->is_parameter == what.is_parameter) return true;
  return llvm::any_of(statement->children(),
                      [&](const clang::Stmt* child) { return child && names(child, what); });
}

}  // namespace

std::vector<RefusalFacts> read_refusals(const clang::FunctionDecl* method) {
  std::vector<RefusalFacts> out;
  const auto* body = llvm::dyn_cast_or_null<clang::CompoundStmt>(method->getBody());
  if (!body) return out;
  std::vector<const clang::Stmt*> before;  // which may use a value that is refused later
  for (const clang::Stmt* statement : body->body()) {
    const auto* check = llvm::dyn_cast<clang::IfStmt>(statement);
    if (!check || check->getElse() || !only_throws(check->getThen())) {
      if (leaves(statement)) return out;
      before.push_back(statement);
      continue;
    }
    std::vector<RefusalFacts> refused;
    add_refused(check->getCond(), false, method->getASTContext(), refused);
    for (RefusalFacts& one : refused) {
      const bool is_used =
          llvm::any_of(before, [&](const clang::Stmt* earlier) { return names(earlier, one); });
      const bool is_known = llvm::any_of(out, [&](const RefusalFacts& other) {
        return other.name == one.name && other.is_parameter == one.is_parameter &&
               other.is_below == one.is_below;
      });
      if (!is_used && !is_known) out.push_back(std::move(one));
    }
  }
  return out;
}

}  // namespace combiner
