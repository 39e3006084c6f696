// SourceTree → Registry. Reads tokens, not types: a millisecond instead of a parse. What it
// believes is checked again by `instantiate`, which knows types.
#include "combiner/read_registry.h"

#include <algorithm>
#include <set>

#include "combiner/check_rules.h"
#include "combiner/outline.h"
#include "combiner/read_sources.h"
#include "combiner/registered_type.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

struct Declared {
  const SourceFile* file;
  StructOutline outline;
};

/// What the authors' files declare, by name.
struct Declarations {
  std::map<std::string, Declared> structs;
  std::map<std::string, std::string> aliases;
  std::set<std::string> hooks;
};

Declarations read_all(const Request& request, const SourceTree& sources) {
  Declarations out;
  for (const auto& [path, read] : sources.outlines) {
    if (llvm::StringRef(path).starts_with(request.home + "/templates/")) continue;
    for (const StructOutline& declared : read.structs)
      out.structs.emplace(declared.name, Declared{&sources.files.at(path), declared});
    out.aliases.insert(read.aliases.begin(), read.aliases.end());
    out.hooks.insert(read.hooks.begin(), read.hooks.end());
  }
  return out;
}

bool derives_from(const std::string& type, const std::string& base,
                  const std::map<std::string, Declared>& structs, int depth = 0) {
  const auto found = structs.find(class_of(type));
  if (found == structs.end() || depth > 16) return false;
  for (const std::string& spelled : bases_of(type, found->second.outline))
    if (class_of(spelled) == base || derives_from(spelled, base, structs, depth + 1)) return true;
  return false;
}

bool settable(const std::string& type) {
  static const std::set<std::string> kTypes = {"bool",          "int",
                                               "long",          "float",
                                               "double",        "std::string",
                                               "unsigned",      "const std::string&",
                                               "std::uint64_t", "std::string_view",
                                               "size_t",        "std::size_t",
                                               "long long",     "unsigned long long"};
  return kTypes.count(type) > 0;
}

void collect_members(const std::string& type, const std::map<std::string, Declared>& structs,
                     Registered& out, int depth = 0) {
  const auto found = structs.find(class_of(type));
  if (found == structs.end() || depth > 16) return;
  for (const std::string& base : bases_of(type, found->second.outline))
    collect_members(base, structs, out, depth + 1);
  for (const Member& member : found->second.outline.members) {
    if (member.is_function)
      out.methods.push_back(member);
    else if (member.is_public && !member.is_other && !member.is_static &&
             !member.initializer.empty() && settable(member.type))
      out.configuration.push_back(member);
  }
}

/// `--with NAME=ARTIFACT`, then the defaults.
void choose_slots(const Request& request, Registry& registry, Diagnostics& diagnostics) {
  const StructOutline& service = registry.service;
  std::vector<std::string> names;
  for (const TemplateParameter& slot : service.parameters) names.push_back(slot.name);
  for (const auto& [slot, artifact] : request.with) {
    if (std::find(names.begin(), names.end(), slot) != names.end()) continue;
    Diagnostic d = diagnose(DiagnosticName::unknown_slot, service.name_range, service.name, slot);
    d.notes.push_back({names.empty() ? "it is no template, so it has no slots"
                                     : "its slots: " + llvm::join(names, ", "),
                       {}});
    for (const std::string& near : nearest(slot, names))
      d.notes.push_back({"did you mean " + near + "?", {}});
    diagnostics.push_back(std::move(d));
  }
  for (const TemplateParameter& slot : service.parameters) {
    const auto chosen = request.with.find(slot.name);
    const std::string value = chosen != request.with.end() ? chosen->second : slot.default_value;
    if (value.empty()) {
      Diagnostic d = diagnose(DiagnosticName::slot_without_artifact, service.name_range, slot.name,
                              service.name);
      d.notes.push_back({"choose one: --with " + slot.name + "=ARTIFACT", {}});
      diagnostics.push_back(std::move(d));
    }
    registry.slots.push_back({slot.name, value});
  }
}

/// `KvCache first, *second;` declares what is no artifact beside one that is registered.
void refuse_shared_declarations(const Registry& registry, Diagnostics& diagnostics) {
  std::map<FileRange, std::vector<const Member*>> declared;
  for (const Member& member : registry.service.members) declared[member.range].push_back(&member);
  for (const auto& [range, each] : declared) {
    const auto artifacts = std::count_if(each.begin(), each.end(), [&](const Member* member) {
      return registry.find(member->name) != nullptr;
    });
    if (artifacts == 0 || artifacts == static_cast<int>(each.size())) continue;
    std::vector<std::string> lines;
    for (const Member* member : each) lines.push_back(member->type + " " + member->name + ";");
    Diagnostic d = diagnose(DiagnosticName::several_in_one_declaration, range);
    d.notes.push_back({"declare each on a line of its own: " + llvm::join(lines, " "),
                       {},
                       Fix{range, llvm::join(lines, "\n  ")}});
    diagnostics.push_back(std::move(d));
  }
}

void refuse_second_registrations(const Registry& registry, Diagnostics& diagnostics) {
  std::map<std::string, FileRange> first;
  for (const Registered& artifact : registry.artifacts) {
    const auto [known, inserted] = first.insert({artifact.name, artifact.member.name_range});
    if (inserted) continue;
    diagnostics.push_back(
        diagnose(DiagnosticName::registered_twice, artifact.member.name_range, artifact.name));
    diagnostics.back().notes.push_back({"the first one is here", known->second});
  }
}

/// Whoever calls a hook is outside of those that listen.
void refuse_private_listeners(const Registry& registry, Diagnostics& diagnostics) {
  std::set<FileRange> told;
  for (const Registered& artifact : registry.artifacts)
    for (const Member& method : artifact.methods) {
      if (method.is_public || !llvm::is_contained(registry.hooks, method.name) ||
          !told.insert(method.name_range).second)
        continue;
      diagnostics.push_back(diagnose(DiagnosticName::private_listener, method.name_range,
                                     method.name, artifact.class_name));
    }
}

void register_members(const Declarations& declared, Registry& registry) {
  for (const Member& member : registry.service.members) {
    if (member.is_function || member.is_other) continue;
    const RegisteredType type = registered_type(member, registry.slots, declared.aliases);
    const bool nested = member.extents.find('[', 1) != std::string::npos;  // layers[2][3]
    if (nested || !derives_from(type.type, "Artifact", declared.structs)) continue;
    Registered registered;
    registered.name = member.name;
    registered.type = type.type;
    registered.class_name = type.class_name;
    registered.container = member.extents.empty() ? type.container : member.extents;
    registered.placement = type.placement;
    registered.member = member;
    registered.class_file = declared.structs.at(type.class_name).file->path;
    registered.doc = declared.structs.at(type.class_name).outline.doc;
    collect_members(type.type, declared.structs, registered);
    if (!registered.container.empty()) registered.configuration.clear();  // one flag, many elements
    registry.artifacts.push_back(std::move(registered));
  }
}

/// Help for run's parameters: lines `name  what it is` of run's comment.
void read_parameter_help(Member& run) {
  llvm::StringRef rest = run.doc;
  std::string doc;
  Member* last = nullptr;
  while (!rest.empty()) {
    auto [line, next] = rest.split('\n');
    rest = next;
    const auto [word, help] = line.ltrim().split(' ');
    Member* named = nullptr;
    for (Member& parameter : run.parameters)
      if (parameter.name == word.rtrim(':') && help.starts_with(" ")) named = &parameter;
    if (named) {
      named->doc = help.trim().str();
      last = named;
    } else if (last && line.starts_with("    ")) {
      last->doc += " " + line.trim().str();
    } else {
      last = nullptr;
      doc += (doc.empty() ? "" : "\n") + line.str();
    }
  }
  run.doc = doc;
}

bool raw_arguments(const Member& run) {
  return run.parameters.size() == 2 && run.parameters[0].type == "int" &&
         (llvm::StringRef(run.parameters[1].type).starts_with("char*") ||
          llvm::StringRef(run.parameters[1].type).starts_with("char *"));
}

void read_entry(Registry& registry, Diagnostics& diagnostics) {
  for (const Member& member : registry.service.members)
    if (member.is_function && member.name == "run") registry.run = member;
  Member& run = registry.run;
  if (run.name.empty()) {
    diagnostics.push_back(
        diagnose(DiagnosticName::no_entry, registry.service.name_range, registry.service.name));
    return;
  }
  registry.raw_command_line = raw_arguments(run);
  if (registry.raw_command_line) return;
  for (const Member& parameter : run.parameters) {
    if (settable(parameter.type) && !parameter.name.empty()) continue;
    diagnostics.push_back(diagnose(DiagnosticName::unreadable_parameter, parameter.range,
                                   parameter.name, parameter.type));
  }
  read_parameter_help(run);
}

/// A method one edit away from a hook that is called, and that nothing calls by its own name.
void warn_of_misspelled_hooks(const Registry& registry, Diagnostics& diagnostics) {
  for (const Registered& artifact : registry.artifacts)
    for (const Member& method : artifact.methods)
      for (const std::string& hook : registry.hooks) {
        if (llvm::StringRef(method.name).edit_distance(hook) != 1) continue;
        if (std::find(registry.hooks.begin(), registry.hooks.end(), method.name) !=
            registry.hooks.end())
          continue;
        Diagnostic d =
            diagnose(DiagnosticName::misspelled_hook, method.name_range, method.name, hook);
        d.notes.push_back({"to listen, write '" + hook + "'", {}, Fix{method.name_range, hook}});
        diagnostics.push_back(std::move(d));
      }
}

/// A template, all of whose parameters have a default.
bool has_defaults(const StructOutline& declared) {
  return !declared.parameters.empty() &&
         std::all_of(declared.parameters.begin(), declared.parameters.end(),
                     [](const TemplateParameter& one) { return !one.default_value.empty(); });
}

}  // namespace

Result<Registry> read_registry(const Request& request, const SourceTree& sources) {
  Result<Registry> result;
  Registry registry;
  const Declarations all = read_all(request, sources);
  const std::map<std::string, Declared>& structs = all.structs;
  registry.hooks.assign(all.hooks.begin(), all.hooks.end());
  const auto device = structs.find("Device");
  registry.has_device = device != structs.end();
  registry.has_world = request.scale != Scale::kSingleGpu;
  registry.has_messages = request.scale == Scale::kCluster;

  const SourceFile& file = sources.files.at(request.service);
  const Outline& declared = sources.outlines.at(request.service);
  std::vector<StructOutline> services;
  std::vector<std::string> names;
  for (const StructOutline& candidate : declared.structs)
    for (const std::string& base : candidate.bases)
      if (class_of(base) == "Service") {
        services.push_back(candidate);
        names.push_back(candidate.name);
      }
  if (services.size() != 1) {
    result.diagnostics.push_back(
        !services.empty()   ? diagnose(DiagnosticName::several_services, services[1].name_range,
                                       file.path, llvm::join(names, ", "))
        : declared.unclosed ? diagnose(DiagnosticName::unclosed_brace, *declared.unclosed)
                            : diagnose(DiagnosticName::no_service, {}, file.path));
    return result;
  }
  registry.service = services[0];
  choose_slots(request, registry, result.diagnostics);
  for (auto& [slot, chosen] : registry.slots) {
    const auto of_template = structs.find(chosen);  // named without its arguments
    if (of_template != structs.end() && has_defaults(of_template->second.outline)) chosen += "<>";
    if (!request.with.count(slot)) continue;
    for (const std::string& name : classes_in(chosen))
      if (const auto found = structs.find(name); found != structs.end())
        registry.slot_headers.push_back(found->second.file->path);
  }
  register_members(all, registry);
  refuse_shared_declarations(registry, result.diagnostics);
  refuse_second_registrations(registry, result.diagnostics);
  for (const Registered& artifact : registry.artifacts)
    if (request.without_mpi && is_in_parts(artifact.placement))
      result.diagnostics.push_back(
          diagnose(DiagnosticName::sharded_without_mpi, artifact.member.name_range, artifact.name));
  for (const Registered* owned : registry.owned())
    if (!owned->container.empty())
      result.diagnostics.push_back(
          diagnose(DiagnosticName::owned_array, owned->member.name_range, owned->name));
  refuse_private_listeners(registry, result.diagnostics);
  read_entry(registry, result.diagnostics);
  warn_of_misspelled_hooks(registry, result.diagnostics);
  check_rules(sources, registry, result.diagnostics);
  result.value = std::move(registry);
  return result;
}

Result<std::vector<std::string>> find_slot_headers(const Request& request,
                                                   const SourceTree& sources,
                                                   const std::vector<SourceFile>& candidates) {
  Result<std::vector<std::string>> result;
  result.value.emplace();
  const auto find = [&](const std::string& class_name) {
    const auto defines = [&](const SourceFile& file) {
      if (file.text.find(class_name) == std::string::npos) return false;
      for (const StructOutline& declared : outline(file, target_macros(request)).structs)
        if (declared.name == class_name) return true;
      return false;
    };
    for (const auto& [path, file] : sources.files)
      if (defines(file)) return true;
    for (const SourceFile& file : candidates) {
      if (!defines(file)) continue;
      result.value->push_back(file.path);
      return true;
    }
    return false;
  };
  for (const auto& [slot, chosen] : request.with) {
    bool found = true;
    for (const std::string& argument : classes_in(chosen))  // an argument may be an int
      found &= find(argument) || argument != class_of(chosen);
    if (found) continue;
    std::vector<std::string> names;
    for (const SourceFile& file : candidates)
      for (const StructOutline& declared : outline(file, target_macros(request)).structs)
        if (!declared.bases.empty()) names.push_back(declared.name);
    Diagnostic d = diagnose(DiagnosticName::artifact_not_found, {}, class_of(chosen));
    for (const std::string& name : nearest(class_of(chosen), names))
      d.notes.push_back({"did you mean " + name + "?", {}});
    d.notes.push_back({"headers below artifacts/ were searched, of the project and of Coop", {}});
    result.diagnostics.push_back(std::move(d));
  }
  return result;
}

const Registered* Registry::find(const std::string& name) const {
  for (const Registered& artifact : artifacts)
    if (artifact.name == name) return &artifact;
  return nullptr;
}

std::vector<const Registered*> Registry::owned() const {
  std::vector<const Registered*> out;
  for (const Registered& artifact : artifacts)
    if (is_owned(artifact.name)) out.push_back(&artifact);
  return out;
}

bool Registry::is_owned(const std::string& name) const {
  const Registered* artifact = find(name);
  return has_world && artifact && is_called_there(artifact->placement);
}

bool Registry::is_keyed(const std::string& name) const {
  const Registered* artifact = find(name);
  return has_world && artifact && artifact->placement == Placement::kKeyed;
}

bool Registry::has_calls(const std::string& name) const {
  return has_messages ? is_owned(name) : is_keyed(name);
}

std::vector<Rule> Registry::rules_of(const std::string& artifact, const std::string& name) const {
  if (const Registered* registered = find(artifact))
    for (const Member& method : registered->methods)
      if (method.name == name) return method.rules;
  return {};
}

std::vector<const Registered*> Registry::defining(const std::string& hook) const {
  std::vector<const Registered*> out;
  for (const Registered& artifact : artifacts)
    for (const Member& method : artifact.methods)
      if (method.name == hook) {
        out.push_back(&artifact);
        break;
      }
  return out;
}

}  // namespace combiner
