// Registry → the text of main().
#include "combiner/main_text.h"

#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out + "\"";
}

std::string value_type(const std::string& type) {
  return type == "const std::string&" || type == "std::string_view" ? "std::string" : type;
}

/// A default argument may name the service's static members; outside it needs the class.
std::string qualified(const std::string& value, const Registry& registry, const std::string& type) {
  std::string out;
  for (size_t i = 0; i < value.size();) {
    size_t end = i;
    while (end < value.size() && (llvm::isAlnum(value[end]) || value[end] == '_')) ++end;
    if (end == i) {
      out += value[i++];
      continue;
    }
    const std::string word = value.substr(i, end - i);
    for (const Member& member : registry.service.members)
      if (member.is_static && member.name == word && (i == 0 || value[i - 1] != ':'))
        out += type + "::";
    out += word;
    i = end;
  }
  return out;
}

constexpr const char kCatch[] =
    "} catch (const std::exception& error) {\n"
    "  std::fprintf(stderr, \"error: %s\\n\", error.what());\n"
    "  return 1;\n}\n";

/// Have all threads one and the same of something?
bool share_one(const Registry& registry) {
  if (registry.has_messages) return false;
  for (const Registered* owned : registry.owned())
    if (owned->placement == Placement::kOwned) return true;
  return false;
}

/// What --help says of the scale.
std::string how_to_start(const Request& request) {
  if (request.without_mpi)
    return "Processes are started one by one: what is owned elsewhere is called there.";
  if (request.scale == Scale::kCluster)
    return "One process for each rank: mpirun -np N, or srun --mpi=pmix --kill-on-bad-exit=1.";
  if (request.scale == Scale::kSingleGpu) return "";
  return request.device == Device::kCuda
             ? "A thread for each GPU: --gpus=N takes the first N, without it all."
             : "A thread for each rank: --ranks=N, 2 without it.";
}

std::string summary(const Request& request, const Registry& registry) {
  std::string out = quoted(registry.service.doc);
  const std::string start = how_to_start(request);
  if (!start.empty()) out.insert(out.size() - 1, "\\n\\n" + start);
  return out;
}

/// Flags, then what they are for.
std::string command_line(const Request& request, const Registry& registry, const std::string& type,
                         const std::string& entry, const std::string& first,
                         const std::string& argc, const std::string& argv, const std::string& flags,
                         const std::string& world, const std::string& owned,
                         const std::string& owners) {
  const std::vector<Member>& parameters = registry.run.parameters;
  const std::string object = snake_case(registry.service.name);
  std::string out, arguments;
  for (const Member& parameter : parameters) {
    const std::string value = qualified(parameter.initializer, registry, type);
    const bool scalar = value_type(parameter.type) != "std::string";
    const std::string name = parameter.name == object ? object + "_" : parameter.name;
    out += "  " + value_type(parameter.type) + " " + name +
           (!value.empty() ? " = " + value
            : scalar       ? " = {}"
                           : "") +
           ";\n";
    arguments += (arguments.empty() ? "" : ", ") + name;
  }
  out += "  Flags " + flags + "(" + argc + ", " + argv + ", " + summary(request, registry) + ");\n";
  for (const Member& parameter : parameters)
    out += "  " + flags + (parameter.initializer.empty() ? ".required" : ".option") + "(\"--" +
           parameter.name + "\", " + (parameter.name == object ? object + "_" : parameter.name) +
           ", " + quoted(parameter.doc) + ");\n";
  for (const Registered& artifact : registry.artifacts)
    for (const Member& field : artifact.configuration) {
      const std::string within = registry.has_calls(artifact.name) ? owned : "";
      out += "  " + flags + ".option(\"--" + artifact.name + "." + field.name + "\", " + object +
             "." + artifact.name + within + "." + field.name + ", " + quoted(field.doc) + ");\n";
    }
  if (registry.has_messages && !registry.owned().empty())
    out = "Network network;\n" + out + "network.add_flags(" + flags + ");\n";
  std::string shows = registry.has_world ? world + ".rank() == 0" : "";
  if (request.without_mpi && !registry.owned().empty()) shows += ", !network.only_serves()";
  out += "  if (" + flags + ".finish(" + shows + ")) return 0;\n";
  const std::string call = entry + "(" + first + arguments + ");\n";
  const bool returns = registry.run.type.find("void") == std::string::npos;
  if (share_one(registry))
    out += "lock.unlock();\nonce(" + world + ", [] {});  // all ranks have read it\n";
  if (request.without_mpi && !registry.owned().empty())
    out += owners + "network.begin();\n";
  else
    out += owners;
  return out + (returns ? "  return " + call : "  " + call + "  return 0;\n");
}

}  // namespace

std::string snake_case(const std::string& name) {
  std::string out;
  for (size_t i = 0; i < name.size(); ++i) {
    const bool upper = llvm::isUpper(name[i]);
    const bool starts_word =
        i > 0 && upper &&
        (!llvm::isUpper(name[i - 1]) || (i + 1 < name.size() && llvm::isLower(name[i + 1])));
    if (starts_word && out.back() != '_') out += '_';
    out += llvm::toLower(name[i]);
  }
  return out;
}

std::string main_text(const Request& request, const Registry& registry, const std::string& type,
                      const std::string& declaration, const std::string& entry,
                      const std::string& first, const std::string& owned,
                      const std::string& owners) {
  auto free = [&](std::string name) {  // run's own parameters keep their names
    for (const Member& parameter : registry.run.parameters)
      if (parameter.name == name) name += "_";
    return name;
  };
  const bool raw = registry.raw_command_line;
  const std::string argc = raw ? "argc" : free("argc"), argv = raw ? "argv" : free("argv");
  const std::string world = free("world");
  std::string body = declaration + "\n";
  if (raw)
    body += owners + (request.without_mpi && !owners.empty() ? "network.begin();\n" : "") +
            "return " + entry + "(" + first + "argc, argv);\n";
  else
    body += command_line(request, registry, type, entry, first, argc, argv, free("flags"), world,
                         owned, owners);
  if (share_one(registry))  // what all ranks share is among what a command line sets
    body = "static std::mutex one_by_one;\nstd::unique_lock lock(one_by_one);\n" + body;
  if (registry.has_world)
    body =
        "return launch(" + argc + ", " + argv + ", [&](World& " + world + ") {\n" + body + "});\n";
  return "int main(int " + argc + ", char** " + argv + ") try {\n" + body + kCatch;
}

}  // namespace combiner
