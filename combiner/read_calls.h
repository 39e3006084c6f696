// Calls, peers and hooks: the facts by which a method's text becomes a function of the service.
#pragma once

#include "combiner/check_members.h"
#include "combiner/fold.h"

namespace combiner {

class ReadCalls : public CheckMembers {
 protected:
  using CheckMembers::CheckMembers;

  void note_local(const clang::DeclStmt* statement, const clang::VarDecl* variable) {
    const Denoted held = denotes_type(variable->getType());
    const bool is_constant = variable->isConstexpr() || variable->getType().isConstQualified();
    if (variable->isStaticLocal() && !is_constant) {
      method_->static_locals.push_back(
          {offset(variable->getLocation()), variable->getNameAsString()});
      return;
    }
    const bool pure = !variable->hasInit() || held.is_artifact() ||
                      scale_value(variable->getInit(), context_) ||
                      !variable->getInit()->HasSideEffects(context_);
    if (variable->needsDestruction(context_)) return;
    Fact fact{.kind = Fact::Kind::kLocal, .text = pure ? "" : "[[maybe_unused]] "};
    fact.variable = offset(variable->getLocation());
    add(fact, clang::CharSourceRange::getTokenRange(statement->getSourceRange()));
  }

  /// One of `const int rank = self.world.rank(), size = self.world.size();`, which stays with the
  /// others when nothing uses it.
  void note_one_of_locals(const clang::DeclStmt* statement, const clang::VarDecl* variable) {
    if (variable->isStaticLocal() || variable->needsDestruction(context_)) return;
    Fact fact{.kind = Fact::Kind::kLocal, .text = "[[maybe_unused]] "};
    fact.variable = offset(variable->getLocation());
    add(fact, clang::CharSourceRange::getTokenRange(statement->getSourceRange()));
  }

  /// What nothing uses once the rest is cropped: `using S = ...;`, `done:`.
  void note_name(clang::SourceLocation name, clang::SourceRange whole) {
    if (!method_) return;
    Fact fact{.kind = Fact::Kind::kLocal};
    fact.variable = offset(name);
    add(fact, clang::CharSourceRange::getTokenRange(whole));
  }

  void note_use(clang::SourceLocation of, clang::SourceLocation where) {
    if (!method_) return;
    Fact use{.kind = Fact::Kind::kUse};
    use.variable = offset(of);
    add(use, clang::CharSourceRange::getTokenRange(where));
  }

  void note_peer(const Denoted& peer, const clang::MemberExpr* member) {
    if (!method_) {
      if (file_ != bound_.main_path) refuse_helper(member->getBeginLoc());  // main is written anew
      return;
    }
    const bool world = registry_.has_world && peer.what == Denoted::What::kWorld;
    if (peer.is_artifact() || peer.what == Denoted::What::kArray ||
        peer.what == Denoted::What::kDevice || world) {
      method_->reaches_peer = true;
      const std::string& name = peer.instance;
      // Artifacts are the service's own: what is const in it makes them const.
      const bool as_const = in_service() && !plain_reads_.count(member) && stays_const();
      add({.kind = Fact::Kind::kPeer, .instance = name, .as_const = as_const},
          member->isImplicitAccess()
              ? clang::CharSourceRange::getTokenRange(member->getMemberLoc(),
                                                      member->getMemberLoc())
              : clang::CharSourceRange::getTokenRange(member->getSourceRange()));
      if (peer.what == Denoted::What::kDevice) reach_device();
      if (world) reach(member->getType()->getAsCXXRecordDecl());
    }
  }

  /// What a class declares that derives from the method's own is there for `self` alone: the method
  /// cannot stay a member. What a base of a template declares is found by way of `this`.
  void note_own(const clang::NamedDecl* member) {
    const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(member->getDeclContext());
    if (!record || !record->hasDefinition() || record->getName() == method_->class_name) return;
    bool derives = false;
    record->forallBases([&](const clang::CXXRecordDecl* base) {
      derives |= base->getName() == method_->class_name;
      return true;
    });
    if (derives) method_->reaches_peer = true;
    const bool of_template = method_->qualifier.find('<') != std::string::npos;
    if (of_template) method_->locals.push_back(member->getNameAsString());
  }

  /// A function of the service has no const self: std::as_const says what was const. Artifacts in
  /// arrays are passed as what they are.
  bool stays_const() {
    if (!method_ || !method_->is_const || is_element(method_->instance)) return false;
    crop_.third_party.try_emplace({"", {"<utility>"}, file_, "std::as_const"}, origin().at);
    return true;
  }

  /// Is there another method of that name, and do the two differ in constness?
  static bool has_const_overloads(const clang::CXXMethodDecl* callee) {
    bool is_const = false, is_mutable = false;
    for (const clang::CXXMethodDecl* other : callee->getParent()->methods())
      if (other->getDeclName() == callee->getDeclName() && !other->isExplicitObjectMemberFunction())
        (other->isConst() ? is_const : is_mutable) = true;
    for (const clang::Decl* decl : callee->getParent()->decls())
      if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl))
        if (pattern->getDeclName() == callee->getDeclName())
          if (const auto* first = pattern->getTemplatedDecl()->getNumParams()
                                      ? pattern->getTemplatedDecl()->getParamDecl(0)
                                      : nullptr)
            (first->getType().getNonReferenceType().isConstQualified() ? is_const : is_mutable) =
                true;
    return is_const && is_mutable;
  }

  /// Of the call whose callee is named at `name`; template arguments may stand between.
  unsigned open_paren(clang::SourceLocation name) const {
    name = sources_.getFileLoc(name);
    return open_paren_behind(sources_.getBufferData(sources_.getFileID(name)),
                             sources_.getFileOffset(name));
  }

  /// A pack of arguments is written, even where it is empty.
  bool has_argument_text(clang::SourceLocation name, unsigned open) const {
    const llvm::StringRef text =
        sources_.getBufferData(sources_.getFileID(sources_.getFileLoc(name)));
    return !text.substr(open + 1).ltrim().starts_with(")");
  }

  static bool has_written_arguments(const clang::CallExpr* call, unsigned first) {
    return call->getNumArgs() > first && !llvm::isa<clang::CXXDefaultArgExpr>(call->getArg(first));
  }

  void note_call(const clang::CallExpr* call, clang::Expr* object_expression,
                 const clang::CXXMethodDecl* callee, const Denoted& object,
                 clang::SourceLocation name, bool has_arguments) {
    const std::string key = schedule(callee, object);
    if (key.empty()) {  // nothing that is instantiated: an unevaluated operand
      const bool goes = silent_ > 0 && !several_specializations_;  // decided, and not emitted
      if (method_ && !goes && table_.is_local(callee->getLocation()) &&
          is_artifact(callee->getParent())) {
        Diagnostic d = diagnose(DiagnosticName::unrewritten_self, place(name));
        d.notes.push_back(
            {"'" + callee->getNameAsString() +
                 "' is only named here (sizeof, decltype, noexcept); call it somewhere",
             {}});
        report(std::move(d));
      }
      read(object_expression);
      return;
    }
    object_expression = without_arrow(object_expression);
    const bool own = is_own(object_expression);
    const clang::Expr* bare = object_expression->IgnoreParenImpCasts();
    const bool peer = !own && llvm::isa<clang::MemberExpr>(bare) && is_path_base(bare);
    const bool alias = !own && !peer && llvm::isa<clang::DeclRefExpr>(bare);
    Fact fact{.kind = Fact::Kind::kCall, .instance = object.instance, .callee = key};
    fact.object = own    ? Fact::Object::kOwn
                  : peer ? Fact::Object::kPeer
                  : object.only_class && !(alias && !is_one_of_several(object.instance))
                      ? Fact::Object::kOneOf
                  : alias ? Fact::Object::kAlias
                          : Fact::Object::kExpression;
    fact.has_arguments = has_arguments;
    if (const auto range = in_file(clang::CharSourceRange::getTokenRange(name, name)))
      fact.name = *range;
    if (!method_) {
      if (object.what == Denoted::What::kService) return;  // main, which is written anew
      crop_.foreign_calls.push_back({key, raw_place(name), callee->getNameAsString()});
      if (peer && file_ == bound_.main_path) return;  // what the owner of an artifact runs
      if (peer)
        refuse_helper(call->getBeginLoc());
      else
        read(object_expression);
      return;
    }
    fact.open_paren = open_paren(name);
    fact.has_arguments = has_arguments || has_argument_text(name, fact.open_paren);
    fact.call_end = offset(behind(call->getEndLoc()));
    if ((own || (peer && in_service())) && has_const_overloads(callee))
      fact.as_const = stays_const();
    if (peer && object.instance != method_->instance) method_->reaches_peer = true;
    if (own) note_own(callee);
    method_->callees.push_back(key);
    const clang::SourceLocation begin =  // of `self.`; of an implicit `this` nothing is written
        is_written(bare) ? object_expression->getBeginLoc() : name_begin(call, name);
    if (is_written(bare)) fact.object_end = offset(behind(object_expression->getEndLoc()));
    add(fact, clang::CharSourceRange::getCharRange(begin, name));
    if (!own && !peer) read(object_expression);
  }

  /// Of `p->f()` Clang makes `(*p).f()`, where nobody wrote the star.
  static clang::Expr* without_arrow(clang::Expr* object) {
    auto* deref = llvm::dyn_cast<clang::UnaryOperator>(object->IgnoreParenImpCasts());
    const bool made =
        deref && deref->getOpcode() == clang::UO_Deref && deref->getOperatorLoc().isInvalid();
    return made ? deref->getSubExpr() : object;
  }

  static bool is_written(const clang::Expr* object) {
    const auto* self = llvm::dyn_cast<clang::CXXThisExpr>(object);
    return !(self && self->isImplicit()) && object->getBeginLoc().isValid();
  }

  /// `Base::score(1)` starts in front of its qualifier.
  static clang::SourceLocation name_begin(const clang::CallExpr* call, clang::SourceLocation name) {
    const auto* member =
        llvm::dyn_cast<clang::MemberExpr>(call->getCallee()->IgnoreParenImpCasts());
    return member && member->hasQualifier() ? member->getQualifierLoc().getBeginLoc() : name;
  }

  void note_hook(const clang::CallExpr* call, const clang::MemberExpr* member,
                 const clang::CXXMethodDecl* hook, llvm::ArrayRef<const clang::Expr*> arguments) {
    if (!method_) {
      refuse_helper(call->getBeginLoc());
      return;
    }
    Fact fact{.kind = Fact::Kind::kHook, .text = member->getMemberDecl()->getNameAsString()};
    const clang::FunctionDecl* definition = nullptr;
    if (hook->isDefined(definition)) {
      for (const clang::Stmt* statement : definition->getBody()->children())
        if (const auto* listener = listener_call(statement))
          if (const auto* method =
                  llvm::dyn_cast_or_null<clang::CXXMethodDecl>(listener->getDirectCallee());
              method && !does_nothing(method)) {
            const clang::Expr* object =
                method->isExplicitObjectMemberFunction()
                    ? listener->getArg(0)
                    : llvm::cast<clang::CXXMemberCallExpr>(listener)->getImplicitObjectArgument();
            const std::string key = schedule(method, denotes(object));
            fact.listeners.push_back(key);
            method_->callees.push_back(key);
          }
    }
    fact.in_block = in_block_.count(call) > 0;
    if (!is_statement(call))
      report(diagnose(DiagnosticName::hook_result_used, place(member->getMemberLoc())));
    for (const clang::Expr* argument : arguments)
      fact.pure_arguments = fact.pure_arguments && !argument->HasSideEffects(context_);
    fact.has_arguments = !arguments.empty();
    if (fact.listeners.size() != 1 && !fact.pure_arguments)
      report(diagnose(DiagnosticName::hook_argument_has_effects,
                      place(arguments.front()->getBeginLoc()), fact.text, fact.listeners.size()));
    if (!fact.listeners.empty()) method_->reaches_peer = true;
    if (const auto name = in_file(
            clang::CharSourceRange::getTokenRange(member->getMemberLoc(), member->getMemberLoc())))
      fact.name = *name;
    fact.open_paren = open_paren(member->getMemberLoc());
    add(fact, clang::CharSourceRange::getCharRange(call->getBeginLoc(), behind_statement(call)));
    if (fact.listeners.empty()) return;
    for (const clang::Expr* argument : arguments) read((argument));
  }

  /// Is nothing left of its body but what constants have decided against?
  bool does_nothing(const clang::CXXMethodDecl* method) const {
    const clang::FunctionDecl* definition = nullptr;
    return method->isDefined(definition) && does_nothing(definition->getBody());
  }

  bool does_nothing(const clang::Stmt* statement) const {
    if (!statement || llvm::isa<clang::NullStmt>(statement)) return true;
    if (const auto* choice = llvm::dyn_cast<clang::IfStmt>(statement)) {
      const auto taken = choice->isConstexpr() ? choice->getNondiscardedCase(context_)
                                               : std::optional<const clang::Stmt*>();
      return taken && does_nothing(*taken);
    }
    const auto* block = llvm::dyn_cast<clang::CompoundStmt>(statement);
    return block &&
           llvm::all_of(block->body(), [&](const auto* each) { return does_nothing(each); });
  }

  /// `service.audit.after_tick(args...);`, or in a loop over an array of artifacts.
  static const clang::CallExpr* listener_call(const clang::Stmt* statement) {
    if (const auto* each = llvm::dyn_cast<clang::CXXForRangeStmt>(statement))
      statement = each->getBody();
    return llvm::dyn_cast<clang::CallExpr>(strip(statement));
  }

  std::set<const clang::Expr*> plain_reads_;  // where constness of the object makes no difference

  static const clang::Stmt* strip(const clang::Stmt* statement) {
    if (const auto* cleanups = llvm::dyn_cast<clang::ExprWithCleanups>(statement))
      return cleanups->getSubExpr()->IgnoreImplicit();
    return statement;
  }

  bool is_statement(const clang::CallExpr* call) const {
    const auto next = clang::Lexer::findNextToken(call->getEndLoc(), sources_, pass_.language());
    return next && next->is(clang::tok::semi) && call->getType()->isVoidType();
  }

  /// An operator, begin() or end(): reached, and must not need a rewrite.
  void reach_implicit_call(const clang::CallExpr* call) {
    const auto* callee = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(call->getDirectCallee());
    const auto* of_member = llvm::dyn_cast<clang::CXXMemberCallExpr>(call);
    if (!callee || (!of_member && call->getNumArgs() == 0)) return;
    const Denoted object =
        denotes(of_member ? of_member->getImplicitObjectArgument() : call->getArg(0));
    if (!object.is_artifact()) return;
    const std::string key = schedule(callee, object);
    if (!key.empty())
      crop_.foreign_calls.push_back(
          {key, raw_place(call->getBeginLoc()), callee->getNameAsString()});
    if (method_ && !key.empty()) method_->callees.push_back(key);
  }

  void reach_implicit_conversion(const clang::CXXMethodDecl* callee, const clang::Expr* object,
                                 clang::SourceLocation where) {
    const Denoted denoted = denotes(object);
    if (!denoted.is_artifact()) return;
    const std::string key = schedule(callee, denoted);
    if (key.empty()) return;
    crop_.foreign_calls.push_back({key, raw_place(where), callee->getNameAsString()});
    if (method_) method_->callees.push_back(key);
  }

  void reach_implicit_calls(const clang::Expr* initializer) {
    if (!initializer) return;
    const clang::Expr* bare = initializer->IgnoreImplicit();
    if (const auto* call = llvm::dyn_cast<clang::CallExpr>(bare)) {
      reach_implicit_call(call);
      reach(call->getDirectCallee());
    }
  }
};

}  // namespace combiner
