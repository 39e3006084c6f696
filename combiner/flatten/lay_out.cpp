#include "combiner/flatten/lay_out.h"

#include <algorithm>

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

constexpr llvm::StringLiteral kByteOrderMark = "\xEF\xBB\xBF";  // none within a file

class Writer {
 public:
  Writer(const SourceProgram& program, const PlacedEntries& entries, const Live& live,
         const Renames& renames)
      : program_(program), entries_(entries), live_(live), renames_(renames) {}

  FlatText run() {
    note_often();
    for (const auto& [index, item] : live_.items) {
      const auto& spaces = program_.entries[index].items[item].spaces;
      named_.insert(spaces.begin(), spaces.end());
    }
    for (size_t source = 0; source < entries_.roots.size(); ++source) {
      source_ = source;
      for (int root : entries_.roots[source]) write_entry(root);
      if (source + 1 < entries_.roots.size()) forget_macros(entries_.roots[source].back());
    }
    return std::move(out_);
  }

 private:
  // ---- what stays ----

  bool stays(int index, const Part& part) {
    const Entry& entry = program_.entries[index];
    const SourceText& text = program_.texts.at(entry.file);
    auto any = [&](const std::vector<Part>& parts) {
      return std::any_of(parts.begin(), parts.end(),
                         [&](const Part& inner) { return stays(index, inner); });
    };
    switch (part.kind) {
      case Part::Kind::kItem:
        return live_.items.count({index, part.index}) > 0;
      case Part::Kind::kSpace: {
        const auto& symbols = entry.spaces[part.index].symbols;
        return any(part.parts) || std::any_of(symbols.begin(), symbols.end(), [&](Symbol symbol) {
                 return named_.count(symbol) && !there_.count(symbol);
               });
      }
      case Part::Kind::kConditional:
        return live_.conditionals.count(&part) > 0 ||
               std::any_of(part.parts.begin(), part.parts.end(),
                           [&](const Part& branch) { return any(branch.parts); });
      case Part::Kind::kBranch:
        return any(part.parts);
      case Part::Kind::kSkipped:
      case Part::Kind::kComment:
        return false;
      case Part::Kind::kText:
        return has_words(text, part);
      case Part::Kind::kDirective:
        return directive_stays(index, text.directives[part.index]);
    }
    return true;
  }

  static bool has_words(const SourceText& text, const Part& part) {
    for (size_t i = text.word_at(part.begin);
         i < text.words.size() && text.words[i].begin < part.end; ++i)
      if (text.words[i].kind != Word::Kind::kComment) return true;
    return false;
  }

  bool directive_stays(int index, const Directive& directive) {
    using Kind = Directive::Kind;
    if (directive.kind == Kind::kDefine || directive.kind == Kind::kUndef)
      return live_.spelled.count(directive.name) > 0;
    if (directive.kind == Kind::kPragma) return directive.name != "once";
    if (directive.kind != Kind::kInclude) return true;
    const auto& inclusions = program_.entries[index].inclusions;
    const auto found = inclusions.find(directive.hash);
    if (found == inclusions.end()) return true;
    if (!found->second.is_local) return !is_included_before(found->second);
    if (found->second.entry < 0) return needs_again(found->second);
    const auto placed = entries_.placed.find(found->second.entry);
    return placed != entries_.placed.end() &&
           std::any_of(placed->second.parts.begin(), placed->second.parts.end(),
                       [&](const Part& part) { return stays(placed->first, part); });
  }

  bool is_included_before(const Inclusion& inclusion) const {
    return !inclusion.target.empty() && !inclusion.repeats && included_.count(inclusion.target) > 0;
  }

  // ---- text ----

  void write_entry(int index) {
    const auto placed = entries_.placed.find(index);
    if (placed == entries_.placed.end()) return;
    const std::string& file = program_.entries[index].file;
    const bool is_guarded = program_.entries[index].is_guarded;
    if (is_guarded && !placed->second.is_more && is_there(file)) {
      seam_ = true;
      return;
    }
    const bool is_new = is_guarded && !is_there(file);
    const std::string once = is_new ? open_once(file) : "";
    const bool is_outer = writing_.insert(file).second;
    write(index, placed->second.parts, /*whole=*/false);
    end_line();
    if (is_outer) writing_.erase(file);
    if (!once.empty()) add_own("#endif  // " + once + "\n");
  }

  // ---- a header for each compiler ----

  /// Is a guarded file above, for every compiler that reads this place?
  bool is_there(const std::string& file) const {
    const auto found = written_.find(file);
    if (found == written_.end()) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const auto& before) {
      return before.size() <= around_.size() &&
             std::equal(before.begin(), before.end(), around_.begin());
    });
  }

  /// Where only one compiler may read a header, another may need it again: then its text has a
  /// guard in each place. Returns the guard's macro.
  std::string open_once(const std::string& file) {
    const bool again = written_.count(file) > 0;
    written_[file].push_back(around_);
    if (!again && (around_.empty() || !often_.count(file))) return "";
    const std::string once = once_macro(file);
    end_line();
    add_own("#ifndef " + once + "\n#define " + once + "\n");
    return once;
  }

  std::string once_macro(const std::string& file) {
    std::string name;
    for (const char c : llvm::sys::path::filename(file))
      name += llvm::isAlnum(c) ? llvm::toUpper(c) : '_';
    name += "_ONCE";
    while (once_.try_emplace(name, file).first->second != file) name += "_";
    return name;
  }

  /// Clang has read the header above; another compiler may not have.
  bool needs_again(const Inclusion& inclusion) const {
    return again_of(inclusion.target) >= 0 && !is_there(inclusion.target) &&
           !writing_.count(inclusion.target);
  }

  int again_of(const std::string& file) const {
    for (const auto& [index, placed] : entries_.placed)
      if (program_.entries[index].file == file && program_.entries[index].is_guarded) return index;
    return -1;
  }

  void write_again(const Inclusion& inclusion) {
    if (needs_again(inclusion))
      write_entry(again_of(inclusion.target));
    else
      seam_ = true;
  }

  /// Files that more than one directive includes.
  void note_often() {
    std::map<std::string, std::set<std::pair<std::string, unsigned>>> places;
    auto note = [&](const std::string& file, const std::map<unsigned, Inclusion>& inclusions) {
      for (const auto& [hash, inclusion] : inclusions)
        if (inclusion.is_local) places[inclusion.target].insert({file, hash});
    };
    for (const Entry& entry : program_.entries) note(entry.file, entry.inclusions);
    for (const auto& [file, inclusions] : program_.skipped_inclusions) note(file, inclusions);
    for (const auto& [file, directives] : places)
      if (directives.size() > 1) often_.insert(file);
  }

  /// A file need not end with its last line.
  void end_line() {
    if (!out_.chunks.empty() && !out_.chunks.back().text.ends_with('\n')) add_own("\n");
  }

  void write(int index, const std::vector<Part>& parts, bool whole) {
    for (size_t i = 0; i < parts.size(); ++i) {
      const Part& part = parts[i];
      if (part.kind == Part::Kind::kComment && !whole) {
        if (speaks(index, parts, i)) add(index, part.begin, part.end);
        continue;
      }
      write_part(index, part, whole);
    }
  }

  /// A comment stays with what follows it, up to the next one; the first of a file with the file.
  bool speaks(int index, const std::vector<Part>& parts, size_t comment) {
    const SourceText& text = program_.texts.at(program_.entries[index].file);
    const bool is_license = parts[comment].begin == 0;
    if (!has_comment(text, parts[comment])) return true;  // blank lines
    for (size_t i = comment + 1; i < parts.size(); ++i) {
      if (parts[i].kind == Part::Kind::kComment && !is_license && has_comment(text, parts[i]))
        return false;
      if (stays(index, parts[i])) return true;
    }
    return false;
  }

  static bool has_comment(const SourceText& text, const Part& part) {
    const size_t word = text.word_at(part.begin);
    return word < text.words.size() && text.words[word].begin < part.end;
  }

  void write_part(int index, const Part& part, bool whole) {
    const Entry& entry = program_.entries[index];
    const SourceText& text = program_.texts.at(entry.file);
    switch (part.kind) {
      case Part::Kind::kText:
      case Part::Kind::kComment:
        add(index, part.begin, part.end);
        break;
      case Part::Kind::kItem:
        if (stays(index, part))
          write(index, part.parts, /*whole=*/true);
        else
          seam_ = true;
        break;
      case Part::Kind::kSpace:
        write_space(index, part);
        break;
      case Part::Kind::kConditional:
        write_conditional(index, part, whole);
        break;
      case Part::Kind::kBranch:
        write(index, part.parts, whole);
        break;
      case Part::Kind::kSkipped:
        skipped_.clear();
        write_skipped(text, part.begin, part.end, index);
        break;
      case Part::Kind::kDirective:
        write_directive(index, text.directives[part.index], whole);
        break;
    }
  }

  void write_space(int index, const Part& part) {
    if (!stays(index, part)) {
      seam_ = true;
      return;
    }
    const Space& space = program_.entries[index].spaces[part.index];
    there_.insert(space.symbols.begin(), space.symbols.end());
    const unsigned first = part.parts.empty() ? part.end : part.parts.front().begin;
    const unsigned last = part.parts.empty() ? part.end : part.parts.back().end;
    add(index, part.begin, first);
    write(index, part.parts, /*whole=*/false);
    add(index, last, part.end);
  }

  /// Before:  #if A  (every compiler: no)       After:  #ifdef __clang__
  ///          #elif defined(__clang__)
  void write_conditional(int index, const Part& part, bool whole) {
    const Entry& entry = program_.entries[index];
    const SourceText& text = program_.texts.at(entry.file);
    if (!whole && !stays(index, part)) {
      seam_ = true;
      return;
    }
    bool open = false;
    for (const Part& branch : part.parts) {
      const Directive& directive = text.directives[branch.index];
      const auto found = entry.branches.find(directive.hash);
      const Branch outcome = found == entry.branches.end() ? Branch::kNever : found->second;
      if (outcome == Branch::kNever) {
        seam_ = true;
        continue;
      }
      if (outcome == Branch::kTaken) {
        seam_ = true;
        write(index, branch.parts, whole);
        seam_ = true;
        continue;
      }
      if (!open && directive.kind != Directive::Kind::kIf) {
        const unsigned keyword = directive.keyword.size();
        const unsigned at = text.text.find(directive.keyword, directive.hash);
        add_own("#" + directive.keyword.substr(2));  // elif, elifdef
        add_condition(index, at + keyword, directive.end);
      } else {
        add_condition(index, directive.begin, directive.end);
      }
      open = true;
      around_.push_back(++branches_);
      write(index, branch.parts, whole);
      around_.pop_back();
    }
    if (open) {
      const Directive& endif = text.directives[text.directive_at(part.end - 1)];
      add(index, endif.begin, endif.end);
    }
  }

  /// __has_include of a file that is in the text above is 1.
  void add_condition(int index, unsigned begin, unsigned end) {
    for (const auto& [probe, behind] : program_.entries[index].local_probes) {
      if (probe < begin || behind > end) continue;
      add(index, begin, probe);
      add_own("1");
      begin = behind;
    }
    add(index, begin, end);
  }

  void write_directive(int index, const Directive& directive, bool whole) {
    using Kind = Directive::Kind;
    const Entry& entry = program_.entries[index];
    if (directive.kind == Kind::kInclude) {
      const auto found = entry.inclusions.find(directive.hash);
      if (found == entry.inclusions.end()) return add(index, directive.begin, directive.end);
      const Inclusion& inclusion = found->second;
      if (inclusion.is_local) {
        if (inclusion.entry < 0) {
          write_again(inclusion);
        } else if (whole) {
          const auto placed = entries_.placed.find(inclusion.entry);
          if (placed != entries_.placed.end()) write(placed->first, placed->second.parts, true);
          end_line();
        } else {
          write_entry(inclusion.entry);
        }
        return;
      }
      if (is_included_before(inclusion)) {
        seam_ = true;
        return;
      }
      if (around_.empty() && !whole) included_.insert(inclusion.target);
      return add(index, directive.begin, directive.end);
    }
    const bool is_macro = directive.kind == Kind::kDefine || directive.kind == Kind::kUndef;
    const bool goes = is_macro ? live_.spelled.count(directive.name) == 0
                               : directive.kind == Kind::kPragma && directive.name == "once";
    if (goes)
      seam_ = true;
    else
      add(index, directive.begin, directive.end);
  }

  /// As it stands; local files that it includes are put in their place.
  void write_skipped(const SourceText& text, unsigned begin, unsigned end, int index) {
    unsigned at = begin;
    const auto found = program_.skipped_inclusions.find(text.path);
    if (found != program_.skipped_inclusions.end())
      for (const auto& [hash, inclusion] : found->second) {
        if (hash < at || hash >= end || !inclusion.is_local) continue;
        const Directive& directive = text.directives[text.directive_at(hash)];
        add_chunk(text, at, directive.begin, index);
        at = directive.end;
        const auto other = program_.texts.find(inclusion.target);
        if (other == program_.texts.end() || is_there(inclusion.target)) continue;
        if (!skipped_.insert(inclusion.target).second) {
          if (!has_guard(other->second))
            add_own("#error combine flatten: " + inclusion.spelled +
                    " is included again, where Clang did not read; flatten for this compiler\n");
          continue;
        }
        write_skipped_file(other->second);
      }
    add_chunk(text, at, end, index);
  }

  void write_skipped_file(const SourceText& text) {
    around_.push_back(++branches_);  // its directive may be in an #if of its own
    const std::string once = has_guard(text) ? open_once(text.path) : "";
    const int pragma = pragma_once_of(text);
    if (pragma >= 0) write_skipped(text, 0, text.directives[pragma].begin, -1);
    write_skipped(text, pragma < 0 ? 0 : text.directives[pragma].end, text.text.size(), -1);
    end_line();
    if (!once.empty()) add_own("#endif  // " + once + "\n");
    around_.pop_back();
  }

  /// Index of #pragma once, which means nothing within a file; -1: it has none.
  static int pragma_once_of(const SourceText& text) {
    for (size_t i = 0; i < text.directives.size(); ++i)
      if (text.directives[i].kind == Directive::Kind::kPragma && text.directives[i].name == "once")
        return i;
    return -1;
  }

  static bool has_guard(const SourceText& text) {
    return pragma_once_of(text) >= 0 || !include_guard(text).empty();
  }

  void add_own(std::string text) { out_.chunks.push_back({"", 0, std::move(text), source_, -1}); }

  /// Where something was left out, blank lines do not add up.
  void add(int index, unsigned begin, unsigned end) {
    const SourceText& text = program_.texts.at(program_.entries[index].file);
    if (begin == 0 && llvm::StringRef(text.text).starts_with(kByteOrderMark))
      begin = kByteOrderMark.size();
    if (begin >= end) return;
    if (seam_ && ends_blank())
      while (begin < end) {
        const size_t newline = text.text.find('\n', begin);
        if (newline >= end || text.text.find_first_not_of(" \t\r", begin) != newline) break;
        begin = newline + 1;
      }
    if (begin >= end) return;
    seam_ = false;
    const auto renames = renames_.words.find(index);
    if (renames != renames_.words.end())
      for (auto word = renames->second.lower_bound(begin);
           word != renames->second.end() && word->first < end; ++word) {
        const unsigned word_end = text.words[text.word_at(word->first)].end;
        add_chunk(text, begin, word->first, index);
        out_.chunks.push_back({text.path, word->first, word->second, source_, index});
        begin = word_end;
      }
    add_chunk(text, begin, end, index);
  }

  void add_chunk(const SourceText& text, unsigned begin, unsigned end, int index) {
    if (begin < end)
      out_.chunks.push_back(
          {text.path, begin, text.text.substr(begin, end - begin), source_, index});
  }

  bool ends_blank() const {
    if (out_.chunks.empty()) return true;
    const std::string& last = out_.chunks.back().text;
    if (last.size() >= 2 && last.compare(last.size() - 2, 2, "\n\n") == 0) return true;
    return last == "\n" && out_.chunks.size() > 1 &&
           !out_.chunks[out_.chunks.size() - 2].text.empty() &&
           out_.chunks[out_.chunks.size() - 2].text.back() == '\n';
  }

  /// The next source begins without the macros of this one, and with those of the headers.
  void forget_macros(int root) {
    const auto placed = entries_.placed.find(root);
    if (placed == entries_.placed.end()) return;
    const SourceText& text = program_.texts.at(program_.entries[root].file);
    std::map<std::string, const Directive*> defined;
    for (size_t i = 0; i < text.directives.size(); ++i) {
      const Directive& directive = text.directives[i];
      if (directive.kind != Directive::Kind::kDefine || !live_.spelled.count(directive.name))
        continue;
      // `#ifndef EINVAL`, which a library's header or the compiler defines: theirs stays.
      const bool is_spare = i > 0 && !program_.entries[root].defines.count(directive.name) &&
                            macro_not_defined(text, text.directives[i - 1]) == directive.name;
      if (!is_spare) defined[directive.name] = &directive;
    }
    std::string own;
    for (const auto& [name, directive] : defined) {
      const std::string before = header_definition(name);
      const std::string now = line_of(text, *directive);
      if (before == now) continue;
      own += "#undef " + name + "\n" + before;
    }
    if (!own.empty()) add_own("\n" + own);
  }

  static std::string line_of(const SourceText& text, const Directive& directive) {
    return text.text.substr(directive.hash, directive.end - directive.hash);
  }

  /// The #define of a header that is there already; empty: none.
  std::string header_definition(const std::string& name) const {
    for (const auto& [index, placed] : entries_.placed) {
      const Entry& entry = program_.entries[index];
      if (entry.parent < 0 || entry.source > source_ || !entry.defines.count(name)) continue;
      const SourceText& text = program_.texts.at(entry.file);
      for (const Directive& directive : text.directives)
        if (directive.kind == Directive::Kind::kDefine && directive.name == name)
          return line_of(text, directive);
    }
    return "";
  }

  const SourceProgram& program_;
  const PlacedEntries& entries_;
  const Live& live_;
  const Renames& renames_;
  FlatText out_;
  std::set<std::string> included_;  // third-party headers, where nothing can leave them out
  std::set<Symbol> named_;          // namespaces that a directive or an alias names
  std::set<Symbol> there_;          // those that the text has so far
  std::set<std::string> skipped_;   // files put into the branch that is being written
  int source_ = 0;
  std::vector<int> around_;      // branches that only the compiler decides, each with its number
  int branches_ = 0;             // the last number
  std::set<std::string> often_;  // local files that several places include
  std::map<std::string, std::vector<std::vector<int>>> written_;  // guarded files: what was around
  std::set<std::string> writing_;                                 // files that are not at their end
  std::map<std::string, std::string> once_;  // by macro: the file that it guards
  bool seam_ = false;
};

}  // namespace

FlatText lay_out(const SourceProgram& program, const PlacedEntries& entries, const Live& live,
                 const Renames& renames) {
  return Writer(program, entries, live, renames).run();
}

}  // namespace combiner
