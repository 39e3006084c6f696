#include "combiner/flatten/shake.h"

#include <algorithm>
#include <utility>

#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

using ItemRef = std::pair<int, int>;

class Shaker {
 public:
  Shaker(const SourceProgram& program, const PlacedEntries& entries)
      : program_(program), entries_(entries) {}

  Live run() {
    for (const auto& roots : entries_.roots)
      for (int root : roots) list_entry(root, {});
    for (const std::string& macro : program_.consulted_macros) spell(macro);
    for (Symbol symbol : program_.from_third_parties.uses) reach(symbol);
    for (const std::string& name : program_.from_third_parties.uses_names) reach_name(name, false);
    for (const auto& roots : entries_.roots)
      for (int root : roots) stay_entry(root);
    drain();
    keep_passive();
    return std::move(out_);
  }

 private:
  // ---- what there is ----

  void list_entry(int index, const std::vector<const Part*>& within) {
    if (const auto placed = entries_.placed.find(index); placed != entries_.placed.end())
      list(index, placed->second.parts, within);
  }

  /// The entry that a directive enters; -1: none.
  int entered_by(int index, const Directive& directive) const {
    if (directive.kind != Directive::Kind::kInclude) return -1;
    const auto& inclusions = program_.entries[index].inclusions;
    const auto found = inclusions.find(directive.hash);
    return found == inclusions.end() ? -1 : found->second.entry;
  }

  void list(int index, const std::vector<Part>& parts, std::vector<const Part*> within) {
    const Entry& entry = program_.entries[index];
    const SourceText& text = program_.texts.at(entry.file);
    for (const Part& part : parts) {
      std::vector<const Part*> inner = within;
      if (part.kind == Part::Kind::kItem) {
        list_item({index, part.index}, part, within);
      } else if (part.kind == Part::Kind::kConditional) {
        if (is_undecided(entry, text, part)) {
          inner.push_back(&part);
          entry_of_[&part] = index;
        }
      } else if (part.kind == Part::Kind::kSkipped) {
        list_skipped(text, part, within);
      } else if (part.kind == Part::Kind::kDirective) {
        const Directive& directive = text.directives[part.index];
        if (directive.kind == Directive::Kind::kDefine)
          macros_[directive.name].push_back({index, part.index, within});
        if (const int entered = entered_by(index, directive); entered >= 0)
          list_entry(entered, within);
      }
      if (part.kind != Part::Kind::kItem) list(index, part.parts, inner);
    }
  }

  void list_item(ItemRef ref, const Part& part, const std::vector<const Part*>& within) {
    const Item& item = program_.entries[ref.first].items[ref.second];
    if (item.is_above) return;
    part_of_[ref] = &part;
    item_within_[ref] = within;
    if (enclosing_) enclosed_[ref] = *enclosing_;
    for (Symbol symbol : item.declares) by_symbol_[symbol].push_back(ref);
    for (Symbol symbol : item.triggers) by_symbol_[symbol].push_back(ref);
    for (const std::string& name : item.names) {
      (item.is_member ? members_ : by_name_)[name].push_back(ref);
      if (item.by_spelling) by_spelling_[name].push_back(ref);
    }
    list_macros_within(ref, part.parts);
  }

  /// A macro that is defined inside of a declaration, and what a file that is included there has.
  void list_macros_within(ItemRef ref, const std::vector<Part>& parts) {
    const SourceText& text = program_.texts.at(program_.entries[ref.first].file);
    for (const Part& part : parts) {
      list_macros_within(ref, part.parts);
      if (part.kind != Part::Kind::kDirective) continue;
      const Directive& directive = text.directives[part.index];
      if (directive.kind == Directive::Kind::kDefine)
        macros_[directive.name].push_back({ref.first, part.index, {}, ref});
      if (const int entered = entered_by(ref.first, directive); entered >= 0) {
        const auto outer = std::exchange(enclosing_, ref);
        list_entry(entered, {});
        enclosing_ = outer;
      }
    }
  }

  void list_skipped(const SourceText& text, const Part& part,
                    const std::vector<const Part*>& within) {
    for (const Directive& directive : text.directives)
      if (directive.kind == Directive::Kind::kDefine && directive.begin >= part.begin &&
          directive.end <= part.end)
        skipped_macros_[directive.name].push_back(within);
    const auto inclusions = program_.skipped_inclusions.find(text.path);
    if (inclusions != program_.skipped_inclusions.end())
      for (const auto& [hash, inclusion] : inclusions->second)
        if (!inclusion.is_local && hash >= part.begin && hash < part.end)
          skipped_includes_[text.path].push_back(within);
    for (size_t i = text.word_at(part.begin);
         i + 1 < text.words.size() && text.words[i].begin < part.end; ++i)
      if (may_declare(text, i)) skipped_names_[text.spelling(text.words[i])].push_back(within);
  }

  /// Where something that Clang skipped stays, so do the includes that Clang skipped there.
  void keep_skipped_includes(const std::string& file) {
    if (const auto found = skipped_includes_.find(file); found != skipped_includes_.end())
      for (const auto& within : std::exchange(found->second, {}))
        for (const Part* conditional : within) keep_conditional(conditional);
  }

  /// Read without a grammar: `struct Name`, `name(`, `name = `, `name;`.
  static bool may_declare(const SourceText& text, size_t i) {
    const Word& word = text.words[i];
    if (word.kind != Word::Kind::kIdentifier || word.in_directive || word.is_member) return false;
    static const std::set<std::string> kHeads = {"struct", "class", "enum", "union"};
    if (i > 0 && kHeads.count(text.spelling(text.words[i - 1]))) return true;
    const char next = text.text[text.words[i + 1].begin];
    return next == '(' || next == '=' || next == ';' || next == '{' || next == '[';
  }

  static bool is_undecided(const Entry& entry, const SourceText& text, const Part& conditional) {
    return std::any_of(conditional.parts.begin(), conditional.parts.end(), [&](const Part& branch) {
      const auto found = entry.branches.find(text.directives[branch.index].hash);
      return found != entry.branches.end() && found->second != Branch::kNever &&
             found->second != Branch::kTaken;
    });
  }

  // ---- what stays whatever else does ----

  void stay_entry(int index) {
    if (const auto placed = entries_.placed.find(index); placed != entries_.placed.end())
      stay(index, placed->second.parts);
  }

  void stay(int index, const std::vector<Part>& parts) {
    const Entry& entry = program_.entries[index];
    const SourceText& text = program_.texts.at(entry.file);
    for (const Part& part : parts) {
      switch (part.kind) {
        case Part::Kind::kText:
          if (read_words(index, part.begin, part.end)) keep_around();
          break;
        case Part::Kind::kItem: {
          const Item& item = entry.items[part.index];
          if (item.root.empty() || item.is_above) break;
          if (item.root != "is the program" && item.root != "reaches all that follows")
            add_effect(entry, item);
          keep({index, part.index});
          break;
        }
        case Part::Kind::kSpace:
          for (size_t i = text.word_at(entry.spaces[part.index].begin);
               text.words[i].begin < entry.spaces[part.index].open_end; ++i)
            spell(text.spelling(text.words[i]));
          break;
        case Part::Kind::kDirective:
          stay_directive(index, text.directives[part.index]);
          break;
        case Part::Kind::kConditional:
          if (!is_undecided(entry, text, part)) break;
          around_.push_back(&part);
          stay(index, part.parts);
          around_.pop_back();
          continue;
        default:
          break;
      }
      if (part.kind != Part::Kind::kItem) stay(index, part.parts);
    }
  }

  void stay_directive(int index, const Directive& directive) {
    using Kind = Directive::Kind;
    if (directive.kind == Kind::kPragma && directive.name == "once") return;
    if (directive.kind == Kind::kPragma || directive.kind == Kind::kOther) {
      spell_words(index, directive);
      keep_around();
    }
    if (directive.kind != Kind::kInclude) return;
    const auto& inclusions = program_.entries[index].inclusions;
    const auto found = inclusions.find(directive.hash);
    if (found != inclusions.end() && !found->second.is_local) keep_around();
    if (found != inclusions.end() && found->second.entry >= 0) stay_entry(found->second.entry);
    spell_words(index, directive);
  }

  void keep_around() {
    for (const Part* conditional : around_) keep_conditional(conditional);
  }

  void add_effect(const Entry& entry, const Item& item) {
    const std::string first = item.names.empty() ? "" : *item.names.begin();
    out_.effects.push_back(
        {entry.file, item.subject.empty() ? first : item.subject, item.root, item.begin, item.end});
  }

  // ---- reaching ----

  void reach(Symbol symbol) {
    if (symbol == kNoSymbol || !out_.symbols.insert(symbol).second) return;
    const auto found = by_symbol_.find(symbol);
    if (found == by_symbol_.end()) return;
    for (const ItemRef& ref : found->second) keep(ref);
  }

  void reach_name(const std::string& name, bool is_member) {
    auto& done = is_member ? member_names_ : names_;
    if (!done.insert(name).second) return;
    for (const auto* table : {&members_, is_member ? nullptr : &by_name_}) {
      if (!table) continue;
      const auto found = table->find(name);
      if (found == table->end()) continue;
      for (const ItemRef& ref : found->second) keep(ref);
    }
  }

  void spell(const std::string& word) {
    if (!out_.spelled.insert(word).second) return;
    if (const auto found = by_spelling_.find(word); found != by_spelling_.end())
      for (const ItemRef& ref : found->second) keep(ref);
    if (const auto found = macros_.find(word); found != macros_.end())
      for (const Macro& macro : found->second) pending_macros_.push_back(macro);
    if (const auto found = skipped_macros_.find(word); found != skipped_macros_.end())
      for (const auto& within : found->second)
        for (const Part* conditional : within) pending_conditionals_.push_back(conditional);
  }

  void spell_words(int index, const Directive& directive) {
    const Entry& entry = program_.entries[index];
    const SourceText& text = program_.texts.at(entry.file);
    for (size_t i = directive.first_word; i < directive.last_word; ++i)
      spell_word(entry, text, text.words[i]);
  }

  /// With the macros that its expansion names by ##.
  void spell_word(const Entry& entry, const SourceText& text, const Word& word) {
    if (word.kind != Word::Kind::kIdentifier) return;
    spell(text.spelling(word));
    if (const auto pasted = entry.pasted.find(word.begin); pasted != entry.pasted.end())
      for (const std::string& macro : pasted->second) spell(macro);
  }

  void keep(ItemRef ref) {
    if (out_.items.insert(ref).second) pending_items_.push_back(ref);
  }

  void keep_conditional(const Part* conditional) {
    if (out_.conditionals.insert(conditional).second) pending_conditionals_.push_back(conditional);
  }

  void drain() {
    while (!pending_items_.empty() || !pending_macros_.empty() || !pending_conditionals_.empty()) {
      if (!pending_items_.empty()) {
        const ItemRef ref = pending_items_.back();
        pending_items_.pop_back();
        read_item(ref);
      } else if (!pending_macros_.empty()) {
        const Macro macro = pending_macros_.back();
        pending_macros_.pop_back();
        read_macro(macro);
      } else {
        const Part* conditional = pending_conditionals_.back();
        pending_conditionals_.pop_back();
        out_.conditionals.insert(conditional);
        read_conditional(conditional);
      }
    }
  }

  void read_item(ItemRef ref) {
    const Item& item = program_.entries[ref.first].items[ref.second];
    for (const Part* conditional : item_within_[ref]) keep_conditional(conditional);
    if (!item_within_[ref].empty())  // another compiler may have it from another #if
      for (const std::string& name : item.names) keep_skipped(name);
    if (const auto outer = enclosed_.find(ref); outer != enclosed_.end()) keep(outer->second);
    for (Symbol symbol : item.declares) reach(symbol);
    for (Symbol symbol : item.uses) reach(symbol);
    for (const std::string& name : item.uses_names) reach_name(name, false);
    read_parts(ref.first, part_of_.at(ref)->parts);
  }

  /// Everything of a declaration that stays.
  void read_parts(int index, const std::vector<Part>& parts) {
    const Entry& entry = program_.entries[index];
    const SourceText& text = program_.texts.at(entry.file);
    for (const Part& part : parts) {
      if (part.kind == Part::Kind::kText) read_words(index, part.begin, part.end);
      if (part.kind == Part::Kind::kSkipped) read_skipped(text, part);
      if (part.kind == Part::Kind::kItem && part_of_.count({index, part.index}))
        keep({index, part.index});
      if (part.kind == Part::Kind::kSpace) read_parts(index, part.parts);
      if (part.kind == Part::Kind::kConditional) {
        entry_of_[&part] = index;
        if (is_undecided(entry, text, part)) keep_conditional(&part);
        read_parts(index, part.parts);
      } else if (part.kind == Part::Kind::kBranch) {
        read_parts(index, part.parts);
      } else if (part.kind == Part::Kind::kDirective) {
        read_directive_within(index, text.directives[part.index]);
      }
    }
  }

  /// `enum Kind { #include "kinds.inc" };`: the file belongs to the declaration.
  void read_directive_within(int index, const Directive& directive) {
    if (directive.kind == Directive::Kind::kInclude) {
      const auto placed = entries_.placed.find(entered_by(index, directive));
      if (placed != entries_.placed.end()) read_parts(placed->first, placed->second.parts);
    }
    if (directive.kind == Directive::Kind::kPragma) spell_words(index, directive);
  }

  void read_conditional(const Part* conditional) {
    const auto index = entry_of_.find(conditional);
    if (index == entry_of_.end()) return;
    const SourceText& text = program_.texts.at(program_.entries[index->second].file);
    for (const Part& branch : conditional->parts) {
      const Directive& directive = text.directives[branch.index];
      spell_words(index->second, directive);
      for (const Part& part : branch.parts)
        if (part.kind == Part::Kind::kSkipped) read_skipped(text, part);
    }
  }

  /// Nothing is known of it but its words.
  void read_skipped(const SourceText& text, const Part& part) {
    keep_skipped_includes(text.path);
    for (size_t i = text.word_at(part.begin);
         i < text.words.size() && text.words[i].begin < part.end; ++i)
      read_unresolved(text, text.words[i]);
    const auto found = program_.skipped_inclusions.find(text.path);
    if (found == program_.skipped_inclusions.end()) return;
    for (const auto& [hash, inclusion] : found->second)
      if (inclusion.is_local && hash >= part.begin && hash < part.end &&
          skipped_files_.insert(inclusion.target).second)
        if (const auto other = program_.texts.find(inclusion.target); other != program_.texts.end())
          read_skipped(other->second,
                       {Part::Kind::kSkipped, 0, static_cast<unsigned>(other->second.text.size())});
  }

  void read_unresolved(const SourceText& text, const Word& word) {
    if (word.kind == Word::Kind::kLiteral) read_literal(text.spelling(word));
    if (word.kind != Word::Kind::kIdentifier) return;
    const std::string name = text.spelling(word);
    spell(name);
    reach_name(name, word.is_member);
    if (name.starts_with("_")) reach_name("operator\"\"" + name, false);  // text##_suffix
    keep_skipped(name);
  }

  /// What Clang skipped may declare this name.
  void keep_skipped(const std::string& name) {
    if (const auto found = skipped_names_.find(name); found != skipped_names_.end())
      for (const auto& within : std::exchange(found->second, {}))
        for (const Part* conditional : within) keep_conditional(conditional);
  }

  /// 12_kb: a literal operator of this name.
  void read_literal(const std::string& literal) {
    const size_t quote = literal.find_last_of("\"'");
    size_t at = quote == std::string::npos ? 0 : quote + 1;
    while (at < literal.size() && literal[at] != '_') ++at;
    if (at < literal.size()) reach_name("operator\"\"" + literal.substr(at), false);
  }

  struct Macro {
    int entry;
    int directive;
    std::vector<const Part*> within;
    std::optional<ItemRef> item = {};  // the declaration whose text has it
  };

  void read_macro(const Macro& macro) {
    for (const Part* conditional : macro.within) keep_conditional(conditional);
    if (macro.item) keep(*macro.item);
    const SourceText& text = program_.texts.at(program_.entries[macro.entry].file);
    const Directive& directive = text.directives[macro.directive];
    for (size_t i = directive.first_word + 1; i < directive.last_word; ++i)
      read_unresolved(text, text.words[i]);
  }

  /// Returns whether there is anything but comments.
  bool read_words(int index, unsigned begin, unsigned end) {
    const Entry& entry = program_.entries[index];
    const SourceText& text = program_.texts.at(entry.file);
    bool any = false;
    for (size_t i = text.word_at(begin); i < text.words.size() && text.words[i].begin < end; ++i) {
      const Word& word = text.words[i];
      any = any || word.kind != Word::Kind::kComment;
      if (word.kind != Word::Kind::kIdentifier) {
        if (word.kind == Word::Kind::kLiteral) read_literal(text.spelling(word));
        continue;
      }
      const std::string name = text.spelling(word);
      spell_word(entry, text, word);
      const auto meaning = entry.meanings.find(word.begin);
      if (meaning == entry.meanings.end()) {
        reach_name(name, word.is_member);
        continue;
      }
      for (Symbol symbol : meaning->second) reach(symbol);
    }
    return any;
  }

  /// static_assert and the like: with everything that they name, or not at all.
  void keep_passive() {
    for (bool again = true; again;) {
      again = false;
      for (const auto& [ref, part] : part_of_) {
        const Item& item = program_.entries[ref.first].items[ref.second];
        if (!item.is_passive || out_.items.count(ref) || !names_only_live(ref, item)) continue;
        keep(ref);
        drain();
        again = true;
      }
    }
  }

  bool names_only_live(ItemRef ref, const Item& item) {
    const Entry& entry = program_.entries[ref.first];
    const SourceText& text = program_.texts.at(entry.file);
    bool any = false;
    for (size_t i = text.word_at(item.begin);
         i < text.words.size() && text.words[i].begin < item.end; ++i) {
      const Word& word = text.words[i];
      if (word.kind != Word::Kind::kIdentifier) continue;
      const auto meaning = entry.meanings.find(word.begin);
      if (meaning == entry.meanings.end()) {
        const std::string name = text.spelling(word);
        if (by_name_.count(name) && !is_name_live(name)) return false;
        any = any || by_name_.count(name);
        continue;
      }
      for (Symbol symbol : meaning->second) {
        if (!by_symbol_.count(symbol)) continue;
        if (!out_.symbols.count(symbol)) return false;
        any = true;
      }
    }
    return any;
  }

  bool is_name_live(const std::string& name) {
    const auto& items = by_name_.at(name);
    return std::any_of(items.begin(), items.end(),
                       [&](const ItemRef& ref) { return out_.items.count(ref) > 0; });
  }

  const SourceProgram& program_;
  const PlacedEntries& entries_;
  Live out_;
  std::map<ItemRef, const Part*> part_of_;
  std::map<ItemRef, std::vector<const Part*>> item_within_;
  std::optional<ItemRef> enclosing_;     // the declaration whose includes are listed
  std::map<ItemRef, ItemRef> enclosed_;  // by what an included file declares: around its #include
  std::map<const Part*, int> entry_of_;
  std::map<Symbol, std::vector<ItemRef>> by_symbol_;
  std::map<std::string, std::vector<ItemRef>> by_name_, members_, by_spelling_;
  std::map<std::string, std::vector<Macro>> macros_;
  std::map<std::string, std::vector<std::vector<const Part*>>> skipped_macros_, skipped_names_,
      skipped_includes_;
  std::set<std::string> names_, member_names_, skipped_files_;
  std::vector<const Part*> around_;
  std::vector<ItemRef> pending_items_;
  std::vector<Macro> pending_macros_;
  std::vector<const Part*> pending_conditionals_;
};

}  // namespace

Live shake(const SourceProgram& program, const PlacedEntries& entries) {
  return Shaker(program, entries).run();
}

}  // namespace combiner
