#include "combiner/artifact_facts.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

void print(llvm::raw_ostream& out, const ValueType& type) {
  out << type.spelled << " (" << name_of(type.kind);
  if (!type.element.empty()) out << " of " << type.element;
  if (type.is_written) out << ", written";
  if (!type.enumerators.empty()) out << ": " << llvm::join(type.enumerators, ", ");
  out << ")";
}

void print(llvm::raw_ostream& out, const MethodFacts& method) {
  out << "method " << method.name << (method.is_hook() ? ", a hook" : "")
      << (method.is_static    ? ", static"
          : method.takes_self ? ""
                              : ", ordinary")
      << (method.is_const ? ", const" : "") << (method.reaches_peers ? ", reaches peers" : "")
      << " -> ";
  print(out, method.result);
  out << "\n";
  for (const ParameterFacts& parameter : method.parameters) {
    out << "  parameter " << (parameter.name.empty() ? "_" : parameter.name) << ": ";
    print(out, parameter.type);
    if (!parameter.default_value.empty()) out << " = " << parameter.default_value;
    if (parameter.is_count) out << ", counts what is in front of it";
    if (!parameter.passed_to.empty())
      out << ", passed to " << llvm::join(parameter.passed_to, ", ");
    out << "\n";
  }
  for (const RefusalFacts& one : method.refusals)
    out << "  refuses " << (one.is_parameter ? "" : "self.") << one.name
        << (one.is_below ? " below " : " above ") << one.limit << "\n";
}

void print(llvm::raw_ostream& out, const PeerFacts& peer) {
  out << "peer " << peer.name << (peer.is_optional ? ", optional" : "")
      << (peer.is_indexed ? ", indexed" : "");
  if (!peer.type.empty()) out << ", " << peer.type << " of " << peer.header;
  out << "\n";
  for (const PeerMember& member : peer.members) {
    out << "  " << member.name;
    if (member.is_call) {
      std::vector<std::string> counts;
      for (const unsigned count : member.arguments) counts.push_back(std::to_string(count));
      out << "(" << llvm::join(counts, "|") << ")";
    }
    out << ": " << llvm::join(member.results, ", ");
    if (!member.declared.empty()) out << ", declared " << member.declared;
    out << "\n";
    for (const auto& [part, results] : member.parts)
      out << "    ." << part << ": " << llvm::join(results, ", ") << "\n";
  }
}

}  // namespace

const char* name_of(ValueKind kind) {
  static const char* const kNames[] = {"nothing", "bool",    "integer", "real",
                                       "enum",    "text",    "numbers", "pointer to numbers",
                                       "buffer",  "deduced", "other"};
  return kNames[static_cast<int>(kind)];
}

const char* name_of(ArtifactKind kind) {
  static const char* const kNames[] = {"none",    "compressor", "cache manager", "attention",
                                       "sampler", "model",      "loader",        "allocator"};
  return kNames[static_cast<int>(kind)];
}

bool MethodFacts::is_hook() const {
  const llvm::StringRef text = name;
  return text.starts_with("after_") || text.starts_with("before_") || text.starts_with("on_");
}

const PeerMember* PeerFacts::find(const std::string& member) const {
  for (const PeerMember& one : members)
    if (one.name == member) return &one;
  return nullptr;
}

llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const ArtifactFacts& facts) {
  out << "artifact " << facts.type << " in " << facts.file << "\nkind " << name_of(facts.kind)
      << (facts.kind_reason.empty() ? "" : ", since " + facts.kind_reason) << "\n";
  for (const FieldFacts& field : facts.fields) {
    out << "field " << field.name << ": ";
    print(out, field.type);
    if (!field.initializer.empty()) out << " = " << field.initializer;
    if (field.said.range)
      out << ", range " << field.said.range->lowest << ".." << field.said.range->highest;
    out << "\n";
  }
  for (const MethodFacts& method : facts.methods) print(out, method);
  for (const PeerFacts& peer : facts.peers) print(out, peer);
  for (const std::string& hook : facts.hooks) out << "calls hook " << hook << "\n";
  if (facts.uses_device) out << "uses device\n";
  if (facts.uses_world) out << "uses world\n";
  for (const Untested& one : facts.untested)
    out << "untested " << one.name << ": " << one.reason << "\n";
  return out;
}

}  // namespace combiner
