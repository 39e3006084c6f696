#include "combiner/list_choices.h"

#include <algorithm>
#include <map>
#include <set>

#include "combiner/outline.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"

namespace combiner {
namespace {

/// The structs of some headers, by name, with their text.
class Structs {
 public:
  void add_folder(const std::string& folder, llvm::vfs::FileSystem& files) {
    std::error_code error;
    for (llvm::vfs::directory_iterator it = files.dir_begin(folder, error), end;
         it != end && !error; it.increment(error)) {
      const std::string path = it->path().str();
      const auto file = files.getBufferForFile(path);
      if (llvm::sys::path::extension(path) != ".h" || !file) continue;
      const std::string text = (*file)->getBuffer().str();
      for (StructOutline& declared : outline({"", path, text}, {}).structs) {
        const FileRange range = declared.range;
        const std::string name = declared.name;
        all_[name] = {std::move(declared), text.substr(range.begin, range.end - range.begin)};
      }
    }
  }

  /// Artifacts that can be registered as they are, e.g. Knorm; a template by its defaults. With a
  /// `member`, those that have it.
  std::set<std::string> choices(const std::string& member = "") const {
    std::set<std::string> out;
    for (const auto& [name, each] : all_) {
      std::vector<const Struct*> line;
      if (!trace(each, line) || !is_complete(line)) continue;
      if (!member.empty() && !declares(line, member)) continue;
      out.insert(name);
    }
    return out;
  }

 private:
  struct Struct {
    StructOutline outline;
    std::string text;
  };

  /// The struct that a base names: `Scorer` of a template is what it is by default.
  const Struct* find(const Struct& of, const std::string& base) const {
    llvm::StringRef name = llvm::StringRef(base).split('<').first.trim();
    for (const TemplateParameter& parameter : of.outline.parameters)
      if (parameter.name == name) name = llvm::StringRef(parameter.default_value).split('<').first;
    const auto found = all_.find(name.str());
    return found == all_.end() ? nullptr : &found->second;
  }

  /// A struct and its bases up to coop::Artifact; false when it does not come from there.
  bool trace(const Struct& from, std::vector<const Struct*>& line) const {
    if (std::count(line.begin(), line.end(), &from)) return false;
    line.push_back(&from);
    bool is_artifact = false;
    for (const std::string& base : from.outline.bases) {
      is_artifact |= base == "coop::Artifact";
      if (const Struct* next = find(from, base)) is_artifact |= trace(*next, line);
    }
    return is_artifact;
  }

  static bool declares(const std::vector<const Struct*>& line, const std::string& name) {
    return std::any_of(line.begin(), line.end(), [&](const Struct* each) {
      const std::vector<Member>& members = each->outline.members;
      return std::any_of(members.begin(), members.end(),
                         [&](const Member& one) { return one.is_public && one.name == name; });
    });
  }

  /// Nothing is left to a struct that derives from it: every `self.score(...)` is there.
  static bool is_complete(const std::vector<const Struct*>& line) {
    std::set<std::string> methods;
    for (const Struct* each : line)
      for (const Member& member : each->outline.members)
        if (member.is_function) methods.insert(member.name);
    static const llvm::Regex kCall("self\\.([A-Za-z_0-9]+)\\(");
    for (const Struct* each : line) {
      llvm::StringRef rest = each->text;
      for (llvm::SmallVector<llvm::StringRef, 2> match; kCall.match(rest, &match);) {
        if (!methods.count(match[1].str())) return false;
        rest = rest.substr(match[0].end() - rest.begin());
      }
    }
    return true;
  }

  std::map<std::string, Struct> all_;
};

/// Of the folder of what fills a slot now, and of the project's own artifacts/.
Structs structs_for(const std::string& chosen, const Registry& registry, const SourceTree& sources,
                    llvm::vfs::FileSystem& files) {
  Structs out;
  for (const Registered& artifact : registry.artifacts)
    if (artifact.type == chosen)
      out.add_folder(llvm::sys::path::parent_path(artifact.class_file).str(), files);
  out.add_folder(sources.root + "/artifacts", files);
  return out;
}

}  // namespace

void suggest_choices(Diagnostics& diagnostics, const Registry& registry, const SourceTree& sources,
                     llvm::vfs::FileSystem& files) {
  static const llvm::Regex kUnknown("^([A-Za-z_0-9]+) \\(.*\\) has no member named '(.*)'");
  Diagnostics out;
  std::map<std::string, size_t> told;                // by the choice: which diagnostic tells of it
  std::set<std::pair<size_t, std::string>> lacking;  // of a diagnostic: members that it names
  for (Diagnostic& diagnostic : diagnostics) {
    const std::string message = diagnostic.message;
    llvm::SmallVector<llvm::StringRef, 3> match;
    const bool is_unknown =
        diagnostic.name == DiagnosticName::unknown_member && kUnknown.match(message, &match);
    const Registered* of = is_unknown ? registry.find(match[1].str()) : nullptr;
    std::string choice;
    for (const auto& [slot, chosen] : registry.slots) {
      if (!of || of->type != chosen) continue;
      const std::set<std::string> names =
          structs_for(chosen, registry, sources, files).choices(match[2].str());
      if (!names.empty())
        choice = llvm::join(names, ", ") +
                 (names.size() == 1 ? " has it: --with " : " have it: --with ") + slot + "=" +
                 *names.begin();
    }
    if (choice.empty()) {
      out.push_back(std::move(diagnostic));
      continue;
    }
    // Another choice is one mend, however many members are missing.
    const auto [first, is_first] = told.try_emplace(match[1].str() + choice, out.size());
    const bool is_new = lacking.insert({first->second, match[2].str()}).second;
    if (is_first) {
      diagnostic.notes.push_back({choice, {}});
      out.push_back(std::move(diagnostic));
    } else if (is_new) {
      out[first->second].notes.push_back({"and no '" + match[2].str() + "'", diagnostic.at});
    }
  }
  diagnostics = std::move(out);
}

std::string list_choices(const Registry& registry, const SourceTree& sources,
                         llvm::vfs::FileSystem& files) {
  std::string out;
  for (const auto& [slot, chosen] : registry.slots) {
    std::set<std::string> names = structs_for(chosen, registry, sources, files).choices();
    names.insert(chosen);
    for (const std::string& name : names) out += slot + "=" + name + "\n";
  }
  return out;
}

}  // namespace combiner
