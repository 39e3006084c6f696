#include "combiner/flatten/place_entries.h"

#include <algorithm>

#include "llvm/Support/Path.h"

namespace combiner {
namespace {

class Placer {
 public:
  Placer(SourceProgram& program, Result<PlacedEntries>& result)
      : program_(program), out_(result.value.emplace()), diagnostics_(result.diagnostics) {}

  void run() {
    out_.roots.resize(program_.commands.size());
    for (size_t i = 0; i < program_.entries.size(); ++i) {
      const Entry& entry = program_.entries[i];
      if (entry.parent >= 0) continue;
      auto& roots = out_.roots[entry.source];
      const bool is_source = entry.file == program_.commands[entry.source].file;
      roots.insert(is_source ? roots.end() : roots.begin(), static_cast<int>(i));
    }
    for (const auto& roots : out_.roots)
      for (int root : roots) place(root);
  }

 private:
  void place(int index) {
    Entry& entry = program_.entries[index];
    std::vector<int>& before = before_[entry.file];
    bool any_guarded = false;
    for (auto other = before.rbegin(); other != before.rend() && entry.is_guarded; ++other) {
      Entry& first = program_.entries[*other];
      if (!first.is_guarded) continue;
      any_guarded = true;
      if (!first.is_conditional && !declares_other_things(first, entry)) return merge(first, index);
    }
    if (!any_guarded && !before.empty()) {
      for (int other : before)
        if (is_same(program_.entries[other], entry)) return merge(program_.entries[other], index);
      if (program_.entries[before.front()].source != entry.source) close_guards(entry);
    }
    before.push_back(index);
    out_.placed[index].parts = divide_file(program_.texts.at(entry.file), entry);
    place_inclusions(entry);
  }

  /// The header is there already; what this source reads of it and the first did not is added.
  void merge(Entry& first, int index) {
    Entry& again = program_.entries[index];
    add_uses(first, again);
    const std::set<unsigned> added = compare(first, again);
    const SourceText& text = program_.texts.at(again.file);
    std::vector<Part> parts;
    if (!added.empty()) {
      std::vector<Part> whole = divide_file(text, again);
      take_branches(whole, text, again, added, parts);
    }
    place_inclusions(again);
    for (const auto& [hash, inclusion] : again.inclusions) {  // what it includes may have more
      const int directive = text.directive_at(hash);
      const bool is_there = std::any_of(parts.begin(), parts.end(), [&](const Part& part) {
        return part.begin <= hash && hash < part.end;
      });
      if (out_.placed.count(inclusion.entry) && directive >= 0 && !is_there)
        parts.push_back({Part::Kind::kDirective, text.directives[directive].begin,
                         text.directives[directive].end, directive});
    }
    std::sort(parts.begin(), parts.end(),
              [](const Part& a, const Part& b) { return a.begin < b.begin; });
    if (!parts.empty()) out_.placed[index].parts = std::move(parts);
  }

  /// A branch that the compiler decides comes with its #if.
  static void take_branches(std::vector<Part>& parts, const SourceText& text, const Entry& entry,
                            const std::set<unsigned>& hashes, std::vector<Part>& out) {
    for (Part& part : parts) {
      auto is_added = [&](const Part& branch) {
        return branch.kind == Part::Kind::kBranch &&
               hashes.count(text.directives[branch.index].hash);
      };
      const bool any_open =
          std::any_of(part.parts.begin(), part.parts.end(), [&](const Part& inner) {
            return is_added(inner) && is_open(entry.branches.at(text.directives[inner.index].hash));
          });
      if (any_open)
        out.push_back(part);
      else if (is_added(part))
        out.insert(out.end(), part.parts.begin(), part.parts.end());
      else
        take_branches(part.parts, text, entry, hashes, out);
    }
  }

  /// `#define lib other_lib` in front of a header that declares everything in lib.
  static bool declares_other_things(const Entry& first, const Entry& again) {
    bool any = false;
    auto same = first.items.begin();
    for (const Item& item : again.items) {
      while (same != first.items.end() && same->begin < item.begin) ++same;
      if (same == first.items.end()) break;
      if (same->begin != item.begin || item.declares.empty() || same->declares.empty()) continue;
      if (same->declares == item.declares) return false;
      any = true;
    }
    return any;
  }

  /// Without a guard, but it declares again what another source has had from it.
  static bool is_same(const Entry& first, const Entry& again) {
    if (first.source == again.source || first.items.empty() ||
        first.items.size() != again.items.size() || first.branches != again.branches)
      return false;
    for (size_t i = 0; i < first.items.size(); ++i)
      if (first.items[i].declares != again.items[i].declares) return false;
    return true;
  }

  void place_inclusions(const Entry& entry) {
    for (const auto& [hash, inclusion] : entry.inclusions)
      if (inclusion.entry >= 0 && !is_closed(entry, hash)) place(inclusion.entry);
  }

  /// A second source begins with no macros; in one file, what `#ifndef X` `#define X` guards was
  /// there before.
  void close_guards(Entry& entry) {
    const SourceText& text = program_.texts.at(entry.file);
    for (auto& [hash, branch] : entry.branches) {
      const int index = text.directive_at(hash);
      if (index < 0 || branch == Branch::kNever) continue;
      if (defines_what_is_not(text, index)) branch = Branch::kNever;
    }
  }

  /// #ifndef X
  /// #define X
  static bool defines_what_is_not(const SourceText& text, size_t index) {
    return index + 1 < text.directives.size() &&
           text.directives[index + 1].kind == Directive::Kind::kDefine &&
           text.directives[index + 1].name == guard_of(text, text.directives[index]);
  }

  /// `#ifndef X`, with a `#define X` before its end: X is defined behind it, whatever was before.
  static bool sees_to_definition(const SourceText& text, size_t index) {
    const std::string name = guard_of(text, text.directives[index]);
    int depth = 0;
    for (size_t i = index; i < text.directives.size(); ++i) {
      const Directive& directive = text.directives[i];
      depth += directive.kind == Directive::Kind::kIf;
      if (directive.kind == Directive::Kind::kEndif && --depth == 0) return false;
      if (directive.kind == Directive::Kind::kDefine && directive.name == name) return true;
    }
    return false;
  }

  /// X of `#ifndef X` and `#if !defined(X)`.
  static std::string guard_of(const SourceText& text, const Directive& directive) {
    std::vector<std::string> words;
    for (size_t i = directive.first_word; i < directive.last_word; ++i)
      if (text.words[i].kind != Word::Kind::kComment) words.push_back(text.spelling(text.words[i]));
    if (directive.keyword == "ifndef" && words.size() == 1) return words[0];
    std::erase_if(words, [](const std::string& word) { return word == "(" || word == ")"; });
    const bool is_guard =
        directive.keyword == "if" && words.size() == 3 && words[0] == "!" && words[1] == "defined";
    return is_guard ? words[2] : "";
  }

  /// Does a branch that is never taken hold this place?
  bool is_closed(const Entry& entry, unsigned offset) const {
    const SourceText& text = program_.texts.at(entry.file);
    std::vector<bool> never;
    for (const Directive& directive : text.directives) {
      if (directive.begin > offset) break;
      using Kind = Directive::Kind;
      const auto branch = entry.branches.find(directive.hash);
      const bool is_never = branch != entry.branches.end() && branch->second == Branch::kNever;
      if (directive.kind == Kind::kIf) never.push_back(is_never);
      if (never.empty()) continue;
      if (directive.kind == Kind::kElif || directive.kind == Kind::kElse) never.back() = is_never;
      if (directive.kind == Kind::kEndif) never.pop_back();
    }
    return std::find(never.begin(), never.end(), true) != never.end();
  }

  /// What another source reaches through the same header.
  static void add_uses(Entry& first, const Entry& again) {
    for (const Item& item : again.items)
      for (Item& same : first.items) {
        if (item.begin < same.begin || item.end > same.end) continue;
        same.uses.insert(item.uses.begin(), item.uses.end());
        same.uses_names.insert(item.uses_names.begin(), item.uses_names.end());
        same.triggers.insert(item.triggers.begin(), item.triggers.end());
      }
    for (const auto& [offset, meanings] : again.meanings)
      first.meanings.try_emplace(offset, meanings);
  }

  /// Branches that this source takes and the first did not. Within a declaration there is no such
  /// thing: one text cannot serve both.
  std::set<unsigned> compare(Entry& first, const Entry& again) {
    std::set<unsigned> added;
    for (const auto& [hash, branch] : again.branches) {
      const auto same = first.branches.find(hash);
      if (same == first.branches.end() || same->second == branch) continue;
      if (is_open(same->second) && is_open(branch)) continue;
      if (is_taken(same->second) == is_taken(branch)) {  // one of them leaves it to the compiler
        same->second = is_taken(branch) ? Branch::kTakenHere : Branch::kSkippedHere;
        continue;
      }
      const SourceText& text = program_.texts.at(first.file);
      const int index = text.directive_at(hash);
      if (sees_to_definition(text, index)) continue;
      if (is_within_item(first, hash) || is_within_item(again, hash))
        refuse(first, again, hash, text.directives[index]);
      else if (is_taken(branch))
        added.insert(hash);
    }
    return added;
  }

  static bool is_within_item(const Entry& entry, unsigned offset) {
    return std::any_of(entry.items.begin(), entry.items.end(),
                       [&](const Item& item) { return item.begin <= offset && offset < item.end; });
  }

  void refuse(const Entry& first, const Entry& again, unsigned hash, const Directive& directive) {
    if (!told_.insert(first.file).second) return;
    const std::string& text = program_.texts.at(first.file).text;
    const llvm::StringRef condition =
        llvm::StringRef(text).slice(directive.hash, directive.end).trim();
    const unsigned end = hash + static_cast<unsigned>(condition.size());
    diagnostics_.push_back(
        diagnose(DiagnosticName::header_differs, {first.file, hash, end},
                 llvm::sys::path::filename(program_.commands[first.source].file),
                 llvm::sys::path::filename(program_.commands[again.source].file)));
  }

  /// Is it the compiler that decides?
  static bool is_open(Branch branch) {
    return branch == Branch::kTakenHere || branch == Branch::kSkippedHere;
  }

  static bool is_taken(Branch branch) {
    return branch == Branch::kTaken || branch == Branch::kTakenHere;
  }

  SourceProgram& program_;
  PlacedEntries& out_;
  Diagnostics& diagnostics_;
  std::map<std::string, std::vector<int>> before_;  // by file: entries that are placed
  std::set<std::string> told_;
};

}  // namespace

Result<PlacedEntries> place_entries(SourceProgram& program) {
  Result<PlacedEntries> result;
  Placer(program, result).run();
  return result;
}

}  // namespace combiner
