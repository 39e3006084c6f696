#include "combiner/check_partial.h"

#include "clang/AST/StmtOpenMP.h"
#include "combiner/declarations.h"
#include "combiner/rank_flow.h"

namespace combiner {
namespace {

using clang::Expr;
using clang::FunctionDecl;
using clang::Stmt;
using llvm::dyn_cast;
using llvm::dyn_cast_or_null;
using llvm::isa;

/// The parameters that a function adds to, and those that it gives another value.
struct Effects {
  std::set<const clang::ValueDecl*> adds, sets;
};

/// A sum in which a variable stands: `x[i] = x[i] + y[i]` adds to x.
bool adds_again(const clang::BinaryOperator* assignment, const clang::ValueDecl* to,
                llvm::function_ref<const clang::ValueDecl*(const Expr*)> root) {
  const auto* sum = dyn_cast<clang::BinaryOperator>(assignment->getRHS()->IgnoreParenImpCasts());
  return sum && sum->isAdditiveOp() && (root(sum->getLHS()) == to || root(sum->getRHS()) == to);
}

class FindWholes {
 public:
  FindWholes(const Registry& registry, const Pass& pass, Diagnostics& diagnostics)
      : registry_(registry), pass_(pass), diagnostics_(diagnostics), flow_(registry, pass) {}

  void run() {
    for (size_t before = 1; before != wholes_.size() + whole_fields_.size();) {
      before = wholes_.size() + whole_fields_.size();
      for (const FunctionDecl* function : flow_.functions()) find_wholes(function->getBody());
    }
    for (const FunctionDecl* function : flow_.functions()) {
      const std::string instance = flow_.instance_of(function);
      const Registered* artifact = registry_.find(instance);
      if (!artifact || !is_in_parts(artifact->placement)) continue;
      for (const Rule& rule : registry_.rules_of(instance, function->getNameAsString()))
        if (rule.name == "sum") check(function, instance);
    }
  }

 private:
  // ---- what is whole ----

  /// Does it hold what a collective returned?
  bool is_whole(const Stmt* expression) const {
    if (!expression || isa<clang::LambdaExpr>(expression)) return false;
    if (const auto* call = dyn_cast<clang::CallExpr>(expression))
      if (flow_.is_collective(call->getDirectCallee())) return true;
    if (const auto* reference = dyn_cast<clang::DeclRefExpr>(expression))
      return wholes_.count(reference->getDecl()) > 0;
    for (const Stmt* part : expression->children())
      if (is_whole(part)) return true;
    return false;
  }

  void find_wholes(const Stmt* statement) {
    if (!statement) return;
    if (const auto* declared = dyn_cast<clang::DeclStmt>(statement)) {
      for (const clang::Decl* decl : declared->decls())
        if (const auto* variable = dyn_cast<clang::VarDecl>(decl))
          if (is_whole(variable->getInit())) wholes_.insert(variable);
    } else if (const auto* block = dyn_cast<clang::CompoundStmt>(statement)) {
      for (const Stmt* child : block->body()) find_whole_in_place(child);
    } else if (const auto* assignment = dyn_cast<clang::BinaryOperator>(statement)) {
      if (assignment->isAssignmentOp() && is_whole(assignment->getRHS()))
        put_whole(assignment->getLHS());
    } else if (const auto* call = dyn_cast<clang::CallExpr>(statement)) {
      find_wholes_passed(call);
    }
    for (const Stmt* child : statement->children()) find_wholes(child);
  }

  void find_wholes_passed(const clang::CallExpr* call) {
    const FunctionDecl* body = body_of(call->getDirectCallee());
    const unsigned shift = shift_of(call);
    bool any = false;
    for (unsigned i = shift; i < call->getNumArgs(); ++i) {
      if (!is_whole(call->getArg(i))) continue;
      any = true;
      if (body && i - shift < body->getNumParams()) wholes_.insert(body->getParamDecl(i - shift));
    }
    if (!any || flow_.is_collective(call->getDirectCallee())) return;
    const auto* method = dyn_cast_or_null<clang::CXXMethodDecl>(call->getDirectCallee());
    if (!body && method && !method->isConst() && object_of(call)) put_whole(object_of(call));
    if (!body) return;
    const Effects effects = effects_of(body);
    for (unsigned i = shift; i < call->getNumArgs() && i - shift < body->getNumParams(); ++i) {
      const clang::ParmVarDecl* parameter = body->getParamDecl(i - shift);
      if (effects.adds.count(parameter) || effects.sets.count(parameter))
        put_whole(call->getArg(i));
    }
  }

  /// `self.embed_tokens();`: what it returned a part of is whole where it lies.
  void find_whole_in_place(const Stmt* statement) {
    const auto* expression = dyn_cast<Expr>(statement);
    const auto* call =
        expression ? dyn_cast<clang::CallExpr>(expression->IgnoreUnlessSpelledInSource()) : nullptr;
    if (!call || !flow_.is_collective(call->getDirectCallee())) return;
    for (const Expr* argument : call->arguments()) {
      const auto* part = dyn_cast<clang::CallExpr>(argument->IgnoreUnlessSpelledInSource());
      const FunctionDecl* body = part ? body_of(part->getDirectCallee()) : nullptr;
      if (body && !flow_.name_of(part).empty()) put_returned(body->getBody(), call);
    }
  }

  void put_returned(const Stmt* statement, const Expr* at) {
    if (!statement || isa<Expr>(statement)) return;
    if (const auto* returned = dyn_cast<clang::ReturnStmt>(statement))
      if (const auto* field = dyn_cast_or_null<clang::FieldDecl>(root(returned->getRetValue())))
        whole_fields_.emplace(field, at);
    for (const Stmt* child : statement->children()) put_returned(child, at);
  }

  void put_whole(const Expr* into) {
    const clang::ValueDecl* known = root(into);
    if (const auto* field = dyn_cast_or_null<clang::FieldDecl>(known))
      whole_fields_.emplace(field, into);
    else if (known)
      wholes_.insert(known);
  }

  // ---- what is added to ----

  Effects effects_of(const FunctionDecl* body) {
    const auto [known, fresh] = effects_.try_emplace(body);
    if (fresh) {
      Effects found;
      find_effects(body->getBody(), found);
      effects_[body] = std::move(found);
    }
    return effects_[body];
  }

  void find_effects(const Stmt* statement, Effects& effects) {
    if (!statement) return;
    if (const auto* parallel = dyn_cast<clang::OMPExecutableDirective>(statement)) {
      if (parallel->hasAssociatedStmt()) find_effects(parallel->getRawStmt(), effects);
      return;
    }
    if (const auto* assignment = dyn_cast<clang::BinaryOperator>(statement))
      find_assignment(assignment, effects);
    if (const auto* call = dyn_cast<clang::CallExpr>(statement)) find_call(call, effects);
    for (const Stmt* child : statement->children()) find_effects(child, effects);
  }

  void find_assignment(const clang::BinaryOperator* assignment, Effects& effects) {
    if (!assignment->isAssignmentOp()) return;
    const clang::ValueDecl* to = root(assignment->getLHS());
    const bool adds = assignment->getOpcode() == clang::BO_AddAssign ||
                      assignment->getOpcode() == clang::BO_SubAssign ||
                      adds_again(assignment, to, [this](const Expr* e) { return root(e); });
    if (!to) return;
    if (adds)
      effects.adds.insert(to);
    else if (!assignment->isCompoundAssignmentOp())
      effects.sets.insert(to);
  }

  void find_call(const clang::CallExpr* call, Effects& effects) {
    const FunctionDecl* called = call->getDirectCallee();
    const FunctionDecl* body = body_of(called);
    const unsigned shift = shift_of(call);
    const Effects inner = body ? effects_of(body) : Effects{};
    for (unsigned i = shift; called && i < call->getNumArgs(); ++i) {
      if (i - shift >= called->getNumParams()) break;
      const clang::ValueDecl* to = root(call->getArg(i));
      const clang::ParmVarDecl* parameter = (body ? body : called)->getParamDecl(i - shift);
      const clang::QualType type = parameter->getType();
      const bool may_write = (type->isPointerType() || type->isReferenceType()) &&
                             !type->getPointeeType().isConstQualified();
      if (!to) continue;
      if (inner.adds.count(parameter)) effects.adds.insert(to);
      if (inner.sets.count(parameter) || (!body && may_write)) effects.sets.insert(to);
    }
    const auto* method = dyn_cast_or_null<clang::CXXMethodDecl>(called);
    const auto* overloaded = dyn_cast<clang::CXXOperatorCallExpr>(call);
    const clang::ValueDecl* object =
        !body && method && object_of(call) ? root(object_of(call)) : nullptr;
    const llvm::StringRef name =
        called && called->getDeclName().isIdentifier() ? called->getName() : "";
    if (!object) return;
    if (overloaded && overloaded->getOperator() == clang::OO_PlusEqual)
      effects.adds.insert(object);
    else if ((overloaded && overloaded->getOperator() == clang::OO_Equal) || name == "assign" ||
             name == "clear" || name == "upload")
      effects.sets.insert(object);
  }

  // ---- methods with the rule ----

  void check(const FunctionDecl* method, const std::string& instance) {
    std::vector<const FunctionDecl*> own = {method};
    Effects all;
    for (size_t i = 0; i < own.size(); ++i) {
      find_effects(own[i]->getBody(), all);
      find_own_callees(own[i]->getBody(), instance, own);
    }
    for (const FunctionDecl* function : own) find_additions(function->getBody(), method, all);
  }

  void find_own_callees(const Stmt* statement, const std::string& instance,
                        std::vector<const FunctionDecl*>& own) const {
    if (!statement) return;
    if (const auto* call = dyn_cast<clang::CallExpr>(statement)) {
      const FunctionDecl* body = body_of(call->getDirectCallee());
      if (body && flow_.instance_of(body) == instance &&
          std::find(own.begin(), own.end(), body) == own.end())
        own.push_back(body);
    }
    for (const Stmt* child : statement->children()) find_own_callees(child, instance, own);
  }

  /// The innermost statements that add to a field which holds a whole, and was not set here.
  bool find_additions(const Stmt* statement, const FunctionDecl* method, const Effects& all) {
    if (!statement) return false;
    bool inside = false;
    for (const Stmt* child : statement->children()) inside |= find_additions(child, method, all);
    const auto* expression = dyn_cast<Expr>(statement);
    if (inside || !expression) return inside;
    Effects here;
    if (const auto* assignment = dyn_cast<clang::BinaryOperator>(statement))
      find_assignment(assignment, here);
    if (const auto* call = dyn_cast<clang::CallExpr>(statement)) find_call(call, here);
    for (const clang::ValueDecl* added : here.adds) {
      const auto* field = dyn_cast<clang::FieldDecl>(added);
      const auto whole = whole_fields_.find(field);
      if (!field || whole == whole_fields_.end() || all.sets.count(field)) continue;
      report(expression, method, field, whole->second);
      return true;
    }
    return false;
  }

  void report(const Expr* addition, const FunctionDecl* method, const clang::FieldDecl* field,
              const Expr* put) {
    const FileRange at = range_of(addition->getSourceRange(), pass_);
    if (!told_.insert(at).second) return;
    Diagnostic d = diagnose(DiagnosticName::sum_of_wholes, at, method->getNameAsString(),
                            field->getNameAsString());
    d.notes.push_back({"here it takes what a collective returned, which is the same on all ranks",
                       range_of(put->getSourceRange(), pass_)});
    diagnostics_.push_back(std::move(d));
  }

  // ---- who is meant ----

  /// The variable, parameter, or field of an artifact that an expression is a part of.
  const clang::ValueDecl* root(const Expr* expression, int depth = 0) const {
    if (!expression || depth > 32) return nullptr;  // `int& a = a;`
    expression = expression->IgnoreUnlessSpelledInSource()->IgnoreParenImpCasts();
    if (const auto* reference = dyn_cast<clang::DeclRefExpr>(expression)) {
      const auto* variable = dyn_cast<clang::VarDecl>(reference->getDecl());
      const bool refers =
          variable && variable->isLocalVarDecl() && variable->hasInit() &&
          (variable->getType()->isReferenceType() || variable->getType()->isPointerType());
      const clang::ValueDecl* named = refers ? root(variable->getInit(), depth + 1) : nullptr;
      return named ? named : variable;
    }
    if (const auto* member = dyn_cast<clang::MemberExpr>(expression)) {
      const auto* field = dyn_cast<clang::FieldDecl>(member->getMemberDecl());
      const auto* owner = field ? dyn_cast<clang::CXXRecordDecl>(field->getParent()) : nullptr;
      return owner && is_artifact(owner) ? field : root(member->getBase(), depth + 1);
    }
    if (const auto* item = dyn_cast<clang::ArraySubscriptExpr>(expression))
      return root(item->getBase(), depth + 1);
    if (const auto* unary = dyn_cast<clang::UnaryOperator>(expression))
      return root(unary->getSubExpr(), depth + 1);
    if (const auto* sum = dyn_cast<clang::BinaryOperator>(expression))
      return sum->isAdditiveOp() && sum->getType()->isPointerType() ? root(sum->getLHS(), depth + 1)
                                                                    : nullptr;
    if (const auto* call = dyn_cast<clang::CallExpr>(expression))
      return object_of(call) ? root(object_of(call), depth + 1) : nullptr;
    return nullptr;
  }

  static const Expr* object_of(const clang::CallExpr* call) {
    if (const auto* member = dyn_cast<clang::CXXMemberCallExpr>(call))
      return member->getImplicitObjectArgument();
    const auto* method = dyn_cast_or_null<clang::CXXMethodDecl>(call->getDirectCallee());
    const bool first = isa<clang::CXXOperatorCallExpr>(call) && method && !method->isStatic();
    return first ? call->getArg(0) : nullptr;
  }

  /// How many arguments stand in front of the parameters.
  static unsigned shift_of(const clang::CallExpr* call) {
    const auto* method = dyn_cast_or_null<clang::CXXMethodDecl>(call->getDirectCallee());
    return isa<clang::CXXOperatorCallExpr>(call) && method && !method->isStatic() &&
           !method->isExplicitObjectMemberFunction();
  }

  /// Of kernels as well: they are what adds.
  const FunctionDecl* body_of(const FunctionDecl* called) const {
    const FunctionDecl* body = nullptr;
    const bool local = called && called->hasBody(body) && flow_.is_local(body);
    const auto* method = dyn_cast_or_null<clang::CXXMethodDecl>(body);
    return local && !(method && flow_.is_device_memory(method->getParent())) ? body : nullptr;
  }

  const Registry& registry_;
  const Pass& pass_;
  Diagnostics& diagnostics_;
  const RankFlow flow_;
  std::set<const clang::ValueDecl*> wholes_;                     // variables and parameters
  std::map<const clang::FieldDecl*, const Expr*> whole_fields_;  // each with where
  std::map<const FunctionDecl*, Effects> effects_;
  std::set<FileRange> told_;
};

}  // namespace

Result<bool> check_partial(const Registry& registry, const Program& program) {
  Result<bool> result{true, {}};
  if (registry.has_world) FindWholes(registry, *program.host, result.diagnostics).run();
  return result;
}

}  // namespace combiner
