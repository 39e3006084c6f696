#include "combiner/classify_type.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"

namespace combiner {
namespace {

clang::PrintingPolicy policy() {
  clang::LangOptions language;
  language.CPlusPlus = language.Bool = true;
  return clang::PrintingPolicy(language);
}

std::string spelled(clang::QualType type) { return type.getAsString(policy()); }

bool is_number(clang::QualType type) {
  return type->isArithmeticType() && !type->isAnyComplexType() && !type->isBooleanType();
}

/// `class T = float` → float: the instantiation that is tested is the default one.
clang::QualType without_parameter(clang::QualType type) {
  const auto* parameter = type->getAs<clang::TemplateTypeParmType>();
  const auto* decl = parameter ? parameter->getDecl() : nullptr;
  if (!decl || !decl->hasDefaultArgument()) return type;
  return decl->getDefaultArgument().getArgument().getAsType();
}

/// The first argument of a class template's instantiation, as far as it is a type.
clang::QualType element_of(const clang::ClassTemplateSpecializationDecl* special) {
  const clang::TemplateArgumentList& arguments = special->getTemplateArgs();
  if (arguments.size() == 0 || arguments[0].getKind() != clang::TemplateArgument::Type) return {};
  return arguments[0].getAsType();
}

ValueKind kind_of_class(const clang::CXXRecordDecl* record, clang::QualType& element) {
  const std::string name = record->getQualifiedNameAsString();
  if (name == "std::basic_string" || name == "std::basic_string_view") return ValueKind::kText;
  const auto* special = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(record);
  element = special ? element_of(special) : clang::QualType();
  if (element.isNull() || !is_number(element)) return ValueKind::kOther;
  if (name == "std::vector" || name == "std::span" || name == "std::array")
    return ValueKind::kSequence;
  return name == "Buffer" ? ValueKind::kBuffer : ValueKind::kOther;
}

void classify_enum(const clang::EnumDecl* declaration, ValueType& out) {
  const std::string scope = declaration->getQualifiedNameAsString();
  out.kind = ValueKind::kEnum;
  out.bare = "::" + scope;  // testing/ may know another of that name
  int expected = 0;         // scenarios count through them
  for (const clang::EnumConstantDecl* constant : declaration->enumerators())
    if (constant->getInitVal() != expected++) out.kind = ValueKind::kOther;
  for (const clang::EnumConstantDecl* constant : declaration->enumerators())
    out.enumerators.push_back(declaration->isScoped() ? scope + "::" + constant->getNameAsString()
                                                      : constant->getQualifiedNameAsString());
}

}  // namespace

ValueType classify_type(clang::QualType type) {
  ValueType out;
  out.spelled = spelled(type);
  type = without_parameter(type);
  const clang::QualType target = type.getNonReferenceType();
  out.is_written = type->isLValueReferenceType() && !target.isConstQualified();
  const clang::QualType plain = without_parameter(target.getUnqualifiedType());
  out.bare = spelled(plain);
  out.is_unsigned = plain->isUnsignedIntegerType();
  clang::QualType element;
  if (plain->isVoidType()) {
    out.kind = ValueKind::kNothing;
  } else if (plain->getContainedAutoType() || plain->isDependentType()) {
    out.kind = ValueKind::kDeduced;
  } else if (plain->isBooleanType()) {
    out.kind = ValueKind::kBool;
  } else if (const auto* declaration = plain->getAsTagDecl();
             declaration && llvm::isa<clang::EnumDecl>(declaration)) {
    classify_enum(llvm::cast<clang::EnumDecl>(declaration), out);
  } else if (plain->isIntegerType()) {
    out.kind = ValueKind::kInteger;
  } else if (plain->isRealFloatingType()) {
    out.kind = ValueKind::kReal;
  } else if (plain->isPointerType()) {
    element = plain->getPointeeType();
    out.is_written = !element.isConstQualified();
    out.kind = element->isCharType() && !out.is_written ? ValueKind::kText
               : is_number(element)                     ? ValueKind::kPointer
                                                        : ValueKind::kOther;
  } else if (const auto* record = plain->getAsCXXRecordDecl()) {
    out.kind = kind_of_class(record, element);
  }
  const bool holds = out.kind == ValueKind::kSequence || out.kind == ValueKind::kPointer ||
                     out.kind == ValueKind::kBuffer;
  if (holds) out.element = spelled(element.getUnqualifiedType());
  return out;
}

}  // namespace combiner
