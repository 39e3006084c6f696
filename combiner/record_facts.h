// Places in the text, and the facts that stand there.
#pragma once

#include <algorithm>

#include "clang/AST/QualTypeNames.h"
#include "clang/Lex/Lexer.h"
#include "combiner/denote.h"
#include "combiner/expand_macros.h"
#include "combiner/record_preprocessor.h"
#include "combiner/statement_text.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {

class RecordFacts : public Denote {
 protected:
  RecordFacts(const Registry& registry, const BoundSource& bound, const Pass& pass,
              Diagnostics& diagnostics)
      : Denote(registry, pass),
        bound_(bound),
        context_(pass.context()),
        sources_(pass.sources()),
        diagnostics_(diagnostics) {}

  clang::CharSourceRange at(clang::SourceLocation location) const {
    return clang::CharSourceRange::getCharRange(location, location);
  }

  std::optional<FileRange> in_file(clang::CharSourceRange range) const {
    return file_range(range, pass_);
  }

  unsigned offset(clang::SourceLocation location) const {
    return sources_.getFileOffset(sources_.getFileLoc(location));
  }

  /// The token at `location`, in the text as parsed.
  FileRange raw_place(clang::SourceLocation location) const {
    location = sources_.getFileLoc(location);
    const unsigned begin = sources_.getFileOffset(location);
    return {path_of(sources_, sources_.getFileID(location)), begin,
            begin + clang::Lexer::MeasureTokenLength(location, sources_, pass_.language())};
  }

  /// The same in the author's text, for messages.
  FileRange place(clang::SourceLocation location) const {
    return bound_.original(raw_place(location));
  }

  void report(Diagnostic diagnostic) {
    if (std::find(diagnostics_.begin(), diagnostics_.end(), diagnostic) == diagnostics_.end())
      diagnostics_.push_back(std::move(diagnostic));
  }

  void add(Fact fact, clang::CharSourceRange range) {
    if (!method_ || silent_) return;
    auto where = in_file(range);
    if (!where && fact.kind == Fact::Kind::kUse)
      where = invocation(range.getBegin().isMacroID() ? range.getBegin() : range.getEnd());
    if (!where && (fact.kind == Fact::Kind::kLocal || fact.kind == Fact::Kind::kCaptured)) return;
    if (!where) {
      for (const clang::SourceLocation end : {range.getBegin(), range.getEnd()})
        if (end.isMacroID()) refuse_macro(end, fact.kind);
      return;
    }
    fact.at = *where;
    if (std::find(method_->facts.begin(), method_->facts.end(), fact) == method_->facts.end())
      method_->facts.push_back(std::move(fact));
  }

  /// The outermost invocation of the macro that `location` comes from.
  FileRange invocation(clang::SourceLocation location) const {
    const clang::CharSourceRange range = sources_.getExpansionRange(location);
    FileRange out = raw_place(range.getBegin());
    const auto found = pass_.preprocessed().expansions.find({out.file, out.begin});
    return found == pass_.preprocessed().expansions.end() ? out : found->second.at;
  }

  /// What a macro says is edited where it is written out.
  void refuse_macro(clang::SourceLocation location, Fact::Kind kind) {
    const FileRange whole = invocation(location);
    if (can_expand(whole, pass_.preprocessed(), bound_)) {
      expand_.insert(whole);
      return;
    }
    if (kind == Fact::Kind::kQualify) return;
    const std::string macro =
        clang::Lexer::getImmediateMacroName(location, sources_, pass_.language()).str();
    report(diagnose(DiagnosticName::self_in_macro, place(location), "self", macro));
  }

  void note_decision(const clang::Expr* condition, std::string value,
                     clang::CharSourceRange hidden) {
    const auto where = in_file(clang::CharSourceRange::getTokenRange(condition->getSourceRange()));
    const auto gone = in_file(hidden);
    if (method_ && where && gone) method_->decisions.push_back({*where, std::move(value), *gone});
  }

  void fold(clang::SourceRange range, std::string text, unsigned decision, int outcome) {
    Fact fact{.kind = Fact::Kind::kFold, .text = std::move(text)};
    fact.decision = decision;
    fact.outcome = outcome;
    add(fact, clang::CharSourceRange::getTokenRange(range));
  }

  void drop(clang::SourceLocation begin, clang::SourceLocation end, unsigned decision,
            int outcome) {
    if (begin == end) return;
    Fact fact{.kind = Fact::Kind::kFold};
    fact.decision = decision;
    fact.outcome = outcome;
    add(fact, clang::CharSourceRange::getCharRange(begin, end));
  }

  clang::SourceLocation behind(clang::SourceLocation token) const {
    return clang::Lexer::getLocForEndOfToken(token, 0, sources_, pass_.language());
  }

  /// Behind a statement as it is written, with its `;`. Read from the text, because Clang forgets a
  /// branch that an instantiation discards.
  clang::SourceLocation behind_statement(const clang::Stmt* statement) const {
    const clang::SourceLocation begin = sources_.getFileLoc(statement->getBeginLoc());
    const unsigned at = sources_.getFileOffset(begin);
    const llvm::StringRef text = sources_.getBufferData(sources_.getFileID(begin));
    return begin.getLocWithOffset(static_cast<int>(statement_end(text, at) - at));
  }

  /// Before:  if constexpr (kOne) { a(); } else { b(); }
  /// After:   a();
  void keep_only(const clang::Stmt* statement, const clang::Stmt* kept, unsigned decision,
                 int outcome) {
    const clang::SourceLocation begin = statement->getBeginLoc(), end = behind_statement(statement);
    if (!kept) {
      Fact fact{.kind = Fact::Kind::kFold, .text = in_block_.count(statement) ? "" : "{}"};
      fact.decision = decision;
      fact.outcome = outcome;
      add(fact, clang::CharSourceRange::getCharRange(begin, end));
      return;
    }
    const auto* block = llvm::dyn_cast<clang::CompoundStmt>(kept);
    const bool unwrap =
        block && in_block_.count(statement) && !block->body_empty() && can_unwrap(block);
    if (unwrap) {
      for (const clang::Stmt* child : block->body()) in_block_.insert(child);
      // from behind the brace, so that a comment in front of the first statement stays
      drop(begin, block->getLBracLoc().getLocWithOffset(1), decision, outcome);
      drop(block->getRBracLoc(), end, decision, outcome);
    } else {
      if (in_block_.count(statement)) in_block_.insert(kept);
      drop(begin, kept->getBeginLoc(), decision, outcome);
      drop(behind_statement(kept), end, decision, outcome);
    }
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

  void keep_operand(const clang::Expr* whole, const clang::Expr* kept) {
    drop(whole->getBeginLoc(), kept->getBeginLoc(), 0, 0);
    drop(behind(kept->getEndLoc()), behind(whole->getEndLoc()), 0, 0);
  }

  void refuse_copy(const std::string& instance, clang::SourceLocation where) {
    report(diagnose(DiagnosticName::artifact_copied, place(where),
                    instance.empty() ? registry_.service.name : instance));
  }

  void refuse_helper(clang::SourceLocation where) {
    report(diagnose(DiagnosticName::helper_reaches_peer, place(where), helper_name_));
  }

  clang::PrintingPolicy policy() const {
    clang::PrintingPolicy out(pass_.language());
    out.SuppressTagKeyword = true;
    out.Bool = true;
    return out;
  }

  /// A type as the emission writes it: a bound type is the artifact's own.
  std::string spelled(clang::QualType type) const {
    // A class's own typedef says nothing outside of it: std::vector<int>::reference is int&.
    if (const auto* alias = type.getNonReferenceType()->getAs<clang::TypedefType>())
      if (alias->getDecl()->getDeclContext()->isRecord()) type = type.getCanonicalType();
    std::string text = clang::TypeName::getFullyQualifiedName(type, context_, policy());
    for (const Registered& artifact : registry_.artifacts) {
      const std::string bound = "coop_bound::bound_" + artifact.name;
      for (size_t found; (found = text.find(bound)) != std::string::npos;)
        text.replace(found, bound.size(), artifact.type);
    }
    return text;
  }

  void substitute(const clang::NamedDecl* parameter, clang::SourceLocation name, std::string text) {
    if (!method_ || is_own_parameter(parameter)) return;
    add({.kind = Fact::Kind::kSubstitute, .text = std::move(text)},
        clang::CharSourceRange::getTokenRange(name, name));
  }

  /// A name of the artifact's class needs the class in front of it once the method is outside.
  void qualify(const clang::Decl* decl, clang::SourceLocation where) {
    if (!method_) return;
    const clang::DeclContext* context = decl->getDeclContext();
    while (const auto* enumeration = llvm::dyn_cast<clang::EnumDecl>(context)) {
      if (enumeration->isScoped()) return;
      context = enumeration->getDeclContext();
    }
    const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(context);
    if (!record || record->isLambda() || (!is_artifact(record) && !is_service(record))) return;
    if (llvm::isa<clang::CXXMethodDecl>(decl) &&
        !llvm::cast<clang::CXXMethodDecl>(decl)->isStatic())
      return;
    const std::string name = in_service() || is_service(record) ? registry_.service.name
                                                                : qualifier_of(method_->instance);
    add({.kind = Fact::Kind::kQualify, .text = name + "::"}, at(where));
  }

  const BoundSource& bound_;
  clang::ASTContext& context_;
  clang::SourceManager& sources_;
  Diagnostics& diagnostics_;
  std::set<FileRange> expand_;  // invocations of macros, to be written out before all is read again
  clang::SourceLocation here_;  // of the expression or type that is being read
  std::set<const clang::Stmt*> in_block_;  // statements that stand directly in { }
  int silent_ = 0;                         // while positive, text is only reached, not edited
  int several_specializations_ = 0;        // of a generic lambda: one text, read several times
};

}  // namespace combiner
