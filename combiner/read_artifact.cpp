#include "combiner/read_artifact.h"

#include "clang/AST/ASTContext.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/Lex/Lexer.h"
#include "combiner/attach_annotations.h"
#include "combiner/clang_arguments.h"
#include "combiner/classify_type.h"
#include "combiner/declarations.h"
#include "combiner/explain_errors.h"
#include "combiner/guess_kind.h"
#include "combiner/lineage.h"
#include "combiner/outline.h"
#include "combiner/read_peer_uses.h"
#include "combiner/read_refusals.h"
#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

/// Reads one artifact's declaration.
class ReadArtifact {
 public:
  ReadArtifact(const Request& request, const SourceTree& sources, const Pass& pass)
      : request_(request), sources_(sources), pass_(pass) {}

  ArtifactFacts read(const clang::CXXRecordDecl* record, Diagnostics& diagnostics) {
    facts_ = {};
    facts_.name = record->getNameAsString();
    facts_.type = "::" + record->getQualifiedNameAsString();
    if (facts_.type.find("::", 2) == std::string::npos) facts_.type = facts_.name;
    if (record->getDescribedClassTemplate()) facts_.type += "<" + arguments_of(record) + ">";
    facts_.path = request_.service;
    facts_.file = sources_.files.at(request_.service).name;
    facts_.at = place(record->getLocation(), facts_.name.size());
    facts_.doc = doc_of(record->getDescribedClassTemplate()
                            ? static_cast<const clang::Decl*>(record->getDescribedClassTemplate())
                            : record);
    if (const std::string obstacle = obstacle_to(record); !obstacle.empty())
      diagnostics.push_back(
          diagnose(DiagnosticName::untestable_artifact, facts_.at, facts_.name, obstacle));
    for (const clang::CXXRecordDecl* base : lineage(record)) {
      const size_t inherited = facts_.methods.size();
      read_members(base);
      drop_hidden(inherited);
    }
    note_contracts(record);
    facts_.takes_test_names = takes_test_names();
    read_peer_uses(record, facts_);
    for (const UnknownCall& one : facts_.unknown_calls) diagnostics.push_back(unknown_call(one));
    const Diagnostics said = attach_annotations(sources_, facts_);
    diagnostics.insert(diagnostics.end(), said.begin(), said.end());
    std::tie(facts_.kind, facts_.kind_reason) = guess_kind(facts_);
    return std::move(facts_);
  }

 private:
  Diagnostic unknown_call(const UnknownCall& call) const {
    Diagnostic out =
        diagnose(DiagnosticName::unknown_member, call.at, "self", facts_.name, call.name);
    const std::vector<std::string> near = nearest(call.name, call.own);
    out.notes.push_back({near.empty() ? "where others derive from it and have one, test those"
                                      : "did you mean '" + near.front() + "'?",
                         {}});
    return out;
  }

  /// What --with says of template parameters, up to the last that it names.
  std::string arguments_of(const clang::CXXRecordDecl* record) const {
    std::vector<std::string> out;
    size_t given = 0;
    for (const clang::NamedDecl* parameter :
         *record->getDescribedClassTemplate()->getTemplateParameters()) {
      const auto with = request_.with.find(parameter->getNameAsString());
      if (with != request_.with.end()) given = out.size() + 1;
      out.push_back(with != request_.with.end() ? with->second : default_of(parameter));
    }
    out.resize(given);
    return llvm::join(out, ", ");
  }

  std::string default_of(const clang::NamedDecl* parameter) const {
    if (const auto* type = llvm::dyn_cast<clang::TemplateTypeParmDecl>(parameter))
      return type->hasDefaultArgument() ? text(type->getDefaultArgument().getSourceRange()) : "";
    if (const auto* value = llvm::dyn_cast<clang::NonTypeTemplateParmDecl>(parameter))
      return value->hasDefaultArgument() ? text(value->getDefaultArgument().getSourceRange()) : "";
    return "";
  }

  static bool has_default(const clang::NamedDecl* parameter) {
    if (parameter->isTemplateParameterPack()) return true;
    if (const auto* type = llvm::dyn_cast<clang::TemplateTypeParmDecl>(parameter))
      return type->hasDefaultArgument();
    if (const auto* value = llvm::dyn_cast<clang::NonTypeTemplateParmDecl>(parameter))
      return value->hasDefaultArgument();
    return llvm::cast<clang::TemplateTemplateParmDecl>(parameter)->hasDefaultArgument();
  }

  /// Why nothing can derive from it, or make one; empty when that is possible.
  std::string obstacle_to(const clang::CXXRecordDecl* record) const {
    if (const auto* pattern = record->getDescribedClassTemplate())
      for (const clang::NamedDecl* parameter : *pattern->getTemplateParameters())
        if (!has_default(parameter) && !request_.with.count(parameter->getNameAsString()))
          return "its template parameter " + parameter->getNameAsString() +
                 " has no default; say " + "which it is to be: --with " +
                 parameter->getNameAsString() + "=...";
    for (const clang::CXXBaseSpecifier& base : record->bases())
      if (const auto* parameter = base.getType()->getAs<clang::TemplateTypeParmType>();
          parameter && request_.with.count(parameter->getDecl()->getNameAsString()))
        return "it derives from its template parameter " + parameter->getDecl()->getNameAsString() +
               ", and is tested with what that is by default; leave out --with";
    if (record->isEffectivelyFinal()) return "it is final, and a test derives from it";
    bool makes_itself = !record->hasUserDeclaredConstructor();
    for (const clang::CXXConstructorDecl* constructor : record->ctors())
      makes_itself |= constructor->isDefaultConstructor() && !constructor->isDeleted() &&
                      constructor->getAccess() != clang::AS_private;
    if (!makes_itself) return "it has no constructor without arguments, as a service needs it";
    if (const auto* destructor = record->getDestructor();
        destructor && destructor->getAccess() == clang::AS_private)
      return "its destructor is private";
    return "";
  }

  void read_members(const clang::CXXRecordDecl* record) {
    for (const clang::Decl* decl : record->decls()) {
      if (decl->isImplicit() || decl->getAccess() != clang::AS_public) continue;
      if (const auto* field = llvm::dyn_cast<clang::FieldDecl>(decl)) read_field(field);
      if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl))
        read_method(pattern->getTemplatedDecl(), pattern);
      else if (const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(decl))
        read_method(method, nullptr);
    }
  }

  /// A method of a class hides those of its name that its bases have.
  void drop_hidden(size_t inherited) {
    auto& methods = facts_.methods;
    const auto own = methods.begin() + static_cast<std::ptrdiff_t>(inherited);
    const auto hidden = [&](const MethodFacts& method) {
      return std::any_of(own, methods.end(),
                         [&](const MethodFacts& one) { return one.name == method.name; });
    };
    std::vector<MethodFacts> kept;
    for (size_t i = 0; i < methods.size(); ++i)
      if (i >= inherited || !hidden(methods[i])) kept.push_back(methods[i]);
    methods = std::move(kept);
  }

  void read_field(const clang::FieldDecl* field) {
    const std::string name = field->getNameAsString();
    if (name.empty()) return;
    const clang::QualType type = field->getType();
    if (type.isConstQualified() || type->isReferenceType() || field->isBitField())
      return skip(name, type->isReferenceType() ? "it is a reference"
                        : field->isBitField()   ? "it is a bit-field, which nothing can point to"
                                                : "it is const");
    const clang::Expr* value = field->getInClassInitializer();
    facts_.fields.push_back({field->getNameAsString(), classify_type(field->getType()),
                             value ? text(value->getSourceRange()) : "", doc_of(field),
                             place(field->getLocation(), field->getName().size())});
  }

  void read_method(const clang::FunctionDecl* function,
                   const clang::FunctionTemplateDecl* pattern) {
    const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(function);
    if (!method || function->isDeleted() ||
        llvm::isa<clang::CXXConstructorDecl, clang::CXXDestructorDecl>(function))
      return;
    const std::string name = function->getNameAsString();
    if (name == "broken_invariant") return;  // what COOP_INVARIANT makes
    const bool takes_self = function->hasCXXExplicitFunctionObjectParameter();
    if (function->isOverloadedOperator() || llvm::isa<clang::CXXConversionDecl>(function))
      return skip(name, "it is an operator");
    if (pattern && (pattern->getTemplateParameters()->size() != (takes_self ? 1u : 0u) ||
                    !is_self_alone(function, takes_self)))
      return skip(name, "it is a template beyond self: nobody says for which types");
    if (function->isVariadic()) return skip(name, "it takes any number of arguments");
    MethodFacts out;
    out.name = name;
    out.result = classify_type(function->getReturnType());
    out.doc = doc_of(pattern ? static_cast<const clang::Decl*>(pattern) : function);
    out.at = place(function->getLocation(), name.size());
    out.takes_self = takes_self;
    out.is_static = method->isStatic();
    out.is_const =
        takes_self ? function->getParamDecl(0)->getType().getNonReferenceType().isConstQualified()
                   : method->isConst();
    for (const clang::ParmVarDecl* parameter : function->parameters())
      if (!parameter->isExplicitObjectParameter()) read_parameter(parameter, out);
    out.refusals = read_refusals(function);
    facts_.methods.push_back(std::move(out));
  }

  /// The one template parameter is the type of self.
  static bool is_self_alone(const clang::FunctionDecl* function, bool takes_self) {
    return !takes_self ||
           function->getParamDecl(0)->getType().getNonReferenceType()->isTemplateTypeParmType() ||
           function->getParamDecl(0)->getType()->getContainedAutoType();
  }

  void read_parameter(const clang::ParmVarDecl* parameter, MethodFacts& method) const {
    ParameterFacts out{parameter->getNameAsString(), classify_type(parameter->getType())};
    out.at = place(parameter->getLocation(), out.name.size());
    if (parameter->hasDefaultArg()) out.default_value = text(parameter->getDefaultArgRange());
    const ValueKind before =
        method.parameters.empty() ? ValueKind::kNothing : method.parameters.back().type.kind;
    const bool behind_array = before == ValueKind::kPointer || before == ValueKind::kBuffer;
    out.is_count = behind_array && out.type.kind == ValueKind::kInteger;
    method.parameters.push_back(std::move(out));
  }

  void skip(const std::string& name, const std::string& reason) {
    facts_.untested.push_back({name, reason});
  }

  /// The comment at a declaration, without slashes.
  std::string doc_of(const clang::Decl* decl) const {
    const FileRange at = range_of(decl, pass_);
    const auto file = sources_.files.find(at.file);
    return file == sources_.files.end() ? "" : doc_comment(file->second.text, at.begin, at.end);
  }

  FileRange place(clang::SourceLocation at, size_t size) const {
    const clang::SourceManager& manager = pass_.sources();
    at = manager.getFileLoc(at);
    const unsigned begin = manager.getFileOffset(at);
    return {manager.getFilename(at).str(), begin, begin + static_cast<unsigned>(size)};
  }

  /// The names of testing/ that a derived file says, as far as they are likely elsewhere.
  bool takes_test_names() const {
    const clang::DeclContext* globals = pass_.context().getTranslationUnitDecl();
    for (const char* name : {"Subject", "Description", "Scenario", "Step", "Argument", "Parameter",
                             "Given", "Role", "Anything", "FakePeer", "KvList", "reals"})
      if (name != facts_.name && !globals->lookup(&pass_.context().Idents.get(name)).empty())
        return true;
    return false;
  }

  void note_contracts(const clang::CXXRecordDecl* record) {
    const auto says = [](const std::string& text, const char* macro) {
      return text.find(std::string(macro) + "(") != std::string::npos;
    };
    for (const clang::CXXRecordDecl* base : lineage(record)) {
      const std::string source = text(base->getSourceRange());
      facts_.has_promises |= says(source, "COOP_ENSURES") || says(source, "COOP_INVARIANT");
    }
    for (const auto& [path, file] : sources_.files)
      if (!llvm::StringRef(path).ends_with("/coop/artifact.h"))
        facts_.has_contracts |= says(file.text, "COOP_EXPECTS") || says(file.text, "COOP_ENSURES");
    facts_.has_contracts |= facts_.has_promises;
  }

  std::string text(clang::SourceRange range) const {
    return clang::Lexer::getSourceText(clang::CharSourceRange::getTokenRange(range),
                                       pass_.sources(), pass_.language())
        .str();
  }

  const Request& request_;
  const SourceTree& sources_;
  const Pass& pass_;
  ArtifactFacts facts_;
};

/// Artifacts that the header itself defines, in order; in namespaces too.
void find_artifacts(const clang::DeclContext* context, const Pass& pass, const std::string& file,
                    std::vector<const clang::CXXRecordDecl*>& out) {
  for (const clang::Decl* decl : context->decls()) {
    if (const auto* space = llvm::dyn_cast<clang::NamespaceDecl>(decl)) {
      find_artifacts(space, pass, file, out);
      continue;
    }
    if (const auto* linkage = llvm::dyn_cast<clang::LinkageSpecDecl>(decl))
      find_artifacts(linkage, pass, file, out);
    if (const auto* pattern = llvm::dyn_cast<clang::ClassTemplateDecl>(decl))
      decl = pattern->getTemplatedDecl();
    const auto* record = llvm::dyn_cast<clang::CXXRecordDecl>(decl);
    if (!record || !record->isThisDeclarationADefinition() ||
        llvm::isa<clang::ClassTemplateSpecializationDecl>(record))
      continue;
    const auto at = pass.sources().getFileLoc(record->getLocation());
    if (pass.sources().getFilename(at) == file && derives_from_artifact(record))
      out.push_back(record);
  }
}

bool declares_service(const SourceFile& file) {
  return llvm::any_of(outline(file, {}).structs, [](const StructOutline& declared) {
    return llvm::is_contained(declared.bases, "coop::Service");
  });
}

Diagnostic nothing_to_test(const SourceFile& in, const std::string& name,
                           const std::vector<std::string>& names) {
  const std::string& file = in.name;
  if (name.empty()) {
    Diagnostic out = diagnose(DiagnosticName::no_artifact, {}, file);
    if (declares_service(in))
      out.notes.push_back({"it declares a service: combine test --ranks " + file +
                               " -- ARGUMENTS tests it on several ranks",
                           {}});
    return out;
  }
  Diagnostic out = diagnose(DiagnosticName::unknown_artifact, {}, file, name);
  const std::vector<std::string> near = nearest(name, names);
  out.notes.push_back({near.empty() ? "it declares " + llvm::join(names, ", ")
                                    : "did you mean '" + near.front() + "'?",
                       {}});
  return out;
}

}  // namespace

Result<std::vector<ArtifactFacts>> read_artifacts(const Request& request, const SourceTree& sources,
                                                  const std::string& name, Files files) {
  Result<std::vector<ArtifactFacts>> result;
  const std::string main = request.service + ".facts.cpp";
  std::set<std::string> local = {main};
  for (const auto& [path, file] : sources.files) local.insert(path);
  const Parsed parsed =
      parse({clang_arguments(request, sources, Side::kHost, "c++23", main),
             with_texts(files, {{main, "#include \"" + request.service + "\"\n"}}),
             local,
             {}});
  result.diagnostics =
      explain_errors(parsed.messages, parsed.pass.get(), Registry(), BoundSource());
  if (parsed.failed) return result;
  std::vector<const clang::CXXRecordDecl*> found;
  find_artifacts(parsed.pass->context().getTranslationUnitDecl(), *parsed.pass, request.service,
                 found);
  result.value.emplace();
  std::vector<std::string> names;
  ReadArtifact reader(request, sources, *parsed.pass);
  for (const clang::CXXRecordDecl* record : found) {
    names.push_back(record->getNameAsString());
    if (name.empty() || name == names.back())
      result.value->push_back(reader.read(record, result.diagnostics));
  }
  if (result.value->empty())
    result.diagnostics.push_back(
        nothing_to_test(sources.files.at(request.service), names.empty() ? "" : name, names));
  return result;
}

}  // namespace combiner
