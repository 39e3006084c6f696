// What an expression denotes, if it is one of the things that only exist while bound: an artifact,
// the service, its hooks. Types tell: each registered instance has a type of its own.
#pragma once

#include <algorithm>
#include <cstring>

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/ExprCXX.h"
#include "combiner/crop.h"
#include "combiner/declarations.h"

namespace combiner {

struct Denoted {
  enum class What { kNothing, kArtifact, kArray, kService, kHooks, kWorld, kDevice };
  What what = What::kNothing;
  std::string instance;
  bool only_class = false;  // not bound: any object of the instance's class
  bool is_artifact() const { return what == What::kArtifact; }
};

class Denote {
 protected:
  Denote(const Registry& registry, const Pass& pass) : registry_(registry), pass_(pass) {}
  virtual ~Denote() = default;

  bool in_service() const { return method_ && method_->instance.empty(); }

  bool is_self(const clang::Expr* expression) const {
    const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(expression->IgnoreParenImpCasts());
    return reference && self_ && reference->getDecl() == self_;
  }

  bool is_this(const clang::Expr* expression) const {
    expression = expression->IgnoreParenImpCasts();
    if (const auto* deref = llvm::dyn_cast<clang::UnaryOperator>(expression))
      if (deref->getOpcode() == clang::UO_Deref)
        expression = deref->getSubExpr()->IgnoreParenImpCasts();
    return method_ && llvm::isa<clang::CXXThisExpr>(expression) && !inside_lambda_class(expression);
  }

  bool inside_lambda_class(const clang::Expr* expression) const {
    const auto* record = expression->getType()->getPointeeCXXRecordDecl();
    return record && record->isLambda();
  }

  bool is_own(const clang::Expr* expression) const {
    return is_self(expression) || is_this(expression);
  }

  /// `self`, `self.kv_cache`, `this->kv_cache`: an expression that only names.
  bool is_path_base(const clang::Expr* expression) const {
    expression = expression->IgnoreParenImpCasts();
    if (is_own(expression)) return true;
    const auto* member = llvm::dyn_cast<clang::MemberExpr>(expression);
    if (member) return is_path_base(member->getBase());
    return denotes(expression).what != Denoted::What::kNothing &&
           llvm::isa<clang::DeclRefExpr>(expression);
  }

  Denoted denotes_type(clang::QualType type) const {
    const clang::CXXRecordDecl* record =
        type.isNull() ? nullptr : type.getNonReferenceType()->getAsCXXRecordDecl();
    if (!record || type.getNonReferenceType()->isPointerType()) return {};
    const std::string name = record->getQualifiedNameAsString();
    using What = Denoted::What;
    if (name == "coop_bound::Hooks") return {What::kHooks, ""};
    if (name == (registry_.has_world ? "World" : "coop::World")) return {What::kWorld, "world"};
    if (name == "Device") return {What::kDevice, "device"};
    if (llvm::StringRef(name).starts_with("coop_bound::bound_"))
      return {What::kArtifact, record->getName().drop_front(std::strlen("bound_")).str()};
    if (llvm::StringRef(name).starts_with("coop_bound::array_"))
      return {What::kArray, record->getName().drop_front(std::strlen("array_")).str()};
    if (is_service(record)) return {What::kService, ""};
    if (is_artifact(record))  // not bound: an ordinary function takes it by its class
      for (const Registered& artifact : registry_.artifacts)
        if (artifact.class_name == record->getName())
          return {What::kArtifact, artifact.name, /*only_class=*/true};
    return {};
  }

  Denoted denotes(const clang::Expr* expression) const {
    expression = expression->IgnoreParenImpCasts();
    if (is_own(expression))
      return in_service() ? Denoted{Denoted::What::kService, ""}
                          : Denoted{Denoted::What::kArtifact, method_->instance};
    if (llvm::isa<clang::CXXThisExpr>(expression))  // in a member's default initializer
      return denotes_type(expression->getType()->getPointeeType());
    return denotes_type(expression->getType());
  }

  /// One of several: which, only the expression says that denotes it.
  bool is_element(const std::string& instance) const {
    const Registered* artifact = registry_.find(instance);
    return artifact && !artifact->container.empty();
  }

  /// Is there another registered artifact of the same class?
  bool is_one_of_several(const std::string& instance) const {
    const Registered* artifact = registry_.find(instance);
    return artifact && std::count_if(registry_.artifacts.begin(), registry_.artifacts.end(),
                                     [&](const Registered& other) {
                                       return other.class_name == artifact->class_name;
                                     }) > 1;
  }

  static bool is_bound(const clang::CXXRecordDecl* record) {
    return llvm::StringRef(record->getQualifiedNameAsString()).starts_with("coop_bound::bound_");
  }

  bool is_service(const clang::CXXRecordDecl* record) const {
    return record->getName() == registry_.service.name && record->getDeclContext()->isFileContext();
  }

  std::string qualifier_of(const std::string& instance) const {
    const Registered* artifact = registry_.find(instance);
    return artifact ? artifact->type : instance;
  }

  /// A template parameter of the method itself stays.
  bool is_own_parameter(const clang::NamedDecl* parameter) const {
    const clang::FunctionDecl* pattern = function_->getTemplateInstantiationPattern();
    const auto* own = pattern ? pattern->getDescribedFunctionTemplate() : nullptr;
    if (!own) return false;
    for (const clang::NamedDecl* candidate : *own->getTemplateParameters())
      if (candidate->getLocation() == parameter->getLocation()) return true;
    return false;
  }

  const Registry& registry_;
  const Pass& pass_;

  // What is being read.
  Method* method_ = nullptr;  // null in a declaration that is no method
  const clang::FunctionDecl* function_ = nullptr;
  const clang::ParmVarDecl* self_ = nullptr;
  std::string file_;         // whose text it is
  std::string helper_name_;  // of a declaration
};

}  // namespace combiner
