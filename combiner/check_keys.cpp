#include "combiner/check_keys.h"

#include "clang/AST/DeclTemplate.h"
#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "combiner/cross_ranks.h"
#include "llvm/ADT/STLExtras.h"

namespace combiner {
namespace {

using clang::CXXRecordDecl;
using clang::FunctionDecl;
using clang::QualType;
using llvm::dyn_cast;
using llvm::dyn_cast_or_null;

const FunctionDecl* as_method(const clang::NamedDecl* member) {
  if (const auto* generic = dyn_cast_or_null<clang::FunctionTemplateDecl>(member))
    member = generic->getTemplatedDecl();
  return dyn_cast_or_null<clang::CXXMethodDecl>(member);
}

/// What a struct or its bases declare by this name.
std::vector<const clang::NamedDecl*> members(const CXXRecordDecl* record, llvm::StringRef name) {
  std::vector<const clang::NamedDecl*> out;
  if (!record || !record->hasDefinition()) return out;
  for (const clang::Decl* decl : record->decls())
    if (const auto* named = dyn_cast<clang::NamedDecl>(decl))
      if (named->getDeclName().isIdentifier() && named->getName() == name) out.push_back(named);
  for (const clang::CXXBaseSpecifier& base : record->bases())
    for (const clang::NamedDecl* named : members(base.getType()->getAsCXXRecordDecl(), name))
      out.push_back(named);
  return out;
}

std::vector<const clang::ParmVarDecl*> parameters_of(const FunctionDecl* function) {
  std::vector<const clang::ParmVarDecl*> out;
  for (const clang::ParmVarDecl* parameter : function->parameters())
    if (!parameter->isExplicitObjectParameter()) out.push_back(parameter);
  return out;
}

QualType bare(QualType type) { return type.getNonReferenceType().getUnqualifiedType(); }

std::string shown(QualType type) {
  clang::PrintingPolicy policy{clang::LangOptions()};
  policy.adjustForCPlusPlus();
  return bare(type).getAsString(policy);
}

bool is_integer(QualType type) {
  return bare(type)->isIntegerType() && !bare(type)->isBooleanType() &&
         !bare(type)->isEnumeralType();
}

/// A std::span of a vector's elements, a std::string_view.
bool is_view_of(QualType view, QualType whole) {
  const auto* of_view =
      dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(bare(view)->getAsCXXRecordDecl());
  const auto* of_whole =
      dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(bare(whole)->getAsCXXRecordDecl());
  if (!of_view || !of_whole || !of_view->isInStdNamespace()) return false;
  if (of_view->getName() != "span" && of_view->getName() != "basic_string_view") return false;
  const clang::ASTContext& context = of_view->getASTContext();
  return context.hasSameType(bare(of_view->getTemplateArgs()[0].getAsType()),
                             bare(of_whole->getTemplateArgs()[0].getAsType()));
}

/// Can what `method` is given be given to what finds the key as well?
bool takes(const clang::ParmVarDecl* parameter, const clang::ParmVarDecl* given) {
  const QualType to = bare(parameter->getType()), from = bare(given->getType());
  if (to->isDependentType() || from->isDependentType()) return true;
  if (parameter->getType()->isLValueReferenceType() &&
      !parameter->getType()->getPointeeType().isConstQualified())
    return false;
  return given->getASTContext().hasSameType(to, from) ||
         (to->isArithmeticType() && from->isArithmeticType()) || is_view_of(to, from);
}

/// What a method's text names of its artifact: `self.block`, `this->block`, `block`.
struct OwnNames : clang::ConstDynamicRecursiveASTVisitor {
  using Named = std::pair<std::string, clang::SourceRange>;
  std::vector<Named> names;

  static bool is_self(const clang::Expr* expression) {
    expression = expression->IgnoreParenImpCasts();
    const auto* reference = dyn_cast<clang::DeclRefExpr>(expression);
    const auto* parameter =
        reference ? dyn_cast<clang::ParmVarDecl>(reference->getDecl()) : nullptr;
    return llvm::isa<clang::CXXThisExpr>(expression) ||
           (parameter && parameter->isExplicitObjectParameter());
  }
  bool VisitCXXDependentScopeMemberExpr(const clang::CXXDependentScopeMemberExpr* member) override {
    if (member->isImplicitAccess() || is_self(member->getBase()))
      names.emplace_back(member->getMember().getAsString(), member->getMemberLoc());
    return true;
  }
  bool VisitMemberExpr(const clang::MemberExpr* member) override {
    if (is_self(member->getBase()))
      names.emplace_back(member->getMemberDecl()->getNameAsString(), member->getMemberLoc());
    return true;
  }
};

class CheckKeys {
 public:
  CheckKeys(const Registry& registry, const BoundSource& bound, const Program& program,
            const Crop& crop, Diagnostics& diagnostics)
      : registry_(registry),
        bound_(bound),
        pass_(*program.host),
        crop_(crop),
        diagnostics_(diagnostics) {}

  void run() {
    for (const Registered& artifact : registry_.artifacts)
      if (artifact.placement == Placement::kKeyed)
        for (const Member& method : artifact.methods)
          if (const Rule* rule = key_rule(method.rules); rule && !rule->argument.empty())
            check(artifact, method, *rule);
    for (const Method& method : crop_.methods) by_key_[method.key] = &method;
    for (const Method& caller : crop_.methods)
      for (const Fact& fact : caller.facts)
        if (fact.kind == Fact::Kind::kCall)
          if (const auto callee = by_key_.find(fact.callee); callee != by_key_.end())
            check_call(caller, fact, *callee->second);
  }

 private:
  /// Who calls from elsewhere says which of the shares is meant.
  void check_call(const Method& caller, const Fact& call, const Method& callee) {
    const Registered* artifact = registry_.find(callee.instance);
    if (!artifact || artifact->placement != Placement::kKeyed) return;
    if (caller.instance == callee.instance) return;
    for (const Rule& rule : registry_.rules_of(callee.instance, callee.name))
      if (combines(rule.name) || rule.name == "same" || rule.name == "keyed") return;
    const FileRange at = bound_.original(call.name);
    if (!told_.insert(at).second) return;
    Diagnostic d = diagnose(DiagnosticName::call_without_key, at, callee.instance, callee.name);
    d.notes.push_back({"'" + callee.name + "' is this one", bound_.original(callee.name_range)});
    diagnostics_.push_back(std::move(d));
  }

  void check(const Registered& artifact, const Member& method, const Rule& rule) {
    const CXXRecordDecl* record = record_of(artifact);
    std::vector<const FunctionDecl*> callers;
    for (const clang::NamedDecl* named : members(record, method.name))
      if (const FunctionDecl* function = as_method(named)) callers.push_back(function);
    if (callers.empty()) return;
    for (const clang::ParmVarDecl* parameter : parameters_of(callers[0]))
      if (parameter->getName() == rule.argument) {
        if (!is_integer(parameter->getType()) && !parameter->getType()->isDependentType())
          refuse(method, rule, "it is " + in_words(parameter->getType()) + ", and no integer");
        return;
      }
    std::vector<const FunctionDecl*> keys;
    for (const clang::NamedDecl* named : members(record, rule.argument))
      if (const FunctionDecl* function = as_method(named)) keys.push_back(function);
    if (keys.empty()) return refuse_unknown(artifact, method, rule);
    std::string why;
    for (const FunctionDecl* key : keys) {
      why = why_no_key(artifact, record, key, callers[0]);
      if (why.empty()) return;
    }
    refuse(method, rule, why);
  }

  const CXXRecordDecl* record_of(const Registered& artifact) const {
    const clang::TranslationUnitDecl* unit = pass_.context().getTranslationUnitDecl();
    const std::string name = "bound_" + artifact.name;
    for (const clang::Decl* decl : unit->noload_decls()) {
      const auto* space = dyn_cast<clang::NamespaceDecl>(decl);
      if (!space || space->getName() != "coop_bound") continue;
      for (const clang::Decl* inner : space->decls())
        if (const auto* record = dyn_cast<CXXRecordDecl>(inner))
          if (record->getName() == name && record->isThisDeclarationADefinition()) return record;
    }
    return nullptr;
  }

  std::string why_no_key(const Registered& artifact, const CXXRecordDecl* record,
                         const FunctionDecl* key, const FunctionDecl* method) const {
    if (key->getAccess() != clang::AS_public) return "it is private";
    const QualType result = key->getReturnType();
    if (result->getContainedAutoType()) return "what it returns is not written";
    if (!result->isDependentType() && !is_integer(result))
      return "it returns " + in_words(result) + ", and a key is an integer";
    const auto taken = parameters_of(key), given = parameters_of(method);
    if (taken.size() > given.size())
      return "it takes more arguments than " + method->getNameAsString();
    for (size_t i = 0; i < taken.size(); ++i)
      if (!takes(taken[i], given[i]))
        return "it takes " + in_words(taken[i]->getType()) + " where " + method->getNameAsString() +
               " is given " + in_words(given[i]->getType());
    std::set<const FunctionDecl*> seen;
    return why_ranks_differ(artifact, record, key, seen);
  }

  /// A key follows from arguments and configuration, which are the same on all ranks.
  std::string why_ranks_differ(const Registered& artifact, const CXXRecordDecl* record,
                               const FunctionDecl* function,
                               std::set<const FunctionDecl*>& seen) const {
    if (!seen.insert(function).second || !function->hasBody()) return "";
    OwnNames own;
    own.TraverseStmt(function->getBody());
    for (const auto& [name, where] : own.names) {
      if (registry_.find(name) || name == "world" || name == "hooks" || name == "device")
        return "it reaches self." + name;
      if (llvm::any_of(artifact.configuration, [&](const Member& m) { return m.name == name; }))
        continue;
      for (const clang::NamedDecl* member : members(record, name)) {
        const auto* field = dyn_cast<clang::FieldDecl>(member);
        if (field && !field->getType().isConstQualified())
          return "it reads '" + name + "', of which each rank has its own";
        if (const FunctionDecl* inner = as_method(member))
          if (const std::string why = why_ranks_differ(artifact, record, inner, seen); !why.empty())
            return why;
      }
    }
    return "";
  }

  static std::string in_words(QualType type) { return "a " + shown(type); }

  void refuse(const Member& method, const Rule& rule, const std::string& why) {
    if (told_.insert(rule.name_range).second)
      diagnostics_.push_back(
          diagnose(DiagnosticName::unusable_key, rule.name_range, rule.argument, method.name, why));
  }

  void refuse_unknown(const Registered& artifact, const Member& method, const Rule& rule) {
    if (!told_.insert(rule.name_range).second) return;
    std::vector<std::string> names;
    for (const Member& parameter : method.parameters) names.push_back(parameter.name);
    for (const Member& other : artifact.methods)
      if (other.is_public && other.name != method.name) names.push_back(other.name);
    Diagnostic d = diagnose(DiagnosticName::unknown_key, rule.name_range, rule.argument,
                            method.name, artifact.class_name);
    for (const std::string& near : nearest(rule.argument, names))
      d.notes.push_back({"did you mean " + near + "?", {}});
    diagnostics_.push_back(std::move(d));
  }

  const Registry& registry_;
  const BoundSource& bound_;
  const Pass& pass_;
  const Crop& crop_;
  Diagnostics& diagnostics_;
  std::map<std::string, const Method*> by_key_;
  std::set<FileRange> told_;
};

}  // namespace

void check_keys(const Registry& registry, const BoundSource& bound, const Program& program,
                const Crop& crop, Diagnostics& diagnostics) {
  CheckKeys(registry, bound, program, crop, diagnostics).run();
}

}  // namespace combiner
