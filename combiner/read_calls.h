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
    if (variable->isStaticLocal()) {
      if (!variable->isConstexpr() && !variable->getType().isConstQualified())
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

  void note_peer(const Denoted& peer, const clang::MemberExpr* member) {
    if (!method_) {
      if (file_ != bound_.main_path) refuse_helper(member->getBeginLoc());  // main is written anew
      return;
    }
    if (peer.is_artifact() || peer.what == Denoted::What::kDevice) {
      method_->reaches_peer = true;
      const std::string name = peer.what == Denoted::What::kDevice ? "device" : peer.instance;
      add({.kind = Fact::Kind::kPeer, .instance = name},
          member->isImplicitAccess()
              ? clang::CharSourceRange::getTokenRange(member->getMemberLoc(),
                                                      member->getMemberLoc())
              : clang::CharSourceRange::getTokenRange(member->getSourceRange()));
      if (peer.what == Denoted::What::kDevice) reach_device();
    }
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

  static bool has_written_arguments(const clang::CallExpr* call, unsigned first) {
    return call->getNumArgs() > first && !llvm::isa<clang::CXXDefaultArgExpr>(call->getArg(first));
  }

  void note_call(const clang::CallExpr* call, clang::Expr* object_expression,
                 const clang::CXXMethodDecl* callee, const Denoted& object,
                 clang::SourceLocation name, bool has_arguments) {
    const std::string key = schedule(callee, object);
    if (key.empty()) {  // nothing that is instantiated: an unevaluated operand
      if (method_ && table_.is_local(callee->getLocation()) && is_artifact(callee->getParent())) {
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
    const bool own = is_own(object_expression);
    const clang::Expr* bare = object_expression->IgnoreParenImpCasts();
    const bool peer = !own && llvm::isa<clang::MemberExpr>(bare) && is_path_base(bare);
    const bool alias = !own && !peer && llvm::isa<clang::DeclRefExpr>(bare);
    Fact fact{.kind = Fact::Kind::kCall, .instance = object.instance, .callee = key};
    fact.object = own     ? Fact::Object::kOwn
                  : peer  ? Fact::Object::kPeer
                  : alias ? Fact::Object::kAlias
                          : Fact::Object::kExpression;
    fact.has_arguments = has_arguments;
    if (const auto range = in_file(clang::CharSourceRange::getTokenRange(name, name)))
      fact.name = *range;
    if (!method_) {
      if (object.what == Denoted::What::kService) return;  // main, which is written anew
      crop_.foreign_calls.push_back({key, raw_place(name), callee->getNameAsString()});
      if (peer)
        refuse_helper(call->getBeginLoc());
      else
        read(object_expression);
      return;
    }
    fact.open_paren = open_paren(name);
    if (own && method_->is_const && has_const_overloads(callee))
      method_->const_choice = raw_place(name);
    if (peer && object.instance != method_->instance) method_->reaches_peer = true;
    method_->callees.push_back(key);
    const clang::SourceLocation begin =  // of `self.`; of an implicit `this` nothing is written
        bare->getBeginLoc().isInvalid() || (own && bare->getBeginLoc() == name)
            ? name
            : object_expression->getBeginLoc();
    add(fact, clang::CharSourceRange::getCharRange(begin, name));
    if (alias || fact.object == Fact::Object::kExpression) read(object_expression);
  }

  void note_hook(const clang::CXXMemberCallExpr* call, const clang::MemberExpr* member,
                 const clang::CXXMethodDecl* hook) {
    if (!method_) {
      refuse_helper(call->getBeginLoc());
      return;
    }
    Fact fact{.kind = Fact::Kind::kHook, .text = hook->getNameAsString()};
    const clang::FunctionDecl* definition = nullptr;
    if (hook->isDefined(definition)) {
      for (const clang::Stmt* statement : definition->getBody()->children())
        if (const auto* listener = llvm::dyn_cast<clang::CallExpr>(strip(statement)))
          if (const auto* method =
                  llvm::dyn_cast_or_null<clang::CXXMethodDecl>(listener->getDirectCallee())) {
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
    for (const clang::Expr* argument : call->arguments())
      fact.pure_arguments = fact.pure_arguments && !argument->HasSideEffects(context_);
    fact.has_arguments = call->getNumArgs() > 0;
    if (fact.listeners.size() != 1 && !fact.pure_arguments)
      report(diagnose(DiagnosticName::hook_argument_has_effects,
                      place(call->getArg(0)->getBeginLoc()), fact.text, fact.listeners.size()));
    if (!fact.listeners.empty()) method_->reaches_peer = true;
    if (const auto name = in_file(
            clang::CharSourceRange::getTokenRange(member->getMemberLoc(), member->getMemberLoc())))
      fact.name = *name;
    fact.open_paren = open_paren(member->getMemberLoc());
    add(fact, clang::CharSourceRange::getCharRange(call->getBeginLoc(), behind_statement(call)));
    if (fact.listeners.empty()) return;
    for (const clang::Expr* argument : call->arguments()) read((argument));
  }

  static const clang::Stmt* strip(const clang::Stmt* statement) {
    if (const auto* cleanups = llvm::dyn_cast<clang::ExprWithCleanups>(statement))
      return cleanups->getSubExpr()->IgnoreImplicit();
    return statement;
  }

  bool is_statement(const clang::CXXMemberCallExpr* call) const {
    const auto next = clang::Lexer::findNextToken(call->getEndLoc(), sources_, pass_.language());
    return next && next->is(clang::tok::semi) && call->getType()->isVoidType();
  }

  /// An operator, begin() or end(): reached, and must not need a rewrite.
  void reach_implicit_call(const clang::CallExpr* call) {
    const auto* callee = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(call->getDirectCallee());
    if (!callee || call->getNumArgs() == 0) return;
    const Denoted object = denotes(call->getArg(0));
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
