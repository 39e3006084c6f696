#include "combiner/choose_bodies.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Sema/Sema.h"
#include "clang/Sema/SemaConsumer.h"
#include "llvm/ADT/STLExtras.h"

namespace combiner {
namespace {

bool is_third_party(const clang::Decl* decl) {
  const clang::SourceManager& sources = decl->getASTContext().getSourceManager();
  return sources.isInSystemHeader(sources.getFileLoc(decl->getLocation()));
}

/// Does a function or a type have to do with what authors declare? When in doubt, yes.
class MentionsLocal {
 public:
  bool function(const clang::FunctionDecl* function) {
    const auto* arguments = function->getTemplateSpecializationArgs();
    return (arguments && any(arguments->asArray())) || type(function->getType()) ||
           context(function->getLexicalDeclContext());
  }

 private:
  /// The classes around it.
  bool context(const clang::DeclContext* context) {
    for (; context && !context->isFileContext(); context = context->getParent())
      if (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(context); record && tag(record))
        return true;
    return false;
  }

  bool tag(const clang::TagDecl* decl) {
    const auto [known, fresh] = known_.try_emplace(decl, false);
    if (!fresh) return known->second;
    const auto* special = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(decl);
    const bool out = !is_third_party(decl) ||
                     (special && any(special->getTemplateArgs().asArray())) ||
                     context(decl->getDeclContext());
    return known_[decl] = out;
  }

  bool type(clang::QualType of) {
    const clang::Type* type = of.getCanonicalType().getTypePtr();
    if (const auto* decl = type->getAsTagDecl()) return tag(decl);
    if (const auto* function = type->getAs<clang::FunctionProtoType>())
      return this->type(function->getReturnType()) ||
             llvm::any_of(function->param_types(), [&](auto of) { return this->type(of); });
    if (const auto* member = type->getAs<clang::MemberPointerType>())
      return tag(member->getMostRecentCXXRecordDecl()) || this->type(member->getPointeeType());
    if (const clang::QualType pointee = type->getPointeeType(); !pointee.isNull())
      return this->type(pointee);
    if (const auto* array = type->getAsArrayTypeUnsafe())
      return this->type(array->getElementType());
    return !type->isBuiltinType() && !type->isVectorType() && !type->isAnyComplexType();
  }

  bool any(llvm::ArrayRef<clang::TemplateArgument> arguments) {
    return llvm::any_of(arguments, [&](const clang::TemplateArgument& argument) {
      using Kind = clang::TemplateArgument;
      switch (argument.getKind()) {
        case Kind::Type:
          return type(argument.getAsType());
        case Kind::Integral:
          return type(argument.getIntegralType());
        case Kind::Pack:
          return any(argument.pack_elements());
        case Kind::NullPtr:
          return type(argument.getNullPtrType());
        case Kind::Template:
          return !is_third_party(argument.getAsTemplate().getAsTemplateDecl());
        default:
          return true;
      }
    });
  }

  llvm::DenseMap<const clang::TagDecl*, bool> known_;
};

class Chooser : public clang::SemaConsumer {
 public:
  explicit Chooser(const Bodies& bodies) : bodies_(bodies) {}

  void InitializeSema(clang::Sema& sema) override { sema_ = &sema; }
  void ForgetSema() override { sema_ = nullptr; }

  bool shouldSkipFunctionBody(clang::Decl* decl) override { return is_skipped(decl, bodies_); }

  bool HandleTopLevelDecl(clang::DeclGroupRef group) override {
    for (const clang::Decl* decl : group) look_for_hooks(decl);
    return true;
  }

  /// Clang has just queued it.
  void HandleCXXImplicitFunctionInstantiation(clang::FunctionDecl* function) override {
    if (!bodies_.local_only || has_hooks_) return;
    auto& queue = sema_->PendingInstantiations;
    if (!queue.empty() && queue.back().first == function && is_third_party(function) &&
        !mentions_local_.function(function))
      queue.pop_back();
  }

 private:
  /// A third party's template that authors specialize may be where it comes back, for any type.
  void look_for_hooks(const clang::Decl* decl) {
    if (has_hooks_ || is_third_party(decl)) return;
    if (const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(decl))
      for (const clang::Decl* inner : space->decls()) look_for_hooks(inner);
    const clang::Decl* pattern = nullptr;
    if (const auto* record = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(decl))
      pattern = record->getSpecializedTemplate();
    else if (const auto* variable = llvm::dyn_cast<clang::VarTemplateSpecializationDecl>(decl))
      pattern = variable->getSpecializedTemplate();
    else if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl))
      pattern = function->getPrimaryTemplate();
    has_hooks_ = pattern && is_third_party(pattern);
  }

  const Bodies bodies_;
  clang::Sema* sema_ = nullptr;
  MentionsLocal mentions_local_;
  bool has_hooks_ = false;
};

}  // namespace

bool is_skipped(const clang::Decl* decl, const Bodies& bodies) {
  // Who instantiates a template needs its body.
  if (decl->isTemplateDecl() || decl->getDescribedTemplate() ||
      decl->getDeclContext()->isDependentContext())
    return false;
  if (is_third_party(decl)) return true;
  const clang::SourceManager& sources = decl->getASTContext().getSourceManager();
  const clang::SourceLocation at = sources.getFileLoc(decl->getLocation());
  if (!sources.isWrittenInMainFile(at)) return false;
  const unsigned long long offset = sources.getFileOffset(at);
  if (bodies.known.count(offset)) return true;
  const unsigned size = sources.getFileIDSize(sources.getMainFileID()) + 1;
  return offset * bodies.parts / size != bodies.part;
}

std::unique_ptr<clang::ASTConsumer> choose_bodies(const Bodies& bodies) {
  return std::make_unique<Chooser>(bodies);
}

}  // namespace combiner
