#include "combiner/flatten/symbols.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Index/USRGeneration.h"
#include "combiner/record_preprocessor.h"

namespace combiner {

Symbols::Symbols(const clang::SourceManager& sources, std::vector<std::string>& names)
    : sources_(sources), names_(names) {
  for (size_t i = 0; i < names.size(); ++i) by_name_[names[i]] = i;
}

const clang::Decl* Symbols::written(const clang::Decl* decl) {
  if (const auto* pattern = llvm::dyn_cast<clang::RedeclarableTemplateDecl>(decl)) {
    while (const auto* from = pattern->getInstantiatedFromMemberTemplate()) pattern = from;
    return pattern->getTemplatedDecl();
  }
  if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl)) {
    if (const auto* pattern = function->getTemplateInstantiationPattern()) return pattern;
    if (const auto* from = function->getInstantiatedFromMemberFunction()) return from;
    if (const auto* primary = function->getPrimaryTemplate();
        primary && !function->getTemplateSpecializationInfo()->isExplicitSpecialization())
      return written(primary);
    return function;
  }
  if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl)) {
    if (const auto* pattern = variable->getTemplateInstantiationPattern()) return pattern;
    return variable;
  }
  if (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl)) {
    if (const auto* pattern = record->getTemplateInstantiationPattern()) return pattern;
    return record;
  }
  if (const auto* enumeration = llvm::dyn_cast<clang::EnumDecl>(decl)) {
    if (const auto* pattern = enumeration->getTemplateInstantiationPattern()) return pattern;
    return enumeration;
  }
  if (const auto* shadow = llvm::dyn_cast<clang::UsingShadowDecl>(decl))
    return written(shadow->getTargetDecl());
  return decl;
}

Symbol Symbols::of(const clang::Decl* decl) {
  if (!decl) return kNoSymbol;
  decl = written(decl)->getCanonicalDecl();
  auto [cached, fresh] = by_decl_.try_emplace(decl, kNoSymbol);
  if (!fresh) return cached->second;
  const auto* named = llvm::dyn_cast<clang::NamedDecl>(decl);
  if (!named || decl->getParentFunctionOrMethod() || llvm::isa<clang::ParmVarDecl>(decl) ||
      llvm::isa<clang::TemplateTypeParmDecl, clang::NonTypeTemplateParmDecl,
                clang::TemplateTemplateParmDecl>(decl))
    return kNoSymbol;
  llvm::SmallString<128> usr;
  if (clang::index::generateUSRForDecl(decl, usr)) return kNoSymbol;
  std::string name = usr.str().str();
  const bool is_c = !decl->getASTContext().getLangOpts().CPlusPlus;
  const bool is_private =
      is_c ? named->getFormalLinkage() == clang::Linkage::Internal : !named->isExternallyVisible();
  if ((is_private || is_of_one_source(decl)) && !llvm::isa<clang::NamespaceDecl>(decl)) {
    const clang::SourceLocation at = sources_.getFileLoc(decl->getLocation());
    name = path_of(sources_, sources_.getFileID(at)) + ":" + name;
  }
  const auto [known, is_new] = by_name_.try_emplace(name, names_.size());
  if (is_new) names_.push_back(name);
  return by_decl_[decl] = known->second;
}

/// A class that a source defines and no header knows, or a member of one: two sources may each have
/// one of this name.
bool Symbols::is_of_one_source(const clang::Decl* decl) const {
  const clang::Decl* outermost = decl;
  for (const clang::DeclContext* context = decl->getDeclContext();
       context && !context->isFileContext(); context = context->getParent())
    if (llvm::isa<clang::TagDecl>(context)) outermost = llvm::cast<clang::Decl>(context);
  outermost = written(outermost);
  if (!llvm::isa<clang::TagDecl, clang::TypedefNameDecl, clang::EnumConstantDecl>(outermost))
    return false;
  for (const clang::Decl* other : outermost->redecls())
    if (sources_.getFileID(sources_.getFileLoc(other->getLocation())) != sources_.getMainFileID())
      return false;
  const auto* tag = llvm::dyn_cast<clang::TagDecl>(outermost);
  return !tag || tag->getDefinition();
}

Symbol Symbols::owner_of(const clang::Decl* decl) {
  const clang::DeclContext* context = written(decl)->getDeclContext();
  const clang::Decl* owner = nullptr;
  for (; context && !context->isFileContext(); context = context->getParent())
    if (llvm::isa<clang::TagDecl>(context)) owner = llvm::cast<clang::Decl>(context);
  return owner ? of(owner) : kNoSymbol;
}

}  // namespace combiner
