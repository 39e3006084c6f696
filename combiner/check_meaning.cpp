#include "combiner/check_meaning.h"

#include "clang/AST/DeclCXX.h"
#include "combiner/record_preprocessor.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

/// What authors' files say without including it, or include without its being emitted.
bool is_vocabulary(llvm::StringRef file) {
  return file.ends_with("/coop/artifact.h") || file.ends_with("/coop/service.h") ||
         file.ends_with("/templates/contracts.h") || file.ends_with("/templates/recorded.h");
}

}  // namespace

CheckMeaning::CheckMeaning(const Pass& pass, const BoundSource& bound, Diagnostics& diagnostics)
    : pass_(pass), bound_(bound), diagnostics_(diagnostics) {}

bool CheckMeaning::sees(const std::string& file, const std::string& other) {
  // What was patched (the service, main) sees everything: combine put names there.
  const bool is_patched = bound_.overlays.count(file) && !bound_.expanded.count(file);
  if (file == other || is_patched || is_vocabulary(other)) return true;
  auto [found, fresh] = closures_.try_emplace(file);
  if (fresh) {
    std::vector<std::string> queue = {file};
    while (!queue.empty()) {
      const std::string next = queue.back();
      queue.pop_back();
      const auto includes = pass_.preprocessed().graph.find(next);
      if (includes == pass_.preprocessed().graph.end()) continue;
      for (const std::string& target : includes->second)
        if (pass_.preprocessed().text.count(target) && found->second.insert(target).second)
          queue.push_back(target);
    }
  }
  return found->second.count(other) > 0;
}

void CheckMeaning::name(const clang::NamedDecl* decl, clang::SourceLocation where) {
  if (!decl->getDeclContext()->getRedeclContext()->isFileContext() ||
      !decl->getDeclName().isIdentifier() || decl->isImplicit())
    return;
  if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl))
    if (function->getBuiltinID() != 0) return;
  const clang::SourceManager& sources = pass_.sources();
  where = sources.getSpellingLoc(where);
  const clang::SourceLocation declared = sources.getFileLoc(decl->getLocation());
  if (where.isInvalid() || declared.isInvalid()) return;
  const std::string file = path_of(sources, sources.getFileID(where));
  const std::string other = path_of(sources, sources.getFileID(declared));
  const auto& local = pass_.preprocessed().text;
  if (!local.count(file) || !local.count(other) || sees(file, other)) return;
  // Found through the type of an argument: that is what the author of a template asks for.
  if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl))
    for (const clang::ParmVarDecl* parameter : function->parameters())
      if (const auto* record = parameter->getType().getNonReferenceType()->getAsCXXRecordDecl()) {
        const clang::SourceLocation at = sources.getFileLoc(record->getLocation());
        const std::string of = path_of(sources, sources.getFileID(at));
        if (local.count(of) && !sees(file, of)) return;
      }
  const unsigned length = decl->getName().size();
  const unsigned begin = sources.getFileOffset(where), from = sources.getFileOffset(declared);
  report(decl->getNameAsString(), {file, begin, begin + length}, {other, from, from + length});
}

void CheckMeaning::macros() {
  const auto& graph = pass_.preprocessed().graph;
  auto includes = [&](const std::string& file, const std::string& other) {
    const auto found = graph.find(file);  // a table of X(...), included where X is defined
    return found != graph.end() && found->second.count(other) > 0;
  };
  for (const MacroUse& use : pass_.preprocessed().macros)
    if (use.local && !sees(use.at.file, use.definition.file) &&
        !includes(use.definition.file, use.at.file))
      report(use.name,
             {use.at.file, use.at.begin, use.at.begin + static_cast<unsigned>(use.name.size())},
             {use.definition.file, use.definition.begin,
              use.definition.begin + static_cast<unsigned>(use.name.size())});
}

void CheckMeaning::report(const std::string& name, const FileRange& at, const FileRange& declared) {
  if (!reported_.insert({at.file, name}).second) return;
  Diagnostic d = diagnose(DiagnosticName::meaning_changes, at, name);
  d.notes.push_back({"combined, it would be this one", bound_.original(declared)});
  d.notes.push_back({"if this one is meant, include \"" +
                         llvm::sys::path::filename(declared.file).str() +
                         "\"; if not, rename one of the two",
                     {}});
  diagnostics_.push_back(std::move(d));
}

}  // namespace combiner
