#include "combiner/travel.h"

#include "clang/AST/ASTContext.h"

namespace combiner {
namespace {

std::string shown(clang::QualType type) {
  clang::PrintingPolicy policy{clang::LangOptions()};
  policy.adjustForCPlusPlus();
  return type.getUnqualifiedType().getAsString(policy);
}

std::string of_elements(const clang::ClassTemplateSpecializationDecl* made, unsigned count) {
  for (unsigned i = 0; i < count; ++i) {
    const clang::QualType type = made->getTemplateArgs()[i].getAsType();
    if (std::string why = why_it_cannot_travel(type, false); !why.empty()) return why;
  }
  return "";
}

/// A struct of the author's: bytes, each of which means the same to whoever receives them.
std::string of_members(const clang::CXXRecordDecl* record) {
  if (!record->hasDefinition()) return "'" + record->getNameAsString() + "' is not defined";
  const clang::ASTContext& context = record->getASTContext();
  if (!record->isTriviallyCopyable())
    return "'" + record->getNameAsString() + "' is more than its bytes";
  for (const clang::FieldDecl* field : record->fields()) {
    const clang::QualType type = field->getType();
    if (type->isAnyPointerType() || type->isReferenceType() || type->isMemberPointerType())
      return "its member '" + field->getNameAsString() + "' is a pointer";
    const clang::QualType element = context.getBaseElementType(type);
    const auto* inner = element->getAsCXXRecordDecl();
    if (!inner) continue;
    if (std::string why = of_members(inner); !why.empty())
      return "its member '" + field->getNameAsString() + "': " + why;
  }
  return "";
}

}  // namespace

std::string why_it_cannot_travel(clang::QualType type, bool is_parameter) {
  const bool is_const = type.getNonReferenceType().isConstQualified();
  if (type->isRValueReferenceType() && is_parameter)
    return "what is handed over is taken by a method that has [[coop::move]]";
  if (type->isReferenceType() && !(is_parameter && is_const))
    return is_parameter ? "what it refers to could not be changed from there"
                        : "it refers to what only its owner holds";
  type = type.getNonReferenceType().getUnqualifiedType();
  if (type->isVoidType() || type->isArithmeticType() || type->isEnumeralType()) return "";
  if (type->isAnyPointerType()) return "it is a pointer";
  const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl();
  if (!record) return "'" + shown(type) + "' is no value";
  const std::string name = record->getQualifiedNameAsString();
  if (name == "std::basic_string" || name == "std::__cxx11::basic_string") return "";
  const auto* made = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(record);
  if (made && (name == "std::vector" || name == "std::optional")) return of_elements(made, 1);
  if (made && name == "std::pair") return of_elements(made, 2);
  if (made && (name == "std::span" || name == "std::basic_string_view"))
    return is_parameter ? of_elements(made, 1) : "it shows what only its owner holds";
  if (record->isInStdNamespace()) return "'" + shown(type) + "' has no form in a message";
  return of_members(record);
}

}  // namespace combiner
