#include "combiner/find_contracts.h"

#include "clang/AST/ExprCXX.h"
#include "combiner/edit_text.h"
#include "combiner/outline.h"
#include "combiner/statement_text.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

/// Without a trace where it is a statement or a member among others; else it leaves an empty one.
Contract contract_at(const FileRange& invocation, const std::string& text) {
  const unsigned semicolon = token_behind(text, invocation.end);
  const bool ended = semicolon < text.size() && text[semicolon] == ';';
  const unsigned end = ended ? semicolon + 1 : invocation.end;
  const unsigned before = token_before(text, invocation.begin);
  const bool among_others =
      before < text.size() && llvm::StringRef("{};").contains(text[before]) && ended;
  if (!among_others) return {invocation, {invocation.file, invocation.begin, end}, "{}"};
  const Edit edit = whole_line(text, invocation.begin, with_trailing_comment(text, end));
  return {invocation, {invocation.file, edit.begin, edit.end}, ""};
}

/// A comment above contracts alone, with an empty line or the end of the block behind them, is
/// about them: it goes as well.
void drop_comments_above(const Preprocessed& preprocessed, std::vector<Contract>& contracts) {
  for (size_t first = 0, last = 0; first < contracts.size(); first = ++last) {
    while (last + 1 < contracts.size() && contracts[last + 1].at.file == contracts[first].at.file &&
           contracts[last + 1].at.begin == contracts[last].at.end)
      ++last;
    FileRange& at = contracts[first].at;
    const std::string& text = preprocessed.text.at(at.file);
    const llvm::StringRef behind = llvm::StringRef(text).substr(contracts[last].at.end);
    const bool ends = behind.ltrim(" ").starts_with("\n") || behind.ltrim().starts_with("}");
    const bool is_line = at.begin > 0 && text[at.begin - 1] == '\n';
    if (ends && is_line) at.begin = doc_begin(text, at.begin);
  }
}

}  // namespace

bool is_contract(const std::string& macro) {
  return macro == "COOP_EXPECTS" || macro == "COOP_ENSURES" || macro == "COOP_INVARIANT";
}

const clang::Expr* find_effect(const clang::Stmt* contract) {
  if (!contract || llvm::isa<clang::LambdaExpr>(contract)) return nullptr;
  const auto* unary = llvm::dyn_cast<clang::UnaryOperator>(contract);
  const auto* binary = llvm::dyn_cast<clang::BinaryOperator>(contract);
  const auto* overloaded = llvm::dyn_cast<clang::CXXOperatorCallExpr>(contract);
  const bool changes =
      (unary && unary->isIncrementDecrementOp()) || (binary && binary->isAssignmentOp()) ||
      (overloaded &&
       (overloaded->isAssignmentOp() || overloaded->getOperator() == clang::OO_PlusPlus ||
        overloaded->getOperator() == clang::OO_MinusMinus)) ||
      llvm::isa<clang::CXXNewExpr, clang::CXXDeleteExpr, clang::CXXThrowExpr>(contract);
  if (changes) return llvm::cast<clang::Expr>(contract);
  for (const clang::Stmt* child : contract->children())
    if (const clang::Expr* effect = find_effect(child)) return effect;
  return nullptr;
}

bool is_check_of_contract(const clang::CallExpr* call) {
  const clang::FunctionDecl* callee = call->getDirectCallee();
  return callee && callee->getDeclName().isIdentifier() && callee->getName() == "check_contract";
}

std::vector<Contract> find_contracts(const Preprocessed& preprocessed) {
  std::vector<Contract> out;
  for (const auto& [key, expansion] : preprocessed.expansions) {
    const std::string& text = preprocessed.text.at(expansion.at.file);
    const llvm::StringRef macro =
        llvm::StringRef(text).substr(expansion.at.begin).take_while([](char c) {
          return llvm::isAlnum(c) || c == '_';
        });
    if (is_contract(macro.str())) out.push_back(contract_at(expansion.at, text));
  }
  drop_comments_above(preprocessed, out);
  return out;
}

}  // namespace combiner
