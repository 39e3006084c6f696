#include "combiner/instantiate_all.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Sema/Sema.h"
#include "clang/Sema/SemaConsumer.h"
#include "combiner/choose_bodies.h"

namespace combiner {
namespace {

class InstantiateAll : public clang::SemaConsumer {
 public:
  explicit InstantiateAll(std::string service) : service_(std::move(service)) {}

  void InitializeSema(clang::Sema& sema) override { sema_ = &sema; }
  void ForgetSema() override { sema_ = nullptr; }
  bool shouldSkipFunctionBody(clang::Decl* decl) override { return is_skipped(decl, {}); }

  void HandleTranslationUnit(clang::ASTContext& context) override {
    for (const auto* decl : context.getTranslationUnitDecl()->noload_decls()) {
      const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(decl);
      if (!space || space->getName() != "coop_bound") continue;
      for (const auto* inner : space->decls()) read(inner);
    }
    sema_->PerformPendingInstantiations();
  }

 private:
  /// A registered artifact is a type here; the service is a variable.
  void read(const clang::Decl* decl) {
    const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl);
    if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl))
      if (const auto* type = variable->getType()->getAsCXXRecordDecl();
          type && type->getName() == service_)
        record = type;
    if (!record || !record->isThisDeclarationADefinition() || record->isInvalidDecl()) return;
    const clang::QualType self = sema_->Context.getCanonicalTagType(record);
    instantiate_methods(record, self);
    record->forallBases([&](const clang::CXXRecordDecl* base) {
      instantiate_methods(base, self);
      return true;
    });
  }

  void instantiate_methods(const clang::CXXRecordDecl* record, clang::QualType self) {
    std::vector<clang::FunctionTemplateDecl*> methods;  // instantiation adds to what is iterated
    for (clang::Decl* decl : record->decls())
      if (auto* method = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl))
        if (takes_self_alone(method)) methods.push_back(method);
    for (clang::FunctionTemplateDecl* method : methods) instantiate(method, self);
  }

  static const clang::ParmVarDecl* self_of(const clang::FunctionTemplateDecl* method) {
    const clang::FunctionDecl* function = method->getTemplatedDecl();
    return function->hasCXXExplicitFunctionObjectParameter() ? function->getParamDecl(0) : nullptr;
  }

  static bool takes_self_alone(const clang::FunctionTemplateDecl* method) {
    return self_of(method) && method->getTemplateParameters()->size() == 1 &&
           !method->hasAssociatedConstraints();
  }

  void instantiate(clang::FunctionTemplateDecl* method, clang::QualType self) {
    if (self_of(method)->getType()->isRValueReferenceType())  // `auto&&`
      self = sema_->Context.getLValueReferenceType(self);
    const clang::TemplateArgument argument(self);
    const auto* arguments = clang::TemplateArgumentList::CreateCopy(sema_->Context, argument);
    clang::FunctionDecl* function =
        sema_->InstantiateFunctionDeclaration(method, arguments, method->getLocation());
    if (!function || function->isInvalidDecl() || function->isDefined()) return;
    sema_->InstantiateFunctionDefinition(method->getLocation(), function, /*Recursive=*/true,
                                         /*DefinitionRequired=*/false, /*AtEndOfTU=*/true);
  }

  const std::string service_;
  clang::Sema* sema_ = nullptr;
};

}  // namespace

std::unique_ptr<clang::ASTConsumer> instantiate_all(const std::string& service) {
  return std::make_unique<InstantiateAll>(service);
}

}  // namespace combiner
