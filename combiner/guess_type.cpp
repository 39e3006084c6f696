#include "combiner/guess_type.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"

namespace combiner {
namespace {

using clang::QualType;

/// What `self` is, or the class of an object or of what a pointer points to.
const clang::CXXRecordDecl* class_of(const clang::Expr* object) {
  object = object->IgnoreParenImpCasts();
  if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(object))
    if (const auto* parameter = llvm::dyn_cast<clang::ParmVarDecl>(reference->getDecl());
        parameter && parameter->isExplicitObjectParameter())
      return llvm::cast<clang::CXXMethodDecl>(parameter->getDeclContext())->getParent();
  const QualType type = guess_type(object);
  if (type.isNull()) return nullptr;
  const clang::CXXRecordDecl* pointee = type->getPointeeCXXRecordDecl();
  return pointee ? pointee : type->getAsCXXRecordDecl();
}

/// The member of its class that `self.name` names.
template <class Decl>
const Decl* member_of(const clang::CXXDependentScopeMemberExpr* expression) {
  if (expression->isImplicitAccess()) return nullptr;
  const clang::CXXRecordDecl* record = class_of(expression->getBase());
  if (!record || !record->hasDefinition()) return nullptr;
  for (const clang::Decl* decl : record->getDefinition()->decls()) {
    if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl))
      decl = pattern->getTemplatedDecl();
    const auto* named = llvm::dyn_cast<Decl>(decl);
    if (named && named->getDeclName() == expression->getMember()) return named;
  }
  return nullptr;
}

QualType result_of(const clang::CallExpr* call) {
  const auto* callee =
      llvm::dyn_cast<clang::CXXDependentScopeMemberExpr>(call->getCallee()->IgnoreParenImpCasts());
  const auto* method = callee ? member_of<clang::CXXMethodDecl>(callee) : nullptr;
  return method ? method->getReturnType() : QualType();
}

/// What [] gives: of a pointer, an array, or one of the standard containers.
QualType element_of(const clang::ArraySubscriptExpr* expression) {
  const QualType type = guess_type(expression->getLHS());
  if (type.isNull()) return {};
  if (type->isPointerType() || type->isArrayType())
    return QualType(type->getPointeeOrArrayElementType(), 0);
  const auto* container =
      llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(type->getAsCXXRecordDecl());
  if (!container || !container->isInStdNamespace()) return {};
  const clang::TemplateArgumentList& arguments = container->getTemplateArgs();
  const unsigned which = container->getName().ends_with("map") ? 1 : 0;
  if (which >= arguments.size()) return {};
  const clang::TemplateArgument& argument = arguments[which];
  return argument.getKind() == clang::TemplateArgument::Type ? argument.getAsType() : QualType();
}

QualType result_of(const clang::BinaryOperator* operation) {
  const QualType left = guess_type(operation->getLHS()), right = guess_type(operation->getRHS());
  const bool same =
      !left.isNull() && !right.isNull() &&
      left.getCanonicalType().getUnqualifiedType() == right.getCanonicalType().getUnqualifiedType();
  return same && left->isArithmeticType() &&
                 (operation->isMultiplicativeOp() || operation->isAdditiveOp())
             ? left
             : QualType();
}

QualType type_of(const clang::Expr* expression) {
  expression = expression->IgnoreParenImpCasts();
  if (!expression->isTypeDependent()) return expression->getType();
  if (const clang::FieldDecl* field = field_of(expression)) return field->getType();
  if (const auto* call = llvm::dyn_cast<clang::CallExpr>(expression)) return result_of(call);
  if (const auto* element = llvm::dyn_cast<clang::ArraySubscriptExpr>(expression))
    return element_of(element);
  if (const auto* operation = llvm::dyn_cast<clang::BinaryOperator>(expression))
    return result_of(operation);
  if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(expression))
    if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(reference->getDecl());
        variable && variable->getInit() && !llvm::isa<clang::ParmVarDecl>(variable))
      return guess_type(variable->getInit());
  return {};
}

}  // namespace

QualType guess_type(const clang::Expr* expression) {
  const QualType type = type_of(expression);
  return type.isNull() || type->isDependentType() ? QualType() : type.getNonReferenceType();
}

const clang::FieldDecl* field_of(const clang::Expr* expression) {
  if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(expression))
    return llvm::dyn_cast<clang::FieldDecl>(member->getMemberDecl());
  const auto* member = llvm::dyn_cast<clang::CXXDependentScopeMemberExpr>(expression);
  return member ? member_of<clang::FieldDecl>(member) : nullptr;
}

}  // namespace combiner
