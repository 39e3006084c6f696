#include "combiner/registered_type.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Regex.h"

namespace combiner {
namespace {

bool is_identifier(char c) { return llvm::isAlnum(c) || c == '_'; }

/// "Llama, coop::Heads" → where "Llama" ends.
size_t first_argument_end(llvm::StringRef arguments) {
  int depth = 0;
  size_t end = 0;
  for (; end < arguments.size(); ++end) {
    if (arguments[end] == '<' || arguments[end] == '(') ++depth;
    if (arguments[end] == '>' || arguments[end] == ')') --depth;
    if (depth < 0 || (arguments[end] == ',' && depth == 0)) break;
  }
  return end;
}

/// "Pair<Kv, Ring<4>>" → "Kv", "Ring<4>"
std::vector<std::string> arguments_of(llvm::StringRef type) {
  std::vector<std::string> out;
  llvm::StringRef rest = type.rtrim().ends_with(">") ? type.split('<').second : "";
  while (!rest.empty()) {
    const size_t end = first_argument_end(rest);
    const llvm::StringRef argument = rest.take_front(end).trim();
    if (!argument.empty()) out.push_back(argument.str());
    rest = end < rest.size() && rest[end] == ',' ? rest.drop_front(end + 1) : "";
  }
  return out;
}

/// "coop::Sharded<Llama, coop::Heads>" → "Llama" with its placement.
std::pair<std::string, Placement> strip_placement(const std::string& type) {
  static const std::pair<const char*, Placement> kPlacements[] = {
      {"Sharded", Placement::kSharded},
      {"Owned", Placement::kOwned},
      {"Replicas", Placement::kReplicas}};
  llvm::StringRef rest = type;
  rest.consume_front("::");
  rest.consume_front("coop::");
  for (const auto& [name, placement] : kPlacements) {
    llvm::StringRef inner = rest;
    if (!inner.consume_front(name) || !inner.consume_front("<") || !inner.consume_back(">"))
      continue;
    const size_t end = first_argument_end(inner);
    const bool by_keys = class_of(inner.drop_front(end).ltrim(", ").str()) == "Keys";
    return {inner.take_front(end).trim().str(), by_keys ? Placement::kKeyed : placement};
  }
  return {type, Placement::kReplicated};
}

/// Replaces whole identifiers that name a slot by what the slot holds.
std::string fill_slots(const std::string& type,
                       const std::vector<std::pair<std::string, std::string>>& slots) {
  std::string out;
  for (size_t i = 0; i < type.size();) {
    size_t end = i;
    while (end < type.size() && is_identifier(type[end])) ++end;
    if (end == i) {
      out += type[i++];
      continue;
    }
    std::string word = type.substr(i, end - i);
    for (const auto& [slot, chosen] : slots)
      if (slot == word) word = chosen;
    out += word;
    i = end;
  }
  return out;
}

/// "Kv" → "ContiguousKv", when that is what it is an alias of.
std::string without_alias(std::string type, const std::map<std::string, std::string>& aliases) {
  for (int depth = 0; depth < 16; ++depth) {
    const auto found = aliases.find(class_of(type));
    if (found == aliases.end() || type.find('<') != std::string::npos) break;
    type = found->second;
  }
  return type;
}

}  // namespace

std::string class_of(const std::string& type) {
  llvm::StringRef name = llvm::StringRef(type).split('<').first.trim();
  if (auto colon = name.rfind("::"); colon != llvm::StringRef::npos) name = name.substr(colon + 2);
  return name.str();
}

std::vector<std::string> classes_in(const std::string& type) {
  std::vector<std::string> out = {class_of(type)};
  for (const std::string& argument : arguments_of(type))
    for (const std::string& name : classes_in(argument)) out.push_back(name);
  return out;
}

std::vector<std::string> bases_of(const std::string& type, const StructOutline& declared) {
  const std::vector<std::string> arguments = arguments_of(type);
  std::vector<std::pair<std::string, std::string>> filled;
  for (size_t i = 0; i < declared.parameters.size(); ++i) {
    const TemplateParameter& parameter = declared.parameters[i];
    filled.emplace_back(parameter.name,
                        i < arguments.size() ? arguments[i] : parameter.default_value);
  }
  std::vector<std::string> out;
  for (const std::string& base : declared.bases) out.push_back(fill_slots(base, filled));
  return out;
}

RegisteredType registered_type(const Member& member,
                               const std::vector<std::pair<std::string, std::string>>& slots,
                               const std::map<std::string, std::string>& aliases) {
  llvm::StringRef written = member.type;
  written.consume_back("[]");
  RegisteredType out;
  std::tie(out.type, out.placement) = strip_placement(fill_slots(written.str(), slots));
  out.type = without_alias(out.type, aliases);
  static const llvm::Regex kContainer("^(::)?std::(array|vector)<");
  if (llvm::SmallVector<llvm::StringRef, 3> match; kContainer.match(out.type, &match)) {
    const std::string whole = out.type;
    const size_t open = match[0].size();
    const llvm::StringRef rest = llvm::StringRef(whole).drop_front(open);
    const size_t end = first_argument_end(rest);
    out.type = without_alias(rest.take_front(end).trim().str(), aliases);
    out.container = whole.substr(0, open) + out.type + rest.drop_front(end).str();
  }
  out.class_name = class_of(out.type);
  return out;
}

}  // namespace combiner
