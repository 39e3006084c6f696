// Registry → BoundSource. Every patch is one line without a newline, so that line numbers survive.
#include "combiner/bind_siblings.h"

#include <algorithm>

#include "combiner/keep_contracts.h"
#include "combiner/main_text.h"
#include "combiner/our_names.h"
#include "combiner/owned_calls.h"
#include "combiner/read_sources.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

Overlay overlay_of(const std::string& original, std::vector<Edit> replacements) {
  std::sort(replacements.begin(), replacements.end(),
            [](const auto& a, const auto& b) { return a.begin < b.begin; });
  Overlay out;
  unsigned at = 0;
  for (const Edit& r : replacements) {
    out.text += original.substr(at, r.begin - at);
    const unsigned begin = out.text.size();
    out.text += r.text;
    out.patches.push_back({r.begin, r.end, begin, static_cast<unsigned>(out.text.size())});
    at = r.end;
  }
  out.text += original.substr(at);
  return out;
}

std::string join(const std::vector<std::string>& parts, const char* separator) {
  std::string out;
  for (const std::string& part : parts) out += (out.empty() ? "" : separator) + part;
  return out;
}

std::string service_type(const Registry& registry) {
  std::vector<std::string> arguments;
  for (const auto& [slot, chosen] : registry.slots) arguments.push_back(chosen);
  const std::string name = "::" + registry.service.name;
  return arguments.empty() ? name : name + "<" + join(arguments, ", ") + ">";
}

/// Of several ranks each has a state of its own, and is a thread at the node scale.
std::string storage(const Registry& registry) {
  return registry.has_world ? "static thread_local " : "static ";
}

bool is_one_for_all(const Registry& registry, const Registered& artifact) {
  return registry.is_owned(artifact.name) && !registry.is_keyed(artifact.name);
}

/// Of what one rank owns all threads have one.
std::string storage(const Registry& registry, const Registered& artifact) {
  return is_one_for_all(registry, artifact) ? "static " : storage(registry);
}

/// What every artifact and the service reach without registering it.
std::string always_there(const Registry& registry) {
  return (registry.has_world ? storage(registry) + "::World& world; "
                             : "static constexpr World world{}; ") +
         "static coop_bound::Hooks hooks; " +
         (registry.has_device ? storage(registry) + "::Device& device; " : "");
}

/// As what its peers see it: an artifact has a type of its own, and so has an array of them.
std::string bound_name(const Registered& artifact) {
  return (artifact.container.empty() ? "bound_" : "array_") + artifact.name;
}

/// What somebody listens to is an object, so that it can be named: `requires { self.hooks.x; }`
/// asks whether anybody does. What nobody listens to can be called, and no more.
std::string hook_members(const Registry& registry) {
  std::string out;
  for (const std::string& hook : registry.hooks) {
    const bool is_heard = !registry.defining(hook).empty();
    const std::string call =
        "template <class... Args> void " + (is_heard ? "operator()" : hook) + "(Args&&... args); ";
    out += is_heard ? "struct call_" + hook + " { " + call + "} " + hook + "; " : call;
  }
  return out;
}

/// Before:  struct Artifact {};
/// After:   struct Artifact { static coop_bound::bound_kv_cache& kv_cache; ... };
Overlay bind_artifact_header(const std::string& text, const Registry& registry) {
  std::string bound, peers;
  for (const Registered& artifact : registry.artifacts) {
    bound += "struct " + bound_name(artifact) + "; ";
    peers += storage(registry, artifact) + "coop_bound::" + bound_name(artifact) + "& " +
             artifact.name + "; ";
  }
  const std::string kTag = "struct Artifact {};";
  const unsigned at = text.find(kTag);
  const std::string whole = registry.has_world ? "operator ::World&() const; " : "";
  const std::string alone =  // one rank's: on a single GPU everybody's, else a replica's
      "struct World { static constexpr int rank() { return 0; } static constexpr int size() { "
      "return 1; } " +
      whole + "}; ";
  const std::string replacement = "} " + std::string(registry.has_world ? "struct World; " : "") +
                                  (registry.has_device ? "struct Device; " : "") +
                                  "namespace coop_bound { " + bound + "struct Hooks { " +
                                  hook_members(registry) + "}; } namespace coop { " + alone +
                                  "struct Artifact { " + always_there(registry) + peers + "};";
  return overlay_of(text, {{at, at + static_cast<unsigned>(kTag.size()), replacement}});
}

Overlay bind_service_base(const std::string& text, const Registry& registry) {
  const std::string kTag = "struct Service {};";
  const unsigned at = text.find(kTag);
  return overlay_of(text, {{at, at + static_cast<unsigned>(kTag.size()),
                            "struct Service { " + always_there(registry) + "};"}});
}

bool has_constructor(const Registered& artifact) {
  return std::any_of(artifact.methods.begin(), artifact.methods.end(),
                     [&](const Member& m) { return m.name == artifact.class_name; });
}

/// Before:  Compressor compressor{.window = 6};
/// After:   ::coop_bound::bound_compressor compressor{{.window = 6}};
std::string bound_member(const Registry& registry, const Registered& artifact) {
  if (is_one_for_all(registry, artifact))
    return "static inline ::coop_bound::" + bound_name(artifact) + " " + artifact.name + ";";
  std::string init = artifact.member.initializer;
  if (!init.empty() && (init.front() != '{' || !has_constructor(artifact))) init = "{" + init + "}";
  return "::coop_bound::" + bound_name(artifact) + " " + artifact.name + init + ";";
}

/// The type of `std::array<Layer, 2> layers;` or `Layer layers[2];`, with bound elements: a class,
/// so that peers can be told of it before anybody knows how many there are.
std::string array_type(const Registered& artifact) {
  const std::string element = "bound_" + artifact.name, name = "array_" + artifact.name;
  llvm::StringRef container = artifact.container;
  if (container.starts_with("["))
    return "struct " + name + " { " + element + " items[" + container.drop_front(1).str() + "; " +
           "operator " + element + "*() { return items; } " + "operator const " + element +
           "*() const { return items; } auto begin() { return items; } auto begin() const { " +
           "return items; } auto end() { return items + sizeof(items) / sizeof(items[0]); } auto " +
           "end() const { return items + sizeof(items) / sizeof(items[0]); } }; ";
  const size_t open = container.find('<'), rest = open + 1 + artifact.type.size();
  return "struct " + name + " : " + container.take_front(open + 1).str() + element +
         container.drop_front(rest).str() + " { }; ";
}

/// The one instance of all ranks: with a lock where they are threads, else reached by messages. Of
/// shares, the one of this rank.
std::string owned_type(const Registry& registry, const Registered& artifact) {
  const std::string name = "bound_" + artifact.name, type = "::" + artifact.type;
  if (registry.is_keyed(artifact.name) && !registry.has_messages)
    return "struct " + name + " : " + type + " { operator ::Shares<" + type + ">&(); }; ";
  if (registry.is_keyed(artifact.name))
    return "struct " + name + " : " + type + " { operator ::KeyedCalls&(); }; ";
  if (!registry.has_messages) return "struct " + name + " : ::Owned<::" + artifact.type + "> {}; ";
  return "struct " + name + " : " + type + " { operator ::Calls&(); }; ";
}

std::vector<Edit> bind_service(const Registry& registry) {
  std::string types = "namespace coop_bound { ";
  for (const Registered& artifact : registry.artifacts) {
    const std::string base = "::" + artifact.type;
    if (registry.is_owned(artifact.name)) {
      types += owned_type(registry, artifact);
      continue;
    }
    types += "struct bound_" + artifact.name + " : " + base + " { ";
    if (has_constructor(artifact)) types += "using " + base + "::" + artifact.class_name + "; ";
    if (registry.has_world && artifact.placement == Placement::kReplicas)  // it is all its world
      types += "static constexpr ::coop::World world{}; ";
    types += "}; ";
    if (!artifact.container.empty()) types += array_type(artifact);
  }
  const unsigned at = registry.service.range.begin;
  std::vector<Edit> replacements = {{at, at, types + "} "}};
  for (const Registered& artifact : registry.artifacts)
    replacements.push_back(
        {artifact.member.part.begin, artifact.member.part.end, bound_member(registry, artifact)});
  return replacements;
}

/// Rules are for the combiner; a compiler knows no [[coop::sum]].
void take_out_rules(const Outline& outline, std::vector<Edit>& edits) {
  for (const StructOutline& declared : outline.structs)
    for (const Member& member : declared.members)
      for (const Rule& rule : member.rules) edits.push_back({rule.at.begin, rule.at.end, ""});
}

/// Is something handed over, if it is called?
bool has_moves(const Registry& registry) {
  for (const Registered* owned : registry.owned())
    for (const Member& method : owned->methods)
      for (const Rule& rule : method.rules)
        if (rule.name == "move") return true;
  return false;
}

std::string main_file(const Request& request, const Registry& registry) {
  std::string out = "// Every artifact bound to its siblings: what `combine` reads.\n";
  if (request.contracts) out += "#include \"" + request.home + "/templates/contracts.h\"\n";
  if (request.records) out += "#include \"" + request.home + "/templates/recorded.h\"\n";
  if (registry.has_world) out += "#include \"" + world_header(request) + "\"\n";
  const auto is_keyed = [](const Registered& a) { return a.placement == Placement::kKeyed; };
  if (!registry.owned().empty()) out += "#include \"" + owned_header(request) + "\"\n";
  if (registry.has_world && std::ranges::any_of(registry.artifacts, is_keyed))
    out += "#include \"" + keyed_header(request) + "\"\n";
  if (has_moves(registry)) out += "#include \"" + move_header(request) + "\"\n";
  for (const std::string& header : registry.slot_headers) out += "#include \"" + header + "\"\n";
  out += "#include \"" + request.service + "\"\n";
  if (!registry.raw_command_line) out += "#include \"" + request.home + "/templates/flags.h\"\n";
  out += "#include <cstdio>\n#include <exception>\n\nnamespace coop_bound {\n";
  if (registry.has_world) out += "static thread_local ::World* world = nullptr;\n";
  if (registry.has_device) out += storage(registry) + "::Device device;\n";
  out += storage(registry) + service_type(registry) + " service;\n";
  for (const std::string& hook : registry.hooks) {
    std::string calls;
    const auto listeners = registry.defining(hook);
    // One listener gets the arguments as they are; several share them.
    const std::string arguments =
        listeners.size() == 1 ? "static_cast<Args&&>(args)..." : "args...";
    for (const Registered* artifact : listeners)
      calls +=
          artifact->container.empty()
              ? "  service." + artifact->name + "." + hook + "(" + arguments + ");\n"
              : "  for (auto& each : service." + artifact->name + ") each." + hook + "(args...);\n";
    out += "template <class... Args>\nvoid Hooks::" +
           (calls.empty() ? hook : "call_" + hook + "::operator()") +
           "([[maybe_unused]] Args&&... args) {\n" + calls + "}\n";
  }
  out += "}  // namespace coop_bound\n\nnamespace coop {\n";
  if (registry.has_world)
    out += "World::operator ::World&() const { return *coop_bound::world; }\n";
  const std::string local = registry.has_world ? "thread_local " : "";
  for (const Registered& artifact : registry.artifacts)
    out += (is_one_for_all(registry, artifact) ? "" : local) +
           "coop_bound::" + bound_name(artifact) + "& Artifact::" + artifact.name +
           " = coop_bound::service." + artifact.name + ";\n";
  for (const char* base : {"Artifact", "Service"}) {
    out += std::string("coop_bound::Hooks ") + base + "::hooks;\n";
    if (registry.has_world)
      out += std::string("thread_local ::World& ") + base + "::world = *coop_bound::world;\n";
    if (registry.has_device)
      out += local + "::Device& " + base + "::device = coop_bound::device;\n";
  }
  const std::string object = snake_case(registry.service.name);
  std::string owners;
  for (const Registered* owned : registry.owned()) {
    if (registry.has_calls(owned->name)) owners += uses_marker(*owned) + "\n";
    if (registry.is_keyed(owned->name) && !registry.has_messages)
      owners += "static_cast<::Shares<::" + owned->type + ">&>(" + object + "." + owned->name +
                ").meet(world);\n";
    else
      owners += ownership(registry, *owned, object + ".",
                          calls_marker(*owned) + " throw std::out_of_range(\"no such method\");");
  }
  const std::string remember = registry.has_world ? "coop_bound::world = &world;\n" : "";
  return out + "}  // namespace coop\n\n" +
         main_text(request, registry, service_type(registry),
                   remember + "auto& " + object + " = coop_bound::service;", object + ".run", "",
                   "", owners);
}

}  // namespace

unsigned Overlay::original(unsigned offset) const {
  unsigned shift_from = 0, shift_to = 0;
  for (const Patch& patch : patches) {
    if (offset < patch.begin) break;
    if (offset < patch.end)  // inside of a patch: where it stands
      return std::min(patch.original_begin + (offset - patch.begin), patch.original_end);
    shift_from = patch.end;
    shift_to = patch.original_end;
  }
  return offset - shift_from + shift_to;
}

FileRange BoundSource::original(FileRange at) const {
  const auto overlay = overlays.find(at.file);
  if (overlay == overlays.end()) return at;
  return {at.file, overlay->second.original(at.begin), overlay->second.original(at.end)};
}

Result<BoundSource> bind_siblings(const Request& request, const SourceTree& sources,
                                  const Registry& registry) {
  Result<BoundSource> result;
  BoundSource bound;
  bound.main_path = request.service + ".bound.cpp";
  auto overlay = [&](const std::string& path, auto bind) {
    const auto found = sources.files.find(path);
    if (found != sources.files.end()) bound.overlays[path] = bind(found->second.text, registry);
  };
  overlay(request.home + "/include/coop/artifact.h", bind_artifact_header);
  overlay(request.home + "/include/coop/service.h", bind_service_base);
  auto renamed = rename_templates(request, sources, registry);
  result.diagnostics = std::move(renamed.diagnostics);
  for (const auto& [path, file] : sources.files) {
    std::vector<Edit> edits = (*renamed.value)[path];
    if (request.contracts)
      for (const Edit& kept : keep_contracts(file, sources.outlines.at(path)))
        edits.push_back(kept);
    take_out_rules(sources.outlines.at(path), edits);
    if (path == request.service) {
      const std::vector<Edit> binding = bind_service(registry);
      edits.insert(edits.end(), binding.begin(), binding.end());
    } else if (!edits.empty()) {
      bound.expanded.insert(path);
    }
    if (!edits.empty()) bound.overlays[path] = overlay_of(file.text, std::move(edits));
  }
  bound.overlays[bound.main_path] = {main_file(request, registry), {}};
  result.value = std::move(bound);
  return result;
}

}  // namespace combiner
