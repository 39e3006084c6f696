#include "combiner/find_mutants.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/StmtCXX.h"
#include "combiner/declarations.h"
#include "combiner/edit_text.h"
#include "combiner/guess_type.h"
#include "combiner/mutant_literals.h"
#include "combiner/statement_text.h"
#include "llvm/Support/SaveAndRestore.h"

namespace combiner {
namespace {

using clang::Expr;
using clang::QualType;
using clang::SourceLocation;
using Form = Mutant::Form;
using Visitor = clang::DynamicRecursiveASTVisitor;
using Words = std::map<std::string, std::vector<std::string>>;

const Words kRelational = {{"<", {"<=", ">="}}, {"<=", {"<", ">"}}, {">", {">=", "<="}},
                           {">=", {">", "<"}},  {"==", {"!="}},     {"!=", {"=="}}};
/// What orders has no neighbour: sorting by <= is no order at all.
const Words kOrder = {{"<", {">"}}, {">", {"<"}}, {"<=", {">="}}, {">=", {"<="}}};
const Words kArithmetic = {{"+", {"-"}}, {"-", {"+"}},   {"*", {"/"}},   {"/", {"*"}},
                           {"%", {"/"}}, {"<<", {">>"}}, {">>", {"<<"}}, {"&", {"|"}},
                           {"|", {"&"}}, {"^", {"&"}}};
/// They bind in other ways than what they replace, so that what they join needs parentheses.
const std::set<std::string> kLoose = {"&&", "||", "&", "|"};
const Words kLogical = {{"&&", {"||"}}, {"||", {"&&"}}};
const Words kAssignment = {{"+=", {"-=", "="}},  {"-=", {"+=", "="}}, {"*=", {"/=", "="}},
                           {"/=", {"*=", "="}},  {"%=", {"/=", "="}}, {"&=", {"|=", "="}},
                           {"|=", {"&=", "="}},  {"^=", {"&=", "="}}, {"<<=", {">>=", "="}},
                           {">>=", {"<<=", "="}}};
const Words kExtremes = {{"min", {"max"}},
                         {"max", {"min"}},
                         {"min_element", {"max_element"}},
                         {"max_element", {"min_element"}},
                         {"fmin", {"fmax"}},
                         {"fmax", {"fmin"}},
                         {"lower_bound", {"upper_bound"}},
                         {"upper_bound", {"lower_bound"}}};
/// By how many arguments each takes when nobody says how to compare.
const std::map<std::string, unsigned> kSorts = {
    {"sort", 2}, {"stable_sort", 2}, {"partial_sort", 3}, {"nth_element", 3}};
const std::set<std::string> kOrdering = {
    "sort",        "stable_sort", "partial_sort", "nth_element", "make_heap",
    "push_heap",   "pop_heap",    "min_element",  "max_element", "lower_bound",
    "upper_bound", "min",         "max",          "is_sorted",   "equal_range"};
const std::set<std::string> kSymmetric = {"min", "max", "fmin", "fmax", "swap", "gcd", "lcm"};

/// An operation with two sides, whether it is built in or somebody's function.
struct Operation {
  const Expr* whole;
  const Expr* left;
  const Expr* right;
  SourceLocation at;  // of the operator
};

std::optional<Operation> operation_of(const Expr* expression) {
  expression = expression->IgnoreParenImpCasts();
  if (const auto* built_in = llvm::dyn_cast<clang::BinaryOperator>(expression))
    return Operation{expression, built_in->getLHS(), built_in->getRHS(),
                     built_in->getOperatorLoc()};
  if (const auto* call = llvm::dyn_cast<clang::CXXOperatorCallExpr>(expression);
      call && call->isInfixBinaryOp())
    return Operation{expression, call->getArg(0), call->getArg(1), call->getOperatorLoc()};
  if (const auto* rewritten = llvm::dyn_cast<clang::CXXRewrittenBinaryOperator>(expression))
    return Operation{expression, rewritten->getLHS(), rewritten->getRHS(),
                     rewritten->getOperatorLoc()};
  return std::nullopt;
}

/// Text, to which + adds text.
bool is_text(const Expr* expression) {
  const QualType type = guess_type(expression);
  if (!type.isNull()) {
    const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl();
    return type->isArrayType() || (record && record->getName().starts_with("basic_string"));
  }
  const auto sum = operation_of(expression);
  return sum && (is_text(sum->left) || is_text(sum->right));
}

class FindMutants : public Visitor {
 public:
  explicit FindMutants(const Pass& pass)
      : pass_(pass),
        sources_(pass.sources()),
        text_(sources_.getBufferData(sources_.getMainFileID())) {}

  std::vector<Mutant> run() {
    for (clang::Decl* decl : pass_.context().getTranslationUnitDecl()->noload_decls())
      if (is_mine(decl->getLocation())) TraverseDecl(decl);
    return std::move(mutants_);
  }

  // ---- where nothing, or nothing that a running program could choose, is to be changed ----

  bool TraverseTypeLoc(clang::TypeLoc, bool) override { return true; }
  bool TraverseNestedNameSpecifierLoc(clang::NestedNameSpecifierLoc) override { return true; }
  bool TraverseTemplateArgumentLoc(const clang::TemplateArgumentLoc&) override { return true; }
  bool TraverseAttr(clang::Attr*) override { return true; }
  bool TraverseStaticAssertDecl(clang::StaticAssertDecl*) override { return true; }
  bool TraverseConceptDecl(clang::ConceptDecl*) override { return true; }
  bool TraverseRequiresExpr(clang::RequiresExpr*) override { return true; }
  bool TraverseUnaryExprOrTypeTraitExpr(clang::UnaryExprOrTypeTraitExpr*) override { return true; }
  bool TraverseCXXNoexceptExpr(clang::CXXNoexceptExpr*) override { return true; }
  bool TraverseUserDefinedLiteral(clang::UserDefinedLiteral*) override { return true; }

  bool TraverseCaseStmt(clang::CaseStmt* choice) override {
    return TraverseStmt(choice->getSubStmt());
  }

  bool TraverseDecl(clang::Decl* decl) override {
    if (!decl || llvm::isa<clang::TemplateTypeParmDecl, clang::NonTypeTemplateParmDecl>(decl))
      return true;
    const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl);
    const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl);
    const bool is_constant =
        (variable && variable->isConstexpr()) ||
        (function && function->getConstexprKind() != clang::ConstexprSpecKind::Unspecified) ||
        llvm::isa<clang::EnumConstantDecl>(decl);
    const llvm::SaveAndRestore alone(alone_, alone_ || is_constant);
    const llvm::SaveAndRestore initializes(initializes_, kind_of_initializer(decl));
    return Visitor::TraverseDecl(decl);
  }

  bool TraverseConstructorInitializer(clang::CXXCtorInitializer* initializer) override {
    const llvm::SaveAndRestore<const char*> initializes(initializes_, "initializer");
    return !initializer->isWritten() || Visitor::TraverseConstructorInitializer(initializer);
  }

  bool TraverseIfStmt(clang::IfStmt* statement) override {
    if (!statement->isConstexpr()) return Visitor::TraverseIfStmt(statement);
    {
      const llvm::SaveAndRestore alone(alone_, true);
      if (!TraverseStmt(statement->getCond())) return false;
    }
    return TraverseStmt(statement->getThen()) && TraverseStmt(statement->getElse());
  }

  /// A constant may be narrowed in braces, what is chosen at run time may not.
  bool TraverseImplicitCastExpr(clang::ImplicitCastExpr* cast) override {
    const bool narrows = in_braces_ && cast->getCastKind() != clang::CK_LValueToRValue &&
                         cast->getCastKind() != clang::CK_NoOp;
    const llvm::SaveAndRestore alone(alone_, alone_ || narrows);
    if (cast->getCastKind() == clang::CK_NullToPointer) return true;
    return Visitor::TraverseImplicitCastExpr(cast);
  }

  bool TraverseInitListExpr(clang::InitListExpr* list) override {
    const llvm::SaveAndRestore braces(in_braces_, true);
    return Visitor::TraverseInitListExpr(list);
  }

  bool TraverseLambdaExpr(clang::LambdaExpr* lambda) override {
    const llvm::SaveAndRestore orders(orders_, comparators_.contains(lambda));
    const llvm::SaveAndRestore braces(in_braces_, false);
    return Visitor::TraverseLambdaExpr(lambda);
  }

  // ---- operators ----

  bool VisitBinaryOperator(clang::BinaryOperator* operation) override { return change(operation); }
  bool VisitCXXRewrittenBinaryOperator(clang::CXXRewrittenBinaryOperator* operation) override {
    return change(operation);
  }
  bool VisitCXXOperatorCallExpr(clang::CXXOperatorCallExpr* call) override {
    const bool steps =
        call->getOperator() == clang::OO_PlusPlus || call->getOperator() == clang::OO_MinusMinus;
    if (steps) change_step(call, call->getOperatorLoc());
    if (call->getOperator() == clang::OO_Exclaim && call->getNumArgs() == 1)
      drop_operator(call, call->getArg(0), call->getOperatorLoc(), "condition", Form::kCondition);
    return change(call);
  }

  bool VisitUnaryOperator(clang::UnaryOperator* operation) override {
    const SourceLocation at = operation->getOperatorLoc();
    if (operation->isIncrementDecrementOp()) change_step(operation, at);
    if (operation->getOpcode() == clang::UO_LNot)
      drop_operator(operation, operation->getSubExpr(), at, "condition", Form::kCondition);
    if (operation->getOpcode() == clang::UO_Minus)
      drop_operator(operation, operation->getSubExpr(), at, "arithmetic", Form::kExpression);
    return true;
  }

  // ---- literals ----

  bool VisitIntegerLiteral(clang::IntegerLiteral* literal) override {
    return replace_literal(literal, integers_beside(spelled(literal)));
  }
  bool VisitFloatingLiteral(clang::FloatingLiteral* literal) override {
    return replace_literal(literal, reals_beside(spelled(literal)));
  }
  bool VisitCXXBoolLiteralExpr(clang::CXXBoolLiteralExpr* literal) override {
    return replace_literal(literal, {literal->getValue() ? "false" : "true"}, "boolean");
  }

  // ---- fields ----

  bool VisitMemberExpr(clang::MemberExpr* member) override {
    return replace_field(member, member->getMemberLoc());
  }
  bool VisitCXXDependentScopeMemberExpr(clang::CXXDependentScopeMemberExpr* member) override {
    return replace_field(member, member->getMemberLoc());
  }

  // ---- calls ----

  bool VisitCallExpr(clang::CallExpr* call) override {
    if (llvm::isa<clang::CXXOperatorCallExpr>(call)) return true;
    const auto [name, at] = callee_of(call);
    const std::vector<const Expr*> arguments = arguments_of(call, at);
    if (kOrdering.contains(name))
      for (const Expr* argument : arguments)
        if (const auto* lambda =
                llvm::dyn_cast<clang::LambdaExpr>(argument->IgnoreUnlessSpelledInSource()))
          comparators_.insert(lambda);
    if (const auto extreme = kExtremes.find(name); extreme != kExtremes.end())
      replace_token(call, at, extreme->second, "extreme");
    if (const auto sort = kSorts.find(name); sort != kSorts.end() && !arguments.empty())
      reverse_order(call, arguments, sort->second);
    if (!kSymmetric.contains(name)) swap_arguments(call, arguments, Form::kExpression);
    return true;
  }

  bool VisitCXXConstructExpr(clang::CXXConstructExpr* made) override {
    const bool is_expression = llvm::isa<clang::CXXTemporaryObjectExpr>(made);
    swap_arguments(made, {made->arg_begin(), made->arg_end()},
                   is_expression ? Form::kExpression : Form::kAlone);
    return true;
  }
  bool VisitCXXUnresolvedConstructExpr(clang::CXXUnresolvedConstructExpr* made) override {
    swap_arguments(made, {made->arg_begin(), made->arg_end()}, Form::kExpression);
    return true;
  }

  // ---- statements ----

  bool VisitCompoundStmt(clang::CompoundStmt* block) override {
    for (const clang::Stmt* statement : block->body()) delete_statement(statement);
    return true;
  }
  bool VisitSwitchCase(clang::SwitchCase* choice) override {
    delete_statement(choice->getSubStmt());
    return true;
  }
  bool VisitIfStmt(clang::IfStmt* statement) override {
    delete_statement(statement->getThen());
    delete_statement(statement->getElse());
    if (!statement->isConstexpr() && !statement->getConditionVariable())
      negate(statement->getCond());
    return true;
  }
  bool VisitWhileStmt(clang::WhileStmt* loop) override {
    delete_statement(loop->getBody());
    if (!loop->getConditionVariable()) negate(loop->getCond());
    return true;
  }
  bool VisitDoStmt(clang::DoStmt* loop) override {
    delete_statement(loop->getBody());
    negate(loop->getCond());
    return true;
  }
  bool VisitForStmt(clang::ForStmt* loop) override {
    delete_statement(loop->getBody());
    if (!loop->getCond() || loop->getConditionVariable()) return true;
    negate(loop->getCond());
    move_bounds(loop);
    return true;
  }
  bool VisitCXXForRangeStmt(clang::CXXForRangeStmt* loop) override {
    delete_statement(loop->getBody());
    return true;
  }
  bool VisitConditionalOperator(clang::ConditionalOperator* choice) override {
    negate(choice->getCond());
    return true;
  }

 private:
  // ---- text ----

  /// Written in the main file, outside of a macro: what a macro makes is not for us to change.
  bool is_mine(SourceLocation at) const {
    return at.isFileID() && sources_.isWrittenInMainFile(at);
  }

  std::optional<FileRange> range_of(clang::SourceRange range) const {
    if (!sources_.isWrittenInMainFile(sources_.getFileLoc(range.getBegin()))) return std::nullopt;
    return file_range(clang::CharSourceRange::getTokenRange(range), pass_);
  }

  std::string slice(const FileRange& at) const { return text_.slice(at.begin, at.end).str(); }

  std::string spelled(const Expr* expression) const {
    const auto at = range_of(expression->getSourceRange());
    return at ? slice(*at) : "";
  }

  /// Of a range: nobody adds two of them, or swaps them by mistake.
  bool is_end(clang::SourceRange range) const {
    const auto at = range_of(range);
    const std::string text = at ? slice(*at) : "";
    return llvm::StringRef(text).contains("begin()") || llvm::StringRef(text).contains("end()");
  }

  /// The mutant in which `edits` are made within `at`.
  void add(const FileRange& at, const std::vector<Edit>& edits, const std::string& kind,
           Form form) {
    Mutant mutant;
    mutant.kind = kind;
    mutant.before = slice(at);
    mutant.after = in_one_line(render(text_.str(), at.begin, at.end, edits));
    mutant.begin = at.begin;
    mutant.end = at.end;
    mutant.form = alone_ ? Form::kAlone : form;
    if (!mutant.after.empty() && mutant.after != in_one_line(mutant.before))
      mutants_.push_back(std::move(mutant));
  }

  /// The token at `place` in `whole` becomes each of these words.
  void replace_token(const Expr* whole, SourceLocation place, const std::vector<std::string>& words,
                     const std::string& kind) {
    const auto at = range_of(whole->getSourceRange()), token = range_of(place);
    if (!is_mine(place) || !at || !token) return;
    for (const std::string& word : words) {
      std::vector<Edit> edits = {{token->begin, token->end, word}};
      if (kLoose.contains(word))
        edits.insert(edits.end(), {{at->begin, at->begin, "("}, {at->end, at->end, ")"}});
      add(*at, edits, kind, Form::kExpression);
    }
  }

  // ---- operators ----

  bool change(const Expr* expression) {
    const auto operation = operation_of(expression);
    const auto token = operation ? range_of(operation->at) : std::nullopt;
    if (!token) return true;
    const std::string symbol = slice(*token);
    const auto apply = [&](const Words& words, const std::string& kind) {
      const auto found = words.find(symbol);
      if (found == words.end()) return;
      std::vector<std::string> others = found->second;
      if (kind == "assignment" && is_text(operation->left)) others = {"="};
      replace_token(operation->whole, operation->at, others, kind);
    };
    if (orders_ && kOrder.contains(symbol))
      apply(kOrder, "comparator");
    else
      apply(kRelational, "relational");
    if (!is_text(operation->left) && !is_text(operation->right) &&
        !is_end(operation->right->getSourceRange()))
      apply(kArithmetic, "arithmetic");
    apply(kLogical, "logical");
    apply(kAssignment, "assignment");
    return true;
  }

  /// ++i → --i.
  void change_step(const Expr* step, SourceLocation at) {
    const auto token = range_of(at);
    if (token) replace_token(step, at, {slice(*token) == "++" ? "--" : "++"}, "arithmetic");
  }

  /// !found → found.
  void drop_operator(const Expr* whole, const Expr* operand, SourceLocation token,
                     const std::string& kind, Form form) {
    const auto at = range_of(whole->getSourceRange()), kept = range_of(operand->getSourceRange());
    if (is_mine(token) && at && kept) add(*at, {{at->begin, kept->begin, ""}}, kind, form);
  }

  /// Public data of an artifact is its configuration: a default that users may change.
  static const char* kind_of_initializer(const clang::Decl* decl) {
    const auto* field = llvm::dyn_cast<clang::FieldDecl>(decl);
    if (!field) return nullptr;
    const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(field->getParent());
    return field->getAccess() == clang::AS_public && is_artifact(record) ? "default"
                                                                         : "initializer";
  }

  bool replace_literal(const Expr* literal, const std::vector<std::string>& others,
                       const std::string& kind = "literal") {
    replace_token(literal, literal->getBeginLoc(), others, initializes_ ? initializes_ : kind);
    return true;
  }

  /// A comparison has its negation already, and so has what is negated.
  void negate(const Expr* condition) {
    if (!condition) return;
    const Expr* inner = condition->IgnoreParenImpCasts();
    if (const auto* not_ = llvm::dyn_cast<clang::UnaryOperator>(inner);
        not_ && not_->getOpcode() == clang::UO_LNot)
      return;
    if (llvm::isa<clang::CXXBoolLiteralExpr>(inner)) return;
    if (const auto operation = operation_of(inner)) {
      const auto token = range_of(operation->at);
      if (!token || kRelational.contains(slice(*token))) return;
    }
    const auto at = range_of(condition->getSourceRange());
    if (!at || !is_mine(condition->getBeginLoc())) return;
    add(*at, {{at->begin, at->begin, "!("}, {at->end, at->end, ")"}}, "condition",
        Form::kCondition);
  }

  // ---- fields ----

  /// The next field of the same class and type, the first behind the last; none when it is alone.
  static const clang::FieldDecl* next_of_type(const clang::FieldDecl* field) {
    const clang::FieldDecl* first = nullptr;
    bool behind = false;
    for (const clang::FieldDecl* other : field->getParent()->fields()) {
      if (other == field) {
        behind = true;
        continue;
      }
      if (other->isBitField() || !other->getDeclName() ||
          other->getType().getCanonicalType() != field->getType().getCanonicalType())
        continue;
      if (behind) return other;
      if (!first) first = other;
    }
    return first;
  }

  bool replace_field(const Expr* member, SourceLocation at) {
    const clang::FieldDecl* field = field_of(member);
    if (!field || field->isBitField() || !is_mine(field->getLocation())) return true;
    if (const clang::FieldDecl* other = next_of_type(field))
      replace_token(member, at, {other->getNameAsString()}, "field");
    return true;
  }

  // ---- calls ----

  /// Its name, and where that stands.
  static std::pair<std::string, SourceLocation> callee_of(const clang::CallExpr* call) {
    const Expr* callee = call->getCallee()->IgnoreParenImpCasts();
    if (const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(callee))
      return {reference->getNameInfo().getAsString(), reference->getLocation()};
    if (const auto* overloads = llvm::dyn_cast<clang::OverloadExpr>(callee))
      return {overloads->getName().getAsString(), overloads->getNameLoc()};
    if (const auto* member = llvm::dyn_cast<clang::MemberExpr>(callee))
      return {member->getMemberNameInfo().getAsString(), member->getMemberLoc()};
    if (const auto* member = llvm::dyn_cast<clang::CXXDependentScopeMemberExpr>(callee))
      return {member->getMember().getAsString(), member->getMemberLoc()};
    return {"", callee->getEndLoc()};
  }

  /// Those that are written behind the name: `self` of an explicit object stands in front of it.
  std::vector<const Expr*> arguments_of(const clang::CallExpr* call, SourceLocation name) const {
    std::vector<const Expr*> out;
    for (const Expr* argument : call->arguments())
      if (sources_.isBeforeInTranslationUnit(name, argument->getBeginLoc()))
        out.push_back(argument);
    return out;
  }

  /// Each argument with the next one of its type.
  void swap_arguments(const Expr* call, const std::vector<const Expr*>& arguments, Form form) {
    const auto at = range_of(call->getSourceRange());
    if (!at || !is_mine(call->getBeginLoc())) return;
    const auto type_of = [](const Expr* argument) {
      const QualType type = guess_type(argument->IgnoreUnlessSpelledInSource());
      return type.isNull() ? type : type.getCanonicalType().getUnqualifiedType();
    };
    for (size_t i = 0; i < arguments.size(); ++i) {
      const QualType type = type_of(arguments[i]);
      const auto first = range_of(arguments[i]->getSourceRange());
      if (type.isNull() || !first || is_end(arguments[i]->getSourceRange())) continue;
      for (size_t j = i + 1; j < arguments.size(); ++j) {
        const auto second = range_of(arguments[j]->getSourceRange());
        if (type_of(arguments[j]) != type || !second || second->begin < first->end) continue;
        add(*at,
            {{first->begin, first->end, slice(*second)},
             {second->begin, second->end, slice(*first)}},
            "arguments", form);
        break;
      }
    }
  }

  /// std::sort(a, b) → the same with the largest first, and the other way round.
  void reverse_order(const Expr* call, const std::vector<const Expr*>& arguments, unsigned plain) {
    const auto at = range_of(call->getSourceRange());
    const auto last = range_of(arguments.back()->getSourceRange());
    if (!at || !last || !is_mine(call->getBeginLoc())) return;
    const std::string comparator = slice(*last);
    const llvm::StringRef order = comparator;
    if (order.contains("greater") && !order.contains("["))
      return add_order(*at, *last, "greater", "less");
    if (order.contains("less") && !order.contains("["))
      return add_order(*at, *last, "less", "greater");
    if (arguments.size() != plain) return;
    add(*at, {{last->end, last->end, ", [](const auto& a, const auto& b) { return b < a; }"}},
        "comparator", Form::kExpression);
  }

  void add_order(const FileRange& at, const FileRange& comparator, const std::string& from,
                 const std::string& to) {
    const unsigned begin = comparator.begin + slice(comparator).find(from);
    add(at, {{begin, begin + static_cast<unsigned>(from.size()), to}}, "comparator",
        Form::kExpression);
  }

  // ---- statements ----

  /// An expression, a return without a value, continue, break: nothing else depends on its text.
  void delete_statement(const clang::Stmt* statement) {
    if (!statement || !is_mine(statement->getBeginLoc())) return;
    const auto* returned = llvm::dyn_cast<clang::ReturnStmt>(statement);
    if (!llvm::isa<Expr, clang::ContinueStmt, clang::BreakStmt>(statement) &&
        (!returned || returned->getRetValue()))
      return;
    const unsigned begin = sources_.getFileOffset(statement->getBeginLoc());
    const unsigned end = statement_end(text_, begin);
    add({"", begin, end}, {{begin, end, "{}"}}, "statement", Form::kStatement);
  }

  /// for (int i = first; i < last; ++i) → from first + 1, to last - 1.
  void move_bounds(const clang::ForStmt* loop) {
    const auto condition = operation_of(loop->getCond());
    const auto token = condition ? range_of(condition->at) : std::nullopt;
    if (token && kRelational.contains(slice(*token)))
      shift(condition->right, slice(*token).starts_with(">") ? " + 1" : " - 1");
    const auto* declared = llvm::dyn_cast_or_null<clang::DeclStmt>(loop->getInit());
    const auto* counter = declared && declared->isSingleDecl()
                              ? llvm::dyn_cast<clang::VarDecl>(declared->getSingleDecl())
                              : nullptr;
    if (counter && counter->getInit() && counter->getType()->isArithmeticType())
      shift(counter->getInit(), " + 1");
  }

  void shift(const Expr* bound, const std::string& by) {
    const Expr* inner = bound->IgnoreParenImpCasts();
    const QualType type = guess_type(inner);
    if (llvm::isa<clang::IntegerLiteral, clang::FloatingLiteral>(inner)) return;  // has neighbours
    if (!type.isNull() && !type->isArithmeticType()) return;
    const auto at = range_of(bound->getSourceRange());
    if (!at || !is_mine(bound->getBeginLoc())) return;
    const bool is_simple = !operation_of(inner) && !llvm::isa<clang::ConditionalOperator>(inner);
    add(*at,
        {{at->begin, at->begin, is_simple ? "" : "("},
         {at->end, at->end, (is_simple ? "" : ")") + by}},
        "bound", Form::kExpression);
  }

  const Pass& pass_;
  const clang::SourceManager& sources_;
  const llvm::StringRef text_;
  std::vector<Mutant> mutants_;
  std::set<const clang::LambdaExpr*> comparators_;
  bool alone_ = false;  // a constant: nothing can be chosen there while the program runs
  const char* initializes_ = nullptr;  // a member: what its mutants are called
  bool in_braces_ = false;
  bool orders_ = false;  // in the body of what compares for a sort
};

}  // namespace

std::vector<Mutant> find_mutants(const Pass& pass) { return FindMutants(pass).run(); }

unsigned first_declaration(const Pass& pass) {
  const clang::SourceManager& sources = pass.sources();
  unsigned out = sources.getBufferData(sources.getMainFileID()).size();
  for (const clang::Decl* decl : pass.context().getTranslationUnitDecl()->noload_decls()) {
    const SourceLocation at = sources.getExpansionLoc(decl->getBeginLoc());
    if (!decl->isImplicit() && at.isValid() && sources.isWrittenInMainFile(at))
      out = std::min(out, sources.getFileOffset(at));
  }
  return out;
}

}  // namespace combiner
