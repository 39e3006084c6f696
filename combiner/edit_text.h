// (slice, edits) → text. The same slice is rendered once per instance with other edits.
#pragma once

#include <string>
#include <vector>

namespace combiner {

struct Edit {
  unsigned begin, end;  // offsets in the file
  std::string text;
  auto operator<=>(const Edit&) const = default;
};

/// `source` [begin, end) with the edits applied: of nested edits the outermost wins. `edited`, when
/// given, collects the ranges of the result that differ from the source.
std::string render(const std::string& source, unsigned begin, unsigned end, std::vector<Edit> edits,
                   std::vector<std::pair<unsigned, unsigned>>* edited = nullptr);

/// Is [begin, end) inside of an edit that replaces it?
bool is_replaced(const std::vector<Edit>& edits, unsigned begin, unsigned end);

/// Removes [begin, end), and the line with it when nothing else stands there.
Edit whole_line(const std::string& text, unsigned begin, unsigned end);

/// Behind the `//` comment that follows `end` on its line; else `end`.
unsigned with_trailing_comment(const std::string& text, unsigned end);

/// Removes the indentation of the first line from every line.
std::string dedent(const std::string& text, unsigned columns);

/// At most one empty line in a row, none at either end of a brace block.
std::string squeeze_blank_lines(const std::string& text);

}  // namespace combiner
