#include "combiner/flatten/divide_file.h"

#include <algorithm>

namespace combiner {
namespace {

/// A directive of an #if with those that belong to it.
struct Conditional {
  std::vector<int> directives;  // #if, #elif..., #endif
  unsigned begin, end;
};

std::vector<Conditional> conditionals_of(const SourceText& text) {
  std::vector<Conditional> out, open;
  for (size_t i = 0; i < text.directives.size(); ++i) {
    const Directive& directive = text.directives[i];
    using Kind = Directive::Kind;
    if (directive.kind == Kind::kIf) open.push_back({{}, directive.begin, 0});
    if (open.empty()) continue;
    if (directive.kind == Kind::kIf || directive.kind == Kind::kElif ||
        directive.kind == Kind::kElse || directive.kind == Kind::kEndif)
      open.back().directives.push_back(i);
    if (directive.kind != Kind::kEndif) continue;
    open.back().end = directive.end;
    out.push_back(std::move(open.back()));
    open.pop_back();
  }
  std::sort(out.begin(), out.end(),
            [](const Conditional& a, const Conditional& b) { return a.begin < b.begin; });
  return out;
}

template <class A, class B>
bool split_each_other(const A& a, const B& b) {
  const bool apart = a.end <= b.begin || b.end <= a.begin;
  const bool nested =
      (a.begin <= b.begin && b.end <= a.end) || (b.begin <= a.begin && a.end <= b.end);
  return !apart && !nested;
}

/// An item that an #if splits takes all of the #if, with every item in it.
void join_split_items(const std::vector<Conditional>& conditionals, Entry& entry) {
  for (bool again = true; again;) {
    again = false;
    for (Item& item : entry.items)
      for (const Conditional& conditional : conditionals) {
        if (!split_each_other(item, conditional)) continue;
        item.begin = std::min(item.begin, conditional.begin);
        item.end = std::max(item.end, conditional.end);
        again = true;
      }
    std::vector<Item> joined;
    for (Item& item : entry.items) {
      if (!joined.empty() && item.begin < joined.back().end)
        join(joined.back(), item);
      else
        joined.push_back(std::move(item));
    }
    again = again || joined.size() != entry.items.size();
    entry.items = std::move(joined);
  }
}

class Divider {
 public:
  Divider(const SourceText& text, const Entry* entry) : text_(text), entry_(entry) {
    conditionals_ = conditionals_of(text);
  }

  std::vector<Part> divide(unsigned begin, unsigned end, bool in_item) {
    std::vector<Part> out;
    unsigned at = begin;
    while (at < end) {
      Part next = next_part(at, end, in_item);
      if (next.begin > at) add_text(at, next.begin, in_item, out);
      if (next.begin >= end) break;
      at = std::max(next.end, next.begin + 1);
      out.push_back(std::move(next));
    }
    return out;
  }

 private:
  /// The first thing that begins at or behind `at`; a part at `end` if there is none.
  Part next_part(unsigned at, unsigned end, bool in_item) {
    Part best{Part::Kind::kText, end, end};
    auto offer = [&](Part::Kind kind, unsigned begin, unsigned stop, int index) {
      if (begin >= at && begin < best.begin && stop <= end) best = {kind, begin, stop, index};
    };
    if (!in_item && entry_) {
      const auto item =
          std::lower_bound(entry_->items.begin(), entry_->items.end(), at,
                           [](const Item& i, unsigned offset) { return i.begin < offset; });
      if (item != entry_->items.end()) {
        const auto [from, to] = whole_lines(item->begin, item->end, at);
        offer(Part::Kind::kItem, from, std::min(to, end), item - entry_->items.begin());
      }
      for (const Space& space : entry_->spaces)
        if (space.begin >= at)
          offer(Part::Kind::kSpace, space.begin, space.end, &space - entry_->spaces.data());
    }
    const auto conditional =
        std::lower_bound(conditionals_.begin(), conditionals_.end(), at,
                         [](const Conditional& c, unsigned offset) { return c.begin < offset; });
    if (conditional != conditionals_.end())
      offer(Part::Kind::kConditional, conditional->begin, conditional->end,
            conditional - conditionals_.begin());
    const auto directive =
        std::lower_bound(text_.directives.begin(), text_.directives.end(), at,
                         [](const Directive& d, unsigned offset) { return d.begin < offset; });
    if (directive != text_.directives.end())
      offer(Part::Kind::kDirective, directive->begin, directive->end,
            directive - text_.directives.begin());
    fill(best, in_item);
    return best;
  }

  void fill(Part& part, bool in_item) {
    if (part.kind == Part::Kind::kItem) {
      part.parts = divide(part.begin, part.end, /*in_item=*/true);
    } else if (part.kind == Part::Kind::kSpace) {
      const Space& space = entry_->spaces[part.index];
      part.parts =
          divide(behind_newline(space.open_end), line_begin(space.close, space.open_end), false);
      const auto [from, to] = whole_lines(space.begin, space.end, 0);
      part.begin = std::max(part.begin, from);
      part.end = to;
    } else if (part.kind == Part::Kind::kConditional) {
      const Conditional& conditional = conditionals_[part.index];
      for (size_t i = 0; i + 1 < conditional.directives.size(); ++i) {
        const int index = conditional.directives[i];
        const Directive& directive = text_.directives[index];
        Part branch{Part::Kind::kBranch, directive.end,
                    text_.directives[conditional.directives[i + 1]].begin, index};
        branch.parts = divide_branch(branch, directive.hash, in_item);
        part.parts.push_back(std::move(branch));
      }
    }
  }

  std::vector<Part> divide_branch(const Part& branch, unsigned hash, bool in_item) {
    if (entry_) {
      const auto found = entry_->branches.find(hash);
      if (found == entry_->branches.end() || found->second == Branch::kNever) return {};
      if (found->second == Branch::kSkippedHere)
        return {{Part::Kind::kSkipped, branch.begin, branch.end}};
    }
    return divide(branch.begin, branch.end, in_item);
  }

  /// Comments that speak of what follows are apart from text.
  void add_text(unsigned begin, unsigned end, bool in_item, std::vector<Part>& out) {
    const size_t first = text_.word_at(begin);
    bool only_comments = !in_item;
    for (size_t i = first; i < text_.words.size() && text_.words[i].begin < end; ++i)
      only_comments = only_comments && text_.words[i].kind == Word::Kind::kComment;
    out.push_back({only_comments ? Part::Kind::kComment : Part::Kind::kText, begin, end});
  }

  unsigned line_begin(unsigned at, unsigned least) const {
    unsigned begin = at;
    while (begin > least && (text_.text[begin - 1] == ' ' || text_.text[begin - 1] == '\t'))
      --begin;
    return begin == least || text_.text[begin - 1] == '\n' ? begin : at;
  }
  unsigned behind_newline(unsigned at) const {
    unsigned end = at;
    while (end < text_.text.size() && (text_.text[end] == ' ' || text_.text[end] == '\t')) ++end;
    return end < text_.text.size() && text_.text[end] == '\n' ? end + 1 : at;
  }

  /// With the comment above it and the one behind it on its line.
  std::pair<unsigned, unsigned> whole_lines(unsigned begin, unsigned end, unsigned least) const {
    unsigned stop = end;
    size_t word = text_.word_at(end);
    if (word < text_.words.size() && text_.words[word].kind == Word::Kind::kComment &&
        text_.text.find('\n', end) > text_.words[word].begin &&
        text_.text.find('\n', text_.words[word].begin) >= text_.words[word].end)
      stop = text_.words[word].end;
    unsigned from = line_begin(begin, least);
    for (size_t i = text_.word_at(begin); i-- > 0;) {
      const Word& comment = text_.words[i];
      if (comment.kind != Word::Kind::kComment || comment.in_directive || !comment.starts_line ||
          comment.begin < least)
        break;
      const std::string between = text_.text.substr(comment.end, from - comment.end);
      if (std::count(between.begin(), between.end(), '\n') > 1 ||
          between.find_first_not_of(" \t\r\n") != std::string::npos)
        break;
      from = line_begin(comment.begin, least);
    }
    const bool alone = from == 0 || text_.text[from - 1] == '\n';
    return {from, alone ? behind_newline(stop) : stop};
  }

  const SourceText& text_;
  const Entry* entry_;
  std::vector<Conditional> conditionals_;
};

}  // namespace

std::vector<Part> divide_file(const SourceText& text, Entry& entry) {
  const std::vector<Conditional> conditionals = conditionals_of(text);
  join_split_items(conditionals, entry);
  std::erase_if(entry.spaces, [&](const Space& space) {
    return std::any_of(conditionals.begin(), conditionals.end(),
                       [&](const Conditional& conditional) {
                         return split_each_other(space, conditional);
                       }) ||
           std::any_of(entry.items.begin(), entry.items.end(),
                       [&](const Item& item) { return split_each_other(space, item); });
  });
  return Divider(text, &entry).divide(0, text.text.size(), /*in_item=*/false);
}

std::vector<Part> divide_skipped(const SourceText& text, unsigned begin, unsigned end) {
  return Divider(text, nullptr).divide(begin, end, /*in_item=*/true);
}

}  // namespace combiner
