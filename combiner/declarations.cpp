#include "combiner/declarations.h"

#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Lex/Lexer.h"
#include "combiner/record_preprocessor.h"
#include "combiner/statement_text.h"

namespace combiner {
namespace {

const clang::CXXRecordDecl* record_of(const clang::Decl* decl) {
  if (const auto* pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(decl))
    return pattern->getTemplatedDecl();
  return llvm::dyn_cast<clang::CXXRecordDecl>(decl);
}

const char* kind_of(const clang::Decl* decl) {
  if (const auto* pattern = llvm::dyn_cast<clang::TemplateDecl>(decl))
    if (pattern->getTemplatedDecl()) decl = pattern->getTemplatedDecl();
  if (llvm::isa<clang::FunctionDecl>(decl)) return "function";
  if (llvm::isa<clang::TypedefNameDecl, clang::NamespaceAliasDecl>(decl)) return "alias";
  if (llvm::isa<clang::TypeDecl>(decl)) return "type";
  if (llvm::isa<clang::ConceptDecl>(decl)) return "concept";
  const auto* variable = llvm::dyn_cast<clang::VarDecl>(decl);
  if (!variable) return "declaration";
  return variable->getType().isConstQualified() || variable->isConstexpr() ? "constant"
                                                                           : "variable";
}

bool is_instantiation(const clang::Decl* decl) {
  if (const auto* function = llvm::dyn_cast<clang::FunctionDecl>(decl))
    return function->isTemplateInstantiation() &&
           function->getTemplateSpecializationKind() == clang::TSK_ImplicitInstantiation;
  if (const auto* record = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(decl))
    return !record->isExplicitSpecialization() &&
           !llvm::isa<clang::ClassTemplatePartialSpecializationDecl>(record) &&
           record->getSpecializationKind() == clang::TSK_ImplicitInstantiation;
  return false;
}

/// Behind the `;` that ends a declaration, which stands behind comments and `#if` as well; 0 when
/// there is none. Of branches that were not taken Clang saw nothing.
unsigned semicolon_behind(llvm::StringRef text, const FileRange& declaration,
                          const Preprocessed& preprocessed) {
  unsigned at = token_behind(text, declaration.end);
  for (const ConditionalBlock& block : preprocessed.conditionals)
    if (block.file == declaration.file)
      for (const FileRange& unseen : block.unseen())
        if (unseen.begin <= at && at < unseen.end) at = token_behind(text, unseen.end);
  return at < text.size() && text[at] == ';' ? at + 1 : 0;
}

}  // namespace

std::optional<FileRange> file_range(clang::CharSourceRange range, const Pass& pass) {
  const auto in_file = clang::Lexer::makeFileCharRange(range, pass.sources(), pass.language());
  if (in_file.isInvalid()) return std::nullopt;
  return FileRange{path_of(pass.sources(), pass.sources().getFileID(in_file.getBegin())),
                   pass.sources().getFileOffset(in_file.getBegin()),
                   pass.sources().getFileOffset(in_file.getEnd())};
}

FileRange range_of(const clang::Decl* decl, const Pass& pass) {
  const clang::SourceManager& sources = pass.sources();
  const auto range = sources.getExpansionRange(decl->getSourceRange());
  FileRange out;
  out.file = path_of(sources, sources.getFileID(range.getBegin()));
  out.begin = sources.getFileOffset(range.getBegin());
  out.end = sources.getFileOffset(range.getEnd());
  if (range.isTokenRange())
    out.end += clang::Lexer::MeasureTokenLength(range.getEnd(), sources, pass.language());
  const llvm::StringRef text = sources.getBufferData(sources.getFileID(range.getBegin()));
  // Attributes in front belong to it: [[maybe_unused]] int helper();
  for (llvm::StringRef before = text.substr(0, out.begin).rtrim(); before.ends_with("]]");
       before = text.substr(0, out.begin).rtrim())
    out.begin = before.rfind("[[");
  if (const unsigned semicolon = semicolon_behind(text, out, pass.preprocessed()))
    out.end = semicolon;
  return out;
}

bool is_artifact(const clang::CXXRecordDecl* record) {
  if (!record) return false;
  if (record->getQualifiedNameAsString() == "coop::Artifact") return true;
  if (!record->hasDefinition()) {
    const auto* special = llvm::dyn_cast<clang::ClassTemplateSpecializationDecl>(record);
    return special && is_artifact(special->getSpecializedTemplate()->getTemplatedDecl());
  }
  for (const clang::CXXBaseSpecifier& base : record->bases()) {
    const clang::CXXRecordDecl* of = base.getType()->getAsCXXRecordDecl();
    if (of && is_artifact(of)) return true;
  }
  // template <class Scorer> struct Every : Scorer, of which an instantiation says what it is.
  const clang::ClassTemplateDecl* pattern = record->getDescribedClassTemplate();
  return pattern && record->hasAnyDependentBases() &&
         llvm::any_of(pattern->specializations(),
                      [](const auto* each) { return each->hasDefinition() && is_artifact(each); });
}

bool is_part_of_state(const clang::CXXMethodDecl* method) {
  return llvm::isa<clang::CXXConstructorDecl, clang::CXXDestructorDecl>(method) ||
         method->isPureVirtual();
}

DeclarationTable::DeclarationTable(const Pass& pass, const Registry& registry)
    : pass_(pass), registry_(registry) {
  add(pass.context().getTranslationUnitDecl(), {});
}

bool DeclarationTable::is_local(clang::SourceLocation at) const {
  at = pass_.sources().getFileLoc(at);
  return at.isValid() &&
         pass_.preprocessed().text.count(path_of(pass_.sources(), pass_.sources().getFileID(at)));
}

int DeclarationTable::find(clang::SourceLocation at) const {
  const clang::SourceManager& sources = pass_.sources();
  at = sources.getFileLoc(at);
  if (at.isInvalid()) return -1;
  const auto file = by_begin_.find(path_of(sources, sources.getFileID(at)));
  if (file == by_begin_.end()) {  // `#include "table.inc"` inside of a declaration
    const clang::SourceLocation from = sources.getIncludeLoc(sources.getFileID(at));
    return from.isValid() && is_local(at) ? find(from) : -1;
  }
  const unsigned offset = sources.getFileOffset(at);
  auto next = file->second.upper_bound(offset);
  while (next != file->second.begin()) {
    const int index = std::prev(next)->second;
    if (offset < declarations_[index].range.end) return index;
    --next;
  }
  return -1;
}

/// <coop/artifact.h> and <coop/service.h> are how authors speak; nothing of them is emitted.
bool DeclarationTable::is_vocabulary(const clang::Decl* decl) const {
  const clang::SourceLocation at = pass_.sources().getFileLoc(decl->getLocation());
  const std::string file = path_of(pass_.sources(), pass_.sources().getFileID(at));
  const llvm::StringRef path = file;
  return path.ends_with("/coop/artifact.h") || path.ends_with("/coop/service.h");
}

void DeclarationTable::add(const clang::DeclContext* context,
                           const std::vector<std::string>& spaces) {
  for (const clang::Decl* decl : context->noload_decls()) {
    if (decl->isImplicit() || !is_local(decl->getLocation()) || is_vocabulary(decl)) continue;
    if (const auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(decl)) {
      add(linkage, spaces);
      continue;
    }
    if (const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(decl)) {
      if (space->getName() == "coop_bound" || space->getName() == "coop") continue;
      std::vector<std::string> inner = spaces;
      inner.push_back(std::string(space->isInline() ? "inline namespace" : "namespace") +
                      (space->isAnonymousNamespace() ? "" : " " + space->getNameAsString()));
      add(space, inner);
      continue;
    }
    if (is_instantiation(decl)) continue;
    const FileRange range = range_of(decl, pass_);
    auto& begins = by_begin_[range.file];
    auto [found, fresh] = begins.emplace(range.begin, declarations_.size());
    if (fresh) {
      declarations_.push_back({});
      declarations_.back().range = range;
      declarations_.back().spaces = spaces;
      declarations_.back().kind = kind_of(decl);
      decls_.emplace_back();
    }
    Declaration& declaration = declarations_[found->second];
    declaration.range.end = std::max(declaration.range.end, range.end);
    if (const auto* named = llvm::dyn_cast<clang::NamedDecl>(decl))
      declaration.names.push_back(named->getNameAsString());
    decls_[found->second].push_back(decl);
    const clang::CXXRecordDecl* record = record_of(decl);
    if (!record || !record->isThisDeclarationADefinition()) continue;
    declaration.is_service = record->getName() == registry_.service.name;
    if (is_artifact(record)) describe_artifact(record, declaration);
  }
}

/// Before:  struct Kv : coop::Artifact {    struct Kv : public coop::Artifact, Mixin {
/// After:   struct Kv {                     struct Kv : Mixin {
FileRange DeclarationTable::base_with_separator(FileRange at) const {
  const llvm::StringRef text = pass_.preprocessed().text.at(at.file);
  const size_t next = text.find_first_not_of(" \t\r\n", at.end);
  if (next != llvm::StringRef::npos && text[next] == ',') {
    at.end = std::min(text.find_first_not_of(" \t\r\n", next + 1), text.size());
    return at;
  }
  at.begin = text.take_front(at.begin).find_last_of(":,");
  at.begin = text.take_front(at.begin).rtrim().size();
  return at;
}

void DeclarationTable::describe_artifact(const clang::CXXRecordDecl* record,
                                         Declaration& declaration) const {
  declaration.is_artifact = true;
  declaration.class_name = record->getNameAsString();
  declaration.is_empty = true;
  for (const clang::CXXBaseSpecifier& base : record->bases()) {
    const clang::CXXRecordDecl* of = base.getType()->getAsCXXRecordDecl();
    if (!of || of->getQualifiedNameAsString() != "coop::Artifact") {
      declaration.is_empty = false;
      continue;
    }
    const auto at = file_range(clang::CharSourceRange::getTokenRange(base.getSourceRange()), pass_);
    if (at) declaration.bases = base_with_separator(*at);
  }
  for (const clang::Decl* member : record->decls()) {
    if (member->isImplicit()) continue;
    Declaration::Part part;
    part.range = range_of(member, pass_);
    if (const auto* named = llvm::dyn_cast<clang::NamedDecl>(member))
      part.name = named->getNameAsString();
    if (const auto* field = llvm::dyn_cast<clang::FieldDecl>(member))
      part.field = field->getNameAsString();
    part.is_access = llvm::isa<clang::AccessSpecDecl>(member);
    const clang::Decl* inner = member;
    if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(member))
      inner = pattern->getTemplatedDecl();
    const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(inner);
    part.is_method = method && !is_part_of_state(method);
    if (!part.is_method && !part.is_access) declaration.is_empty = false;
    declaration.parts.push_back(std::move(part));
  }
}

}  // namespace combiner
