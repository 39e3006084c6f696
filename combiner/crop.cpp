// Program → Crop. One visitor reads bodies: which methods and declarations they reach, and what
// their text says about artifacts. A branch that a constant rules out is never entered.
#include "combiner/crop.h"

#include <algorithm>
#include <functional>

#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "combiner/check_meaning.h"
#include "combiner/fold.h"
#include "combiner/read_calls.h"

namespace combiner {
namespace {

using clang::CharSourceRange;
using clang::Expr;
using clang::SourceLocation;
using Visitor = clang::DynamicRecursiveASTVisitor;

class Walker : public Visitor, private ReadCalls {
 public:
  Walker(const Registry& registry, const BoundSource& bound, const Pass& pass, Crop& crop,
         Diagnostics& diagnostics)
      : ReadCalls(registry, bound, pass, crop, diagnostics), meaning_(pass, bound, diagnostics) {
    ShouldVisitTemplateInstantiations = true;
  }

  void run() {
    check_members();
    meaning_.macros();
    for (const clang::Decl* decl : context_.getTranslationUnitDecl()->decls())
      if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl))
        if (function->isMain()) walk_main(function);
    drain();
    keep_side_effects();
    order_methods();
  }

  DeclarationTable& table() { return table_; }

  // ---- statements ----

  bool TraverseStmt(clang::Stmt* statement) override {
    const auto* expression = llvm::dyn_cast_or_null<Expr>(statement);
    if (expression && expression->getBeginLoc().isValid()) here_ = expression->getBeginLoc();
    if (method_ && expression)
      if (const auto value = scale_value(expression, context_)) {
        fold(expression->getSourceRange(),
             literal(*value, expression->IgnoreParenImpCasts()->getType()), 0, 0);
        return true;
      }
    return Visitor::TraverseStmt(statement);
  }

  bool TraverseIfStmt(clang::IfStmt* statement) override {
    const Expr* condition = statement->getCond();
    Expr::EvalResult result;
    const bool foldable = method_ && !statement->getInit() && !statement->getConditionVariable() &&
                          condition && !condition->isValueDependent() &&
                          (statement->isConstexpr() || mentions_scale(condition)) &&
                          condition->EvaluateAsInt(result, context_);
    if (!foldable) return Visitor::TraverseIfStmt(statement);
    const bool value = result.Val.getInt().getBoolValue();
    const unsigned decision = offset(statement->getBeginLoc());
    clang::Stmt* kept = value ? statement->getThen() : statement->getElse();
    const clang::Stmt* gone = value ? statement->getElse() : statement->getThen();
    if (gone) {
      if (const auto range = in_file(whole(gone))) method_->discarded.push_back(*range);
      note_decision(condition, value ? "true" : "false", whole(gone));
    }
    if (!several_specializations_ || mentions_scale(condition))
      keep_only(statement, kept, decision, value);
    if (statement->isConstexpr() && !mentions_scale(condition)) {
      ++silent_;  // another witness may keep it
      TraverseStmt(statement->getCond());
      --silent_;
    }
    return !kept || TraverseStmt(kept);
  }

  bool TraverseWhileStmt(clang::WhileStmt* statement) override {
    const auto value = method_ && statement->getCond() ? scale_value(statement->getCond(), context_)
                                                       : std::nullopt;
    if (!value || !value->isZero()) return Visitor::TraverseWhileStmt(statement);
    note_decision(statement->getCond(), "false", whole(statement));
    keep_only(statement, nullptr, offset(statement->getBeginLoc()), 0);
    return true;
  }

  /// `for (int rank = 1; rank < self.world.size(); ++rank)` never runs on a single GPU.
  bool TraverseForStmt(clang::ForStmt* loop) override {
    const auto* init = llvm::dyn_cast_or_null<clang::DeclStmt>(loop->getInit());
    const auto* condition = llvm::dyn_cast_or_null<clang::BinaryOperator>(loop->getCond());
    if (!method_ || !init || !init->isSingleDecl() || !condition ||
        condition->getOpcode() != clang::BO_LT)
      return Visitor::TraverseForStmt(loop);
    const auto* variable = llvm::dyn_cast<clang::VarDecl>(init->getSingleDecl());
    const auto* counter =
        llvm::dyn_cast<clang::DeclRefExpr>(condition->getLHS()->IgnoreParenImpCasts());
    const auto limit = scale_value(condition->getRHS(), context_);
    Expr::EvalResult first;
    const bool never = limit && variable && counter && counter->getDecl() == variable &&
                       variable->hasInit() && !variable->getInit()->isValueDependent() &&
                       variable->getInit()->EvaluateAsInt(first, context_) &&
                       llvm::APSInt::compareValues(first.Val.getInt(), *limit) >= 0;
    if (!never) return Visitor::TraverseForStmt(loop);
    note_decision(condition, "false", whole(loop));
    keep_only(loop, nullptr, offset(loop->getBeginLoc()), 0);
    return true;
  }

  bool TraverseCompoundStmt(clang::CompoundStmt* block) override {
    for (const clang::Stmt* child : block->body()) in_block_.insert(child);
    return Visitor::TraverseCompoundStmt(block);
  }

  bool TraverseBinaryOperator(clang::BinaryOperator* operation) override {
    return simplify(operation) || Visitor::TraverseBinaryOperator(operation);
  }

  bool TraverseConditionalOperator(clang::ConditionalOperator* choice) override {
    const auto value = method_ ? scale_value(choice->getCond(), context_) : std::nullopt;
    if (!value) return Visitor::TraverseConditionalOperator(choice);
    Expr* kept = value->isZero() ? choice->getFalseExpr() : choice->getTrueExpr();
    if (!context_.hasSameUnqualifiedType(kept->IgnoreImpCasts()->getType(), choice->getType()))
      return Visitor::TraverseConditionalOperator(choice);
    const Expr* gone = value->isZero() ? choice->getTrueExpr() : choice->getFalseExpr();
    note_decision(choice->getCond(), value->isZero() ? "false" : "true",
                  CharSourceRange::getTokenRange(gone->getSourceRange()));
    keep_operand(choice, kept);
    return TraverseStmt(kept);
  }

  bool TraverseDeclStmt(clang::DeclStmt* statement) override {
    if (method_ && statement->isSingleDecl())
      if (auto* variable = llvm::dyn_cast<clang::VarDecl>(statement->getSingleDecl()))
        note_local(statement, variable);
    return Visitor::TraverseDeclStmt(statement);
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
        add({.kind = Fact::Kind::kSelf, .instance = method_->instance},
            CharSourceRange::getTokenRange(reference->getSourceRange()));
      return true;
    }
    const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl);
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
    meaning_.name(decl, reference->getLocation());
    if (!reference->hasQualifier()) qualify(decl, reference->getLocation());
    return true;
  }

  bool TraverseMemberExpr(clang::MemberExpr* member) override {
    const clang::ValueDecl* decl = member->getMemberDecl();
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
      if (implicit) add({.kind = Fact::Kind::kImplicit}, at(member->getMemberLoc()));
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
      note_hook(call, member, callee);
      return true;
    }
    if (object.is_artifact() || object.what == Denoted::What::kService) {
      note_call(call, member->getBase(), callee, object, member->getMemberLoc(),
                has_written_arguments(call, 0));
      for (Expr* argument : call->arguments())
        if (!TraverseStmt(argument)) return false;
      return true;
    }
    return Visitor::TraverseCXXMemberCallExpr(call);
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
    reach_implicit_call(call);
    return Visitor::TraverseCXXOperatorCallExpr(call);
  }

  bool VisitCXXConstructExpr(clang::CXXConstructExpr* construction) override {
    reach(construction->getConstructor());
    const Denoted made = denotes_type(construction->getType());
    if (method_ && made.is_artifact() && construction->getConstructor()->isCopyOrMoveConstructor())
      refuse_copy(made.instance, construction->getBeginLoc());
    return true;
  }

  bool VisitCXXDefaultArgExpr(clang::CXXDefaultArgExpr*) override { return true; }

  bool TraverseLambdaExpr(clang::LambdaExpr* lambda) override {
    for (const clang::LambdaCapture& capture : lambda->captures()) {
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
    if (!generic || !method_) return Visitor::TraverseLambdaExpr(lambda);
    const bool several = std::distance(generic->spec_begin(), generic->spec_end()) > 1;
    several_specializations_ += several;
    for (clang::FunctionDecl* instance : generic->specializations())
      if (instance->hasBody()) TraverseStmt(instance->getBody());
    several_specializations_ -= several;
    for (const clang::ParmVarDecl* parameter : lambda->getCallOperator()->parameters())
      if (auto* type = parameter->getTypeSourceInfo()) TraverseTypeLoc(type->getTypeLoc());
    return true;
  }

  bool TraverseLambdaCapture(clang::LambdaExpr* lambda, const clang::LambdaCapture* capture,
                             Expr* initializer) override {
    if (!lambda->isInitCapture(capture)) {
      const auto* variable = capture->capturesVariable()
                                 ? llvm::dyn_cast<clang::VarDecl>(capture->getCapturedVar())
                                 : nullptr;
      if (method_ && variable && variable != self_ && capture->isExplicit()) {
        Fact use{.kind = Fact::Kind::kUse};
        use.variable = offset(variable->getLocation());
        add(use, at(capture->getLocation()));
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
    if (auto tag = type.getAs<clang::TagTypeLoc>()) {
      meaning_.name(tag.getDecl(), tag.getNameLoc());
      if (!tag.getQualifierLoc().hasQualifier()) qualify(tag.getDecl(), tag.getNameLoc());
    }
    if (auto alias = type.getAs<clang::TypedefTypeLoc>()) {
      meaning_.name(alias.getDecl(), alias.getNameLoc());
      if (!alias.getQualifierLoc().hasQualifier()) qualify(alias.getDecl(), alias.getNameLoc());
    }
    if (auto special = type.getAs<clang::TemplateSpecializationTypeLoc>())
      if (const auto* decl = special.getTypePtr()->getTemplateName().getAsTemplateDecl()) {
        meaning_.name(decl, special.getTemplateNameLoc());
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
  void read(const clang::Stmt* statement) override {
    TraverseStmt(const_cast<clang::Stmt*>(statement));
  }
  void read_type(clang::TypeLoc type) override { TraverseTypeLoc(type); }
  void read_declaration(const clang::Decl* decl) override {
    TraverseDecl(const_cast<clang::Decl*>(decl));
  }

  CharSourceRange whole(const clang::Stmt* statement) const {
    return CharSourceRange::getCharRange(statement->getBeginLoc(), behind_statement(statement));
  }

  bool captures_self(const clang::LambdaExpr* lambda) const {
    for (const clang::LambdaCapture& capture : lambda->captures())
      if (capture.capturesVariable() && capture.getCapturedVar() == self_) return true;
    return false;
  }

  /// `true && x` is x, `x / 1` is x, `0 + x` is x. Returns whether it did something.
  bool simplify(clang::BinaryOperator* operation) {
    if (!method_) return false;
    const auto left = scale_value(operation->getLHS(), context_);
    const auto right = scale_value(operation->getRHS(), context_);
    if (!left && !right) return false;
    const auto opcode = operation->getOpcode();
    auto same_type = [&](const Expr* kept) {
      return context_.hasSameUnqualifiedType(kept->IgnoreImpCasts()->getType(),
                                             operation->getType());
    };
    auto keep = [&](Expr* kept) {
      keep_operand(operation, kept);
      return TraverseStmt(kept);
    };
    if (opcode == clang::BO_LAnd || opcode == clang::BO_LOr) {
      const bool neutral = opcode == clang::BO_LAnd;
      auto is_bool = [](const Expr* kept) {  // `1 && n` is true where n is 3
        return kept->IgnoreParenImpCasts()->getType()->isBooleanType();
      };
      if (left && left->getBoolValue() == neutral && is_bool(operation->getRHS()))
        return keep(operation->getRHS());
      if (right && right->getBoolValue() == neutral && is_bool(operation->getLHS()))
        return keep(operation->getLHS());
      if ((left && left->getBoolValue() != neutral) ||
          (right && right->getBoolValue() != neutral &&
           !operation->getLHS()->HasSideEffects(context_))) {
        const Expr* decided = left ? operation->getLHS() : operation->getRHS();
        note_decision(decided, neutral ? "false" : "true",
                      CharSourceRange::getTokenRange(operation->getSourceRange()));
        fold(operation->getSourceRange(), neutral ? "false" : "true", 0, 0);
        return true;
      }
      return false;
    }
    if (opcode == clang::BO_Mul || opcode == clang::BO_Div) {
      if (right && right->isOne() && same_type(operation->getLHS()))
        return keep(operation->getLHS());
      if (opcode == clang::BO_Mul && left && left->isOne() && same_type(operation->getRHS()))
        return keep(operation->getRHS());
    }
    if (opcode == clang::BO_Add || opcode == clang::BO_Sub) {
      if (right && right->isZero() && same_type(operation->getLHS()))
        return keep(operation->getLHS());
      if (opcode == clang::BO_Add && left && left->isZero() && same_type(operation->getRHS()))
        return keep(operation->getRHS());
    }
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
      for (const clang::FieldDecl* field : service->fields())
        if (const auto* bound = field->getType()->getAsCXXRecordDecl(); bound && is_bound(bound))
          for (const clang::CXXBaseSpecifier& base : bound->bases())
            reach(base.getType()->getAsCXXRecordDecl());
    }
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
  int several_specializations_ = 0;  // of a generic lambda: one text, read several times
};

}  // namespace

bool is_emitted(const FileRange& at, const Crop& crop) {
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
  Walker host(registry, bound, *program.host, crop, result.diagnostics);
  host.run();
  crop.declarations = host.table().all();
  if (program.device) {  // adds what only device code reaches
    Crop device_crop;
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
