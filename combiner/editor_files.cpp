#include "combiner/editor_files.h"

#include <set>

#include "combiner/bind_siblings.h"
#include "combiner/clang_arguments.h"
#include "combiner/main_text.h"
#include "combiner/outline.h"
#include "combiner/read_sources.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

namespace path = llvm::sys::path;

/// Which local file includes which, and what each declares.
struct LocalFiles {
  std::map<std::string, std::set<std::string>> includes;
  std::map<std::string, std::string> declared_in;  // struct → file

  bool reaches(const std::string& from, const std::string& to) const {
    std::set<std::string> seen = {from};
    for (std::vector<std::string> queue = {from}; !queue.empty();) {
      const std::string next = queue.back();
      queue.pop_back();
      if (next == to) return true;
      const auto found = includes.find(next);
      if (found == includes.end()) continue;
      for (const std::string& target : found->second)
        if (seen.insert(target).second) queue.push_back(target);
    }
    return false;
  }
};

LocalFiles read_files(const SourceTree& sources) {
  LocalFiles out;
  for (const auto& [file, declared] : sources.outlines) {
    for (const StructOutline& each : declared.structs) out.declared_in.emplace(each.name, file);
    for (const IncludeDirective& include : declared.includes) {
      std::vector<std::string> folders = sources.include_dirs;
      folders.insert(folders.begin(), path::parent_path(file).str());
      for (const std::string& folder : folders) {
        llvm::SmallString<256> target(folder);
        path::append(target, include.spelled);
        path::remove_dots(target, /*remove_dot_dot=*/true);
        if (!sources.files.count(target.str().str())) continue;
        out.includes[file].insert(target.str().str());
        break;
      }
    }
  }
  return out;
}

class Editor {
 public:
  Editor(const Request& request, const SourceTree& sources, const Registry& registry)
      : request_(request),
        sources_(sources),
        registry_(registry),
        local_(read_files(sources)),
        folder_(sources.root + "/.cache/coop/clangd/" + snake_case(registry.service.name)) {}

  EditorFiles run(const std::string& existing) {
    Registry unheard = registry_;  // whose hooks are methods, which complete with their arguments
    for (Registered& artifact : unheard.artifacts) artifact.methods.clear();
    const auto bound = bind_siblings(request_, sources_, unheard);
    for (const char* header : {"coop/artifact.h", "coop/service.h"}) {
      const auto overlay = bound.value->overlays.find(request_.home + "/include/" + header);
      if (overlay != bound.value->overlays.end())
        out_.texts.push_back({folder_ + "/include/" + header, overlay->second.text});
    }
    llvm::json::Array entries = others(existing);
    if (!out_.error.empty()) return std::move(out_);
    for (const auto& [file, source] : sources_.files) {
      if (llvm::StringRef(file).starts_with(request_.home + "/include/") ||
          llvm::StringRef(file).starts_with(request_.home + "/templates/"))
        continue;
      if (taken_.count(file))
        out_.kept.push_back(file);
      else
        entries.push_back(entry(source));
    }
    out_.texts.push_back({sources_.root + "/compile_commands.json",
                          llvm::formatv("{0:2}\n", llvm::json::Value(std::move(entries))).str()});
    return std::move(out_);
  }

 private:
  /// The entries that stay: all but those that an earlier run of ours wrote for this service.
  llvm::json::Array others(const std::string& existing) {
    llvm::json::Array out;
    if (llvm::StringRef(existing).trim().empty()) return out;
    llvm::Expected<llvm::json::Value> parsed = llvm::json::parse(existing);
    if (!parsed) {
      out_.error = llvm::toString(parsed.takeError());
      return out;
    }
    const llvm::json::Array* entries = parsed->getAsArray();
    if (!entries) {
      out_.error = "it is no list";
      return out;
    }
    for (const llvm::json::Value& value : *entries) {
      const llvm::json::Object* entry = value.getAsObject();
      if (!entry) continue;
      const std::string file = file_of(*entry);
      const std::string text = llvm::formatv("{0}", value).str();
      const bool ours = text.find("/.cache/coop/clangd/") != std::string::npos;
      const bool of_this_service = text.find(folder_ + "/") != std::string::npos;
      if (ours && (of_this_service || sources_.files.count(file))) continue;
      if (!ours) taken_.insert(file);
      out.push_back(value);
    }
    return out;
  }

  static std::string file_of(const llvm::json::Object& entry) {
    llvm::SmallString<256> out(entry.getString("file").value_or(""));
    if (path::is_relative(out)) {
      llvm::SmallString<256> absolute(entry.getString("directory").value_or(""));
      path::append(absolute, out);
      out = absolute;
    }
    path::remove_dots(out, /*remove_dot_dot=*/true);
    return out.str().str();
  }

  llvm::json::Object entry(const SourceFile& source) {
    llvm::json::Array arguments;
    for (std::string& word :
         clang_arguments(request_, sources_, Side::kHost, "c++23", source.path)) {
      const llvm::StringRef text = word;
      if (text == "-fsyntax-only" || text.starts_with("-resource-dir=")) continue;  // the editor's
      if (text.starts_with("-I") && !arguments_have_folder(arguments))
        arguments.push_back("-I" + folder_ + "/include");  // before Coop's own
      if (word == source.path && has_artifact(source.path)) {
        arguments.push_back("-include");
        arguments.push_back(peers_of(source));
      }
      arguments.push_back(text == "c++" ? "c++-header" : word);
    }
    return llvm::json::Object{
        {"directory", sources_.root}, {"file", source.path}, {"arguments", std::move(arguments)}};
  }

  bool arguments_have_folder(const llvm::json::Array& arguments) const {
    return llvm::is_contained(arguments, llvm::json::Value("-I" + folder_ + "/include"));
  }

  bool has_artifact(const std::string& file) const {
    return file != request_.service &&
           llvm::any_of(registry_.artifacts,
                        [&](const Registered& artifact) { return artifact.class_file == file; });
  }

  /// A header that defines the peers' types, but for those that need the file itself.
  std::string peers_of(const SourceFile& source) {
    std::set<std::string> headers;
    std::string types;
    for (const Registered& artifact : registry_.artifacts) {
      std::set<std::string> needed = headers_of(artifact.type);
      needed.insert(artifact.class_file);
      if (llvm::any_of(needed,
                       [&](const std::string& file) { return local_.reaches(file, source.path); }))
        continue;
      headers.insert(needed.begin(), needed.end());
      types += "struct bound_" + artifact.name + " : ::" + artifact.type + " {};\n";
    }
    std::string text =
        "// What `self` reaches in " + source.name + ", for an editor.\n#pragma once\n";
    for (const std::string& header : headers) text += "#include \"" + header + "\"\n";
    text += "namespace coop_bound {\n" + types + "}  // namespace coop_bound\n";
    std::string name = source.name;
    std::replace(name.begin(), name.end(), '/', '_');
    const std::string file = folder_ + "/peers_of_" + name;
    out_.texts.push_back({file, text});
    return file;
  }

  /// Of each struct that a type names, e.g. Decoding<SnapKv>.
  std::set<std::string> headers_of(llvm::StringRef type) const {
    std::set<std::string> out;
    const auto is_word = [](char c) { return llvm::isAlnum(c) || c == '_'; };
    while (!type.empty()) {
      const llvm::StringRef word = type.take_while(is_word);
      if (const auto found = local_.declared_in.find(word.str()); found != local_.declared_in.end())
        out.insert(found->second);
      type = type.drop_front(std::max<size_t>(1, word.size()));
    }
    return out;
  }

  const Request& request_;
  const SourceTree& sources_;
  const Registry& registry_;
  const LocalFiles local_;
  const std::string folder_;
  std::set<std::string> taken_;  // files with an entry of somebody else's
  EditorFiles out_;
};

}  // namespace

const char kClangdConfiguration[] =
    "# clangd 22 crashes when it names the parameters of a call through `self`.\n"
    "InlayHints:\n"
    "  ParameterNames: No\n";

EditorFiles editor_files(const Request& request, const SourceTree& sources,
                         const Registry& registry, const std::string& existing) {
  return Editor(request, sources, registry).run(existing);
}

}  // namespace combiner
