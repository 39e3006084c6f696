// What the scale decides about whole statements and operators: the largest part that is constant
// goes, so that nothing tells that there was a choice. Each returns whether it did; then it has
// also read what is kept.
#pragma once

#include "clang/AST/StmtCXX.h"
#include "combiner/fold.h"
#include "combiner/read_calls.h"

namespace combiner {

class FoldStatements : public ReadCalls {
 protected:
  using ReadCalls::ReadCalls;

  bool fold_if(clang::IfStmt* statement) {
    const clang::Expr* condition = condition_of(statement);
    clang::Expr::EvalResult result;
    const bool foldable = method_ && !statement->getInit() && condition &&
                          !condition->isValueDependent() &&
                          (statement->isConstexpr() || mentions_scale(condition)) &&
                          condition->EvaluateAsInt(result, context_);
    if (!foldable) return false;
    const bool value = result.Val.getInt().getBoolValue();
    clang::Stmt* kept = value ? statement->getThen() : statement->getElse();
    const clang::Stmt* gone = value ? statement->getElse() : statement->getThen();
    if (gone) {
      if (const auto range = in_file(whole(gone))) method_->discarded.push_back(*range);
      note_decision(condition, value ? "true" : "false", whole(gone));
    }
    if (!several_specializations_ || mentions_scale(condition))
      keep_only(statement, kept, offset(statement->getBeginLoc()), value);
    if (statement->isConstexpr() && !mentions_scale(condition)) {
      ++silent_;  // another witness may keep it
      read(statement->getCond());
      --silent_;
    }
    if (kept) read(kept);
    return true;
  }

  bool fold_while(clang::WhileStmt* loop) {
    return !loop->getConditionVariable() && is_never(loop->getCond()) &&
           drop_whole(loop, loop->getCond());
  }

  /// `for (int rank = 1; rank < self.world.size(); ++rank)` never runs on a single GPU.
  bool fold_for(clang::ForStmt* loop) {
    if (!method_ || !loop->getCond()) return false;
    const auto* init = llvm::dyn_cast_or_null<clang::DeclStmt>(loop->getInit());
    const auto* variable = init && init->isSingleDecl()
                               ? llvm::dyn_cast<clang::VarDecl>(init->getSingleDecl())
                               : nullptr;
    if (loop->getInit() &&
        (!variable || !variable->hasInit() || variable->getInit()->HasSideEffects(context_)))
      return false;
    if (is_never(loop->getCond())) return drop_whole(loop, loop->getCond());
    const auto* condition = llvm::dyn_cast<clang::BinaryOperator>(loop->getCond());
    if (!condition || !variable || !condition->isComparisonOp()) return false;
    const auto* counter =
        llvm::dyn_cast<clang::DeclRefExpr>(condition->getLHS()->IgnoreParenImpCasts());
    const auto limit = scale_value(condition->getRHS(), context_);
    clang::Expr::EvalResult first;
    if (!limit || !counter || counter->getDecl() != variable ||
        variable->getInit()->isValueDependent() ||
        !variable->getInit()->EvaluateAsInt(first, context_))
      return false;
    const int order = llvm::APSInt::compareValues(first.Val.getInt(), *limit);
    const auto holds = compared(condition->getOpcode(), order);
    return holds && !*holds && drop_whole(loop, condition);
  }

  /// `do { ... } while (self.world.size() > 1);` runs once on a single GPU.
  bool fold_do(clang::DoStmt* loop) {
    if (!is_never(loop->getCond()) || jumps(loop->getBody(), Jump::kBreakOrContinue)) return false;
    keep_only(loop, loop->getBody(), offset(loop->getBeginLoc()), 0);
    read(loop->getBody());
    return true;
  }

  /// `switch (self.world.size())`: the statements behind the label that is chosen.
  bool fold_switch(clang::SwitchStmt* choice) {
    const auto value = method_ && !choice->getInit() && !choice->getConditionVariable()
                           ? scale_value(choice->getCond(), context_)
                           : std::nullopt;
    const auto* body = llvm::dyn_cast<clang::CompoundStmt>(choice->getBody());
    if (!value || !body || !in_block_.count(choice)) return false;
    const auto chosen = chosen_statements(body, *value);
    if (!chosen) return false;
    if (chosen->empty()) return drop_whole(choice, choice->getCond());
    const unsigned decision = offset(choice->getBeginLoc());
    drop(choice->getBeginLoc(), chosen->front()->getBeginLoc(), decision, 0);
    drop(behind_statement(chosen->back()), behind_statement(choice), decision, 0);
    for (clang::Stmt* statement : *chosen) {
      in_block_.insert(statement);
      read(statement);
    }
    return true;
  }

  bool fold_choice(clang::ConditionalOperator* choice) {
    const auto value = method_ ? scale_value(choice->getCond(), context_) : std::nullopt;
    if (!value) return false;
    clang::Expr* kept = value->isZero() ? choice->getFalseExpr() : choice->getTrueExpr();
    if (!has_type_of(kept, choice)) return false;
    const clang::Expr* gone = value->isZero() ? choice->getTrueExpr() : choice->getFalseExpr();
    note_decision(choice->getCond(), value->isZero() ? "false" : "true",
                  clang::CharSourceRange::getTokenRange(gone->getSourceRange()));
    keep_operand(choice, kept);
    read(kept);
    return true;
  }

  /// `true && x` is x, `x / 1` is x, `0 + x` is x, `x % 1` is 0.
  bool fold_operation(clang::BinaryOperator* operation) {
    if (!method_ || without_scale_) return false;
    const auto left = scale_value(operation->getLHS(), context_);
    const auto right = scale_value(operation->getRHS(), context_);
    if (!left && !right) return false;
    auto keep = [&](clang::Expr* kept) {
      if (!has_type_of(kept, operation)) return false;
      keep_operand(operation, kept);
      read(kept);
      return true;
    };
    switch (operation->getOpcode()) {
      case clang::BO_LAnd:
      case clang::BO_LOr:
        return fold_logic(operation, left, right);
      case clang::BO_Mul:
        if (left && left->isOne()) return keep(operation->getRHS());
        return right && right->isOne() && keep(operation->getLHS());
      case clang::BO_Div:
        return right && right->isOne() && keep(operation->getLHS());
      case clang::BO_Rem:
        if (!right || !right->isOne() || operation->getLHS()->HasSideEffects(context_))
          return false;
        fold(operation->getSourceRange(), literal(*right - *right, operation->getType()), 0, 0);
        return true;
      case clang::BO_Add:
        if (left && left->isZero()) return keep(operation->getRHS());
        return right && right->isZero() && keep(operation->getLHS());
      case clang::BO_Sub:
        return right && right->isZero() && keep(operation->getLHS());
      default:
        return false;
    }
  }

  bool without_scale_ = false;  // inside of an expression that mentions no scale

 private:
  using Value = std::optional<llvm::APSInt>;
  enum class Jump { kBreak, kBreakOrContinue };

  /// Of `if (const int more = self.world.rank())` what the variable is initialized with.
  static const clang::Expr* condition_of(const clang::IfStmt* statement) {
    const clang::VarDecl* variable = statement->getConditionVariable();
    if (!variable) return statement->getCond();
    return variable->getType().isConstQualified() ? variable->getInit() : nullptr;
  }

  bool is_never(const clang::Expr* condition) const {
    const Value value = method_ && condition ? scale_value(condition, context_) : std::nullopt;
    return value && value->isZero();
  }

  clang::CharSourceRange whole(const clang::Stmt* statement) const {
    return clang::CharSourceRange::getCharRange(statement->getBeginLoc(),
                                                behind_statement(statement));
  }

  bool drop_whole(const clang::Stmt* statement, const clang::Expr* condition) {
    note_decision(condition, "false", whole(statement));
    keep_only(statement, nullptr, offset(statement->getBeginLoc()), 0);
    return true;
  }

  bool has_type_of(const clang::Expr* kept, const clang::Expr* whole) const {
    return context_.hasSameUnqualifiedType(kept->IgnoreImpCasts()->getType(), whole->getType());
  }

  static std::optional<bool> compared(clang::BinaryOperatorKind opcode, int order) {
    switch (opcode) {
      case clang::BO_LT:
        return order < 0;
      case clang::BO_LE:
        return order <= 0;
      case clang::BO_GT:
        return order > 0;
      case clang::BO_GE:
        return order >= 0;
      case clang::BO_NE:
        return order != 0;
      default:
        return std::nullopt;
    }
  }

  bool fold_logic(clang::BinaryOperator* operation, const Value& left, const Value& right) {
    const bool neutral = operation->getOpcode() == clang::BO_LAnd;
    auto keep = [&](clang::Expr* kept) {  // `1 && n` is true where n is 3
      if (!kept->IgnoreParenImpCasts()->getType()->isBooleanType()) return false;
      keep_operand(operation, kept);
      read(kept);
      return true;
    };
    if (left && left->getBoolValue() == neutral && keep(operation->getRHS())) return true;
    if (right && right->getBoolValue() == neutral && keep(operation->getLHS())) return true;
    const bool decided = (left && left->getBoolValue() != neutral) ||
                         (right && right->getBoolValue() != neutral &&
                          !operation->getLHS()->HasSideEffects(context_));
    if (!decided) return false;
    note_decision(left ? operation->getLHS() : operation->getRHS(), neutral ? "false" : "true",
                  clang::CharSourceRange::getTokenRange(operation->getSourceRange()));
    fold(operation->getSourceRange(), neutral ? "false" : "true", 0, 0);
    return true;
  }

  /// Does it leave the loop or switch around it?
  static bool jumps(const clang::Stmt* statement, Jump jump) {
    if (!statement || llvm::isa<clang::LambdaExpr>(statement)) return false;
    if (llvm::isa<clang::BreakStmt>(statement)) return true;
    if (llvm::isa<clang::ContinueStmt>(statement)) return jump == Jump::kBreakOrContinue;
    if (llvm::isa<clang::ForStmt, clang::WhileStmt, clang::DoStmt, clang::CXXForRangeStmt>(
            statement))
      return false;
    if (llvm::isa<clang::SwitchStmt>(statement) && jump == Jump::kBreak) return false;
    for (const clang::Stmt* child : statement->children())
      if (jumps(child, jump)) return true;
    return false;
  }

  /// Nothing when it cannot be told, or when names would leave their block.
  std::optional<std::vector<clang::Stmt*>> chosen_statements(const clang::CompoundStmt* body,
                                                             const llvm::APSInt& value) const {
    std::vector<clang::Stmt*> out;
    bool found = false, has_default = false;
    for (clang::Stmt* child : body->body()) {
      const bool labelled = llvm::isa<clang::SwitchCase>(child);
      if (labelled && found) return std::nullopt;  // falls through
      while (auto* label = llvm::dyn_cast<clang::SwitchCase>(child)) {
        const auto* with_value = llvm::dyn_cast<clang::CaseStmt>(label);
        has_default = has_default || !with_value;
        if (with_value && with_value->getRHS()) return std::nullopt;  // case 1 ... 3
        if (with_value && llvm::APSInt::compareValues(
                              with_value->getLHS()->EvaluateKnownConstInt(context_), value) == 0)
          found = true;
        child = label->getSubStmt();
      }
      if (!found) continue;
      if (llvm::isa<clang::BreakStmt>(child)) return out;
      if (llvm::isa<clang::DeclStmt>(child) || jumps(child, Jump::kBreak)) return std::nullopt;
      out.push_back(child);
      if (llvm::isa<clang::ReturnStmt>(child)) return out;
    }
    if (!found && has_default) return std::nullopt;
    return out;
  }
};

}  // namespace combiner
