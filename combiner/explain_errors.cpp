#include "combiner/explain_errors.h"

#include <algorithm>
#include <set>

#include "clang/AST/DynamicRecursiveASTVisitor.h"
#include "clang/AST/ExprCXX.h"
#include "clang/AST/StmtCXX.h"
#include "clang/Basic/DiagnosticLex.h"
#include "clang/Basic/DiagnosticSema.h"
#include "clang/Basic/SourceManager.h"
#include "clang/Lex/Lexer.h"
#include "combiner/record_preprocessor.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Regex.h"

namespace combiner {
namespace {

using Visitor = clang::DynamicRecursiveASTVisitor;

/// Names on `self` that nothing answers, found in the author's text before Clang's own recovery:
/// Clang stops at the first in an expression, and suggests nothing.
class FindUnknownNames : public clang::DynamicRecursiveASTVisitor {
 public:
  FindUnknownNames(const Pass& pass, const Registry& registry, const BoundSource& bound)
      : sources_(pass.sources()), registry_(registry), bound_(bound), context_(pass.context()) {}

  Diagnostics run() {
    for (const Registered& artifact : registry_.artifacts)
      if (const auto* record = bound_record(artifact.name)) {
        owner_ = &artifact;
        walk_methods(record);
      }
    owner_ = nullptr;
    if (const auto* record = service_record()) walk_methods(record);
    return std::move(out_);
  }

  bool TraverseRequiresExpr(clang::RequiresExpr*) override { return true; }

  bool TraverseIfStmt(clang::IfStmt* statement) override {
    if (!statement->isConstexpr()) return Visitor::TraverseIfStmt(statement);
    return TraverseStmt(statement->getCond());  // a branch may be there for another target
  }

  bool VisitCXXDependentScopeMemberExpr(clang::CXXDependentScopeMemberExpr* expression) override {
    if (expression->isImplicitAccess()) return true;
    const std::string name = expression->getMember().getAsString();
    const clang::Expr* base = expression->getBase()->IgnoreParenImpCasts();
    if (is_self(base)) {
      check(own_record(), owner_ ? owner_->name : registry_.service.name, name,
            expression->getMemberLoc(), /*on_self=*/true);
    } else if (const auto* inner = llvm::dyn_cast<clang::CXXDependentScopeMemberExpr>(base)) {
      if (inner->isImplicitAccess() || !is_self(inner->getBase()->IgnoreParenImpCasts()))
        return true;
      const std::string peer = inner->getMember().getAsString();
      if (peer != "hooks" && registry_.find(peer) && !owns(peer))
        check(bound_record(peer), peer, name, expression->getMemberLoc(), /*on_self=*/false);
    }
    return true;
  }

 private:
  const clang::CXXRecordDecl* bound_record(const std::string& name) const {
    for (const auto* decl : context_.getTranslationUnitDecl()->decls()) {
      const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(decl);
      if (!space || space->getName() != "coop_bound") continue;
      for (const auto* inner : space->decls())
        if (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(inner))
          if (record->getName() == "bound_" + name && record->isThisDeclarationADefinition())
            return record;
    }
    return nullptr;
  }

  const clang::CXXRecordDecl* service_record() const {
    for (const auto* decl : context_.getTranslationUnitDecl()->decls()) {
      if (const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl))
        if (record->getName() == registry_.service.name && record->isThisDeclarationADefinition())
          return record;
      if (const auto* pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(decl))
        if (pattern->getName() == registry_.service.name)
          for (const auto* record : pattern->specializations())
            if (record->hasDefinition()) return record->getDefinition();
    }
    return nullptr;
  }

  const clang::CXXRecordDecl* own_record() const {
    return owner_ ? bound_record(owner_->name) : service_record();
  }

  bool owns(const std::string& name) const {
    if (!owner_) return false;
    const auto* base = bound_record(owner_->name);
    if (!base || base->getNumBases() == 0) return false;
    const auto* record = base->bases_begin()->getType()->getAsCXXRecordDecl();
    if (!record) return false;
    for (const auto* decl : record->decls())
      if (const auto* named = llvm::dyn_cast<clang::NamedDecl>(decl))
        if (named->getNameAsString() == name) return true;
    return false;
  }

  void walk_methods(const clang::CXXRecordDecl* record) {
    walk_own_methods(record);
    record->forallBases([&](const clang::CXXRecordDecl* base) {
      walk_own_methods(base);
      return true;
    });
  }

  void walk_own_methods(const clang::CXXRecordDecl* record) {
    for (const auto* decl : record->decls()) {
      const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl);
      if (!pattern || pattern->spec_begin() == pattern->spec_end()) continue;
      clang::FunctionDecl* function = pattern->getTemplatedDecl();
      if (const auto* written = pattern->getInstantiatedFromMemberTemplate())
        function = written->getTemplatedDecl();
      if (function->hasBody()) TraverseStmt(function->getBody());
    }
  }

  static bool is_self(const clang::Expr* expression) {
    const auto* reference = llvm::dyn_cast<clang::DeclRefExpr>(expression);
    const auto* parameter =
        reference ? llvm::dyn_cast<clang::ParmVarDecl>(reference->getDecl()) : nullptr;
    return parameter && parameter->isExplicitObjectParameter();
  }

  static bool answers(const clang::CXXRecordDecl* record, const std::string& name) {
    bool found = false;
    auto look = [&](const clang::CXXRecordDecl* in) {
      for (const auto* decl : in->decls())
        if (const auto* named = llvm::dyn_cast<clang::NamedDecl>(decl))
          found = found || named->getNameAsString() == name;
      return true;
    };
    look(record);
    record->forallBases(look);
    return found;
  }

  FileRange range(clang::SourceLocation at, const std::string& name) const {
    at = sources_.getFileLoc(at);
    const std::string path = path_of(sources_, sources_.getFileID(at));
    const unsigned begin = bound_.original({path, sources_.getFileOffset(at), 0}).begin;
    return {path, begin, begin + static_cast<unsigned>(name.size())};
  }

  /// Names that an author could have meant, on `self` or on a peer.
  std::vector<std::string> candidates(const Registered* of, bool on_self) const {
    std::vector<std::string> names;
    if (of) {
      for (const Member& method : of->methods) names.push_back(method.name);
      for (const Member& field : of->configuration) names.push_back(field.name);
    }
    if (on_self)
      for (const Registered& artifact : registry_.artifacts) names.push_back(artifact.name);
    if (on_self) names.insert(names.end(), {"world", "hooks", "device"});
    return names;
  }

  void check(const clang::CXXRecordDecl* record, const std::string& on, const std::string& name,
             clang::SourceLocation at, bool on_self) {
    if (!record || answers(record, name)) return;
    const FileRange where = range(at, name);
    if (!reported_.insert(where).second) return;
    const Registered* of = on_self ? owner_ : registry_.find(on);
    const std::vector<std::string> near = nearest(name, candidates(of, on_self));
    Diagnostic diagnostic =
        !on_self ? diagnose(DiagnosticName::unknown_member, where, on, of->class_name, name)
        : near.size() > 1
            ? diagnose(DiagnosticName::ambiguous_peer, where, name, registry_.service.name)
            : diagnose(DiagnosticName::unregistered_peer, where, name, registry_.service.name);
    for (const std::string& candidate : near) diagnostic.notes.push_back(suggest(candidate, of));
    if (near.empty() && on_self) list_registered(diagnostic, name);
    if (near.empty() && !on_self)
      diagnostic.notes.push_back({"it has " + llvm::join(candidates(of, false), ", "), {}});
    if (!on_self)
      diagnostic.notes.push_back({"'" + on + "' is registered here", of->member.name_range});
    out_.push_back(std::move(diagnostic));
  }

  Note suggest(const std::string& candidate, const Registered* of) const {
    if (const Registered* peer = registry_.find(candidate))
      return {"did you mean '" + candidate + "', registered here?", peer->member.name_range};
    if (of)
      for (const std::vector<Member>* members : {&of->methods, &of->configuration})
        for (const Member& member : *members)
          if (member.name == candidate)
            return {"did you mean '" + candidate + "', declared here?", member.name_range};
    return {"did you mean '" + candidate + "', which is always there?", {}};
  }

  void list_registered(Diagnostic& diagnostic, const std::string& name) const {
    for (const Registered& artifact : registry_.artifacts)
      diagnostic.notes.push_back(
          {"'" + artifact.name + "' is registered here", artifact.member.name_range});
    diagnostic.notes.push_back({"register it in " + registry_.service.name + ": `SomeArtifact " +
                                    name +
                                    ";`; or, if it may be absent, guard the use: "
                                    "`if constexpr (requires { self." +
                                    name + "; })`",
                                {}});
  }

  const clang::SourceManager& sources_;
  const Registry& registry_;
  const BoundSource& bound_;
  clang::ASTContext& context_;
  const Registered* owner_ = nullptr;
  std::set<FileRange> reported_;
  Diagnostics out_;
};

/// Clang's words without our scaffolding: 'coop_bound::bound_kv_cache' is what the author calls
/// kv_cache.
std::string in_the_authors_words(std::string text) {
  static const std::pair<const char*, const char*> kWords[] = {
      {"coop_bound::bound_", ""},
      {"coop_bound::", ""},
      {"candidate function template not viable", "not viable"}};
  for (const auto& [from, to] : kWords)
    for (size_t at; (at = text.find(from)) != std::string::npos;)
      text.replace(at, std::string(from).size(), to);
  return text;
}

/// Clang counts the object, `self`, as the first argument; authors do not.
std::string without_self(const std::string& text, const FileRange& at, const Pass* pass) {
  const auto file = pass ? pass->preprocessed().text.find(at.file)
                         : std::map<std::string, std::string>::const_iterator();
  if (!pass || file == pass->preprocessed().text.end()) return text;
  const llvm::StringRef line =
      llvm::StringRef(file->second).substr(at.begin).take_until([](char c) { return c == '\n'; });
  if (!line.contains("this ")) return text;
  static const std::pair<const char*, const char*> kOneLess[] = {
      {"for 2nd argument", "for 1st argument"}, {"for 3rd argument", "for 2nd argument"},
      {"for 4th argument", "for 3rd argument"}, {"for 5th argument", "for 4th argument"},
      {"for 6th argument", "for 5th argument"}, {"for 7th argument", "for 6th argument"}};
  std::string out = text;
  for (const auto& [from, to] : kOneLess)
    if (const size_t found = out.find(from); found != std::string::npos) {
      out.replace(found, std::string(from).size(), to);
      break;
    }
  return out;
}

bool is_argument_mistake(unsigned id) {
  using namespace clang::diag;
  static const std::set<unsigned> kIds = {
      err_ovl_no_viable_member_function_in_call, err_ovl_no_viable_function_in_call,
      err_typecheck_call_too_few_args,           err_typecheck_call_too_few_args_one,
      err_typecheck_call_too_many_args,          err_typecheck_convert_incompatible};
  return kIds.count(id) > 0;
}

/// Does a hook's call stand on the line of the message?
bool names_hook(const Pass* pass, const ClangMessage& message) {
  const auto file = pass ? pass->preprocessed().text.find(message.path)
                         : std::map<std::string, std::string>::const_iterator();
  if (!pass || file == pass->preprocessed().text.end()) return false;
  const llvm::StringRef text = file->second;
  return text.slice(text.rfind('\n', message.begin) + 1, text.find('\n', message.begin))
      .contains(".hooks.");
}

/// The peer in `self.kv_cache.length(` in front of offset `at`, if that is what stands there.
const Registered* peer_before(const std::string& text, unsigned at, const Registry& registry) {
  llvm::StringRef before = llvm::StringRef(text).substr(0, at);
  if (!before.consume_back(".")) return nullptr;
  size_t start = before.size();
  while (start > 0 && (llvm::isAlnum(before[start - 1]) || before[start - 1] == '_')) --start;
  return registry.find(before.substr(start).str());
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
  if (diagnostic.hasSourceManager() && diagnostic.getLocation().isValid()) {
    const clang::SourceManager& sources = diagnostic.getSourceManager();
    const clang::SourceLocation at = sources.getFileLoc(diagnostic.getLocation());
    message.path = path_of(sources, sources.getFileID(at));
    message.begin = sources.getFileOffset(at);
    message.end =
        message.begin + clang::Lexer::MeasureTokenLength(at, sources, clang::LangOptions());
    message.line = sources.getSpellingLineNumber(at);
  }
  out_.push_back(std::move(message));
}

Diagnostics explain_errors(const std::vector<ClangMessage>& messages, const Pass* pass,
                           const Registry& registry, const BoundSource& bound) {
  if (std::none_of(messages.begin(), messages.end(), [](const auto& m) { return m.is_error; }))
    return {};
  Diagnostics out;
  if (pass) out = FindUnknownNames(*pass, registry, bound).run();
  std::set<std::pair<std::string, unsigned>> seen;
  for (const Diagnostic& diagnostic : out) seen.insert({diagnostic.at.file, diagnostic.at.begin});

  // What is wrong in text that combine wrote is told where the author's text asked for it.
  std::vector<ClangMessage> placed = messages;
  for (size_t i = 0; i < placed.size(); ++i)
    for (size_t j = i + 1; placed[i].is_error && placed[i].path == bound.main_path &&
                           j < placed.size() && placed[j].is_note;
         ++j)
      if (placed[j].path != bound.main_path &&
          placed[j].text.find("requested here") != std::string::npos) {
        placed[i].path = placed[j].path;
        placed[i].begin = placed[j].begin;
        placed[i].end = placed[j].end;
      }

  bool told = false;  // the last error was told, so its notes are as well
  for (const ClangMessage& message : placed) {
    const FileRange at = bound.original({message.path, message.begin, message.end});
    if (message.is_note) {
      const bool useful = message.text.find("in instantiation of") == std::string::npos &&
                          message.text.find("while substituting") == std::string::npos &&
                          message.path != bound.main_path;
      if (told && useful && !out.empty() && out.back().notes.size() < 8)
        out.back().notes.push_back({without_self(in_the_authors_words(message.text),
                                                 {message.path, message.begin, message.end}, pass),
                                    at});
      continue;
    }
    told = seen.insert({at.file, at.begin}).second;
    if (!told) continue;
    static const llvm::Regex kNoMember(
        "^no member named '([^']+)' in '(coop_bound::bound_)?([^']+)'");
    llvm::SmallVector<llvm::StringRef, 4> match;
    const Registered* of = nullptr;
    if (kNoMember.match(message.text, &match)) of = registry.find(match[3].str());
    if (of) {
      out.push_back(
          diagnose(DiagnosticName::unknown_member, at, of->name, of->class_name, match[1].str()));
      std::vector<std::string> names;
      for (const Member& method : of->methods) names.push_back(method.name);
      for (const std::string& near : nearest(match[1].str(), names))
        out.back().notes.push_back({"did you mean '" + near + "'?", {}});
      out.back().notes.push_back({"'" + of->name + "' is registered here", of->member.name_range});
    } else if (is_argument_mistake(message.id)) {
      out.push_back(
          diagnose(DiagnosticName::wrong_argument, at, in_the_authors_words(message.text)));
      const auto text = pass ? pass->preprocessed().text.find(message.path)
                             : std::map<std::string, std::string>::const_iterator();
      if (pass && text != pass->preprocessed().text.end())
        if (const Registered* peer = peer_before(text->second, message.begin, registry))
          out.back().notes.push_back(
              {"'" + peer->name + "' (" + peer->class_name + ") is registered here",
               peer->member.name_range});
    } else if (message.id == clang::diag::err_pp_file_not_found && pass &&
               pass->preprocessed().text.count(message.path)) {
      out.push_back(diagnose(DiagnosticName::include_not_found, at,
                             llvm::StringRef(message.text).split('\'').second.split('\'').first));
      out.back().notes.push_back(
          {"looked beside the file, in the project's folder and its "
           "kernels/<device>, and in Coop's own",
           {}});
    } else if (message.text.find("'void'") != std::string::npos && names_hook(pass, message)) {
      out.push_back(diagnose(DiagnosticName::hook_result_used, at));
    } else {
      out.push_back(diagnose(DiagnosticName::cpp, at, in_the_authors_words(message.text)));
      if (message.text.find("incomplete type 'coop_bound::bound_") != std::string::npos)
        out.back().notes.push_back(
            {"a method that reaches a peer takes `this auto& self` and says "
             "self.<peer>",
             {}});
    }
  }
  return out;
}

}  // namespace combiner
