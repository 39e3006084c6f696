#include "combiner/check_uniform.h"

#include "combiner/rank_flow.h"

namespace combiner {
namespace {

using clang::Expr;
using clang::FunctionDecl;
using clang::Stmt;
using llvm::dyn_cast;
using llvm::isa;

bool is_loop(const Stmt* statement) {
  return isa<clang::ForStmt, clang::WhileStmt, clang::DoStmt, clang::CXXForRangeStmt>(statement);
}

/// How a statement may be left, other than by an exception.
struct Exits {
  bool breaks = false, continues = false, returns = false;
  bool any() const { return breaks || continues || returns; }
};

void find_exits(const Stmt* statement, Exits& exits) {
  if (!statement || isa<Expr>(statement)) return;
  exits.returns |= isa<clang::ReturnStmt>(statement) || isa<clang::GotoStmt>(statement);
  exits.breaks |= isa<clang::BreakStmt>(statement);
  exits.continues |= isa<clang::ContinueStmt>(statement);
  Exits inner;
  for (const Stmt* child : statement->children()) find_exits(child, inner);
  exits.returns |= inner.returns;
  exits.breaks |= inner.breaks && !is_loop(statement) && !isa<clang::SwitchStmt>(statement);
  exits.continues |= inner.continues && !is_loop(statement);
}

class FindGuards {
 public:
  FindGuards(const Registry& registry, const Pass& pass, Diagnostics& diagnostics)
      : pass_(pass), diagnostics_(diagnostics), flow_(registry, pass) {}

  void run() {
    for (bool more = true; more;) {  // whoever calls one that does
      more = false;
      for (const FunctionDecl* function : flow_.functions())
        if (!meets_.count(function))
          if (const clang::CallExpr* meeting = meeting_in(function->getBody()))
            more = meets_.emplace(function, meeting).second;
    }
    for (const FunctionDecl* function : flow_.functions()) {
      function_ = function;
      path_.clear();
      check(function->getBody());
    }
    tell();
  }

 private:
  /// The first call by which a statement reaches a collective: the collective itself.
  const clang::CallExpr* meeting_in(const Stmt* statement) {
    if (!statement || isa<clang::UnaryExprOrTypeTraitExpr>(statement)) return nullptr;
    const FunctionDecl* called = nullptr;
    if (const auto* lambda = dyn_cast<clang::LambdaExpr>(statement))
      called = lambda->getCallOperator();
    else if (const auto* call = dyn_cast<clang::CallExpr>(statement))
      called = call->getDirectCallee();
    if (flow_.is_collective(called)) return llvm::cast<clang::CallExpr>(statement);
    if (const auto found = meets_.find(flow_.body_of(called)); found != meets_.end())
      return found->second;
    if (isa<clang::LambdaExpr>(statement)) return nullptr;
    for (const Stmt* child : statement->children())
      if (const clang::CallExpr* found = meeting_in(child)) return found;
    return nullptr;
  }

  void check(const Stmt* statement) {
    if (!statement || isa<clang::LambdaExpr>(statement)) return;  // a function of its own
    if (const auto* choice = dyn_cast<clang::IfStmt>(statement)) {
      check_guard(choice->getCond(), choice, {choice->getThen(), choice->getElse()});
    } else if (const auto* cases = dyn_cast<clang::SwitchStmt>(statement)) {
      check_guard(cases->getCond(), cases, {cases->getBody()});
    } else if (const auto* counted = dyn_cast<clang::ForStmt>(statement)) {
      check_guard(counted->getCond(), counted,
                  {counted->getCond(), counted->getBody(), counted->getInc()});
    } else if (const auto* loop = dyn_cast<clang::WhileStmt>(statement)) {
      check_guard(loop->getCond(), loop, {loop->getCond(), loop->getBody()});
    } else if (const auto* until = dyn_cast<clang::DoStmt>(statement)) {
      check_guard(until->getCond(), until, {until->getCond(), until->getBody()});
    } else if (const auto* each = dyn_cast<clang::CXXForRangeStmt>(statement)) {
      report(each->getRangeInit(), flow_.cause_of_size(each->getRangeInit(), function_),
             meeting_in(each->getBody()));
    } else if (const auto* chosen = dyn_cast<clang::ConditionalOperator>(statement)) {
      check_guard(chosen->getCond(), chosen, {chosen->getTrueExpr(), chosen->getFalseExpr()});
    } else if (const auto* both = dyn_cast<clang::BinaryOperator>(statement)) {
      if (both->isLogicalOp()) check_guard(both->getLHS(), both, {both->getRHS()});
    }
    path_.push_back(statement);
    for (const Stmt* child : statement->children()) check(child);
    path_.pop_back();
  }

  /// `condition` decides whether `guarded` are run, and, if they leave, what else is.
  void check_guard(const Expr* condition, const Stmt* statement,
                   std::initializer_list<const Stmt*> guarded) {
    if (!condition) return;
    const clang::CallExpr* meeting = nullptr;
    Exits exits;
    for (const Stmt* part : guarded) {
      if (!meeting) meeting = meeting_in(part);
      find_exits(part, exits);
    }
    if (is_loop(statement)) exits.breaks = exits.continues = false;
    if (isa<clang::SwitchStmt>(statement)) exits.breaks = false;
    if (!meeting && exits.any()) meeting = meeting_behind(statement, exits);
    if (meeting) report(condition, flow_.cause(condition, function_), meeting);
  }

  /// A collective that is skipped when `statement`, which stands on path_, is left.
  const clang::CallExpr* meeting_behind(const Stmt* statement, Exits exits) {
    for (auto around = path_.rbegin(); around != path_.rend() && exits.any(); ++around) {
      const clang::CallExpr* found = nullptr;
      bool behind = false;
      if (isa<clang::CompoundStmt>(*around))
        for (const Stmt* child : (*around)->children()) {
          if (behind && !found) found = meeting_in(child);
          behind |= child == statement;
        }
      if (is_loop(*around)) {
        if (exits.breaks || exits.returns) found = meeting_in(*around);
        exits.breaks = exits.continues = false;
      }
      if (isa<clang::SwitchStmt>(*around)) exits.breaks = false;
      if (found) return found;
      statement = *around;
    }
    return nullptr;
  }

  /// The call of an artifact that is made a whole of; else the collective's own name.
  std::string name_of(const clang::CallExpr* meeting) const {
    if (const std::string name = artifact_call(meeting); !name.empty()) return name;
    return meeting->getDirectCallee()->getNameAsString();
  }
  std::string artifact_call(const Stmt* statement) const {
    if (!statement) return "";
    if (const auto* call = dyn_cast<clang::CallExpr>(statement))
      if (const std::string name = flow_.name_of(call); !name.empty()) return name;
    if (const auto* lambda = dyn_cast<clang::LambdaExpr>(statement))
      return artifact_call(lambda->getBody());
    for (const Stmt* child : statement->children())
      if (const std::string name = artifact_call(child); !name.empty()) return name;
    return "";
  }

  void report(const Expr* condition, const RankFlow::Cause* cause, const clang::CallExpr* meeting) {
    if (cause && meeting)
      found_.push_back({range_of(condition->getSourceRange(), pass_), range_of(cause->at, pass_),
                        range_of(meeting->getSourceRange(), pass_), cause->what, name_of(meeting)});
  }

  /// One mistake may show in several conditions: a loop's, and that of the `break` which it depends
  /// on. Told is the one that says what differs, else the first.
  void tell() {
    std::stable_sort(found_.begin(), found_.end(),
                     [](const Found& a, const Found& b) { return a.says_why() && !b.says_why(); });
    std::set<std::pair<FileRange, FileRange>> told;
    for (const Found& one : found_) {
      if (!told.insert({one.cause, one.meeting}).second) continue;
      Diagnostic d = diagnose(DiagnosticName::uneven_collective, one.condition, one.name);
      d.notes.push_back({one.name + " is called here", one.meeting});
      d.notes.push_back({"what differs: " + one.what, one.cause});
      diagnostics_.push_back(std::move(d));
    }
  }

  struct Found {
    FileRange condition, cause, meeting;
    std::string what, name;
    bool says_why() const {
      return cause.file == condition.file && condition.begin <= cause.begin &&
             cause.end <= condition.end;
    }
  };

  const Pass& pass_;
  Diagnostics& diagnostics_;
  RankFlow flow_;
  std::map<const FunctionDecl*, const clang::CallExpr*> meets_;
  std::vector<Found> found_;

  // What is being read.
  const FunctionDecl* function_ = nullptr;
  std::vector<const Stmt*> path_;  // the statements around, the outermost first
};

}  // namespace

Result<bool> check_uniform(const Registry& registry, const Program& program) {
  Result<bool> result{true, {}};
  if (registry.has_world) FindGuards(registry, *program.host, result.diagnostics).run();
  return result;
}

}  // namespace combiner
