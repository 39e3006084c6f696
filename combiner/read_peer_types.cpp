#include "combiner/read_peer_types.h"

#include <algorithm>

#include "clang/AST/DeclCXX.h"
#include "clang/AST/DeclTemplate.h"
#include "clang/AST/QualTypeNames.h"
#include "combiner/clang_arguments.h"
#include "combiner/explain_errors.h"
#include "combiner/lineage.h"
#include "combiner/read_registry.h"
#include "combiner/read_sources.h"

namespace combiner {
namespace {

/// What a probe calls the type of a peer.
std::string alias_of(const std::string& peer) { return "coop_type_of_" + peer; }

/// Headers that declare the peers, and a name for the type of each.
std::string probe_for(const std::vector<const Registered*>& peers) {
  std::string includes, aliases;
  for (const Registered* peer : peers) {
    includes += "#include \"" + peer->class_file + "\"\n";
    aliases += "using " + alias_of(peer->name) + " = " + peer->type + ";\n" +
               "static_assert(sizeof(" + alias_of(peer->name) + ") > 0);\n";
  }
  return includes + aliases;
}

/// A test makes such a value, if only as what a reference refers to.
bool can_be_made(clang::QualType type) {
  type = type.getNonReferenceType();
  if (type->isPointerType()) type = type->getPointeeType();
  if (type->isVoidType() || type->isScalarType()) return !type->isPointerType();
  const clang::CXXRecordDecl* record = type->getAsCXXRecordDecl();
  return record && record->hasDefinition() && !record->isAbstract() &&
         record->hasDefaultConstructor();
}

class ReadTypes {
 public:
  explicit ReadTypes(const Pass& pass) : context_(pass.context()) {
    for (const clang::Decl* decl : context_.getTranslationUnitDecl()->decls())
      if (const auto* alias = llvm::dyn_cast<clang::TypeAliasDecl>(decl))
        classes_[alias->getNameAsString()] = alias->getUnderlyingType()->getAsCXXRecordDecl();
  }

  void read(PeerFacts& peer) const {
    const auto found = classes_.find(alias_of(peer.name));
    if (found == classes_.end() || !found->second) return;
    for (PeerMember& member : peer.members)
      for (const clang::CXXRecordDecl* base : lineage(found->second))
        for (const clang::Decl* decl : base->decls())
          if (decl->getAccess() == clang::AS_public) read(decl, member);
  }

 private:
  /// Of overloads, the last that takes so many arguments: those of a derived class come last.
  void read(const clang::Decl* decl, PeerMember& member) const {
    if (const auto* pattern = llvm::dyn_cast<clang::FunctionTemplateDecl>(decl))
      decl = pattern->getTemplatedDecl();
    const auto* named = llvm::dyn_cast<clang::NamedDecl>(decl);
    if (!named || named->getNameAsString() != member.name) return;
    if (const auto* field = llvm::dyn_cast<clang::FieldDecl>(decl); field && !member.is_call)
      note(field->getType().getNonReferenceType().getUnqualifiedType(), member);
    const auto* method = llvm::dyn_cast<clang::CXXMethodDecl>(decl);
    if (method && member.is_call && takes(method, member.arguments))
      note(method->getReturnType(), member);
  }

  static bool takes(const clang::CXXMethodDecl* method, const std::vector<unsigned>& counts) {
    const unsigned self = method->hasCXXExplicitFunctionObjectParameter();
    const unsigned least = method->getMinRequiredArguments() - self;
    return std::all_of(counts.begin(), counts.end(), [&](unsigned count) {
      return least <= count && count <= method->getNumParams() - self;
    });
  }

  void note(clang::QualType type, PeerMember& member) const {
    if (type->isDependentType() || type->getContainedAutoType() || !can_be_made(type)) return;
    member.declared =
        clang::TypeName::getFullyQualifiedName(type, context_, context_.getPrintingPolicy());
  }

  clang::ASTContext& context_;
  std::map<std::string, const clang::CXXRecordDecl*> classes_;
};

Diagnostic not_registered(const std::string& peer, const Registry& registry,
                          const ArtifactFacts& facts) {
  Diagnostic out =
      diagnose(DiagnosticName::unregistered_peer, facts.at, peer, registry.service.name);
  std::vector<std::string> names;
  for (const Registered& one : registry.artifacts) names.push_back(one.name);
  for (const std::string& near : nearest(peer, names))
    out.notes.push_back({"did you mean '" + near + "'?", {}});
  return out;
}

/// The peers that the service registers; what it lacks, and the artifact cannot do without, is
/// told.
std::vector<const Registered*> registered_peers(const Registry& registry,
                                                std::vector<ArtifactFacts>& artifacts,
                                                Diagnostics& diagnostics) {
  std::vector<const Registered*> out;
  for (ArtifactFacts& facts : artifacts)
    for (PeerFacts& peer : facts.peers) {
      const Registered* registered = registry.find(peer.name);
      if (!registered && !peer.is_optional)
        diagnostics.push_back(not_registered(peer.name, registry, facts));
      if (registered && !std::count(out.begin(), out.end(), registered)) out.push_back(registered);
    }
  return out;
}

}  // namespace

Diagnostics read_peer_types(const Request& request, const std::string& service, Files files,
                            SourceTree& sources, std::vector<ArtifactFacts>& artifacts) {
  Request of_service = request;
  of_service.service = service;
  of_service.with.clear();
  const Result<SourceTree> read = read_sources(of_service, {}, *files);
  if (!read.value || has_errors(read.diagnostics)) return read.diagnostics;
  const Result<Registry> registry = read_registry(of_service, *read.value);
  if (!registry.value) return registry.diagnostics;
  Diagnostics out;
  const auto peers = registered_peers(*registry.value, artifacts, out);
  sources.files.insert(read.value->files.begin(), read.value->files.end());
  if (has_errors(out) || peers.empty()) return out;

  const std::string main = service + ".peers.cpp";
  std::set<std::string> local = {main};
  for (const auto& [path, file] : read.value->files) local.insert(path);
  const Parsed parsed = parse({clang_arguments(of_service, *read.value, Side::kHost, "c++23", main),
                               with_texts(files, {{main, probe_for(peers)}}),
                               local,
                               {}});
  if (parsed.failed)
    return explain_errors(parsed.messages, parsed.pass.get(), *registry.value, BoundSource());
  const ReadTypes types(*parsed.pass);
  for (ArtifactFacts& facts : artifacts) {
    facts.service = read.value->files.at(service).name;
    for (PeerFacts& peer : facts.peers)
      if (const Registered* registered = registry.value->find(peer.name)) {
        peer.type = registered->type;
        peer.header = read.value->files.at(registered->class_file).name;
        types.read(peer);
      }
  }
  return out;
}

}  // namespace combiner
