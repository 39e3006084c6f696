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
    bool any_guarded = false, any_other = false;
    for (auto other = before.rbegin(); other != before.rend() && entry.is_guarded; ++other) {
      Entry& first = program_.entries[*other];
      if (!first.is_guarded) continue;
      any_guarded = true;
      if (declares_other_things(first, entry))
        any_other = true;
      else if (!first.is_conditional || is_in_its_place(*other, entry))
        return merge(*other, index);
    }
    if (!any_guarded && !before.empty()) {
      for (int other : before)
        if (is_same(program_.entries[other], entry)) return merge(other, index);
      close_guards(entry, before);
      for (int other : before) find_above(program_.entries[other], entry);
    }
    before.push_back(index);
    out_.placed[index] = {divide_file(program_.texts.at(entry.file), entry), any_other};
    place_inclusions(entry);
  }

  /// Included by the same line of a header that is there already: what a compiler reads of that, it
  /// reads of this.
  bool is_in_its_place(int first, const Entry& again) const {
    const Entry& before = program_.entries[first];
    const auto parent = merged_.find(again.parent);
    if (parent == merged_.end() || parent->second != before.parent) return false;
    const auto entering = [&](const Entry& by, int entry) {
      const auto found = std::find_if(by.inclusions.begin(), by.inclusions.end(),
                                      [&](const auto& i) { return i.second.entry == entry; });
      return found == by.inclusions.end() ? -1 : static_cast<int>(found->first);
    };
    const int here = &again - program_.entries.data();
    const int line = entering(program_.entries[before.parent], first);
    return line >= 0 && line == entering(program_.entries[again.parent], here);
  }

  /// The header is there already; what this source reads of it and the first did not is added.
  void merge(int first_index, int index) {
    merged_[index] = first_index;
    Entry& first = program_.entries[first_index];
    Entry& again = program_.entries[index];
    add_uses(first, again);
    const std::set<unsigned> added = compare(first, again);
    const SourceText& text = program_.texts.at(again.file);
    place_inclusions(again);
    std::set<unsigned> includes;  // what it includes may have more
    for (const auto& [hash, inclusion] : again.inclusions)
      if (out_.placed.count(inclusion.entry)) includes.insert(hash);
    if (added.empty() && includes.empty()) return;
    std::vector<Part> whole = divide_file(text, again);
    std::vector<Part> parts;
    take_branches(whole, text, again, added, parts);
    for (Part& part : take_includes(whole, text, again, includes)) {
      const bool is_there = std::any_of(parts.begin(), parts.end(), [&](const Part& other) {
        return other.begin <= part.begin && part.begin < other.end;
      });
      if (!is_there) parts.push_back(std::move(part));
    }
    std::sort(parts.begin(), parts.end(),
              [](const Part& a, const Part& b) { return a.begin < b.begin; });
    if (!parts.empty()) out_.placed[index] = {std::move(parts), /*is_more=*/true};
  }

  /// Includes alone, each with the #if that the compiler decides.
  static std::vector<Part> take_includes(const std::vector<Part>& parts, const SourceText& text,
                                         const Entry& entry, const std::set<unsigned>& hashes) {
    std::vector<Part> out;
    for (const Part& part : parts) {
      if (part.kind == Part::Kind::kDirective) {
        if (hashes.count(text.directives[part.index].hash)) out.push_back(part);
        continue;
      }
      std::vector<Part> inner = take_includes(part.parts, text, entry, hashes);
      const bool is_open =
          part.kind == Part::Kind::kConditional &&
          std::any_of(part.parts.begin(), part.parts.end(), [&](const Part& branch) {
            const auto outcome = entry.branches.find(text.directives[branch.index].hash);
            return outcome != entry.branches.end() && Placer::is_open(outcome->second);
          });
      if (!is_open || inner.empty()) {
        out.insert(out.end(), inner.begin(), inner.end());
        continue;
      }
      out.push_back(part);
      for (Part& branch : out.back().parts)
        branch.parts = take_includes(branch.parts, text, entry, hashes);
    }
    return out;
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
      if (first.items[i].declares != again.items[i].declares ||
          first.items[i].has_body != again.items[i].has_body)
        return false;
    return true;
  }

  void place_inclusions(const Entry& entry) {
    for (const auto& [hash, inclusion] : entry.inclusions)
      if (inclusion.entry >= 0 && !is_closed(entry, hash)) place(inclusion.entry);
  }

  /// A second source begins with no macros; in one file, what `#ifndef X` `#define X` guards was
  /// there before, if an earlier source had it.
  void close_guards(Entry& entry, const std::vector<int>& before) {
    const SourceText& text = program_.texts.at(entry.file);
    for (auto& [hash, branch] : entry.branches) {
      const int index = text.directive_at(hash);
      if (index < 0 || branch == Branch::kNever || !defines_what_is_not(text, index)) continue;
      for (int other : before) {
        const Entry& first = program_.entries[other];
        const auto had = first.branches.find(hash);
        const bool is_source = first.file == program_.commands[first.source].file;
        if (is_source) continue;  // its macros end with it
        if (first.source != entry.source && had != first.branches.end() && is_taken(had->second))
          branch =
              is_open(had->second) || first.is_conditional ? Branch::kTakenHere : Branch::kNever;
      }
    }
  }

  /// A file without a guard that two sources include, or that is a source itself: what it declares
  /// is there once.
  void find_above(Entry& first, Entry& again) {
    if (first.source == again.source || first.is_conditional) return;
    for (Item& item : again.items) {
      if (item.is_above || item.declares.empty()) continue;
      for (Item& same : first.items) {
        if (same.begin != item.begin || same.end != item.end || same.is_above ||
            same.has_body != item.has_body || !declares_all(same, item.declares) ||
            !is_as_sure(first, again, program_.texts.at(first.file), item.begin))
          continue;
        item.is_above = true;
        note_difference(first, same, again, item);
        join(same, item);
        std::sort(same.declares.begin(), same.declares.end());
        same.declares.erase(std::unique(same.declares.begin(), same.declares.end()),
                            same.declares.end());
      }
    }
  }

  /// What each source has for itself may differ in another: a static function's word means another
  /// thing, a struct has another size. (What all have in common may not: that is for the linker.)
  void note_difference(const Entry& first, Item& item, const Entry& again, const Item& same) const {
    const bool is_whole = item.begin == same.begin && item.end == same.end;
    if (is_whole && item.shape != same.shape) {
      item.differs_at = item.begin;
      item.differs_in = again.source;
    }
    const bool is_private =
        std::any_of(item.declares.begin(), item.declares.end(),
                    [&](Symbol one) { return !program_.symbols[one].starts_with("c:"); });
    if (!is_private || !item.has_body) return;
    const SourceText& text = program_.texts.at(first.file);
    for (size_t i = text.word_at(item.begin);
         i < text.words.size() && text.words[i].begin < item.end && item.differs_in < 0; ++i) {
      const unsigned at = text.words[i].begin;
      if (text.words[i].kind != Word::Kind::kIdentifier || text.words[i].in_directive) continue;
      if (means_alike(first, again, at) && definitions(first, at) == definitions(again, at))
        continue;
      item.differs_at = at;
      item.differs_in = again.source;
    }
  }

  bool means_alike(const Entry& first, const Entry& again, unsigned offset) const {
    const auto one = first.meanings.find(offset), other = again.meanings.find(offset);
    if (one == first.meanings.end() || other == again.meanings.end()) return true;
    if (one->second.empty() || other->second.empty()) return true;
    return std::any_of(one->second.begin(), one->second.end(), [&](Symbol a) {
      return std::any_of(other->second.begin(), other->second.end(),
                         [&](Symbol b) { return is_same_symbol(a, b); });
    });
  }

  /// What the macro at `offset` expands to, word by word, with the macros in it; of a library's
  /// macro, that it is one.
  std::set<std::vector<std::string>> definitions(const Entry& entry, unsigned offset) const {
    std::set<std::vector<std::string>> out;
    auto add = [&](const std::string& place) {
      const size_t colon = place.rfind(':');
      const auto found = program_.texts.find(place.substr(0, colon));
      const int index = colon == std::string::npos || found == program_.texts.end()
                            ? -1
                            : found->second.directive_at(std::stoul(place.substr(colon + 1)));
      std::vector<std::string> words;
      if (index >= 0) words = words_of(found->second, found->second.directives[index]);
      out.insert(std::move(words));
    };
    if (const auto use = entry.macro_uses.find(offset); use != entry.macro_uses.end())
      add(use->second);
    if (const auto nested = entry.nested_macros.find(offset); nested != entry.nested_macros.end())
      for (const std::string& place : nested->second) add(place);
    return out;
  }

  static std::vector<std::string> words_of(const SourceText& text, const Directive& directive) {
    std::vector<std::string> out;
    for (size_t i = directive.first_word; i < directive.last_word; ++i)
      if (text.words[i].kind != Word::Kind::kComment) out.push_back(text.spelling(text.words[i]));
    return out;
  }

  /// The name of a file's own symbol begins with its path where the file is a source.
  bool is_same_symbol(Symbol a, Symbol b) const {
    const std::string &one = program_.symbols[a], &other = program_.symbols[b];
    if (one.starts_with("c:") == other.starts_with("c:")) return a == b;
    return one.ends_with(":" + other) || other.ends_with(":" + one);
  }
  bool declares_all(const Item& item, const std::vector<Symbol>& symbols) const {
    return std::all_of(symbols.begin(), symbols.end(), [&](Symbol one) {
      return std::any_of(item.declares.begin(), item.declares.end(),
                         [&](Symbol other) { return is_same_symbol(one, other); });
    });
  }

  /// Does every compiler that reads this place of the one read that of the other?
  static bool is_as_sure(const Entry& first, const Entry& again, const SourceText& text,
                         unsigned offset) {
    std::vector<unsigned> open;
    for (const Directive& directive : text.directives) {
      if (directive.begin > offset) break;
      using Kind = Directive::Kind;
      if (directive.kind == Kind::kIf) open.push_back(directive.hash);
      if (open.empty()) continue;
      if (directive.kind == Kind::kElif || directive.kind == Kind::kElse)
        open.back() = directive.hash;
      if (directive.kind == Kind::kEndif) open.pop_back();
    }
    return std::all_of(open.begin(), open.end(), [&](unsigned hash) {
      const auto one = first.branches.find(hash), other = again.branches.find(hash);
      return one != first.branches.end() && other != again.branches.end() &&
             (!is_open(one->second) || is_open(other->second));
    });
  }

  /// #ifndef X
  /// #define X
  static bool defines_what_is_not(const SourceText& text, size_t index) {
    return index + 1 < text.directives.size() &&
           text.directives[index + 1].kind == Directive::Kind::kDefine &&
           text.directives[index + 1].name == macro_not_defined(text, text.directives[index]);
  }

  /// `#ifndef X`, with a `#define X` before its end: X is defined behind it, whatever was before.
  static bool sees_to_definition(const SourceText& text, size_t index) {
    const std::string name = macro_not_defined(text, text.directives[index]);
    int depth = 0;
    for (size_t i = index; i < text.directives.size(); ++i) {
      const Directive& directive = text.directives[i];
      depth += directive.kind == Directive::Kind::kIf;
      if (directive.kind == Directive::Kind::kEndif && --depth == 0) return false;
      if (directive.kind == Directive::Kind::kDefine && directive.name == name) return true;
    }
    return false;
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
  void add_uses(Entry& first, const Entry& again) const {
    for (const Item& item : again.items)
      for (Item& same : first.items) {
        if (item.begin < same.begin || item.end > same.end) continue;
        if (same.differs_in < 0) note_difference(first, same, again, item);
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
  std::map<int, int> merged_;                       // entries whose text another one has
  std::set<std::string> told_;
};

}  // namespace

Result<PlacedEntries> place_entries(SourceProgram& program) {
  Result<PlacedEntries> result;
  Placer(program, result).run();
  return result;
}

}  // namespace combiner
