// How values print: what --dump shows and stage tests expect.
#include "combiner/values.h"

#include "combiner/crop.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

std::string short_name(const std::string& path) { return llvm::sys::path::filename(path).str(); }

const char* name_of(Fact::Kind kind) {
  static const char* const kNames[] = {"self",    "member", "implicit",    "peer",       "static",
                                       "call",    "hook",   "static call", "substitute", "qualify",
                                       "capture", "fold",   "local",       "use",        "return"};
  return kNames[static_cast<int>(kind)];
}

}  // namespace

const char* name_of(Scale scale) {
  static const char* const kNames[] = {"single-gpu", "node", "cluster"};
  return kNames[static_cast<int>(scale)];
}

const char* name_of(Device device) { return device == Device::kCuda ? "cuda" : "cpu"; }

const char* name_of(Placement placement) {
  static const char* const kNames[] = {"replicated", "sharded", "sharded by keys", "owned",
                                       "replicas"};
  return kNames[static_cast<int>(placement)];
}

bool is_in_parts(Placement placement) {
  return placement == Placement::kSharded || placement == Placement::kKeyed;
}

bool is_called_there(Placement placement) {
  return placement == Placement::kOwned || placement == Placement::kKeyed;
}

llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const Registry& registry) {
  out << "service " << registry.service.name << "\n";
  for (const auto& [slot, chosen] : registry.slots)
    out << "slot " << slot << " = " << chosen << "\n";
  for (const Registered& artifact : registry.artifacts) {
    out << "artifact " << artifact.name << ": " << artifact.type
        << (artifact.container.empty() ? "" : " in " + artifact.container) << " ("
        << name_of(artifact.placement) << ", " << short_name(artifact.class_file) << ")\n";
    for (const Member& field : artifact.configuration)
      out << "  flag --" << artifact.name << "." << field.name << " = " << field.initializer
          << "\n";
    for (const Member& method : artifact.methods) out << "  method " << method.signature << "\n";
  }
  for (const std::string& hook : registry.hooks) {
    out << "hook " << hook << ":";
    for (const Registered* artifact : registry.defining(hook)) out << " " << artifact->name;
    out << "\n";
  }
  out << "entry " << registry.run.signature << (registry.raw_command_line ? " (raw)" : "") << "\n";
  for (const Member& parameter : registry.run.parameters)
    out << "  flag --" << parameter.name
        << (parameter.initializer.empty() ? " (required)" : " = " + parameter.initializer) << "\n";
  return out;
}

llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const BoundSource& bound) {
  for (const auto& [path, overlay] : bound.overlays) {
    out << "// ==== " << short_name(path) << "\n" << overlay.text;
    if (overlay.text.empty() || overlay.text.back() != '\n') out << "\n";
  }
  return out;
}

llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const Crop& crop) {
  for (const Method& method : crop.methods) {
    out << "method " << method.key << (method.reaches_peer ? " reaches a peer" : "") << "\n";
    out << "  reached from " << (method.origin.method.empty() ? "main" : method.origin.method)
        << " [" << method.origin.at.begin << ", " << method.origin.at.end << ")\n";
    for (const std::string& callee : method.callees) out << "  calls " << callee << "\n";
    for (const Decision& decision : method.decisions)
      out << "  decided [" << decision.condition.begin << ", " << decision.condition.end << ") "
          << decision.value << " hides [" << decision.hidden.begin << ", " << decision.hidden.end
          << ")\n";
    for (const Fact& fact : method.facts) {
      if (fact.kind == Fact::Kind::kUse) continue;
      out << "  " << name_of(fact.kind) << " [" << fact.at.begin << ", " << fact.at.end << ")";
      if (!fact.instance.empty()) out << " " << fact.instance;
      if (!fact.text.empty()) out << " '" << fact.text << "'";
      out << "\n";
    }
  }
  for (const Declaration& declaration : crop.declarations)
    out << (declaration.reached ? "kept " : "gone ") << short_name(declaration.range.file) << ": "
        << (declaration.names.empty() ? "?" : declaration.names[0]) << "\n";
  return out;
}

llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const Plan& plan) {
  for (const auto& [key, function] : plan.functions)
    out << "function " << key.substr(0, key.find('@')) << " -> " << function << "\n";
  for (const PlannedCall& call : plan.calls)
    out << "call " << call.caller << " -> " << call.callee << ": direct\n";
  for (const std::string& name : plan.dropped) out << "dropped " << name << "\n";
  return out;
}

llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const std::vector<Piece>& pieces) {
  for (const Piece& piece : pieces)
    out << "// ==== " << piece.file << ":" << piece.line << " " << piece.name << "\n"
        << piece.text << "\n";
  return out;
}

llvm::raw_ostream& operator<<(llvm::raw_ostream& out, const Unit& unit) {
  for (const std::string& line : unit.imports.configuration) out << line << "\n";
  for (const Include& include : unit.imports.includes) {
    out << "include " << include.spelled << ":";
    for (const std::string& by : include.needed_by) out << " " << by;
    out << "\n";
  }
  for (const std::string& block : unit.imports.conditional) out << block << "\n";
  for (const Piece& piece : unit.pieces) out << "piece " << piece.file << " " << piece.name << "\n";
  return out;
}

}  // namespace combiner
