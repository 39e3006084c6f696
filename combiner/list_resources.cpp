#include "combiner/list_resources.h"

#include "combiner/source_place.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

std::string indented(llvm::StringRef doc, const char* indent) {
  std::string out;
  while (!doc.empty()) {
    auto [line, rest] = doc.split('\n');
    out += indent + line.str() + "\n";
    doc = rest;
  }
  return out;
}

/// "void after_append(int layer)" → "void self.compressor.after_append(int layer)"
std::string reached(const Registered& artifact, const Member& method) {
  std::string signature = method.signature;
  const size_t name = signature.rfind(method.name, signature.find('('));
  return signature.insert(name,
                          "self." + artifact.name + (artifact.container.empty() ? "." : "[i]."));
}

}  // namespace

std::string list_resources(const Registry& registry, const SourceTree& sources) {
  std::string out = "What an artifact of " + registry.service.name + " (" +
                    place_of(registry.service.name_range, sources) + ") can reach\n";
  for (const Registered& artifact : registry.artifacts) {
    out += "\nself." + artifact.name + ": " + artifact.type + ", registered at " +
           place_of(artifact.member.name_range, sources);
    if (artifact.placement != Placement::kReplicated)
      out += ", " + std::string(name_of(artifact.placement));
    out += "\n" + indented(artifact.doc, "  // ");
    for (const Member& field : artifact.configuration) {
      out += "  " + field.type + " self." + artifact.name + "." + field.name + " = " +
             field.initializer + "    " + place_of(field.name_range, sources) + "\n";
      out += indented(field.doc, "      // ");
    }
    for (const Member& method : artifact.methods) {
      if (!method.is_public || method.name == artifact.class_name) continue;
      out +=
          "  " + reached(artifact, method) + "    " + place_of(method.name_range, sources) + "\n";
      out += indented(method.doc, "      // ");
    }
  }
  if (!registry.hooks.empty())
    out += "\nself.hooks: calls every registered artifact that defines the method\n";
  for (const std::string& hook : registry.hooks) {
    out += "  self.hooks." + hook + "(...)  ->";
    const auto listeners = registry.defining(hook);
    for (const Registered* artifact : listeners) out += " " + artifact->name;
    out += listeners.empty() ? " nobody\n" : "\n";
  }
  out += "\nself.world: rank() and size() of the scale; 0 and 1 on a single GPU\n";
  if (registry.has_device) out += "self.device: where buffers live and kernels run\n";
  return out;
}

}  // namespace combiner
