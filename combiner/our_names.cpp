#include "combiner/our_names.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Regex.h"

namespace combiner {
namespace {

using Places = std::map<std::string, FileRange>;  // by name

bool is_word(char c) { return llvm::isAlnum(c) || c == '_'; }

bool stands_in_braces(llvm::StringRef text, size_t at) {
  return text.take_front(at).count('{') > text.take_front(at).count('}');
}

/// Types that a file declares outside of namespaces.
void add_types(const SourceFile& file, Places& out) {
  static const llvm::Regex kType(
      "^(struct|class|enum|enum class|enum struct|union|using) ([A-Za-z_][A-Za-z_0-9]*)( final)?"
      "[ ]*(:[^:].*|=.*|[{;].*)?$");
  llvm::StringRef rest = file.text;
  while (!rest.empty()) {
    llvm::StringRef line;
    std::tie(line, rest) = rest.split('\n');
    llvm::SmallVector<llvm::StringRef, 5> match;
    if (!kType.match(line, &match)) continue;
    const unsigned at = match[2].data() - file.text.data();
    if (stands_in_braces(file.text, at)) continue;
    out.emplace(match[2].str(),
                FileRange{file.path, at, at + static_cast<unsigned>(match[2].size())});
  }
}

/// What main_text, owned_calls and the checks say themselves, if the program has it.
std::set<std::string> written_names(const Registry& registry) {
  std::set<std::string> out;
  if (!registry.raw_command_line) out.insert("Flags");
  if (!registry.has_world) return out;
  out.insert({"World", "Rank"});
  bool keyed = false, one = false;
  for (const Registered* owned : registry.owned())
    (registry.is_keyed(owned->name) ? keyed : one) = true;
  if (registry.has_messages && (keyed || one))
    out.insert({"Bytes", "Calls", "Moves", "Network", "Ownership", "Request"});
  if (registry.has_messages && keyed) out.insert({"KeyedCalls", "KeyedOwnership"});
  if (!registry.has_messages && one) out.insert("Owned");
  if (!registry.has_messages && keyed) out.insert("Shares");
  return out;
}

/// Methods that the struct with an artifact's calls cannot have, since it says them itself.
void refuse_methods(const Registry& registry, Diagnostics& diagnostics) {
  for (const Registered* owned : registry.owned()) {
    if (!registry.has_calls(owned->name)) continue;
    std::set<std::string> said = {"call", "owned", "hand_over"};
    if (registry.is_keyed(owned->name)) said.insert({"keyed", "owner_of"});
    for (const Member& method : owned->methods)
      if (method.is_public && said.count(method.name))
        diagnostics.push_back(
            diagnose(DiagnosticName::name_of_ours, method.name_range, method.name));
  }
}

/// Every token that is the name, and no part of another scope.
void rename(const SourceFile& file, const std::string& name, const std::string& other,
            std::vector<Edit>& edits) {
  const llvm::StringRef text = file.text;
  for (size_t at = text.find(name); at != llvm::StringRef::npos; at = text.find(name, at + 1)) {
    const size_t end = at + name.size();
    if ((at > 0 && (is_word(text[at - 1]) || text[at - 1] == '"')) ||
        (end < text.size() && is_word(text[end])) || text.take_front(at).ends_with("std::"))
      continue;
    edits.push_back({static_cast<unsigned>(at), static_cast<unsigned>(end), other});
  }
}

}  // namespace

Result<std::map<std::string, std::vector<Edit>>> rename_templates(const Request& request,
                                                                  const SourceTree& sources,
                                                                  const Registry& registry) {
  Result<std::map<std::string, std::vector<Edit>>> result{{{}}, {}};
  const std::string folder = request.home + "/templates/";
  Places ours, theirs;
  for (const auto& [path, file] : sources.files)
    add_types(file, llvm::StringRef(path).starts_with(folder) ? ours : theirs);
  refuse_methods(registry, result.diagnostics);
  const std::set<std::string> written = written_names(registry);
  for (const auto& [name, at] : theirs) {
    const auto other = ours.find(name);
    if (other == ours.end()) continue;
    if (written.count(name)) {
      Diagnostic d = diagnose(DiagnosticName::name_of_ours, at, name);
      d.notes.push_back({"this is the other", other->second});
      result.diagnostics.push_back(std::move(d));
      continue;
    }
    int number = 2;
    while (ours.count(name + std::to_string(number)) || theirs.count(name + std::to_string(number)))
      ++number;
    for (const auto& [path, file] : sources.files)
      if (llvm::StringRef(path).starts_with(folder))
        rename(file, name, name + std::to_string(number), (*result.value)[path]);
  }
  return result;
}

}  // namespace combiner
