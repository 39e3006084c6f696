#include "combiner/flatten/lay_out.h"

#include <algorithm>

namespace combiner {
namespace {

class Writer {
 public:
  Writer(const SourceProgram& program, const PlacedEntries& entries, const Live& live,
         const Renames& renames)
      : program_(program), entries_(entries), live_(live), renames_(renames) {}

  FlatText run() {
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
    const auto placed = entries_.placed.find(found->second.entry);
    return placed != entries_.placed.end() &&
           std::any_of(placed->second.parts.begin(), placed->second.parts.end(),
                       [&](const Part& part) { return stays(placed->first, part); });
  }

  bool is_included_before(const Inclusion& inclusion) const {
    return !inclusion.target.empty() && included_.count(inclusion.target) > 0;
  }

  // ---- text ----

  void write_entry(int index) {
    const auto placed = entries_.placed.find(index);
    if (placed == entries_.placed.end()) return;
    write(index, placed->second.parts, /*whole=*/false);
    end_line();
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
      Branch outcome = found == entry.branches.end() ? Branch::kNever : found->second;
      const bool is_guard =
          directive.keyword == "ifndef" && branch.index >= 0 && keeps_guard(index, text, directive);
      if (outcome == Branch::kTaken && is_guard) outcome = Branch::kTakenHere;
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
        add(index, at + keyword, directive.end);
      } else {
        add(index, directive.begin, directive.end);
      }
      open = true;
      ++undecided_;
      write(index, branch.parts, whole);
      --undecided_;
    }
    if (open) {
      const Directive& endif = text.directives[text.directive_at(part.end - 1)];
      add(index, endif.begin, endif.end);
    }
  }

  bool keeps_guard(int index, const SourceText& text, const Directive& directive) const {
    const auto placed = entries_.placed.find(index);
    return placed != entries_.placed.end() && placed->second.keeps_guard &&
           directive.first_word < text.words.size() &&
           text.spelling(text.words[directive.first_word]) == program_.entries[index].guard;
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
          seam_ = true;
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
      if (undecided_ == 0 && !whole) included_.insert(inclusion.target);
      return add(index, directive.begin, directive.end);
    }
    const auto placed = entries_.placed.find(index);
    const bool is_guard = placed != entries_.placed.end() && placed->second.keeps_guard &&
                          directive.kind == Kind::kDefine && directive.name == entry.guard;
    const bool is_macro = directive.kind == Kind::kDefine || directive.kind == Kind::kUndef;
    const bool goes = is_macro ? live_.spelled.count(directive.name) == 0 && !is_guard
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
        if (other == program_.texts.end() || is_placed(inclusion.target)) continue;
        if (!skipped_.insert(inclusion.target).second) {
          if (!has_guard(other->second))
            add_own("#error combine flatten: " + inclusion.spelled +
                    " is included again, where Clang did not read; flatten for this compiler\n");
          continue;
        }
        write_skipped(other->second, 0, other->second.text.size(), -1);
        end_line();
      }
    add_chunk(text, at, end, index);
  }

  static bool has_guard(const SourceText& text) {
    const auto& directives = text.directives;
    if (directives.empty()) return false;
    if (directives[0].kind == Directive::Kind::kPragma && directives[0].name == "once") return true;
    return directives.size() > 1 && directives[0].kind == Directive::Kind::kIf &&
           directives[1].kind == Directive::Kind::kDefine &&
           directives[1].name == directives[0].name;
  }

  /// A guarded file that another place has already.
  bool is_placed(const std::string& file) const {
    for (const auto& [index, placed] : entries_.placed)
      if (program_.entries[index].file == file && program_.entries[index].is_guarded) return true;
    return false;
  }

  void add_own(std::string text) { out_.chunks.push_back({"", 0, std::move(text), source_, -1}); }

  /// Where something was left out, blank lines do not add up.
  void add(int index, unsigned begin, unsigned end) {
    if (begin >= end) return;
    const SourceText& text = program_.texts.at(program_.entries[index].file);
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
    for (const Directive& directive : text.directives)
      if (directive.kind == Directive::Kind::kDefine && live_.spelled.count(directive.name))
        defined[directive.name] = &directive;
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
  int undecided_ = 0;  // how many #ifs around that only the compiler decides
  bool seam_ = false;
};

}  // namespace

FlatText lay_out(const SourceProgram& program, const PlacedEntries& entries, const Live& live,
                 const Renames& renames) {
  return Writer(program, entries, live, renames).run();
}

}  // namespace combiner
