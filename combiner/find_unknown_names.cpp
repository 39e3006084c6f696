#include "combiner/find_unknown_names.h"

#include <set>

#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/SourceManager.h"
#include "combiner/record_preprocessor.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

using Visitor = clang::DynamicRecursiveASTVisitor;

/// Names on `self` that nothing answers, found in the author's text before Clang's own recovery:
/// Clang stops at the first in an expression, and suggests nothing.
class FindUnknownNames : public clang::DynamicRecursiveASTVisitor {
 public:
  FindUnknownNames(const Pass& pass, const Registry& registry, const BoundSource& bound)
      : sources_(pass.sources()), registry_(registry), bound_(bound), context_(pass.context()) {}

  Diagnostics run() {
    for (const Registered& artifact : registry_.artifacts)
      if (const auto* record = bound_record(artifact.name)) {
        owner_ = &artifact;
        walk_methods(record);
      }
    owner_ = nullptr;
    if (const auto* record = service_record()) walk_methods(record);
    return std::move(out_);
  }

  bool TraverseRequiresExpr(clang::RequiresExpr*) override { return true; }

  bool TraverseIfStmt(clang::IfStmt* statement) override {
    if (!statement->isConstexpr()) return Visitor::TraverseIfStmt(statement);
    return TraverseStmt(statement->getCond());  // a branch may be there for another target
  }

  bool VisitCXXDependentScopeMemberExpr(clang::CXXDependentScopeMemberExpr* expression) override {
    if (expression->isImplicitAccess()) return true;
    const std::string name = expression->getMember().getAsString();
    const clang::Expr* base = expression->getBase()->IgnoreParenImpCasts();
    if (is_self(base)) {
      check(own_record(), owner_ ? owner_->name : registry_.service.name, name,
            expression->getMemberLoc(), /*on_self=*/true);
    } else if (const auto* inner = llvm::dyn_cast<clang::CXXDependentScopeMemberExpr>(base)) {
      if (inner->isImplicitAccess() || !is_self(inner->getBase()->IgnoreParenImpCasts()))
        return true;
      const std::string peer = inner->getMember().getAsString();
      const Registered* found = peer == "hooks" ? nullptr : registry_.find(peer);
      if (found && found->container.empty() && !owns(peer))
        check(bound_record(peer), peer, name, expression->getMemberLoc(), /*on_self=*/false);
    }
    return true;
  }

 private:
  const clang::CXXRecordDecl* bound_record(const std::string& name) const {
    for (const auto* decl : context_.getTranslationUnitDecl()->noload_decls()) {
      const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(decl);
      if (!space || space->getName() != "coop_bound") continue;
      for (const auto* inner : space->decls())
        if (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(inner))
          if (record->getName() == "bound_" + name && record->isThisDeclarationADefinition())
            return record;
    }
    return nullptr;
  }

  const clang::CXXRecordDecl* service_record() const {
    for (const auto* decl : context_.getTranslationUnitDecl()->noload_decls()) {
      if (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl))
        if (record->getName() == registry_.service.name && record->isThisDeclarationADefinition())
          return record;
      if (const auto* pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(decl))
        if (pattern->getName() == registry_.service.name)
          for (const auto* record : pattern->specializations())
            if (record->hasDefinition()) return record->getDefinition();
    }
    return nullptr;
  }

  const clang::CXXRecordDecl* own_record() const {
    return owner_ ? bound_record(owner_->name) : service_record();
  }

  bool owns(const std::string& name) const {
    if (!owner_) return false;
    const auto* base = bound_record(owner_->name);
    if (!base || base->getNumBases() == 0) return false;
    const auto* record = base->bases_begin()->getType()->getAsCXXRecordDecl();
    if (!record) return false;
    for (const auto* decl : record->decls())
      if (const auto* named = llvm::dyn_cast<clang::NamedDecl>(decl))
        if (named->getNameAsString() == name) return true;
    return false;
  }

  void walk_methods(const clang::CXXRecordDecl* record) {
    walk_own_methods(record);
    record->forallBases([&](const clang::CXXRecordDecl* base) {
      walk_own_methods(base);
      return true;
    });
  }

  void walk_own_methods(const clang::CXXRecordDecl* record) {
    for (const auto* decl : record->decls()) {
      const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl);
      if (!pattern || pattern->spec_begin() == pattern->spec_end()) continue;
      clang::FunctionDecl* function = pattern->getTemplatedDecl();
      if (const auto* written = pattern->getInstantiatedFromMemberTemplate())
        function = written->getTemplatedDecl();
      if (function->hasBody()) TraverseStmt(function->getBody());
    }
  }

  static bool is_self(const clang::Expr* expression) {
    const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(expression);
    const auto* parameter =
        reference ? llvm::dyn_cast<clang::ParmVarDecl>(reference->getDecl()) : nullptr;
    return parameter && parameter->isExplicitObjectParameter();
  }

  static bool answers(const clang::CXXRecordDecl* record, const std::string& name) {
    bool found = false;
    auto look = [&](const clang::CXXRecordDecl* in) {
      for (const auto* decl : in->decls())
        if (const auto* named = llvm::dyn_cast<clang::NamedDecl>(decl))
          found = found || named->getNameAsString() == name;
      return true;
    };
    look(record);
    record->forallBases(look);
    return found;
  }

  FileRange range(clang::SourceLocation at, const std::string& name) const {
    at = sources_.getFileLoc(at);
    const std::string path = path_of(sources_, sources_.getFileID(at));
    const unsigned begin = bound_.original({path, sources_.getFileOffset(at), 0}).begin;
    return {path, begin, begin + static_cast<unsigned>(name.size())};
  }

  /// Names that an author could have meant, on `self` or on a peer.
  std::vector<std::string> candidates(const Registered* of, bool on_self) const {
    std::vector<std::string> names;
    if (of) {
      for (const Member& method : of->methods) names.push_back(method.name);
      for (const Member& field : of->configuration) names.push_back(field.name);
    }
    if (on_self)
      for (const Registered& artifact : registry_.artifacts) names.push_back(artifact.name);
    if (on_self) names.insert(names.end(), {"world", "hooks", "device"});
    return names;
  }

  /// What others may name, once each.
  static std::vector<std::string> offered(const Registered& artifact) {
    std::vector<std::string> out;
    for (const std::vector<Member>* members : {&artifact.methods, &artifact.configuration})
      for (const Member& member : *members)
        if (member.is_public && !llvm::is_contained(out, member.name)) out.push_back(member.name);
    return out;
  }

  void check(const clang::CXXRecordDecl* record, const std::string& on, const std::string& name,
             clang::SourceLocation at, bool on_self) {
    if (!record || answers(record, name)) return;
    const FileRange where = range(at, name);
    if (!reported_.insert(where).second) return;
    const Registered* of = on_self ? owner_ : registry_.find(on);
    const std::vector<std::string> near = nearest(name, candidates(of, on_self));
    if (llvm::is_contained(near, name)) return;  // it is there: what broke its class is told
    Diagnostic diagnostic =
        !on_self ? diagnose(DiagnosticName::unknown_member, where, on, of->class_name, name)
        : near.size() > 1
            ? diagnose(DiagnosticName::ambiguous_peer, where, name, registry_.service.name)
            : diagnose(DiagnosticName::unregistered_peer, where, name, registry_.service.name);
    for (const std::string& candidate : near)
      diagnostic.notes.push_back(suggest(candidate, of, where));
    if (near.empty() && on_self) list_registered(diagnostic, name);
    if (near.empty() && !on_self)
      diagnostic.notes.push_back({"it has " + llvm::join(offered(*of), ", "), {}});
    if (!on_self)
      diagnostic.notes.push_back({"'" + on + "' is registered here", of->member.name_range});
    out_.push_back(std::move(diagnostic));
  }

  Note suggest(const std::string& candidate, const Registered* of, const FileRange& at) const {
    const Fix fix = {at, candidate};
    if (const Registered* peer = registry_.find(candidate))
      return {"did you mean '" + candidate + "', registered here?", peer->member.name_range, fix};
    if (of)
      for (const std::vector<Member>* members : {&of->methods, &of->configuration})
        for (const Member& member : *members)
          if (member.name == candidate)
            return {"did you mean '" + candidate + "', declared here?", member.name_range, fix};
    return {"did you mean '" + candidate + "', which is always there?", {}, fix};
  }

  void list_registered(Diagnostic& diagnostic, const std::string& name) const {
    for (const Registered& artifact : registry_.artifacts)
      diagnostic.notes.push_back(
          {"'" + artifact.name + "' is registered here", artifact.member.name_range});
    diagnostic.notes.push_back({"register it in " + registry_.service.name + ": `SomeArtifact " +
                                    name +
                                    ";`; or, if it may be absent, guard the use: "
                                    "`if constexpr (requires { self." +
                                    name + "; })`",
                                {}});
  }

  const clang::SourceManager& sources_;
  const Registry& registry_;
  const BoundSource& bound_;
  clang::ASTContext& context_;
  const Registered* owner_ = nullptr;
  std::set<FileRange> reported_;
  Diagnostics out_;
};

}  // namespace

Diagnostics find_unknown_names(const Pass& pass, const Registry& registry,
                               const BoundSource& bound) {
  return FindUnknownNames(pass, registry, bound).run();
}

}  // namespace combiner
