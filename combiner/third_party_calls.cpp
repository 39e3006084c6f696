#include "combiner/third_party_calls.h"

#include <algorithm>
#include <set>

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "combiner/declarations.h"

namespace combiner {
namespace {

bool mentions_artifact(clang::QualType type);

bool mentions_artifact(llvm::ArrayRef<clang::TemplateArgument> arguments) {
  return llvm::any_of(arguments, [](const clang::TemplateArgument& argument) {
    if (argument.getKind() == clang::TemplateArgument::Pack)
      return mentions_artifact(argument.getPackAsArray());
    return argument.getKind() == clang::TemplateArgument::Type &&
           mentions_artifact(argument.getAsType());
  });
}

bool mentions_artifact(const clang::CXXRecordDecl* record) {
  if (!record || record->isLambda()) return false;
  if (is_artifact(record)) return true;
  const auto* special = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(record);
  if (special && mentions_artifact(special->getTemplateArgs().asArray())) return true;
  return mentions_artifact(llvm::dyn_cast<clang::CXXRecordDecl>(record->getDeclContext()));
}

bool mentions_artifact(clang::QualType type) {
  type = type.getCanonicalType().getNonReferenceType();
  while (type->isPointerType()) type = type->getPointeeType();
  return mentions_artifact(type->getAsCXXRecordDecl());
}

bool mentions_artifact(const clang::FunctionDecl* function) {
  if (const auto* arguments = function->getTemplateSpecializationArgs())
    if (mentions_artifact(arguments->asArray())) return true;
  if (const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function))
    if (mentions_artifact(method->getParent())) return true;
  return llvm::any_of(function->parameters(), [](const clang::ParmVarDecl* parameter) {
    return mentions_artifact(parameter->getType());
  });
}

class Reader : public clang::DynamicRecursiveASTVisitor {
 public:
  explicit Reader(const IsLocal& is_local) : is_local_(is_local) {
    ShouldVisitTemplateInstantiations = ShouldVisitImplicitCode = true;
  }

  void read(const clang::FunctionDecl* function) {
    const clang::FunctionDecl* definition = nullptr;
    if (!function || !mentions_artifact(function)) return;
    if (is_local_(function)) {
      if (seen_.insert(function).second) found.push_back(function);
      return;
    }
    if (!function->isDefined(definition) || !seen_.insert(definition).second) return;
    TraverseStmt(definition->getBody());
    const auto* constructor = llvm::dyn_cast<clang::CXXConstructorDecl>(definition);
    if (!constructor) return;
    for (const clang::CXXCtorInitializer* part : constructor->inits())
      TraverseStmt(part->getInit());
    read(constructor->getParent()->getDestructor());
  }

  bool VisitDeclRefExpr(clang::DeclRefExpr* reference) override {
    read(llvm::dyn_cast<clang::FunctionDecl>(reference->getDecl()));
    return true;
  }
  bool VisitMemberExpr(clang::MemberExpr* member) override {
    read(llvm::dyn_cast<clang::FunctionDecl>(member->getMemberDecl()));
    return true;
  }
  bool VisitCXXConstructExpr(clang::CXXConstructExpr* construction) override {
    read(construction->getConstructor());
    return true;
  }

  std::vector<const clang::FunctionDecl*> found;

 private:
  const IsLocal& is_local_;
  std::set<const clang::FunctionDecl*> seen_;
};

}  // namespace

std::vector<const clang::FunctionDecl*> called_by_third_party(const clang::FunctionDecl* function,
                                                              const IsLocal& is_local) {
  Reader reader(is_local);
  reader.read(function);
  return std::move(reader.found);
}

}  // namespace combiner
