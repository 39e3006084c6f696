#include "combiner/explain_name.h"

#include <algorithm>

#include "combiner/source_place.h"
#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

/// Something that has a name in the authors' text. Ranges are in that text.
struct Subject {
  std::string name;      // e.g. kv_cache.append
  std::string what;      // e.g. "method, emitted as kv_cache_append"
  FileRange at;          // where it stands; of what has none, an empty file
  bool emitted = false;  // then `origin` tells who reached it
  Origin origin = {};
  std::vector<std::string> because = {};  // in place of a chain
};

/// A use of a name in text, and what hides it.
struct Mention {
  FileRange at;
  std::string hidden_by;  // e.g. "`self.world.size() > 1` is false"; empty: its text is not reached
  std::string owner;      // the subject whose text that is
};

bool is_word(llvm::StringRef text, size_t at, size_t size) {
  auto part = [&](size_t i) {
    return i < text.size() && (llvm::isAlnum(text[i]) || text[i] == '_');
  };
  return (at == 0 || !part(at - 1)) && !part(at + size);
}

bool is_in_comment(llvm::StringRef text, size_t at) {
  const size_t newline = text.rfind('\n', at);
  const size_t line = newline == llvm::StringRef::npos ? 0 : newline + 1;
  const llvm::StringRef before = text.slice(line, at);
  return before.contains("//") || before.ltrim().starts_with("*");
}

bool contains(const FileRange& outer, const FileRange& inner) {
  return outer.file == inner.file && outer.begin <= inner.begin && inner.end <= outer.end;
}

class Explainer {
 public:
  Explainer(const Findings& findings, const Registry& registry, const SourceTree& sources)
      : findings_(findings), registry_(registry), sources_(sources) {
    add_artifacts();
    add_methods();
    add_hooks();
    add_declarations();
    add_macros();
    add_includes();
  }

  std::vector<std::string> names() const {
    std::set<std::string> out;
    for (const Subject& subject : subjects_)
      for (const std::string& name : {subject.name, last_part(subject.name)}) out.insert(name);
    return {out.begin(), out.end()};
  }

  std::string explain(const std::string& name) const {
    std::string out;
    for (const Subject& subject : subjects_) {
      if (!is_called(subject, name)) continue;
      const std::string text = describe(subject);
      if (out.find(text) == std::string::npos) out += (out.empty() ? "" : "\n") + text;
    }
    return out;
  }

 private:
  // ---- what there is ----

  void add_artifacts() {
    for (const Registered& artifact : registry_.artifacts) {
      Subject subject{artifact.name, "artifact of type " + artifact.type,
                      artifact.member.name_range};
      const auto& methods = findings_.crop.methods;
      const bool called = std::any_of(methods.begin(), methods.end(), [&](const Method& method) {
        return method.instance == artifact.name;
      });
      const auto& dropped = findings_.plan.dropped;
      const bool is_state = !std::count(dropped.begin(), dropped.end(), artifact.name);
      subject.emitted = called || is_state;
      subject.because.push_back("registered at " + place_of(subject.at, sources_));
      if (is_state) subject.because.push_back("its data is a member of the emitted struct");
      if (!is_state && called)
        subject.because.push_back("it has no data: its methods are functions");
      for (const Method& method : methods) {
        if (method.instance != artifact.name || method.origin.method.empty()) continue;
        if (instance_of(method.origin.method) == artifact.name) continue;
        subject.because.push_back(
            use_of(method.origin, label(method.origin.method), label(method.key)));
      }
      subjects_.push_back(subject);
      add_data(artifact, is_state);
    }
    for (const Member& member : registry_.service.members)
      if (!member.is_function && !member.is_other && !registry_.find(member.name))
        subjects_.push_back({registry_.service.name + "." + member.name,
                             "data of " + registry_.service.name,
                             member.range,
                             true,
                             {},
                             {"the service's data stays, used or not"}});
  }

  void add_data(const Registered& artifact, bool is_state) {
    for (const Declaration& declaration : findings_.crop.declarations) {
      if (declaration.class_name != artifact.class_name) continue;
      for (const Declaration::Part& part : declaration.parts)
        if (!part.is_method && !part.is_access && !part.name.empty() &&
            part.name != artifact.class_name)
          subjects_.push_back({artifact.name + "." + part.name,
                               "data of " + artifact.name,
                               findings_.bound.original(part.range),
                               is_state,
                               {},
                               {is_state ? "an artifact's data stays, used or not"
                                         : "nothing of " + artifact.name + " is left"}});
    }
  }

  void add_methods() {
    std::set<std::string> reached;
    for (const Method& method : findings_.crop.methods) {
      const auto function = findings_.plan.functions.find(method.key);
      const std::string as = function == findings_.plan.functions.end()
                                 ? "a member of " + method.class_name
                                 : "the function " + function->second;
      subjects_.push_back({label(method.key), "method, emitted as " + as,
                           findings_.bound.original(method.slice), true, method.origin});
      reached.insert(label(method.key));
    }
    auto add_unreached = [&](const std::string& owner, const std::vector<Member>& members,
                             const std::string& class_name) {
      for (const Member& member : members)
        if (member.is_function && member.name != class_name &&
            !reached.count(owner + "." + member.name))
          subjects_.push_back({owner + "." + member.name, "method", member.range});
    };
    for (const Registered& artifact : registry_.artifacts)
      add_unreached(artifact.name, artifact.methods, artifact.class_name);
    add_unreached(registry_.service.name, registry_.service.members, registry_.service.name);
  }

  void add_hooks() {
    for (const std::string& hook : registry_.hooks) {
      const std::vector<const Registered*> listeners = registry_.defining(hook);
      Subject subject{"hooks." + hook, "hook", {}, !listeners.empty()};
      for (const FileRange& at : uses_in_text(subject.name))
        subject.because.push_back("named at " + place_of(at, sources_) + "   " +
                                  text_of_line(at, sources_));
      for (const Registered* listener : listeners)
        subject.because.push_back("heard by " + listener->name);
      if (listeners.empty())
        subject.because.push_back("nothing that is registered has the method: no call is left");
      subjects_.push_back(std::move(subject));
    }
  }

  void add_declarations() {
    for (const Declaration& declaration : findings_.crop.declarations) {
      if (declaration.range.file == findings_.bound.main_path || declaration.is_service) continue;
      std::string scope;
      for (const std::string& space : declaration.spaces) {
        const size_t name = space.rfind(' ');
        if (name != std::string::npos) scope += space.substr(name + 1) + "::";
      }
      for (const std::string& name : declaration.names)
        if (!name.empty())
          subjects_.push_back({scope + name, declaration.kind,
                               findings_.bound.original(declaration.range), declaration.reached,
                               declaration.origin});
    }
  }

  void add_macros() {
    std::set<FileRange> seen;
    for (const bool emitted : {true, false})
      for (const MacroUse& use : findings_.preprocessed.macros) {
        if (!use.local || is_emitted(use.at, findings_.crop) != emitted) continue;
        if (!seen.insert(use.definition).second) continue;
        Origin origin{.at = use.at};
        subjects_.push_back({use.name, "macro", findings_.bound.original(use.definition), emitted,
                             reader_of(origin)});
      }
  }

  void add_includes() {
    for (const Include& include : findings_.imports.includes) {
      Subject subject{include.spelled, "third-party header", {}, true};
      for (const Include::Need& need : include.needs) {
        const std::string place = place_of(findings_.bound.original(need.at), sources_);
        subject.because.push_back(need.symbol + (place.empty() ? "" : ", used at " + place));
      }
      subjects_.push_back(std::move(subject));
      for (const Include::Need& need : include.needs)
        subjects_.push_back(
            {need.symbol, "from " + include.spelled, {}, true, reader_of({.at = need.at})});
    }
  }

  /// Who reads the text at `origin.at`: a method, or a declaration.
  Origin reader_of(Origin origin) const {
    for (const Method& method : findings_.crop.methods)
      if (contains(method.slice, origin.at)) {
        origin.method = method.key;
        return origin;
      }
    const auto& declarations = findings_.crop.declarations;
    for (size_t i = 0; i < declarations.size(); ++i)
      if (contains(declarations[i].range, origin.at)) origin.declaration = static_cast<int>(i);
    return origin;
  }

  // ---- names ----

  /// "kv_cache.append@812" → "kv_cache.append"
  static std::string label(const std::string& key) { return key.substr(0, key.find('@')); }
  static std::string instance_of(const std::string& key) { return key.substr(0, key.find('.')); }

  static std::string last_part(llvm::StringRef name) {
    if (name.starts_with("<")) return name.drop_front().drop_back().str();
    const size_t at = name.find_last_of(".:");
    return at == llvm::StringRef::npos ? name.str() : name.drop_front(at + 1).str();
  }

  static bool is_called(const Subject& subject, llvm::StringRef name) {
    name.consume_front("self.");
    name.consume_front("::");
    return subject.name == name || last_part(subject.name) == name;
  }

  // ---- why it is there ----

  std::string describe(const Subject& subject) const {
    const std::string place = place_of(subject.at, sources_);
    std::string out = subject.name + ": " + subject.what;
    if (!subject.emitted) out += ", not emitted";
    out += (place.empty() ? "" : "  (" + place + ")") + std::string("\n");
    for (const std::string& reason : subject.because) out += "  " + reason + "\n";
    if (!subject.because.empty()) return out;
    return out + (subject.emitted ? chain(subject) : why_not(subject, 1));
  }

  /// "services/decode.h:43: Decode.run → model.prefill   self.model.prefill(tokens);"
  std::string use_of(const Origin& origin, const std::string& by, const std::string& used) const {
    const FileRange at = findings_.bound.original(origin.at);
    const std::string place = place_of(at, sources_);
    const std::string text = text_of_line(at, sources_);
    return (place.empty() ? "" : place + ": ") + by + " → " + used +
           (text.empty() ? "" : "   " + text);
  }

  /// From the entry down to the subject, a line for each use.
  std::string chain(const Subject& subject) const {
    std::vector<std::string> steps;
    Origin origin = subject.origin;
    std::string used = subject.name;
    std::set<std::pair<std::string, int>> seen;
    while (seen.insert({origin.method, origin.declaration}).second) {
      std::string by;
      const Origin* next = nullptr;
      if (!origin.method.empty()) {
        by = label(origin.method);
        for (const Method& method : findings_.crop.methods)
          if (method.key == origin.method) next = &method.origin;
      } else if (origin.declaration >= 0) {
        const Declaration& declaration = findings_.crop.declarations[origin.declaration];
        if (declaration.range.file != findings_.bound.main_path) {
          by = declaration.names.empty() ? "a declaration" : declaration.names[0];
          next = &declaration.origin;
        }
      }
      if (by.empty()) break;
      steps.push_back(use_of(origin, by, used));
      used = by;
      if (!next) break;
      origin = *next;
    }
    const bool from_main = origin.declaration >= 0 || !origin.method.empty();
    const std::string service = registry_.service.name;
    const bool is_registered = std::any_of(
        registry_.artifacts.begin(), registry_.artifacts.end(), [&](const Registered& artifact) {
          return last_part(artifact.class_name.substr(0, artifact.class_name.find('<'))) == used;
        });
    std::string out = used == service + ".run" ? "is the entry"
                      : is_registered          ? "is registered in " + service
                      : from_main ? "is what main is written with"
                                  : "acts without being named: a side effect, a specialization, a "
                                    "deduction guide, a using-directive of a file in use";
    out = "  " + used + " " + out + "\n";
    for (size_t i = steps.size(); i-- > 0;) out += "  " + steps[i] + "\n";
    return out;
  }

  // ---- why it is not ----

  std::string why_not(const Subject& subject, int depth) const {
    const std::string indent(2 * depth, ' ');
    const std::vector<Mention> mentions = find_mentions(subject);
    if (mentions.empty()) return indent + "nothing names it\n";
    std::string out;
    for (const Mention& mention : mentions) {
      const std::string where = place_of(mention.at, sources_);
      out += indent + "named at " + where + "   " + text_of_line(mention.at, sources_) + "\n";
      if (!mention.hidden_by.empty()) {
        out += indent + "  " + mention.hidden_by + "\n";
        continue;
      }
      out += indent + "  " + mention.owner + " is not reached itself\n";
      const auto owner = std::find_if(
          subjects_.begin(), subjects_.end(),
          [&](const Subject& other) { return other.name == mention.owner && !other.emitted; });
      if (owner != subjects_.end() && depth < 4) out += why_not(*owner, depth + 2);
    }
    return out;
  }

  std::vector<Mention> find_mentions(const Subject& subject) const {
    std::vector<Mention> out;
    for (const FileRange& at : uses_in_text(last_part(subject.name))) {
      if (contains(subject.at, at)) continue;
      if (const auto mention = hidden_mention(at)) out.push_back(*mention);
    }
    return out;
  }

  /// Where the authors' text, comments apart, has these words.
  std::vector<FileRange> uses_in_text(const std::string& words) const {
    std::vector<FileRange> out;
    for (const auto& [path, file] : sources_.files) {
      if (!findings_.preprocessed.text.count(path) || is_of_coop(path)) continue;
      const llvm::StringRef text = file.text;
      for (size_t at = text.find(words); at != llvm::StringRef::npos; at = text.find(words, at + 1))
        if (is_word(text, at, words.size()) && !is_in_comment(text, at))
          out.push_back(
              {path, static_cast<unsigned>(at), static_cast<unsigned>(at + words.size())});
    }
    return out;
  }

  /// What hides the text at `at`; nothing if it is emitted, and so names something else.
  std::optional<Mention> hidden_mention(const FileRange& at) const {
    for (const Method& method : findings_.crop.methods)
      for (const Decision& decision : method.decisions)
        if (contains(findings_.bound.original(decision.hidden), at))
          return Mention{at, explain_decision(decision), ""};
    if (const auto condition = false_condition(at)) return Mention{at, *condition, ""};
    const Subject* owner = nullptr;
    for (const Subject& subject : subjects_)
      if (contains(subject.at, at) && (!owner || contains(owner->at, subject.at))) owner = &subject;
    if (!owner || owner->emitted) return std::nullopt;
    return Mention{at, "", owner->name};
  }

  std::string explain_decision(const Decision& decision) const {
    const FileRange at = findings_.bound.original(decision.condition);
    const std::string& text = sources_.files.at(at.file).text;
    return "`" + text.substr(at.begin, at.end - at.begin) + "` is " + decision.value + " (" +
           place_of(at, sources_) + ")";
  }

  /// "#if COOP_NODE is false (file:line)": the branch of the preprocessor that hides `at`.
  std::optional<std::string> false_condition(const FileRange& at) const {
    for (const ConditionalBlock& block : findings_.preprocessed.conditionals)
      for (size_t i = 0; i < block.branches.size(); ++i) {
        const auto& branch = block.branches[i];
        const unsigned next =
            i + 1 < block.branches.size() ? block.branches[i + 1].begin : block.end_begin;
        if (branch.taken || !contains(findings_.bound.original({block.file, branch.end, next}), at))
          continue;
        const FileRange line = findings_.bound.original({block.file, branch.begin, branch.begin});
        return "`" + text_of_line(line, sources_) + "` is not taken (" + place_of(line, sources_) +
               ")";
      }
    return std::nullopt;
  }

  const Findings& findings_;
  const Registry& registry_;
  const SourceTree& sources_;
  std::vector<Subject> subjects_;
};

}  // namespace

Result<std::string> explain_name(const std::string& name, const Findings& findings,
                                 const Registry& registry, const SourceTree& sources) {
  const Explainer explainer(findings, registry, sources);
  std::string text = explainer.explain(name);
  if (!text.empty()) return {std::move(text), {}};
  Diagnostic d = diagnose(DiagnosticName::unknown_name, {}, name, registry.service.name);
  for (const std::string& candidate : nearest(name, explainer.names()))
    d.notes.push_back({"did you mean '" + candidate + "'?", {}});
  return {std::nullopt, {std::move(d)}};
}

}  // namespace combiner
