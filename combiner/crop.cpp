// Program → Crop. One visitor reads bodies: which methods and declarations they reach, and what their
// text says about artifacts. A branch that a constant rules out is never entered.
#include "combiner/crop.h"

#include <algorithm>
#include <deque>
#include <functional>

#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Lex/Lexer.h"
#include "clang/Tooling/Inclusions/StandardLibrary.h"
#include "combiner/check_meaning.h"
#include "combiner/declarations.h"
#include "combiner/fold.h"
#include "combiner/record_preprocessor.h"
#include "combiner/statement_text.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

using clang::CharSourceRange;
using clang::Expr;
using clang::SourceLocation;
using Visitor = clang::DynamicRecursiveASTVisitor;

/// What an expression denotes, if it is one of the things that only exist while bound.
struct Denoted {
  enum class What { kNothing, kArtifact, kService, kHooks, kWorld, kDevice };
  What what = What::kNothing;
  std::string instance;
  bool is_artifact() const { return what == What::kArtifact; }
};

class Walker : public clang::DynamicRecursiveASTVisitor {
 public:
  Walker(const Registry& registry, const BoundSource& bound, const Pass& pass, Crop& crop,
         Diagnostics& diagnostics)
      : registry_(registry), bound_(bound), pass_(pass), context_(pass.context()),
        sources_(pass.sources()), table_(pass, registry), crop_(crop), diagnostics_(diagnostics),
        meaning_(pass, bound, diagnostics) {
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

  // ---- statements ---------------------------------------------------------------------------------

  bool TraverseStmt(clang::Stmt* statement) override {
    const auto* expression = llvm::dyn_cast_or_null<Expr>(statement);
    if (method_ && expression)
      if (const auto value = scale_value(expression, context_)) {
        fold(expression->getSourceRange(), literal(*value, expression->getType()), 0, 0);
        return true;
      }
    return Visitor::TraverseStmt(statement);
  }

  bool TraverseIfStmt(clang::IfStmt* statement) override {
    const Expr* condition = statement->getCond();
    Expr::EvalResult result;
    const bool foldable =
        method_ && !statement->getInit() && !statement->getConditionVariable() && condition &&
        !condition->isValueDependent() && (statement->isConstexpr() || mentions_scale(condition)) &&
        condition->EvaluateAsInt(result, context_);
    if (!foldable) return Visitor::TraverseIfStmt(statement);
    const bool value = result.Val.getInt().getBoolValue();
    const unsigned decision = offset(statement->getBeginLoc());
    clang::Stmt* kept = value ? statement->getThen() : statement->getElse();
    const clang::Stmt* gone = value ? statement->getElse() : statement->getThen();
    if (gone)
      if (const auto range = in_file(
              CharSourceRange::getCharRange(gone->getBeginLoc(), behind_statement(gone))))
        method_->discarded.push_back(*range);
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
    const auto value = method_ && statement->getCond()
                           ? scale_value(statement->getCond(), context_)
                           : std::nullopt;
    if (!value || !value->isZero()) return Visitor::TraverseWhileStmt(statement);
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

  // ---- expressions --------------------------------------------------------------------------------

  bool VisitDeclRefExpr(clang::DeclRefExpr* reference) override {
    clang::ValueDecl* decl = reference->getDecl();
    if (method_ && is_self(reference)) {
      if (!in_service()) add({.kind = Fact::Kind::kSelf, .instance = method_->instance},
                             CharSourceRange::getTokenRange(reference->getSourceRange()));
      return true;
    }
    const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl);
    if (method_ && variable && (variable->isLocalVarDecl() ||
                                llvm::isa<clang::ParmVarDecl>(variable))) {
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
        if (is_static) qualify(decl, member->getMemberLoc());
        else add(fact, implicit ? at(member->getMemberLoc()) : up_to_member);
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
    const auto* name =
        llvm::dyn_cast<clang::DeclRefExpr>(call->getCallee()->IgnoreParenImpCasts());
    const Denoted object = denotes(call->getArg(0));
    if (!name || object.what == Denoted::What::kNothing)
      return Visitor::TraverseCallExpr(call);
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
        refuse_copy(variable == self_ ? method_->instance
                                      : denotes_type(variable->getType()).instance,
                    capture.getLocation().isValid() ? capture.getLocation()
                                                    : lambda->getBeginLoc());
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
      const auto* variable =
          capture->capturesVariable() ? llvm::dyn_cast<clang::VarDecl>(capture->getCapturedVar())
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

  // ---- names that are not expressions -------------------------------------------------------------

  bool VisitTypeLoc(clang::TypeLoc type) override {
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
    for (const clang::NamedDecl* decl : overloads->decls())
      if (table_.is_local(decl->getLocation()) ||
          !overloads->getName().getCXXOverloadedOperator())
        reach(decl);
    return true;
  }
  bool TraverseNestedNameSpecifierLoc(clang::NestedNameSpecifierLoc specifier) override {
    for (auto part = specifier;
         part && part.getNestedNameSpecifier().getKind() ==
                     clang::NestedNameSpecifier::Kind::Namespace;
         part = part.castAsNamespaceAndPrefix().Prefix)
      if (const auto* alias = llvm::dyn_cast<clang::NamespaceAliasDecl>(
              part.castAsNamespaceAndPrefix().Namespace))
        reach(alias);
    return Visitor::TraverseNestedNameSpecifierLoc(specifier);
  }

  bool VisitConceptReference(clang::ConceptReference* reference) override {
    reach(reference->getNamedConcept());
    return true;
  }

 private:
  bool captures_self(const clang::LambdaExpr* lambda) const {
    for (const clang::LambdaCapture& capture : lambda->captures())
      if (capture.capturesVariable() && capture.getCapturedVar() == self_) return true;
    return false;
  }

  // ---- what an expression denotes -----------------------------------------------------------------

  bool in_service() const { return method_ && method_->instance.empty(); }

  bool is_self(const Expr* expression) const {
    const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(expression->IgnoreParenImpCasts());
    return reference && self_ && reference->getDecl() == self_;
  }

  bool is_this(const Expr* expression) const {
    expression = expression->IgnoreParenImpCasts();
    if (const auto* deref = llvm::dyn_cast<clang::UnaryOperator>(expression))
      if (deref->getOpcode() == clang::UO_Deref)
        expression = deref->getSubExpr()->IgnoreParenImpCasts();
    return method_ && llvm::isa<clang::CXXThisExpr>(expression) && !inside_lambda_class(expression);
  }

  bool inside_lambda_class(const Expr* expression) const {
    const auto* record = expression->getType()->getPointeeCXXRecordDecl();
    return record && record->isLambda();
  }

  bool is_own(const Expr* expression) const { return is_self(expression) || is_this(expression); }

  /// `self`, `self.kv_cache`, `this->kv_cache`: an expression that only names.
  bool is_path_base(const Expr* expression) const {
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
    if (name == "coop::World") return {What::kWorld, ""};
    if (name == "Device") return {What::kDevice, "device"};
    if (llvm::StringRef(name).starts_with("coop_bound::"))
      return {What::kArtifact, record->getNameAsString()};
    if (is_service(record)) return {What::kService, ""};
    if (is_artifact(record))  // not bound: an ordinary function takes it by its class
      for (const Registered& artifact : registry_.artifacts)
        if (artifact.class_name == record->getName()) return {What::kArtifact, artifact.name};
    return {};
  }

  Denoted denotes(const Expr* expression) const {
    expression = expression->IgnoreParenImpCasts();
    if (is_own(expression))
      return in_service() ? Denoted{Denoted::What::kService, ""}
                          : Denoted{Denoted::What::kArtifact, method_->instance};
    return denotes_type(expression->getType());
  }

  static bool is_bound(const clang::CXXRecordDecl* record) {
    return llvm::StringRef(record->getQualifiedNameAsString()).starts_with("coop_bound::");
  }

  bool is_service(const clang::CXXRecordDecl* record) const {
    return record->getName() == registry_.service.name && record->getDeclContext()->isFileContext();
  }

  std::string qualifier_of(const std::string& instance) const {
    const Registered* artifact = registry_.find(instance);
    return artifact ? artifact->type : instance;
  }

  // ---- facts --------------------------------------------------------------------------------------

  CharSourceRange at(SourceLocation location) const {
    return CharSourceRange::getCharRange(location, location);
  }

  std::optional<FileRange> in_file(CharSourceRange range) const {
    return file_range(range, pass_);
  }

  unsigned offset(SourceLocation location) const {
    return sources_.getFileOffset(sources_.getFileLoc(location));
  }

  /// The token at `location`, in the text as parsed.
  FileRange raw_place(SourceLocation location) const {
    location = sources_.getFileLoc(location);
    const unsigned begin = sources_.getFileOffset(location);
    return {path_of(sources_, sources_.getFileID(location)), begin,
            begin + clang::Lexer::MeasureTokenLength(location, sources_, pass_.language())};
  }

  /// The same in the author's text, for messages.
  FileRange place(SourceLocation location) const {
    FileRange at = raw_place(location);
    if (const auto found = bound_.overlays.find(at.file); found != bound_.overlays.end()) {
      at.begin = found->second.original(at.begin);
      at.end = found->second.original(at.end);
    }
    return at;
  }

  void report(Diagnostic diagnostic) {
    if (std::find(diagnostics_.begin(), diagnostics_.end(), diagnostic) == diagnostics_.end())
      diagnostics_.push_back(std::move(diagnostic));
  }

  void add(Fact fact, CharSourceRange range) {
    if (!method_ || silent_) return;
    const auto where = in_file(range);
    if (!where) {
      if (fact.kind == Fact::Kind::kUse || fact.kind == Fact::Kind::kQualify) return;
      const SourceLocation begin = range.getBegin();
      const std::string macro =
          begin.isMacroID()
              ? clang::Lexer::getImmediateMacroName(begin, sources_, pass_.language()).str()
              : "";
      Diagnostic d = diagnose(DiagnosticName::self_in_macro, place(begin), "self", macro);
      d.notes.push_back({"write it out, or make it a method", {}});
      report(std::move(d));
      return;
    }
    fact.at = *where;
    if (std::find(method_->facts.begin(), method_->facts.end(), fact) == method_->facts.end())
      method_->facts.push_back(std::move(fact));
  }

  void fold(clang::SourceRange range, std::string text, unsigned decision, int outcome) {
    Fact fact{.kind = Fact::Kind::kFold, .text = std::move(text)};
    fact.decision = decision;
    fact.outcome = outcome;
    add(fact, CharSourceRange::getTokenRange(range));
  }

  void drop(SourceLocation begin, SourceLocation end, unsigned decision, int outcome) {
    if (begin == end) return;
    Fact fact{.kind = Fact::Kind::kFold};
    fact.decision = decision;
    fact.outcome = outcome;
    add(fact, CharSourceRange::getCharRange(begin, end));
  }

  SourceLocation behind(SourceLocation token) const {
    return clang::Lexer::getLocForEndOfToken(token, 0, sources_, pass_.language());
  }

  /// Behind a statement as it is written, with its `;`. Read from the text, because Clang forgets a
  /// branch that an instantiation discards.
  SourceLocation behind_statement(const clang::Stmt* statement) const {
    const SourceLocation begin = sources_.getFileLoc(statement->getBeginLoc());
    const unsigned at = sources_.getFileOffset(begin);
    const llvm::StringRef text = sources_.getBufferData(sources_.getFileID(begin));
    return begin.getLocWithOffset(static_cast<int>(statement_end(text, at) - at));
  }

  /// Before:  if constexpr (kOne) { a(); } else { b(); }
  /// After:   a();
  void keep_only(const clang::Stmt* statement, const clang::Stmt* kept, unsigned decision,
                 int outcome) {
    const SourceLocation begin = statement->getBeginLoc(), end = behind_statement(statement);
    if (!kept) {
      Fact fact{.kind = Fact::Kind::kFold, .text = in_block_.count(statement) ? "" : "{}"};
      fact.decision = decision;
      fact.outcome = outcome;
      add(fact, CharSourceRange::getCharRange(begin, end));
      return;
    }
    const auto* block = llvm::dyn_cast<clang::CompoundStmt>(kept);
    const bool unwrap = block && in_block_.count(statement) && !block->body_empty() &&
                        can_unwrap(block);
    if (unwrap) {
      for (const clang::Stmt* child : block->body()) in_block_.insert(child);
      drop(begin, begin_of_text(block, block->body_front()), decision, outcome);
      drop(block->getRBracLoc(), end, decision, outcome);
    } else {
      if (in_block_.count(statement)) in_block_.insert(kept);
      drop(begin, kept->getBeginLoc(), decision, outcome);
      drop(behind_statement(kept), end, decision, outcome);
    }
  }

  /// Behind the opening brace, so that a comment in front of the first statement stays.
  SourceLocation begin_of_text(const clang::CompoundStmt* block, const clang::Stmt*) const {
    return block->getLBracLoc().getLocWithOffset(1);
  }

  /// A block's declarations may stand beside its neighbours when nothing is destroyed at its end
  /// and its names are not used for anything else in the method.
  bool can_unwrap(const clang::CompoundStmt* block) const {
    for (const clang::Stmt* child : block->body()) {
      const auto* declaration = llvm::dyn_cast<clang::DeclStmt>(child);
      if (!declaration) continue;
      for (const clang::Decl* decl : declaration->decls()) {
        const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl);
        if (!variable || variable->needsDestruction(context_)) return false;
        if (is_named_outside(variable->getName(), block)) return false;
      }
    }
    return true;
  }

  bool is_named_outside(llvm::StringRef name, const clang::CompoundStmt* block) const {
    const std::string& text = pass_.preprocessed().text.at(method_->slice.file);
    const unsigned begin = offset(block->getLBracLoc()), end = offset(block->getRBracLoc());
    auto is_word = [&](size_t at) {
      auto part = [&](size_t i) { return llvm::isAlnum(text[i]) || text[i] == '_'; };
      return !part(at - 1) && !part(at + name.size());
    };
    for (size_t at = text.find(name, method_->slice.begin); at < method_->slice.end;
         at = text.find(name, at + 1))
      if ((at < begin || at > end) && is_word(at)) return true;
    return false;
  }

  void keep_operand(const Expr* whole, const Expr* kept) {
    drop(whole->getBeginLoc(), kept->getBeginLoc(), 0, 0);
    drop(behind(kept->getEndLoc()), behind(whole->getEndLoc()), 0, 0);
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
      if (left && left->getBoolValue() == neutral) return keep(operation->getRHS());
      if (right && right->getBoolValue() == neutral) return keep(operation->getLHS());
      if (left || !operation->getLHS()->HasSideEffects(context_)) {
        fold(operation->getSourceRange(), neutral ? "false" : "true", 0, 0);
        return true;
      }
      return false;
    }
    if (opcode == clang::BO_Mul || opcode == clang::BO_Div) {
      if (right && right->isOne() && same_type(operation->getLHS())) return keep(operation->getLHS());
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

  void note_local(const clang::DeclStmt* statement, const clang::VarDecl* variable) {
    const Denoted held = denotes_type(variable->getType());
    if (variable->isStaticLocal()) {
      if (!variable->isConstexpr() && !variable->getType().isConstQualified())
        method_->static_locals.push_back({offset(variable->getLocation()),
                                          variable->getNameAsString()});
      return;
    }
    const bool pure = !variable->hasInit() || held.is_artifact() ||
                      scale_value(variable->getInit(), context_) ||
                      !variable->getInit()->HasSideEffects(context_);
    if (variable->needsDestruction(context_)) return;
    Fact fact{.kind = Fact::Kind::kLocal, .text = pure ? "" : "[[maybe_unused]] "};
    fact.variable = offset(variable->getLocation());
    add(fact, CharSourceRange::getTokenRange(statement->getSourceRange()));
  }

  void note_peer(const Denoted& peer, const clang::MemberExpr* member) {
    if (!method_) {
      if (file_ != bound_.main_path) refuse_helper(member->getBeginLoc());  // main is written anew
      return;
    }
    if (peer.is_artifact() || peer.what == Denoted::What::kDevice) {
      method_->reaches_peer = true;
      const std::string name =
          peer.what == Denoted::What::kDevice ? "device" : peer.instance;
      add({.kind = Fact::Kind::kPeer, .instance = name},
          member->isImplicitAccess()
              ? CharSourceRange::getTokenRange(member->getMemberLoc(), member->getMemberLoc())
              : CharSourceRange::getTokenRange(member->getSourceRange()));
      if (peer.what == Denoted::What::kDevice) reach_device();
    }
  }

  /// Is there another method of that name, and do the two differ in constness?
  static bool has_const_overloads(const clang::CXXMethodDecl* callee) {
    bool is_const = false, is_mutable = false;
    for (const clang::CXXMethodDecl* other : callee->getParent()->methods())
      if (other->getDeclName() == callee->getDeclName() &&
          !other->isExplicitObjectMemberFunction())
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
  unsigned open_paren(SourceLocation name) const {
    name = sources_.getFileLoc(name);
    return open_paren_behind(sources_.getBufferData(sources_.getFileID(name)),
                             sources_.getFileOffset(name));
  }

  static bool has_written_arguments(const clang::CallExpr* call, unsigned first) {
    return call->getNumArgs() > first &&
           !llvm::isa<clang::CXXDefaultArgExpr>(call->getArg(first));
  }

  void reach_device() {
    for (int i = 0; i < static_cast<int>(table_.all().size()); ++i)
      for (const std::string& name : table_.all()[i].names)
        if (name == "Device") reach_declaration(i);
  }

  void refuse_helper(SourceLocation where) {
    Diagnostic d = diagnose(DiagnosticName::helper_reaches_peer, place(where), helper_name_);
    d.notes.push_back({"make it a method of the artifact (`this auto& self`), or pass it what it "
                       "needs instead of the artifact", {}});
    report(std::move(d));
  }

  void refuse_copy(const std::string& instance, SourceLocation where) {
    Diagnostic d = diagnose(DiagnosticName::artifact_copied, place(where),
                            instance.empty() ? registry_.service.name : instance);
    d.notes.push_back({"an artifact is one resource: refer to it (`auto&`, `[&]`, `this auto& self`)",
                       {}});
    report(std::move(d));
  }

  void note_call(const clang::CallExpr* call, Expr* object_expression,
                 const clang::CXXMethodDecl* callee, const Denoted& object, SourceLocation name,
                 bool has_arguments) {
    const std::string key = schedule(callee, object);
    if (key.empty()) {  // nothing that is instantiated: an unevaluated operand
      if (method_ && table_.is_local(callee->getLocation()) && is_artifact(callee->getParent())) {
        Diagnostic d = diagnose(DiagnosticName::unrewritten_self, place(name));
        d.notes.push_back({"'" + callee->getNameAsString() +
                               "' is only named here (sizeof, decltype, noexcept); call it somewhere",
                           {}});
        report(std::move(d));
      }
      TraverseStmt(object_expression);
      return;
    }
    const bool own = is_own(object_expression);
    const Expr* bare = object_expression->IgnoreParenImpCasts();
    const bool peer = !own && llvm::isa<clang::MemberExpr>(bare) && is_path_base(bare);
    const bool alias = !own && !peer && llvm::isa<clang::DeclRefExpr>(bare);
    Fact fact{.kind = Fact::Kind::kCall, .instance = object.instance, .callee = key};
    fact.object = own     ? Fact::Object::kOwn
                  : peer  ? Fact::Object::kPeer
                  : alias ? Fact::Object::kAlias
                          : Fact::Object::kExpression;
    fact.has_arguments = has_arguments;
    if (const auto range = in_file(CharSourceRange::getTokenRange(name, name))) fact.name = *range;
    if (!method_) {
      if (object.what == Denoted::What::kService) return;  // main, which is written anew
      crop_foreign_calls_.push_back({key, raw_place(name), callee->getNameAsString()});
      if (peer) refuse_helper(call->getBeginLoc());
      else TraverseStmt(object_expression);
      return;
    }
    fact.open_paren = open_paren(name);
    if (own && method_->is_const && has_const_overloads(callee))
      method_->const_choice = raw_place(name);
    if (peer && object.instance != method_->instance) method_->reaches_peer = true;
    method_->callees.push_back(key);
    const SourceLocation begin =  // of `self.`; of an implicit `this` nothing is written
        bare->getBeginLoc().isInvalid() || (own && bare->getBeginLoc() == name)
            ? name
            : object_expression->getBeginLoc();
    add(fact, CharSourceRange::getCharRange(begin, name));
    if (alias || fact.object == Fact::Object::kExpression) TraverseStmt(object_expression);
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
            const Expr* object =
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
    for (const Expr* argument : call->arguments())
      fact.pure_arguments = fact.pure_arguments && !argument->HasSideEffects(context_);
    fact.has_arguments = call->getNumArgs() > 0;
    if (fact.listeners.size() != 1 && !fact.pure_arguments)
      report(diagnose(DiagnosticName::hook_argument_has_effects, place(call->getArg(0)->getBeginLoc()),
                      fact.text, fact.listeners.size()));
    if (!fact.listeners.empty()) method_->reaches_peer = true;
    if (const auto name = in_file(
            CharSourceRange::getTokenRange(member->getMemberLoc(), member->getMemberLoc())))
      fact.name = *name;
    fact.open_paren = open_paren(member->getMemberLoc());
    add(fact, CharSourceRange::getCharRange(call->getBeginLoc(), behind_statement(call)));
    if (fact.listeners.empty()) return;
    for (const Expr* argument : call->arguments()) TraverseStmt(const_cast<Expr*>(argument));
  }

  static const clang::Stmt* strip(const clang::Stmt* statement) {
    if (const auto* cleanups = llvm::dyn_cast<clang::ExprWithCleanups>(statement))
      return cleanups->getSubExpr()->IgnoreImplicit();
    return statement;
  }

  bool is_statement(const clang::CXXMemberCallExpr* call) const {
    const auto next =
        clang::Lexer::findNextToken(call->getEndLoc(), sources_, pass_.language());
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
      crop_foreign_calls_.push_back(
          {key, raw_place(call->getBeginLoc()), callee->getNameAsString()});
    if (method_ && !key.empty()) method_->callees.push_back(key);
  }

  void reach_implicit_conversion(const clang::CXXMethodDecl* callee, const Expr* object,
                                 SourceLocation where) {
    const Denoted denoted = denotes(object);
    if (!denoted.is_artifact()) return;
    const std::string key = schedule(callee, denoted);
    if (key.empty()) return;
    crop_foreign_calls_.push_back({key, raw_place(where), callee->getNameAsString()});
    if (method_) method_->callees.push_back(key);
  }

  void reach_implicit_calls(const Expr* initializer) {
    if (!initializer) return;
    const Expr* bare = initializer->IgnoreImplicit();
    if (const auto* call = llvm::dyn_cast<clang::CallExpr>(bare)) {
      reach_implicit_call(call);
      reach(call->getDirectCallee());
    }
  }

  void substitute(const clang::NamedDecl* parameter, SourceLocation name, std::string text) {
    if (!method_ || is_own_parameter(parameter)) return;
    add({.kind = Fact::Kind::kSubstitute, .text = std::move(text)},
        CharSourceRange::getTokenRange(name, name));
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

  /// A name of the artifact's class needs the class in front of it once the method is outside.
  void qualify(const clang::Decl* decl, SourceLocation where) {
    if (!method_) return;
    const clang::DeclContext* context = decl->getDeclContext();
    while (const auto* enumeration = llvm::dyn_cast<clang::EnumDecl>(context)) {
      if (enumeration->isScoped()) return;
      context = enumeration->getDeclContext();
    }
    const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(context);
    if (!record || record->isLambda() || (!is_artifact(record) && !is_service(record))) return;
    if (llvm::isa<clang::CXXMethodDecl>(decl) && !llvm::cast<clang::CXXMethodDecl>(decl)->isStatic())
      return;
    const std::string name = in_service() || is_service(record) ? registry_.service.name
                                                                : qualifier_of(method_->instance);
    add({.kind = Fact::Kind::kQualify, .text = name + "::"}, at(where));
  }

  clang::PrintingPolicy policy() const {
    clang::PrintingPolicy out(pass_.language());
    out.SuppressTagKeyword = true;
    out.Bool = true;
    return out;
  }

  /// A type as the emission writes it: a bound type is the artifact's own.
  std::string spelled(clang::QualType type) const {
    std::string text = type.getAsString(policy());
    for (const Registered& artifact : registry_.artifacts) {
      const std::string bound = "coop_bound::" + artifact.name;
      for (size_t found; (found = text.find(bound)) != std::string::npos;)
        text.replace(found, bound.size(), artifact.type);
    }
    return text;
  }

  // ---- reaching -----------------------------------------------------------------------------------

  void reach_type(const clang::Type* type) {
    if (const auto* alias = llvm::dyn_cast<clang::TypedefType>(type)) reach(alias->getDecl());
    else if (const auto* tag = llvm::dyn_cast<clang::TagType>(type)) reach(tag->getDecl());
    else if (const auto* use = llvm::dyn_cast<clang::UsingType>(type)) reach(use->getDecl());
    else if (const auto* deduced = llvm::dyn_cast<clang::DeducedTemplateSpecializationType>(type))
      reach(deduced->getTemplateName().getAsTemplateDecl());
    else if (const auto* special = llvm::dyn_cast<clang::TemplateSpecializationType>(type)) {
      reach(special->getTemplateName().getAsTemplateDecl());
      if (const auto* record = type->getAsCXXRecordDecl()) reach(record);
    }
  }

  void reach(const clang::Decl* decl) {
    if (!decl) return;
    if (const auto* shadow = llvm::dyn_cast<clang::UsingShadowDecl>(decl)) {
      reach(shadow->getIntroducer());
      decl = shadow->getTargetDecl();
    }
    const SourceLocation where = sources_.getFileLoc(decl->getLocation());
    if (where.isInvalid()) return;
    const int index = table_.find(where);
    if (index < 0) {
      if (!table_.is_local(where)) reach_third_party(decl, where);
      return;
    }
    reach_instantiation(decl);
    reach_declaration(index);
    for (const clang::Decl* other : decl->redecls())
      if (other != decl) {
        const int also = table_.find(other->getLocation());
        if (also >= 0) reach_declaration(also);
      }
  }

  /// A static method of an artifact stays a member of its struct; one of the service becomes a
  /// function, whose key is returned.
  std::string reach_static_method(const clang::Decl* decl) {
    const auto* callee = llvm::dyn_cast<clang::CXXMethodDecl>(decl);
    if (!callee || !callee->isStatic()) return "";
    const bool of_service = is_service(callee->getParent());
    if (!of_service && !is_artifact(callee->getParent())) return "";
    Denoted object = denotes_type(context_.getCanonicalTagType(callee->getParent()));
    if (method_ && method_->class_name == callee->getParent()->getName())
      object.instance = method_->instance;
    const std::string key = schedule(callee, object);
    if (method_ && !key.empty()) method_->callees.push_back(key);
    return of_service ? key : "";
  }

  void reach_declaration(int index) {
    if (table_.all()[index].reached) return;
    table_.all()[index].reached = true;
    work_.push_back([this, index] { walk_declaration(index); });
  }

  /// A function template of the project, instantiated with an artifact, may call its methods.
  void reach_instantiation(const clang::Decl* decl) {
    const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl);
    if (!function || !function->isTemplateInstantiation()) return;
    if (const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function))
      if (is_artifact(method->getParent()) || method->getParent()->isLambda()) return;
    const clang::FunctionDecl* definition = nullptr;
    if (!function->isDefined(definition) || !seen_.insert(definition).second) return;
    work_.push_back([this, definition] {
      enter_declaration(definition->getNameAsString(), definition->getLocation());
      TraverseStmt(definition->getBody());
    });
  }

  void reach_third_party(const clang::Decl* decl, SourceLocation where) {
    if (file_.empty()) return;
    ThirdPartyUse use;
    use.path = path_of(sources_, sources_.getFileID(where));
    if (use.path.empty()) return;
    use.used_in = file_;
    if (const auto symbol = standard_(decl))
      for (const auto& header : symbol->headers()) use.headers.push_back(header.name().str());
    crop_.third_party.insert(std::move(use));
  }

  void enter_declaration(const std::string& name, SourceLocation where) {
    method_ = nullptr;
    self_ = nullptr;
    function_ = nullptr;
    helper_name_ = name;
    const SourceLocation location = sources_.getFileLoc(where);
    file_ = path_of(sources_, sources_.getFileID(location));
  }

  void walk_declaration(int index) {
    const Declaration declaration = table_.all()[index];
    for (const clang::Decl* decl : table_.decls(index)) {
      enter_declaration(declaration.names.empty() ? "" : declaration.names[0],
                        decl->getLocation());
      const clang::CXXRecordDecl* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl);
      if (const auto* pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(decl))
        record = pattern->getTemplatedDecl();
      if (record && record->hasDefinition() &&
          (declaration.is_artifact || declaration.is_service)) {
        walk_state(record->getDefinition());
      } else {
        TraverseDecl(const_cast<clang::Decl*>(decl));
      }
    }
  }

  /// Of an artifact or a service all data stays, and only the methods that are called.
  void walk_state(const clang::CXXRecordDecl* record) {
    for (const clang::CXXBaseSpecifier& base : record->bases())
      TraverseTypeLoc(base.getTypeSourceInfo()->getTypeLoc());
    for (clang::Decl* member : record->decls()) {
      if (member->isImplicit() || llvm::isa<clang::FunctionTemplateDecl>(member)) continue;
      const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(member);
      const bool special =
          method && llvm::isa<clang::CXXConstructorDecl, clang::CXXDestructorDecl>(method);
      if (!method || special) TraverseDecl(member);
    }
  }

  /// Schedules the body of an artifact's or the service's method; its key, or "" without a body.
  std::string schedule(const clang::CXXMethodDecl* callee, const Denoted& object) {
    const clang::FunctionDecl* definition = nullptr;
    if (!callee->isDefined(definition) || !table_.is_local(definition->getLocation())) return "";
    const clang::FunctionDecl* pattern = definition->getTemplateInstantiationPattern();
    if (!pattern) pattern = definition;
    const std::string instance =
        object.what == Denoted::What::kService ? "" : object.instance;
    const FileRange slice = slice_of(pattern);
    const std::string key = (instance.empty() ? registry_.service.name : instance) + "." +
                            definition->getNameAsString() + "@" + std::to_string(slice.begin);
    const int owner = table_.find(callee->getParent()->getLocation());
    if (owner >= 0) reach_declaration(owner);
    if (seen_methods_.insert({definition, instance}).second)
      work_.push_back([this, definition, pattern, instance, key] {
        walk_method(definition, pattern, instance, key);
      });
    return key;
  }

  FileRange slice_of(const clang::FunctionDecl* pattern) const {
    const clang::Decl* outer = pattern->getDescribedFunctionTemplate();
    return range_of(outer ? outer : pattern, pass_);
  }

  void walk_method(const clang::FunctionDecl* definition, const clang::FunctionDecl* pattern,
                   const std::string& instance, const std::string& key) {
    Method method;
    method.key = key;
    method.instance = instance;
    method.name = definition->getNameAsString();
    method.class_name =
        llvm::cast<clang::CXXMethodDecl>(definition)->getParent()->getNameAsString();
    method.qualifier = instance.empty() ? registry_.service.name : qualifier_of(instance);
    method.slice = slice_of(pattern);
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

  void describe_signature(const clang::FunctionDecl* definition,
                          const clang::FunctionDecl* pattern, Method& method) {
    const auto* as_method = llvm::cast<clang::CXXMethodDecl>(definition);
    method.is_special = llvm::isa<clang::CXXConstructorDecl, clang::CXXDestructorDecl,
                                  clang::CXXConversionDecl>(definition) ||
                        definition->isOverloadedOperator() || as_method->isVirtual();
    if (const auto range = in_file(CharSourceRange::getTokenRange(
            pattern->getNameInfo().getSourceRange())))
      method.name_range = *range;
    if (pattern->isOutOfLine() && !pattern->getLexicalDeclContext()->isRecord()) {
      Diagnostic d = diagnose(DiagnosticName::out_of_line_method, place(pattern->getLocation()),
                              method.name);
      d.notes.push_back({"define it where it is declared, in the struct", {}});
      report(std::move(d));
    }
    if (auto* type = pattern->getTypeSourceInfo())
      if (auto prototype = type->getTypeLoc().getAsAdjusted<clang::FunctionTypeLoc>()) {
        method.parameters_open = offset(prototype.getLParenLoc());
        method.parameters_close = offset(prototype.getRParenLoc());
      }
    method.is_static = as_method->isStatic();
    method.is_const = as_method->isConst();
    for (const clang::ParmVarDecl* parameter : pattern->parameters()) {
      if (parameter->isExplicitObjectParameter()) {
        const unsigned index = parameter->getFunctionScopeIndex();
        const clang::QualType type = definition->getParamDecl(index)->getType();
        method.is_const = type.getNonReferenceType().isConstQualified();
        if (!type->isReferenceType()) refuse_copy(method.instance, parameter->getLocation());
        if (const auto range = in_file(CharSourceRange::getTokenRange(
                parameter->getExplicitObjectParamThisLoc(), parameter->getEndLoc())))
          method.self_parameter = *range;
        continue;
      }
      method.has_parameters = true;
      Parameter described;
      described.name = parameter->getNameAsString();
      described.always_quiet = parameter->hasAttr<clang::UnusedAttr>();
      if (!described.name.empty())
        if (const auto range = in_file(CharSourceRange::getTokenRange(parameter->getLocation(),
                                                                      parameter->getLocation())))
          described.name_range = *range;
      if (parameter->hasDefaultArg() && !described.name.empty())
        described.default_range = {method.slice.file, described.name_range.end,
                                   range_of_parameter_end(parameter)};
      method.parameters.push_back(described);
    }
    if (const auto* own = pattern->getDescribedFunctionTemplate())
      for (const clang::NamedDecl* parameter : *own->getTemplateParameters())
        method.hides_service |= parameter->getName() == registry_.service.name;
    describe_return(definition, pattern, method);
  }

  unsigned range_of_parameter_end(const clang::ParmVarDecl* parameter) const {
    const auto range =
        in_file(CharSourceRange::getTokenRange(parameter->getDefaultArgRange()));
    return range ? range->end : offset(behind(parameter->getEndLoc()));
  }

  void describe_return(const clang::FunctionDecl* definition, const clang::FunctionDecl* pattern,
                       Method& method) {
    if (!pattern->getReturnType()->getContainedAutoType()) return;
    auto* type = pattern->getTypeSourceInfo();
    auto prototype = type->getTypeLoc().getAsAdjusted<clang::FunctionTypeLoc>();
    const auto range =
        in_file(CharSourceRange::getTokenRange(prototype.getReturnLoc().getSourceRange()));
    if (!range) return;
    Fact fact{.kind = Fact::Kind::kReturn, .text = spelled(definition->getReturnType())};
    fact.at = *range;
    const llvm::StringRef before =
        llvm::StringRef(pass_.preprocessed().text.at(range->file)).substr(0, range->begin);
    if (before.ends_with("const ")) fact.at.begin -= 6;
    method.facts.push_back(std::move(fact));
  }

  void collect_locals(const clang::FunctionDecl* definition, Method& method) const {
    struct Collect : clang::DynamicRecursiveASTVisitor {
      std::vector<std::string>& names;
      explicit Collect(std::vector<std::string>& names) : names(names) {}
      bool VisitNamedDecl(clang::NamedDecl* decl) override {
        names.push_back(decl->getNameAsString());
        return true;
      }
    } collect(method.locals);
    for (clang::ParmVarDecl* parameter : definition->parameters())
      method.locals.push_back(parameter->getNameAsString());
    collect.TraverseStmt(definition->getBody());
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

  const clang::CXXRecordDecl* service_record() const {
    for (int i = 0; i < static_cast<int>(table_.const_all().size()); ++i)
      if (table_.const_all()[i].is_service)
        for (const clang::Decl* decl : table_.decls(i)) {
          if (const auto* pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(decl))
            return pattern->getTemplatedDecl();
          if (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl)) return record;
        }
    return nullptr;
  }

  /// The registry was read without types; here its belief is checked.
  void check_members() {
    const clang::CXXRecordDecl* service = service_record();
    if (!service) return;
    for (const clang::FieldDecl* field : service->fields()) {
      const clang::QualType type = field->getType();
      const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl();
      if (record && is_bound(record)) {
        check_fields(record);
        continue;
      }
      if (is_artifact(record)) {
        Diagnostic d = diagnose(DiagnosticName::unrecognized_artifact, place(field->getLocation()),
                                field->getNameAsString());
        d.notes.push_back({"declare it with the name of its class, not an alias", {}});
        report(std::move(d));
      }
      if (holds_artifact(type)) {
        Diagnostic d = diagnose(DiagnosticName::artifact_in_container,
                                place(field->getLocation()), field->getNameAsString());
        d.notes.push_back({"register each artifact as a member of its own", {}});
        report(std::move(d));
      }
    }
  }

  /// An artifact inside of an artifact has no name that a service knows.
  void check_fields(const clang::CXXRecordDecl* bound) {
    bound->forallBases([&](const clang::CXXRecordDecl* base) {
      for (const clang::FieldDecl* field : base->fields()) {
        const clang::QualType type = field->getType();
        if (!is_artifact(type->getAsCXXRecordDecl()) && !holds_artifact(type)) continue;
        Diagnostic d = diagnose(DiagnosticName::artifact_in_container,
                                place(field->getLocation()), field->getNameAsString());
        d.notes.push_back({"register it in the service, and reach it as self." +
                               field->getNameAsString(), {}});
        report(std::move(d));
      }
      return true;
    });
  }

  static bool holds_artifact(clang::QualType type) {
    if (const auto* array = llvm::dyn_cast<clang::ArrayType>(type.getCanonicalType().getTypePtr()))
      return is_artifact(array->getElementType()->getAsCXXRecordDecl()) ||
             holds_artifact(array->getElementType());
    const auto* special = llvm::dyn_cast_or_null<clang::ClassTemplateSpecializationDecl>(
        type->getAsCXXRecordDecl());
    if (!special || is_artifact(special)) return false;
    for (const clang::TemplateArgument& argument : special->getTemplateArgs().asArray())
      if (argument.getKind() == clang::TemplateArgument::Type &&
          is_artifact(argument.getAsType()->getAsCXXRecordDecl()))
        return true;
    return false;
  }

  void drain() {
    while (!work_.empty()) {
      auto next = std::move(work_.front());
      work_.pop_front();
      next();
    }
  }

  /// Objects whose construction does something run whether they are named or not, and a
  /// using-directive changes what other names mean: both stay in files that are in use.
  void keep_side_effects() {
    for (bool more = true; more;) {
      more = false;
      std::set<std::string> live;
      for (const Declaration& declaration : table_.all())
        if (declaration.reached) live.insert(declaration.range.file);
      for (int i = 0; i < static_cast<int>(table_.all().size()); ++i) {
        if (table_.all()[i].reached || !live.count(table_.all()[i].range.file)) continue;
        bool acts = false;
        for (const clang::Decl* decl : table_.decls(i)) {
          if (llvm::isa<clang::UsingDirectiveDecl>(decl)) acts = true;
          if (const auto* guide = llvm::dyn_cast<clang::CXXDeductionGuideDecl>(decl))
            acts = acts || is_reached(guide->getDeducedTemplate());
          if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl))
            if (const auto* guide =
                    llvm::dyn_cast<clang::CXXDeductionGuideDecl>(pattern->getTemplatedDecl()))
              acts = acts || is_reached(guide->getDeducedTemplate());
          // std::hash<Key>: nobody names a specialization
          if (llvm::isa<clang::ClassTemplateSpecializationDecl>(decl)) acts = true;
          const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl);
          if (variable && variable->hasInit() && !variable->getType()->isDependentType() &&
              !variable->getInit()->isValueDependent() &&
              variable->getInit()->HasSideEffects(context_))
            acts = true;
        }
        if (!acts) continue;
        reach_declaration(i);
        more = true;
      }
      drain();
    }
  }

  bool is_reached(const clang::Decl* decl) {
    const int index = table_.find(decl->getLocation());
    return index >= 0 && table_.all()[index].reached;
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
    crop_.foreign_calls = crop_foreign_calls_;
  }

  const Registry& registry_;
  const BoundSource& bound_;
  const Pass& pass_;
  clang::ASTContext& context_;
  clang::SourceManager& sources_;
  DeclarationTable table_;
  Crop& crop_;
  Diagnostics& diagnostics_;
  CheckMeaning meaning_;
  clang::tooling::stdlib::Recognizer standard_;

  std::deque<std::function<void()>> work_;
  std::set<const void*> seen_;
  std::set<std::pair<const void*, std::string>> seen_methods_;
  std::vector<Method> methods_;
  std::vector<ForeignCall> crop_foreign_calls_;

  Method* method_ = nullptr;  // the method being read; null in other declarations
  const clang::FunctionDecl* function_ = nullptr;
  const clang::ParmVarDecl* self_ = nullptr;
  std::string file_;         // whose text is being read
  std::string helper_name_;  // of the declaration being read
  std::set<const clang::Stmt*> in_block_;
  int several_specializations_ = 0;  // of a generic lambda: one text, read several times
  int silent_ = 0;  // while positive, text is only reached, not edited
};

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
    std::set<FileRange> reached;
    for (const Declaration& declaration : device.table().all())
      if (declaration.reached) reached.insert(declaration.range);
    for (Declaration& declaration : crop.declarations)
      declaration.reached = declaration.reached || reached.count(declaration.range) > 0;
  }
  result.value = std::move(crop);
  return result;
}

}  // namespace combiner
