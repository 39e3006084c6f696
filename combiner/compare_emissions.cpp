#include "combiner/compare_emissions.h"

#include <algorithm>
#include <map>
#include <vector>

#include "combiner/diff_text.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

struct Section {
  std::string title;  // e.g. artifacts/cache/contiguous.h
  std::string text;
  unsigned first_line = 1;
  size_t nth = 0;  // of those with this title: types stand above, functions below
};

/// "#include <map>   // hugging_face" → "#include <map>"
std::string without_comment(llvm::StringRef line) {
  return line.take_front(line.find("//")).rtrim().str() + "\n";
}

/// The banner goes; the includes are a section like others.
std::vector<Section> sections_of(const std::string& text) {
  std::vector<Section> out = {{"includes", ""}};
  std::map<std::string, size_t> seen;
  llvm::StringRef rest = text;
  bool banner = true;
  for (unsigned number = 1; !rest.empty(); ++number) {
    const auto [line, behind] = rest.split('\n');
    rest = behind;
    if (const std::string title = section_title(line.str()); !title.empty()) {
      out.push_back({title, "", number + 1, seen[title]++});
      banner = false;
      continue;
    }
    banner = banner && line.starts_with("//");
    Section& section = out.back();
    if (banner)
      section.first_line = number + 1;
    else
      section.text += out.size() == 1 ? without_comment(line) : line.str() + "\n";
  }
  return out;
}

const Section* find(const std::vector<Section>& sections, const Section& like) {
  const auto found = std::find_if(sections.begin(), sections.end(), [&](const Section& section) {
    return section.title == like.title && section.nth == like.nth;
  });
  return found == sections.end() ? nullptr : &*found;
}

std::string counted(size_t count, const std::string& what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

/// Titles with a number of lines each; those of one title are added up, for types and functions of
/// a file stand apart.
class Summary {
 public:
  void add(const Section& section) {
    const auto known = std::find_if(lines_.begin(), lines_.end(), [&](const auto& entry) {
      return entry.first == section.title;
    });
    const size_t count = llvm::StringRef(section.text).trim().count('\n') + 1;
    if (known == lines_.end())
      lines_.push_back({section.title, count});
    else
      known->second += count;
  }

  std::string print(const std::string& heading, bool with_lines) const {
    std::string out = lines_.empty() ? "" : heading + ":\n";
    for (const auto& [title, count] : lines_)
      out += "  " + title + (with_lines ? ", " + counted(count, "line") : "") + "\n";
    return out;
  }

 private:
  std::vector<std::pair<std::string, size_t>> lines_;
};

Summary only_in(const std::vector<Section>& sections, const std::vector<Section>& others) {
  Summary out;
  for (const Section& section : sections)
    if (!find(others, section)) out.add(section);
  return out;
}

}  // namespace

std::string compare_emissions(const NamedEmission& before, const NamedEmission& after,
                              bool colour) {
  const std::vector<Section> ours = sections_of(before.text), theirs = sections_of(after.text);
  size_t same = 0;
  Summary changed;
  std::string diffs;
  for (const Section& section : ours) {
    const Section* other = find(theirs, section);
    if (!other) continue;
    const std::string diff = unified_diff(
        {section.title + " (" + before.name + ")", section.text, section.first_line},
        {other->title + " (" + after.name + ")", other->text, other->first_line}, colour);
    if (diff.empty()) {
      ++same;
      continue;
    }
    changed.add(section);
    diffs += "\n" + diff;
  }
  return only_in(ours, theirs).print("only in " + before.name, /*with_lines=*/true) +
         only_in(theirs, ours).print("only in " + after.name, /*with_lines=*/true) +
         changed.print("in both, and different", /*with_lines=*/false) + counted(same, "section") +
         " the same\n" + diffs;
}

}  // namespace combiner
