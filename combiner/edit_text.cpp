#include "combiner/edit_text.h"

#include <algorithm>

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

/// The lines of a raw string are its value: nobody may move them.
bool has_multiline_string(llvm::StringRef text) {
  for (size_t at = text.find("R\""); at != llvm::StringRef::npos; at = text.find("R\"", at + 2)) {
    const llvm::StringRef delimiter =
        text.substr(at + 2).take_until([](char c) { return c == '('; });
    const std::string end = ")" + delimiter.str() + "\"";
    if (text.slice(at, text.find(end, at)).contains('\n')) return true;
  }
  return false;
}

}  // namespace

std::string render(const std::string& source, unsigned begin, unsigned end, std::vector<Edit> edits,
                   std::vector<std::pair<unsigned, unsigned>>* edited) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return a.begin != b.begin ? a.begin < b.begin : a.end > b.end;
  });
  std::string out;
  unsigned at = begin;
  for (const Edit& edit : edits) {
    if (edit.begin < at || edit.begin < begin || edit.end > end) continue;
    out += source.substr(at, edit.begin - at);
    const unsigned from = out.size();
    out += edit.text;
    if (edited) edited->push_back({from, static_cast<unsigned>(out.size())});
    at = edit.end;
  }
  return out + source.substr(at, end - at);
}

bool is_replaced(const std::vector<Edit>& edits, unsigned begin, unsigned end) {
  return std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) {
    return edit.begin < edit.end && edit.begin <= begin && end <= edit.end;
  });
}

Edit whole_line(const std::string& text, unsigned begin, unsigned end) {
  unsigned from = begin, to = end;
  while (from > 0 && text[from - 1] == ' ') --from;
  while (to < text.size() && text[to] == ' ') ++to;
  const bool alone =
      (from == 0 || text[from - 1] == '\n') && (to == text.size() || text[to] == '\n');
  if (!alone) return {begin, end, ""};
  return {from, std::min<unsigned>(to + 1, text.size()), ""};
}

unsigned with_trailing_comment(const std::string& text, unsigned end) {
  const size_t stop = std::min(text.find('\n', end), text.size());
  const llvm::StringRef rest = llvm::StringRef(text).slice(end, stop).trim();
  return rest.starts_with("//") ? stop : end;
}

std::string dedent(const std::string& text, unsigned columns) {
  if (has_multiline_string(text)) return text;
  std::string out;
  llvm::StringRef rest = text;
  for (bool whole = false; !rest.empty();) {  // the line is not the rest of the one above
    auto [line, next] = rest.split('\n');
    const bool ended = line.size() < rest.size();
    const bool continues = line.ends_with("\\");
    if (whole) {
      const size_t spaces = std::min<size_t>(columns, line.find_first_not_of(' '));
      line = line.drop_front(std::min(spaces, line.size()));
    }
    out += line.str() + (ended ? "\n" : "");
    rest = next;
    whole = !continues;
  }
  return out;
}

std::string squeeze_blank_lines(const std::string& text) {
  if (has_multiline_string(text)) return text;
  llvm::SmallVector<llvm::StringRef> lines;
  llvm::StringRef(text).split(lines, '\n');
  std::string out;
  bool skip_blank = true;
  for (size_t i = 0; i < lines.size(); ++i) {
    const bool continued = i > 0 && lines[i - 1].ends_with("\\");  // a blank line ends that one
    const bool blank = lines[i].trim().empty() && !continued;
    const bool closes = i + 1 < lines.size() && lines[i + 1].trim().starts_with("}");
    if (blank && (skip_blank || closes)) continue;
    out += lines[i].rtrim().str() + "\n";
    skip_blank = blank || lines[i].rtrim().ends_with("{");
  }
  while (llvm::StringRef(out).ends_with("\n\n")) out.pop_back();
  if (!llvm::StringRef(text).ends_with("\n") && !out.empty()) out.pop_back();
  return out;
}

}  // namespace combiner
