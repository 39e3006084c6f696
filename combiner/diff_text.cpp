#include "combiner/diff_text.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

using Lines = std::vector<llvm::StringRef>;  // each with its newline, if it has one
using Pairs = std::vector<std::pair<size_t, size_t>>;

constexpr size_t kContext = 3;

Lines lines_of(llvm::StringRef text) {
  Lines out;
  while (!text.empty()) {
    const size_t length = std::min(text.find('\n'), text.size() - 1) + 1;
    out.push_back(text.take_front(length));
    text = text.drop_front(length);
  }
  return out;
}

/// Which lines are the same: a patience diff. Lines that occur once on both sides are paired in the
/// longest order that both have, and what lies between two pairs is a smaller task of the same
/// kind.
class Matcher {
 public:
  Matcher(const Lines& before, const Lines& after) : before_(before), after_(after) {}

  Pairs match() {
    match(0, before_.size(), 0, after_.size());
    return std::move(out_);
  }

 private:
  void match(size_t i, size_t i_end, size_t j, size_t j_end) {
    while (i < i_end && j < j_end && before_[i] == after_[j]) out_.push_back({i++, j++});
    size_t equal_ends = 0;
    while (i < i_end && j < j_end && before_[i_end - 1] == after_[j_end - 1]) {
      --i_end, --j_end;
      ++equal_ends;
    }
    if (i < i_end && j < j_end) {
      const Pairs anchors = ascending(once_in_both(i, i_end, j, j_end));
      if (anchors.empty()) match_the_rest(i, i_end, j, j_end);
      for (const auto& [at, other] : anchors) {
        match(i, at, j, other);
        out_.push_back({at, other});
        i = at + 1;
        j = other + 1;
      }
      if (!anchors.empty()) match(i, i_end, j, j_end);
    }
    for (size_t n = 0; n < equal_ends; ++n) out_.push_back({i_end + n, j_end + n});
  }

  /// In the order of the first side.
  Pairs once_in_both(size_t i, size_t i_end, size_t j, size_t j_end) const {
    struct Found {
      size_t count = 0, other_count = 0, other = 0;
    };
    std::map<llvm::StringRef, Found> found;
    for (size_t at = i; at < i_end; ++at) ++found[before_[at]].count;
    for (size_t at = j; at < j_end; ++at) {
      const auto known = found.find(after_[at]);
      if (known == found.end()) continue;
      ++known->second.other_count;
      known->second.other = at;
    }
    Pairs out;
    for (size_t at = i; at < i_end; ++at) {
      const Found& of = found[before_[at]];
      if (of.count == 1 && of.other_count == 1) out.push_back({at, of.other});
    }
    return out;
  }

  /// The longest part of the pairs that ascends on both sides.
  static Pairs ascending(const Pairs& pairs) {
    std::vector<size_t> tails;                      // by length: where the best one ends
    std::vector<size_t> previous(pairs.size(), 0);  // one more than its index
    for (size_t n = 0; n < pairs.size(); ++n) {
      const auto tail =
          std::lower_bound(tails.begin(), tails.end(), pairs[n].second,
                           [&](size_t index, size_t other) { return pairs[index].second < other; });
      previous[n] = tail == tails.begin() ? 0 : *(tail - 1) + 1;
      if (tail == tails.end())
        tails.push_back(n);
      else
        *tail = n;
    }
    Pairs out;
    for (size_t n = tails.empty() ? 0 : tails.back() + 1; n != 0; n = previous[n - 1])
      out.push_back(pairs[n - 1]);
    std::reverse(out.begin(), out.end());
    return out;
  }

  /// Without a line that occurs once: the longest common subsequence, where that is cheap.
  void match_the_rest(size_t i, size_t i_end, size_t j, size_t j_end) {
    const size_t rows = i_end - i, columns = j_end - j;
    if (rows * columns > 4'000'000) return;
    std::vector<std::vector<unsigned>> length(rows + 1, std::vector<unsigned>(columns + 1, 0));
    for (size_t row = rows; row-- > 0;)
      for (size_t column = columns; column-- > 0;)
        length[row][column] = before_[i + row] == after_[j + column]
                                  ? length[row + 1][column + 1] + 1
                                  : std::max(length[row + 1][column], length[row][column + 1]);
    for (size_t row = 0, column = 0; row < rows && column < columns;) {
      if (before_[i + row] == after_[j + column])
        out_.push_back({i + row++, j + column++});
      else if (length[row + 1][column] >= length[row][column + 1])
        ++row;
      else
        ++column;
    }
  }

  const Lines& before_;
  const Lines& after_;
  Pairs out_;
};

struct Change {  // lines [begin, end) of one side became lines [other_begin, other_end)
  size_t begin, end, other_begin, other_end;
};

std::vector<Change> changes_between(const Lines& before, const Lines& after) {
  Pairs equal = Matcher(before, after).match();
  equal.push_back({before.size(), after.size()});
  std::vector<Change> out;
  size_t i = 0, j = 0;
  for (const auto& [at, other] : equal) {
    if (i < at || j < other) out.push_back({i, at, j, other});
    i = at + 1;
    j = other + 1;
  }
  return out;
}

/// What is printed of two texts, from the changes [first, last) that are near enough to each other.
class Hunk {
 public:
  Hunk(const Lines& before, const Lines& after, bool colour)
      : before_(before), after_(after), colour_(colour) {}

  std::string print(const Change* first, const Change* last, const DiffSide& before,
                    const DiffSide& after) {
    const size_t lead = std::min(kContext, first->begin);
    const size_t tail = std::min(kContext, before_.size() - (last - 1)->end);
    const size_t begin = first->begin - lead, end = (last - 1)->end + tail;
    const size_t other_begin = first->other_begin - lead;
    const size_t other_end = (last - 1)->other_end + tail;
    std::string title;
    for (size_t line = begin; line-- > 0 && title.empty();)
      title = section_title(before_[line].str());
    line("\033[36m", "@@ -" + range(begin, end, before) + " +" +
                         range(other_begin, other_end, after) + " @@" +
                         (title.empty() ? "" : " " + title) + "\n");
    size_t at = begin;
    for (const Change* change = first; change != last; ++change) {
      while (at < change->begin) line("", " " + before_[at++].str());
      while (at < change->end) line("\033[31m", "-" + before_[at++].str());
      for (size_t other = change->other_begin; other < change->other_end; ++other)
        line("\033[32m", "+" + after_[other].str());
    }
    while (at < end) line("", " " + before_[at++].str());
    return std::move(out_);
  }

 private:
  /// "12,3"; of no lines, the line in front of them: what `patch` expects.
  static std::string range(size_t begin, size_t end, const DiffSide& side) {
    const size_t first = begin + side.first_line - (begin == end);
    const std::string out = std::to_string(first);
    return end - begin == 1 ? out : out + "," + std::to_string(end - begin);
  }

  void line(const char* colour, llvm::StringRef text) {
    const bool whole = text.consume_back("\n");
    const bool coloured = colour_ && *colour;
    out_ += (coloured ? colour : "") + text.str() + (coloured ? "\033[0m\n" : "\n");
    if (!whole) out_ += "\\ No newline at end of file\n";
  }

  const Lines& before_;
  const Lines& after_;
  bool colour_;
  std::string out_;
};

}  // namespace

std::string unified_diff(const DiffSide& before, const DiffSide& after, bool colour) {
  const Lines old_lines = lines_of(before.text), new_lines = lines_of(after.text);
  const std::vector<Change> changes = changes_between(old_lines, new_lines);
  if (changes.empty()) return "";
  const std::string bold = colour ? "\033[1m" : "", plain = colour ? "\033[0m" : "";
  std::string out = bold + "--- " + before.name + "\n+++ " + after.name + plain + "\n";
  const Change* end = changes.data() + changes.size();
  for (const Change* first = changes.data(); first != end;) {
    const Change* last = first + 1;
    while (last != end && last->begin - (last - 1)->end <= 2 * kContext) ++last;
    out += Hunk(old_lines, new_lines, colour).print(first, last, before, after);
    first = last;
  }
  return out;
}

std::string section_title(const std::string& line) {
  llvm::StringRef title = line;
  if (!title.consume_front("// ---- ")) return "";
  return title.rtrim("-\r\n").trim().str();
}

}  // namespace combiner
