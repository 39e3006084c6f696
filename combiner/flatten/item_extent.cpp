#include "combiner/flatten/item_extent.h"

#include <algorithm>

namespace combiner {
namespace {

bool is(const SourceText& text, const Word& word, const char* spelling) {
  return text.text.compare(word.begin, word.end - word.begin, spelling) == 0;
}

/// Index behind the bracket that closes the one at `open`.
size_t behind_bracket(const SourceText& text, size_t open) {
  int depth = 0;
  for (size_t i = open; i < text.words.size(); ++i) {
    const Word& word = text.words[i];
    if (word.in_directive || word.kind != Word::Kind::kPunctuation) continue;
    const char c = text.text[word.begin];
    if (word.end - word.begin == 1 && (c == '(' || c == '{' || c == '[')) ++depth;
    if (word.end - word.begin == 1 && (c == ')' || c == '}' || c == ']') && --depth == 0)
      return i + 1;
  }
  return text.words.size();
}

/// A macro in front of a declaration that makes an attribute or a specifier, and so is its own.
bool makes_specifier(const std::string& place, const std::map<std::string, SourceText>& texts) {
  const size_t colon = place.rfind(':');
  const auto found = texts.find(place.substr(0, colon));
  if (colon == std::string::npos || found == texts.end()) return false;
  const SourceText& text = found->second;
  const int index = text.directive_at(std::stoul(place.substr(colon + 1)));
  if (index < 0) return false;
  const Directive& directive = text.directives[index];
  static const std::set<std::string> kSpecifiers = {
      "__attribute__", "[",          "inline",        "static",     "constexpr",
      "extern",        "__inline",   "__forceinline", "__declspec", "alignas",
      "__host__",      "__device__", "__global__",    "noexcept",   "virtual"};
  for (size_t i = directive.first_word + 1; i < directive.last_word; ++i) {
    const std::string word = text.spelling(text.words[i]);
    if (kSpecifiers.count(word)) return true;
    if (word == "{" || word == ";" || word == "_Pragma") return false;
  }
  return false;
}

/// The text between what ends in front and an item: which of it belongs to the item, and whether a
/// statement of its own (an explicit instantiation) stands there.
class Gap {
 public:
  Gap(const std::map<std::string, SourceText>& texts, const Entry& entry,
      const std::set<unsigned>& structural)
      : texts_(texts), text_(texts.at(entry.file)), entry_(entry), structural_(structural) {}

  /// Where the item that Clang lets begin at `end` really does; `statements` gets what is none's.
  unsigned begin_of(unsigned begin, unsigned end, std::vector<Item>& statements) {
    unsigned first = end;
    std::vector<size_t> pending;
    for (size_t i = text_.word_at(begin); i < text_.words.size() && text_.words[i].begin < end;
         ++i) {
      const Word& word = text_.words[i];
      if (word.kind == Word::Kind::kComment) continue;
      if (word.in_directive || structural_.count(word.begin)) {
        pending.clear();
        continue;
      }
      pending.push_back(i);
      if (is(text_, word, ";")) {
        add_statement(pending, statements);
        pending.clear();
      }
    }
    for (size_t i : pending) {
      if (!belongs(i, end)) continue;
      first = text_.words[i].begin;
      break;
    }
    return first;
  }

  /// `template void f<int>();` is in no syntax tree.
  void add_statement(const std::vector<size_t>& words, std::vector<Item>& statements) const {
    if (words.size() < 3) return;
    const bool is_extern = is(text_, text_.words[words[0]], "extern");
    if (!is(text_, text_.words[words[is_extern]], "template") ||
        is(text_, text_.words[words[is_extern + 1]], "<"))
      return;
    Item item;
    item.begin = text_.words[words.front()].begin;
    item.end = text_.words[words.back()].end;
    item.is_passive = true;
    statements.push_back(std::move(item));
  }

 private:
  bool belongs(size_t index, unsigned end) const {
    const Word& word = text_.words[index];
    const auto macro = entry_.macro_uses.find(word.begin);
    if (macro == entry_.macro_uses.end())
      return word.kind == Word::Kind::kIdentifier || is(text_, word, "[") ||
             is(text_, word, "template");
    const bool same_line = text_.text.find('\n', word.end) >= end;
    return same_line || makes_specifier(macro->second, texts_);
  }

  const std::map<std::string, SourceText>& texts_;
  const SourceText& text_;
  const Entry& entry_;
  const std::set<unsigned>& structural_;
};

}  // namespace

unsigned behind_declaration(const SourceText& text, unsigned end, bool has_body,
                            bool ends_in_macro) {
  size_t i = text.word_at(end);
  auto skip_comments = [&] {
    while (i < text.words.size() && text.words[i].kind == Word::Kind::kComment) ++i;
  };
  skip_comments();
  if (i == text.words.size() || text.words[i].in_directive) return end;
  if (is(text, text.words[i], ";"))
    return has_body && text.text.find('\n', end) < text.words[i].begin ? end : text.words[i].end;
  const bool same_line = text.text.find('\n', end) > text.words[i].begin;
  if (has_body || (ends_in_macro && !same_line)) return end;
  while (i < text.words.size()) {
    const Word& word = text.words[i];
    if (word.in_directive || is(text, word, "}") || is(text, word, ")")) return end;
    if (is(text, word, ";")) return word.end;
    const bool opens = is(text, word, "(") || is(text, word, "{") || is(text, word, "[");
    i = opens ? behind_bracket(text, i) : i + 1;
    skip_comments();
  }
  return end;
}

std::vector<Item> settle_extents(const std::map<std::string, SourceText>& texts, Entry& entry,
                                 const std::set<unsigned>& structural) {
  const SourceText& text = texts.at(entry.file);
  std::sort(entry.items.begin(), entry.items.end(),
            [](const Item& a, const Item& b) { return a.begin < b.begin; });
  auto is_structural = [&](const Item& item) {  // `} NAMESPACE_END`, with a static_assert in it
    const auto first = structural.lower_bound(item.begin);
    return first != structural.end() && *first < item.end;
  };
  std::vector<Item> bare;
  for (const Item& item : entry.items)
    if (is_structural(item)) bare.push_back(item);
  std::erase_if(entry.items, is_structural);
  // Where something ends: an item may begin behind it, and not before.
  std::set<unsigned> ends = {0};
  for (const Space& space : entry.spaces) ends.insert({space.open_end, space.end, space.begin});
  for (const Item& item : entry.items) ends.insert(item.end);
  for (const Directive& directive : text.directives) ends.insert(directive.end);
  Gap gap(texts, entry, structural);
  std::vector<Item> statements;
  for (Item& item : entry.items) {
    const unsigned end = *std::prev(ends.upper_bound(item.begin));
    item.begin = gap.begin_of(end, item.begin, statements);
  }
  const unsigned last = entry.items.empty() ? 0 : entry.items.back().end;
  gap.begin_of(*std::prev(ends.upper_bound(std::max(last, *ends.rbegin()))), text.text.size(),
               statements);
  entry.items.insert(entry.items.end(), statements.begin(), statements.end());
  std::sort(entry.items.begin(), entry.items.end(),
            [](const Item& a, const Item& b) { return a.begin < b.begin; });
  return bare;
}

}  // namespace combiner
