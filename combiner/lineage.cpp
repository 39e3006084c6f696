#include "combiner/lineage.h"

#include <algorithm>
#include <set>

#include "clang/AST/DeclTemplate.h"

namespace combiner {
namespace {

/// `template <class Scorer = SnapKv> struct Decoding : Scorer` is a SnapKv, when nobody says more.
clang::QualType with_default(clang::QualType type) {
  const auto* parameter = type->getAs<clang::TemplateTypeParmType>();
  const clang::TemplateTypeParmDecl* decl = parameter ? parameter->getDecl() : nullptr;
  return decl && decl->hasDefaultArgument() ? decl->getDefaultArgument().getArgument().getAsType()
                                            : type;
}

const clang::CXXRecordDecl* definition_of(const clang::CXXBaseSpecifier& base) {
  const clang::QualType type = with_default(base.getType());
  if (const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl()) {
    if (const auto* special = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(record))
      return special->getSpecializedTemplate()->getTemplatedDecl()->getDefinition();
    return record->getDefinition();
  }
  const auto* special = type->getAs<clang::TemplateSpecializationType>();
  const auto* pattern = special ? llvm::dyn_cast_or_null<clang::ClassTemplateDecl>(
                                      special->getTemplateName().getAsTemplateDecl())
                                : nullptr;
  return pattern ? pattern->getTemplatedDecl()->getDefinition() : nullptr;
}

void add(const clang::CXXRecordDecl* record, std::set<const clang::CXXRecordDecl*>& seen,
         std::vector<const clang::CXXRecordDecl*>& out) {
  if (!record || !record->hasDefinition() || !seen.insert(record).second) return;
  for (const clang::CXXBaseSpecifier& base : record->bases())
    if (base.getAccessSpecifier() != clang::AS_private) add(definition_of(base), seen, out);
  out.push_back(record);
}

}  // namespace

std::vector<const clang::CXXRecordDecl*> lineage(const clang::CXXRecordDecl* record) {
  std::set<const clang::CXXRecordDecl*> seen;
  std::vector<const clang::CXXRecordDecl*> out;
  add(record, seen, out);
  return out;
}

bool derives_from_artifact(const clang::CXXRecordDecl* record) {
  const auto bases = lineage(record);
  return std::any_of(bases.begin(), bases.end(), [](const clang::CXXRecordDecl* base) {
    return base->getQualifiedNameAsString() == "coop::Artifact";
  });
}

}  // namespace combiner
