#include "combiner/collect_messages.h"

#include <set>

#include "clang/AST/DeclCXX.h"
#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "combiner/record_preprocessor.h"

namespace combiner {
namespace {

void collect_names(const clang::CXXRecordDecl* record, std::set<std::string>& out) {
  for (const clang::Decl* decl : record->decls())
    if (const auto* named = llvm::dyn_cast<clang::NamedDecl>(decl);
        named && named->getDeclName().isIdentifier() && named->getIdentifier())
      out.insert(named->getNameAsString());
}

/// Of "no member named 'x' in 'C'": the names that C has.
std::vector<std::string> members_of(const clang::Diagnostic& diagnostic) {
  if (diagnostic.getID() != clang::diag::err_no_member) return {};
  std::set<std::string> names;
  for (unsigned i = 0; i < diagnostic.getNumArgs(); ++i) {
    if (diagnostic.getArgKind(i) != clang::DiagnosticsEngine::ak_declcontext) continue;
    const auto* context = reinterpret_cast<const clang::DeclContext*>(diagnostic.getRawArg(i));
    const auto* record = llvm::dyn_cast_or_null<clang::CXXRecordDecl>(context);
    if (!record || !record->hasDefinition()) continue;
    collect_names(record, names);
    record->forallBases([&](const clang::CXXRecordDecl* base) {
      collect_names(base, names);
      return true;
    });
  }
  return {names.begin(), names.end()};
}

std::vector<ClangMessage::Change> changes_of(const clang::Diagnostic& diagnostic) {
  std::vector<ClangMessage::Change> out;
  const clang::SourceManager& sources = diagnostic.getSourceManager();
  for (const clang::FixItHint& hint : diagnostic.getFixItHints()) {
    const clang::CharSourceRange range = hint.RemoveRange;
    if (range.isInvalid() || range.getBegin().isMacroID() || range.getEnd().isMacroID() ||
        hint.InsertFromRange.isValid())
      return {};
    unsigned end = sources.getFileOffset(range.getEnd());
    if (range.isTokenRange())
      end += clang::Lexer::MeasureTokenLength(range.getEnd(), sources, clang::LangOptions());
    out.push_back({path_of(sources, sources.getFileID(range.getBegin())),
                   sources.getFileOffset(range.getBegin()), end, hint.CodeToInsert});
  }
  return out;
}

}  // namespace

void CollectMessages::HandleDiagnostic(clang::DiagnosticsEngine::Level level,
                                       const clang::Diagnostic& diagnostic) {
  DiagnosticConsumer::HandleDiagnostic(level, diagnostic);
  if (level == clang::DiagnosticsEngine::Warning || level == clang::DiagnosticsEngine::Remark ||
      level == clang::DiagnosticsEngine::Ignored)
    return;
  llvm::SmallString<256> text;
  diagnostic.FormatDiagnostic(text);
  ClangMessage message;
  message.is_note = level == clang::DiagnosticsEngine::Note;
  message.is_error = !message.is_note;
  message.id = diagnostic.getID();
  message.text = text.str().str();
  message.members = members_of(diagnostic);
  if (diagnostic.hasSourceManager() && diagnostic.getLocation().isValid()) {
    const clang::SourceManager& sources = diagnostic.getSourceManager();
    const clang::SourceLocation at = sources.getFileLoc(diagnostic.getLocation());
    message.path = path_of(sources, sources.getFileID(at));
    message.begin = sources.getFileOffset(at);
    message.end =
        message.begin + clang::Lexer::MeasureTokenLength(at, sources, clang::LangOptions());
    message.line = sources.getSpellingLineNumber(at);
    message.changes = changes_of(diagnostic);
    const clang::SourceLocation spelled = sources.getSpellingLoc(diagnostic.getLocation());
    if (message.is_error && spelled.isFileID() && spelled != at) {
      message.spelled_path = path_of(sources, sources.getFileID(spelled));
      message.spelled_begin = sources.getFileOffset(spelled);
      message.spelled_end = message.spelled_begin + clang::Lexer::MeasureTokenLength(
                                                        spelled, sources, clang::LangOptions());
    }
  }
  out_.push_back(std::move(message));
}

}  // namespace combiner
