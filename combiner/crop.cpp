// Program → Crop. One visitor reads bodies: which methods and declarations they reach, and what
// their text says about artifacts. A branch that a constant rules out is never entered.
#include "combiner/crop.h"

#include <algorithm>
#include <functional>

#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "combiner/check_meaning.h"
#include "combiner/find_contracts.h"
#include "combiner/fold_statements.h"
#include "llvm/Support/SaveAndRestore.h"

namespace combiner {
namespace {

using clang::CharSourceRange;
using clang::Expr;
using clang::SourceLocation;
using Visitor = clang::DynamicRecursiveASTVisitor;

class Walker : public Visitor, private FoldStatements {
 public:
  Walker(const Registry& registry, const BoundSource& bound, const Pass& pass, Crop& crop,
         Diagnostics& diagnostics)
      : FoldStatements(registry, bound, pass, crop, diagnostics),
        meaning_(pass, bound, diagnostics) {
    ShouldVisitTemplateInstantiations = true;
  }

  void run() {
    check_members();
    meaning_.macros();
    for (const clang::Decl* decl : context_.getTranslationUnitDecl()->noload_decls())
      if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl))
        if (function->isMain()) walk_main(function);
    drain();
    keep_side_effects();
    order_methods();
    crop_.expand = std::move(expand_);
  }

  DeclarationTable& table() { return table_; }

  // ---- statements ----

  bool TraverseStmt(clang::Stmt* statement) override {
    const auto* expression = llvm::dyn_cast_or_null<Expr>(statement);
    if (expression && expression->getBeginLoc().isValid()) here_ = expression->getBeginLoc();
    if (expression && drop_contract(expression)) return true;
    if (!method_ || !expression || without_scale_) return Visitor::TraverseStmt(statement);
    if (const auto value = scale_value(expression, context_)) {
      fold(expression->getSourceRange(),
           literal(*value, expression->IgnoreParenImpCasts()->getType()), 0, 0);
      return true;
    }
    // Asked once for an expression, not again for each part of it.
    const llvm::SaveAndRestore asked(without_scale_, !mentions_scale(expression));
    return Visitor::TraverseStmt(statement);
  }

  bool TraverseIfStmt(clang::IfStmt* statement) override {
    if (fold_if(statement)) return true;
    if (!statement->getConditionVariable()) return Visitor::TraverseIfStmt(statement);
    for (clang::Stmt* part : {statement->getInit(),  // the condition reads what stands there
                              static_cast<clang::Stmt*>(statement->getConditionVariableDeclStmt()),
                              statement->getThen(), statement->getElse()})
      if (!TraverseStmt(part)) return false;
    return true;
  }

  bool TraverseWhileStmt(clang::WhileStmt* loop) override {
    return fold_while(loop) || Visitor::TraverseWhileStmt(loop);
  }

  bool TraverseForStmt(clang::ForStmt* loop) override {
    return fold_for(loop) || Visitor::TraverseForStmt(loop);
  }

  bool TraverseDoStmt(clang::DoStmt* loop) override {
    return fold_do(loop) || Visitor::TraverseDoStmt(loop);
  }

  bool TraverseSwitchStmt(clang::SwitchStmt* choice) override {
    return fold_switch(choice) || Visitor::TraverseSwitchStmt(choice);
  }

  bool TraverseCompoundStmt(clang::CompoundStmt* block) override {
    for (const clang::Stmt* child : block->body()) in_block_.insert(child);
    return Visitor::TraverseCompoundStmt(block);
  }

  bool TraverseBinaryOperator(clang::BinaryOperator* operation) override {
    return fold_operation(operation) || Visitor::TraverseBinaryOperator(operation);
  }

  bool TraverseConditionalOperator(clang::ConditionalOperator* choice) override {
    return fold_choice(choice) || Visitor::TraverseConditionalOperator(choice);
  }

  bool TraverseDeclStmt(clang::DeclStmt* statement) override {
    if (method_ && statement->isSingleDecl()) {
      if (auto* variable = llvm::dyn_cast<clang::VarDecl>(statement->getSingleDecl()))
        note_local(statement, variable);
      if (auto* alias = llvm::dyn_cast<clang::TypedefNameDecl>(statement->getSingleDecl()))
        note_name(alias->getLocation(), statement->getSourceRange());
    }
    if (method_ && !statement->isSingleDecl())
      for (const clang::Decl* decl : statement->decls())
        if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl))
          note_one_of_locals(statement, variable);
    return Visitor::TraverseDeclStmt(statement);
  }

  bool VisitLabelStmt(clang::LabelStmt* label) override {
    const auto colon =
        clang::Lexer::findNextToken(label->getIdentLoc(), sources_, pass_.language());
    if (colon) note_name(label->getIdentLoc(), {label->getIdentLoc(), colon->getLocation()});
    return true;
  }

  bool VisitGotoStmt(clang::GotoStmt* jump) override {
    note_use(jump->getLabel()->getLocation(), jump->getLabelLoc());
    return true;
  }

  bool TraverseCXXForRangeStmt(clang::CXXForRangeStmt* loop) override {
    for (clang::DeclStmt* implicit : {loop->getBeginStmt(), loop->getEndStmt()})
      if (implicit && implicit->isSingleDecl())
        if (const auto* variable = llvm::dyn_cast<clang::VarDecl>(implicit->getSingleDecl()))
          reach_implicit_calls(variable->getInit());
    return Visitor::TraverseCXXForRangeStmt(loop);
  }

  // ---- expressions ----

  bool VisitDeclRefExpr(clang::DeclRefExpr* reference) override {
    clang::ValueDecl* decl = reference->getDecl();
    if (method_ && is_self(reference)) {
      if (!in_service())
        add({.kind = Fact::Kind::kSelf, .instance = method_->instance, .as_const = stays_const()},
            CharSourceRange::getTokenRange(reference->getSourceRange()));
      return true;
    }
    const auto* part = llvm::dyn_cast<clang::BindingDecl>(decl);  // of `const auto& [a, b] = ...`
    const auto* variable =
        llvm::dyn_cast_or_null<clang::VarDecl>(part ? part->getDecomposedDecl() : decl);
    if (method_ && variable &&
        (variable->isLocalVarDecl() || llvm::isa<clang::ParmVarDecl>(variable))) {
      Fact use{.kind = Fact::Kind::kUse};
      use.variable = offset(variable->getLocation());
      add(use, CharSourceRange::getTokenRange(reference->getSourceRange()));
      return true;
    }
    if (const std::string key = reach_static_method(decl); !key.empty()) {
      add({.kind = Fact::Kind::kStaticCall, .callee = key},
          CharSourceRange::getTokenRange(reference->getSourceRange()));
      return true;
    }
    reach(reference->getFoundDecl());
    reach(decl);
    reach_using_of(llvm::dyn_cast<clang::FunctionDecl>(decl));
    refuse_contract_in_macro(reference);
    meaning_.name(decl, reference->getLocation());
    if (!reference->hasQualifier()) qualify(decl, reference->getLocation());
    return true;
  }

  /// `5_tok` names no using-declaration, and may be found through one.
  void reach_using_of(const clang::FunctionDecl* function) {
    if (!function || !function->getLiteralIdentifier()) return;
    for (const clang::NamedDecl* found :
         context_.getTranslationUnitDecl()->lookup(function->getDeclName()))
      if (llvm::isa<clang::UsingShadowDecl>(found)) reach(found);
  }

  bool TraverseMemberExpr(clang::MemberExpr* member) override {
    const clang::ValueDecl* decl = member->getMemberDecl();
    if (const std::string key = reach_static_method(decl); !key.empty()) {  // self.helper(x)
      add({.kind = Fact::Kind::kStaticCall, .callee = key},
          CharSourceRange::getTokenRange(member->getSourceRange()));
      return true;
    }
    reach(decl);
    const Denoted object = denotes(member->getBase());
    const Denoted whole = denotes(member);
    const bool implicit = member->isImplicitAccess();
    const bool is_path = is_path_base(member->getBase());
    if (whole.what != Denoted::What::kNothing && is_path &&
        (llvm::isa<clang::VarDecl>(decl) || object.what == Denoted::What::kService)) {
      note_peer(whole, member);
      return true;
    }
    if (object.what == Denoted::What::kService && is_path) {  // plain state of the service
      const bool as_const = !plain_reads_.count(member) && stays_const();
      if (implicit)
        add({.kind = Fact::Kind::kImplicit, .as_const = as_const}, at(member->getMemberLoc()));
      else if (as_const)
        add({.kind = Fact::Kind::kMember, .as_const = true},
            CharSourceRange::getCharRange(member->getBeginLoc(), member->getMemberLoc()));
      return true;
    }
    if (object.is_artifact() && method_) {
      const bool is_static =
          llvm::isa<clang::VarDecl>(decl) || llvm::isa<clang::EnumConstantDecl>(decl);
      const auto up_to_member =
          CharSourceRange::getCharRange(member->getBeginLoc(), member->getMemberLoc());
      if (is_static && !implicit) {
        add({.kind = Fact::Kind::kStatic, .text = qualifier_of(object.instance)}, up_to_member);
        return true;
      }
      if (is_own(member->getBase())) {
        Fact fact{.kind = implicit ? Fact::Kind::kImplicit : Fact::Kind::kMember,
                  .instance = method_->instance};
        if (const auto name = in_file(at(member->getMemberLoc()))) fact.name = *name;
        fact.name.end += decl->getName().size();
        note_own(decl);
        if (!is_static && !plain_reads_.count(member)) fact.as_const = stays_const();
        if (is_static)
          qualify(decl, member->getMemberLoc());
        else
          add(fact, implicit ? at(member->getMemberLoc()) : up_to_member);
        return true;
      }
    }
    return Visitor::TraverseMemberExpr(member);
  }

  bool TraverseCXXThisExpr(clang::CXXThisExpr* expression) override {
    if (method_ && !expression->isImplicit() && !in_service())
      add({.kind = Fact::Kind::kSelf, .instance = method_->instance, .text = "this"},
          CharSourceRange::getTokenRange(expression->getSourceRange()));
    return true;
  }

  bool TraverseCallExpr(clang::CallExpr* call) override {
    if (is_check_of_contract(call)) refuse_effects(call);
    const auto* callee = llvm::dyn_cast_or_null<clang::CXXMethodDecl>(call->getDirectCallee());
    if (!callee || !callee->isExplicitObjectMemberFunction() || call->getNumArgs() == 0)
      return Visitor::TraverseCallExpr(call);
    if (llvm::isa<clang::CXXConversionDecl>(callee)) {
      reach_implicit_conversion(callee, call->getArg(0), call->getBeginLoc());
      return TraverseStmt(call->getArg(0));
    }
    const auto* name = llvm::dyn_cast<clang::DeclRefExpr>(call->getCallee()->IgnoreParenImpCasts());
    const Denoted object = denotes(call->getArg(0));
    if (!name || object.what == Denoted::What::kNothing) return Visitor::TraverseCallExpr(call);
    note_call(call, call->getArg(0), callee, object, name->getLocation(),
              has_written_arguments(call, 1));
    for (unsigned i = 1; i < call->getNumArgs(); ++i)
      if (!TraverseStmt(call->getArg(i))) return false;
    return true;
  }

  bool TraverseCXXMemberCallExpr(clang::CXXMemberCallExpr* call) override {
    const auto* member =
        llvm::dyn_cast<clang::MemberExpr>(call->getCallee()->IgnoreParenImpCasts());
    const clang::CXXMethodDecl* callee = call->getMethodDecl();
    if (!member || !callee) return Visitor::TraverseCXXMemberCallExpr(call);
    if (llvm::isa<clang::CXXConversionDecl>(callee)) {  // written nowhere
      reach_implicit_conversion(callee, member->getBase(), call->getBeginLoc());
      return TraverseStmt(member->getBase());
    }
    const Denoted object = denotes(member->getBase());
    if (object.what == Denoted::What::kHooks) {
      note_hook(call, member, callee, {call->getArgs(), call->getNumArgs()});
      return true;
    }
    if (object.is_artifact() || object.what == Denoted::What::kService) {
      note_call(call, member->getBase(), callee, object, member->getMemberLoc(),
                has_written_arguments(call, 0));
      for (Expr* argument : call->arguments())
        if (!TraverseStmt(argument)) return false;
      return true;
    }
    if (!has_const_overloads(callee)) plain_reads_.insert(member->getBase()->IgnoreParenImpCasts());
    return Visitor::TraverseCXXMemberCallExpr(call);
  }

  /// Does it name part of a temporary, by a method that returns a reference? A temporary that the
  /// loop's own reference is bound to, or to a member of which, lives as long.
  static bool is_part_of_temporary(const clang::Expr* whole) {
    const clang::Expr* bare = whole->IgnoreParenImpCasts();
    if (const auto* cleaned = llvm::dyn_cast<clang::ExprWithCleanups>(bare))
      return is_part_of_temporary(cleaned->getSubExpr());
    if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(bare))
      return is_part_of_temporary(member->getBase());
    const auto* call = llvm::dyn_cast<clang::CallExpr>(bare);
    if (!call || !call->isGLValue()) return false;
    const clang::Expr* object = nullptr;
    if (const auto* method = llvm::dyn_cast<clang::CXXMemberCallExpr>(call))
      object = method->getImplicitObjectArgument();
    else if (const auto* named = llvm::dyn_cast<clang::CXXOperatorCallExpr>(call))
      if (llvm::isa_and_nonnull<clang::CXXMethodDecl>(named->getDirectCallee()))
        object = named->getArg(0);
    if (!object) return false;
    const clang::Expr* of = object->IgnoreParenImpCasts();
    while (const auto* member = llvm::dyn_cast<clang::MemberExpr>(of))
      of = member->getBase()->IgnoreParenImpCasts();
    if (of->getType()->isPointerType()) return false;  // `->`, and `this` that nobody wrote
    return of->isPRValue() || llvm::isa<clang::MaterializeTemporaryExpr>(of) ||
           is_part_of_temporary(of);
  }

  bool VisitCUDAKernelCallExpr(clang::CUDAKernelCallExpr* launch) override {
    check_launch(launch);
    return true;
  }

  bool VisitImplicitCastExpr(clang::ImplicitCastExpr* cast) override {
    if (cast->getCastKind() == clang::CK_LValueToRValue)
      plain_reads_.insert(cast->getSubExpr()->IgnoreParens());
    return true;
  }

  /// C++23 keeps every temporary of `for (x : f().first())` alive; C++20, which is emitted, the
  /// last one alone.
  bool VisitCXXForRangeStmt(clang::CXXForRangeStmt* loop) override {
    if (is_part_of_temporary(loop->getRangeInit()))
      report(diagnose(DiagnosticName::newer_than_cpp20, place(loop->getRangeInit()->getBeginLoc()),
                      "a temporary that a loop needs longer than C++20 keeps it"));
    return true;
  }

  bool VisitUnaryOperator(clang::UnaryOperator* operation) override {
    const auto* named = operation->getOpcode() == clang::UO_AddrOf
                            ? llvm::dyn_cast<clang::DeclRefExpr>(operation->getSubExpr())
                            : nullptr;
    const auto* method = named ? llvm::dyn_cast<clang::CXXMethodDecl>(named->getDecl()) : nullptr;
    if (method && !method->isStatic() && is_artifact(method->getParent())) {
      Diagnostic d = diagnose(DiagnosticName::method_address, place(named->getLocation()),
                              method->getNameAsString());
      d.notes.push_back({"pass a lambda that calls it: [&] { return self.<name>." +
                             method->getNameAsString() + "(); }",
                         {}});
      report(std::move(d));
    }
    return true;
  }

  bool TraverseCXXOperatorCallExpr(clang::CXXOperatorCallExpr* call) override {
    const auto* member = llvm::dyn_cast<clang::MemberExpr>(call->getArg(0)->IgnoreParenImpCasts());
    if (member && denotes(member->getBase()).what == Denoted::What::kHooks) {  // it has listeners
      const auto* callee = llvm::cast<clang::CXXMethodDecl>(call->getDirectCallee());
      note_hook(call, member, callee, {call->getArgs() + 1, call->getNumArgs() - 1});
      return true;
    }
    reach_implicit_call(call);
    return Visitor::TraverseCXXOperatorCallExpr(call);
  }

  bool VisitCXXConstructExpr(clang::CXXConstructExpr* construction) override {
    reach(construction->getConstructor());
    const Denoted made = denotes_type(construction->getType());
    if (method_ && made.is_artifact() && construction->getConstructor()->isCopyOrMoveConstructor())
      refuse_copy(made.instance, construction->getBeginLoc());
    else
      note_made(made, construction->getBeginLoc());
    return true;
  }

  bool VisitInitListExpr(clang::InitListExpr* list) override {
    note_made(denotes_type(list->getType()), list->getBeginLoc());
    return true;
  }

  bool VisitCXXDefaultArgExpr(clang::CXXDefaultArgExpr*) override { return true; }

  bool TraverseLambdaExpr(clang::LambdaExpr* lambda) override {
    const llvm::SaveAndRestore statements_of_its_own(without_scale_, false);
    for (const clang::LambdaCapture& capture : lambda->captures()) {
      if (capture.capturesThis() && method_) note_captured_this(lambda, capture);
      if (!capture.capturesVariable() || !method_) continue;
      const auto* variable = llvm::dyn_cast<clang::VarDecl>(capture.getCapturedVar());
      if (!variable || !denotes_type(variable->getType()).is_artifact()) {
        if (!variable || variable != self_) continue;
      }
      if (capture.isExplicit() && variable != self_ &&
          lambda->getCaptureDefault() == clang::LCD_None && !captures_self(lambda))
        add({.kind = Fact::Kind::kCapture, .text = "&self, "},
            at(lambda->getIntroducerRange().getBegin().getLocWithOffset(1)));
      if (capture.getCaptureKind() == clang::LCK_ByCopy)
        refuse_copy(
            variable == self_ ? method_->instance : denotes_type(variable->getType()).instance,
            capture.getLocation().isValid() ? capture.getLocation() : lambda->getBeginLoc());
      else if (variable == self_ && capture.isExplicit())
        add({.kind = Fact::Kind::kCapture},
            CharSourceRange::getCharRange(
                capture.getLocation().getLocWithOffset(-1),
                clang::Lexer::getLocForEndOfToken(capture.getLocation(), 0, sources_,
                                                  pass_.language())));
    }
    // The body of a generic lambda is read in each of its instantiations: witnesses of one text.
    const auto* generic = lambda->getCallOperator()->getDescribedFunctionTemplate();
    if (!generic || !method_) {
      const bool goes_on = Visitor::TraverseLambdaExpr(lambda);
      capture_self(lambda);
      return goes_on;
    }
    const bool several = std::distance(generic->spec_begin(), generic->spec_end()) > 1;
    several_specializations_ += several;
    for (clang::FunctionDecl* instance : generic->specializations())
      if (instance->hasBody()) TraverseStmt(instance->getBody());
    several_specializations_ -= several;
    for (const clang::ParmVarDecl* parameter : lambda->getCallOperator()->parameters())
      if (auto* type = parameter->getTypeSourceInfo()) TraverseTypeLoc(type->getTypeLoc());
    capture_self(lambda);
    return true;
  }

  bool TraverseLambdaCapture(clang::LambdaExpr* lambda, const clang::LambdaCapture* capture,
                             Expr* initializer) override {
    if (!lambda->isInitCapture(capture)) {
      const auto* variable = capture->capturesVariable()
                                 ? llvm::dyn_cast<clang::VarDecl>(capture->getCapturedVar())
                                 : nullptr;
      if (method_ && variable && variable != self_ && capture->isExplicit()) {
        note_use(variable->getLocation(), capture->getLocation());
        note_captured(lambda, variable, capture);
      }
      return true;
    }
    return Visitor::TraverseLambdaCapture(lambda, capture, initializer);
  }

  // ---- names that are not expressions ----

  bool VisitTypeLoc(clang::TypeLoc type) override {
    if (type.getBeginLoc().isValid()) here_ = type.getBeginLoc();
    if (auto parameter = type.getAs<clang::SubstTemplateTypeParmTypeLoc>())
      substitute(parameter.getTypePtr()->getReplacedParameter(), parameter.getNameLoc(),
                 spelled(parameter.getType()));
    reach_type(type.getTypePtr());
    if (auto of = type.getAs<clang::DecltypeTypeLoc>()) keep_reference(of);
    if (auto tag = type.getAs<clang::TagTypeLoc>()) {
      meaning_.name(tag.getDecl(), tag.getNameLoc());
      refuse_word_of_coop(tag.getDecl(), tag.getNameLoc());
      if (!tag.getQualifierLoc().hasQualifier()) qualify(tag.getDecl(), tag.getNameLoc());
    }
    if (auto alias = type.getAs<clang::TypedefTypeLoc>()) {
      if (alias.getDecl()->getParentFunctionOrMethod())
        note_use(alias.getDecl()->getLocation(), alias.getNameLoc());
      meaning_.name(alias.getDecl(), alias.getNameLoc());
      if (!alias.getQualifierLoc().hasQualifier()) qualify(alias.getDecl(), alias.getNameLoc());
    }
    if (auto special = type.getAs<clang::TemplateSpecializationTypeLoc>())
      if (const auto* decl = special.getTypePtr()->getTemplateName().getAsTemplateDecl()) {
        meaning_.name(decl, special.getTemplateNameLoc());
        refuse_word_of_coop(decl, special.getTemplateNameLoc());
        if (!special.getQualifierLoc().hasQualifier()) qualify(decl, special.getTemplateNameLoc());
      }
    return true;
  }

  bool VisitSubstNonTypeTemplateParmExpr(clang::SubstNonTypeTemplateParmExpr* value) override {
    std::string text;
    llvm::raw_string_ostream stream(text);
    value->getReplacement()->printPretty(stream, nullptr, policy());
    substitute(value->getParameter(), value->getNameLoc(), text);
    return true;
  }

  bool VisitOverloadExpr(clang::OverloadExpr* overloads) override {
    for (const clang::NamedDecl* decl : overloads->decls()) {
      // std::move(x) in a template names the algorithm as well
      if (overloads->getNumDecls() > 1 && header_of_overload(decl) == "<algorithm>") continue;
      if (table_.is_local(decl->getLocation()) || !overloads->getName().getCXXOverloadedOperator())
        reach(decl);
    }
    return true;
  }
  bool TraverseNestedNameSpecifierLoc(clang::NestedNameSpecifierLoc specifier) override {
    for (auto part = specifier; part && part.getNestedNameSpecifier().getKind() ==
                                            clang::NestedNameSpecifier::Kind::Namespace;
         part = part.castAsNamespaceAndPrefix().Prefix)
      if (const auto* alias =
              llvm::dyn_cast<clang::NamespaceAliasDecl>(part.castAsNamespaceAndPrefix().Namespace))
        reach(alias);
    return Visitor::TraverseNestedNameSpecifierLoc(specifier);
  }

  bool VisitConceptReference(clang::ConceptReference* reference) override {
    reach(reference->getNamedConcept());
    return true;
  }

 private:
  void note_made(const Denoted& made, clang::SourceLocation where) {
    if (method_ && made.only_class)
      crop_.made.push_back({registry_.find(made.instance)->class_name, raw_place(where)});
  }

  /// Of a contract nothing is read, so that it keeps nothing alive.
  bool drop_contract(const Expr* expression) {
    if (!expression->getBeginLoc().isMacroID()) return false;
    const FileRange from = raw_place(expression->getBeginLoc());
    for (const Contract& contract : crop_.contracts) {
      if (contract.invocation.file != from.file || contract.invocation.begin != from.begin)
        continue;
      refuse_effects(expression);
      if (!method_) return true;
      Fact fact{.kind = Fact::Kind::kFold, .at = contract.at, .text = contract.text};
      fact.decision = from.begin;
      if (std::find(method_->facts.begin(), method_->facts.end(), fact) == method_->facts.end())
        method_->facts.push_back(std::move(fact));
      return true;
    }
    return false;
  }

  /// A macro of the author's that says a contract may say more, and stands in many places.
  void refuse_contract_in_macro(const clang::DeclRefExpr* reference) {
    if (!is_word_of_coop(reference->getDecl())) return;
    const clang::SourceLocation at = reference->getLocation();
    const std::string macro =
        clang::Lexer::getImmediateMacroName(at, sources_, pass_.language()).str();
    const FileRange whole = invocation(at);
    const llvm::StringRef text = pass_.preprocessed().text.at(whole.file);
    report(diagnose(DiagnosticName::self_in_macro, bound_.original(whole), macro,
                    *words(text, whole.begin, whole.begin + 1).begin()));
  }

  /// Once it is cropped, what its condition changes would no longer be changed.
  void refuse_effects(const Expr* contract) {
    if (const Expr* effect = find_effect(contract))
      report(diagnose(DiagnosticName::contract_has_effects, place(effect->getExprLoc())));
  }

  /// `decltype(self.kv)` is a reference; in the emission `kv` is a member, and needs parentheses.
  void keep_reference(clang::DecltypeTypeLoc type) {
    const Expr* of = type.getUnderlyingExpr();
    if (!method_ || denotes(of).what == Denoted::What::kNothing || llvm::isa<clang::ParenExpr>(of))
      return;
    add({.kind = Fact::Kind::kQualify, .text = "("}, at(behind(type.getDecltypeLoc())));
    add({.kind = Fact::Kind::kQualify, .text = ")"}, at(type.getRParenLoc()));
  }

  void read(const clang::Stmt* statement) override {
    TraverseStmt(const_cast<clang::Stmt*>(statement));
  }
  void read_type(clang::TypeLoc type) override { TraverseTypeLoc(type); }
  void read_declaration(const clang::Decl* decl) override {
    TraverseDecl(const_cast<clang::Decl*>(decl));
  }

  /// `[this]`, and `[=]`, which captures it as well.
  void note_captured_this(const clang::LambdaExpr* lambda, const clang::LambdaCapture& capture) {
    if (capture.getCaptureKind() == clang::LCK_StarThis)
      refuse_copy(method_->instance, capture.getLocation());
    else if (capture.isExplicit())
      add({.kind = Fact::Kind::kCapture, .text = "this"},
          CharSourceRange::getTokenRange(capture.getLocation()));
    else if (lambda->getCaptureDefault() == clang::LCD_ByCopy)
      add({.kind = Fact::Kind::kCapture, .text = ", &self"},
          at(behind(lambda->getCaptureDefaultLoc())));
  }

  void note_captured(const clang::LambdaExpr* lambda, const clang::VarDecl* variable,
                     const clang::LambdaCapture* capture) {
    const auto body = in_file(CharSourceRange::getTokenRange(lambda->getBody()->getSourceRange()));
    if (!body) return;
    Fact fact{.kind = Fact::Kind::kCaptured, .name = *body};
    fact.variable = offset(variable->getLocation());
    const bool by_reference = capture->getCaptureKind() == clang::LCK_ByRef;
    add(fact, CharSourceRange::getCharRange(
                  capture->getLocation().getLocWithOffset(by_reference ? -1 : 0),
                  behind(capture->getLocation())));
  }

  /// `[](auto& cache) { return cache.key(0); }`: what becomes a function of the service needs it.
  void capture_self(const clang::LambdaExpr* lambda) {
    if (!method_ || lambda->getCaptureDefault() != clang::LCD_None) return;
    for (const clang::LambdaCapture& capture : lambda->captures())
      if (capture.capturesThis() ||
          (capture.capturesVariable() &&
           (capture.getCapturedVar() == self_ ||
            denotes_type(capture.getCapturedVar()->getType()).is_artifact())))
        return;
    const auto body = in_file(CharSourceRange::getTokenRange(lambda->getBody()->getSourceRange()));
    if (!body) return;
    Fact fact{.kind = Fact::Kind::kCapture};
    fact.text = lambda->capture_size() == 0 ? "&self" : "&self, ";
    for (const Fact& call : method_->facts)
      if (call.kind == Fact::Kind::kCall && body->begin <= call.at.begin &&
          call.at.end <= body->end)
        fact.listeners.push_back(call.callee);
    if (!fact.listeners.empty())
      add(fact, at(lambda->getIntroducerRange().getBegin().getLocWithOffset(1)));
  }

  /// `int rows(this auto& self) requires kFits`: held where it was bound, and no template any more.
  void drop_requires(const clang::FunctionDecl* pattern) {
    const Expr* clause = pattern->getTrailingRequiresClause().ConstraintExpr;
    const auto* templated = pattern->getDescribedFunctionTemplate();
    const unsigned own = self_ ? 1 : 0;
    if (!clause || (templated && templated->getTemplateParameters()->size() > own)) return;
    const auto word = clang::Lexer::findPreviousToken(clause->getBeginLoc(), sources_,
                                                      pass_.language(), /*IncludeComments=*/false);
    if (word)
      add({.kind = Fact::Kind::kFold, .text = " "},
          CharSourceRange::getCharRange(word->getLocation(), behind(clause->getEndLoc())));
  }

  bool captures_self(const clang::LambdaExpr* lambda) const {
    for (const clang::LambdaCapture& capture : lambda->captures())
      if (capture.capturesVariable() && capture.getCapturedVar() == self_) return true;
    return false;
  }

  void walk_method(const clang::FunctionDecl* definition, const clang::FunctionDecl* pattern,
                   const std::string& instance, const std::string& key) override {
    Method method;
    method.key = key;
    method.instance = instance;
    method.name = definition->getNameAsString();
    method.class_name =
        llvm::cast<clang::CXXMethodDecl>(definition)->getParent()->getNameAsString();
    method.qualifier = instance.empty() ? registry_.service.name : qualifier_of(instance);
    method.slice = slice_of(pattern);
    method.origin = origins_[key];
    describe_signature(definition, pattern, method);
    method_ = &method;
    function_ = definition;
    file_ = method.slice.file;
    self_ = nullptr;
    const auto* as_method = llvm::cast<clang::CXXMethodDecl>(definition);
    if (as_method->isExplicitObjectMemberFunction()) self_ = definition->getParamDecl(0);
    collect_locals(definition, method);
    drop_requires(pattern);
    for (clang::ParmVarDecl* parameter : definition->parameters()) {
      if (parameter == self_) continue;
      if (auto* type = parameter->getTypeSourceInfo()) TraverseTypeLoc(type->getTypeLoc());
    }
    for (const clang::ParmVarDecl* parameter : pattern->parameters())
      if (parameter->hasDefaultArg() && !parameter->hasUninstantiatedDefaultArg() &&
          !parameter->hasUnparsedDefaultArg())
        TraverseStmt(const_cast<Expr*>(parameter->getDefaultArg()));
    if (auto* type = definition->getTypeSourceInfo())
      if (auto prototype = type->getTypeLoc().getAsAdjusted<clang::FunctionTypeLoc>())
        TraverseTypeLoc(prototype.getReturnLoc());
    TraverseStmt(definition->getBody());
    method_ = nullptr;
    std::sort(method.facts.begin(), method.facts.end(),
              [](const Fact& a, const Fact& b) { return a.at < b.at; });
    methods_.push_back(std::move(method));
  }

  void walk_main(const clang::FunctionDecl* function) {
    enter_declaration("main", function->getLocation());
    file_ = bound_.main_path;
    TraverseStmt(function->getBody());
    if (const clang::CXXRecordDecl* service = service_record()) {
      reach(service);  // its plain state
      for (const clang::FieldDecl* field : service->fields()) {
        const clang::CXXRecordDecl* bound = field->getType()->getAsCXXRecordDecl();
        if (denotes_type(field->getType()).what == Denoted::What::kArray) {
          reach_array(bound);
          bound = element_of(bound);
        }
        if (!bound || !is_bound(bound)) continue;
        for (const clang::CXXBaseSpecifier& base : bound->bases()) {
          reach(base.getType()->getAsCXXRecordDecl());
          reach_overriders(base.getType()->getAsCXXRecordDecl(),
                           denotes_type(context_.getCanonicalTagType(bound)));
        }
      }
    }
  }

  /// Who overrides is called by whoever knows the base alone.
  void reach_overriders(const clang::CXXRecordDecl* record, const Denoted& object) {
    if (!is_artifact(record) || !record->hasDefinition()) return;
    for (const clang::CXXMethodDecl* method : record->methods()) {
      if (llvm::isa<clang::CXXDestructorDecl>(method) || method->size_overridden_methods() == 0)
        continue;
      schedule(method, object);
      for (const clang::CXXMethodDecl* overridden : method->overridden_methods())
        if (is_artifact(overridden->getParent())) schedule(overridden, object);
    }
    for (const clang::CXXBaseSpecifier& base : record->bases())
      reach_overriders(base.getType()->getAsCXXRecordDecl(), object);
  }

  /// What `std::array<Layer, kLayers>` names.
  void reach_array(const clang::CXXRecordDecl* array) {
    enter_declaration("", array->getLocation());
    for (const clang::CXXBaseSpecifier& base : array->bases())
      read_type(base.getTypeSourceInfo()->getTypeLoc());
    for (const clang::FieldDecl* items : array->fields())
      read_type(items->getTypeSourceInfo()->getTypeLoc());
  }

  /// Callees first, from the entry; witnesses of one text side by side.
  void order_methods() {
    std::map<std::string, std::vector<size_t>> by_key;
    for (size_t i = 0; i < methods_.size(); ++i) by_key[methods_[i].key].push_back(i);
    std::set<std::string> done;
    std::function<void(const std::string&)> visit = [&](const std::string& key) {
      if (!done.insert(key).second) return;
      for (size_t i : by_key[key])
        for (const std::string& callee : methods_[i].callees) visit(callee);
      for (size_t i : by_key[key]) crop_.methods.push_back(methods_[i]);
    };
    for (const Method& method : methods_)
      if (method.instance.empty() && method.name == "run") {
        crop_.entry = method.key;
        visit(method.key);
      }
    for (const Method& method : methods_) visit(method.key);
  }

  CheckMeaning meaning_;
  std::vector<Method> methods_;
};

}  // namespace

bool is_emitted(const FileRange& at, const Crop& crop) {
  for (const Contract& contract : crop.contracts)
    if (contract.at.file == at.file && contract.at.begin <= at.begin && at.end <= contract.at.end)
      return false;
  for (const Method& method : crop.methods)
    if (method.slice.file == at.file && method.slice.begin <= at.begin &&
        at.end <= method.slice.end)
      return true;
  for (const Declaration& declaration : crop.declarations) {
    if (!declaration.reached || declaration.range.file != at.file ||
        declaration.range.begin > at.begin || at.end > declaration.range.end)
      continue;
    return std::none_of(declaration.parts.begin(), declaration.parts.end(), [&](const auto& part) {
      return part.is_method && part.range.begin <= at.begin && at.end <= part.range.end;
    });
  }
  return false;
}

namespace {

/// What only device code reaches.
void add_reached(const std::vector<Declaration>& device, std::vector<Declaration>& declarations) {
  std::map<FileRange, int> index;
  for (size_t i = 0; i < declarations.size(); ++i) index[declarations[i].range] = i;
  for (const Declaration& declaration : device) {
    const auto found = index.find(declaration.range);
    if (!declaration.reached || found == index.end() || declarations[found->second].reached)
      continue;
    declarations[found->second].reached = true;
    declarations[found->second].origin = declaration.origin;
    int& from = declarations[found->second].origin.declaration;  // an index of the device's
    const auto same = from < 0 ? index.end() : index.find(device[from].range);
    from = same == index.end() ? -1 : same->second;
  }
}

}  // namespace

Result<Crop> crop(const Registry& registry, const BoundSource& bound, const Program& program) {
  Result<Crop> result;
  Crop crop;
  crop.contracts = find_contracts(program.host->preprocessed());
  Walker host(registry, bound, *program.host, crop, result.diagnostics);
  host.run();
  crop.declarations = host.table().all();
  if (program.device) {  // adds what only device code reaches
    Crop device_crop;
    device_crop.contracts = find_contracts(program.device->preprocessed());
    Diagnostics ignored;
    Walker device(registry, bound, *program.device, device_crop, ignored);
    device.run();
    crop.third_party.insert(device_crop.third_party.begin(), device_crop.third_party.end());
    add_reached(device.table().all(), crop.declarations);
  }
  result.value = std::move(crop);
  return result;
}

}  // namespace combiner
