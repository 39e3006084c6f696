#include "combiner/diagnostics.h"

#include <algorithm>
#include <tuple>

#include "combiner/values.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

struct Entry {
  const char* name;
  Severity severity;
  const char* text;
  const char* mend;
};

constexpr auto kError = Severity::kError;
constexpr auto kWarning = Severity::kWarning;
constexpr auto kInternal = Severity::kInternal;

const Entry kEntries[] = {
#define DIAGNOSTIC(name, severity, text, mend) {#name, severity, text, mend},
#include "combiner/diagnostics.def"
#undef DIAGNOSTIC
};

const Entry& entry(DiagnosticName name) { return kEntries[static_cast<int>(name)]; }

struct Colours {
  const char *bold, *red, *magenta, *cyan, *green, *reset;
};
constexpr Colours kNone = {"", "", "", "", "", ""};
constexpr Colours kTerminal = {"\033[1m",    "\033[1;31m", "\033[1;35m",
                               "\033[1;36m", "\033[1;32m", "\033[0m"};

std::string dashed(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  return name;
}

/// `path:line:column: ` and, for after the message, the line with a caret under the range.
std::pair<std::string, std::string> place(const FileRange& at, const SourceTree& sources,
                                          const std::string& directory, const Colours& colour) {
  if (at.file.empty()) return {"", ""};
  const auto found = sources.files.find(at.file);
  const std::string path = relative(at.file, directory);
  if (found == sources.files.end()) return {path + ": ", ""};
  const std::string& text = found->second.text;
  const Region region = region_of(at, text);
  const unsigned begin = std::min<unsigned>(at.begin, text.size());
  const size_t start = begin - (region.column - 1);
  const size_t end = std::min(text.find('\n', begin), text.size());
  const unsigned length =
      std::max<int>(1, std::min<int>(at.end, static_cast<int>(end)) - static_cast<int>(begin));
  std::string caret = text.substr(start, begin - start);
  std::replace_if(caret.begin(), caret.end(), [](char c) { return c != '\t'; }, ' ');
  return {path + ":" + std::to_string(region.line) + ":" + std::to_string(region.column) + ": ",
          text.substr(start, end - start) + "\n" + caret + colour.green + "^" +
              std::string(length - 1, '~') + colour.reset + "\n"};
}

}  // namespace

std::string relative(const std::string& path, const std::string& directory) {
  llvm::StringRef rest = path;
  if (!directory.empty() && rest.consume_front(directory) && rest.consume_front("/"))
    return rest.str();
  return path;
}

const char* format_of(DiagnosticName name) { return entry(name).text; }

Severity Diagnostic::severity() const { return entry(name).severity; }

std::string Diagnostic::dashed_name() const { return dashed(entry(name).name); }

std::vector<Note> Diagnostic::all_notes() const {
  std::vector<Note> out = notes;
  const bool has_way_out = std::any_of(
      out.begin(), out.end(), [](const Note& note) { return note.at.file.empty() || note.fix; });
  const std::string mend = entry(name).mend;
  if (!has_way_out && !mend.empty()) out.push_back({mend, {}});
  return out;
}

std::vector<DiagnosticKind> diagnostic_kinds() {
  std::vector<DiagnosticKind> out;
  for (const Entry& kind : kEntries)
    out.push_back({dashed(kind.name), kind.severity, kind.text, kind.mend});
  return out;
}

Region region_of(const FileRange& at, const std::string& text) {
  const auto position = [&](unsigned offset) {
    offset = std::min<unsigned>(offset, text.size());
    const size_t start = offset == 0 ? 0 : text.rfind('\n', offset - 1) + 1;
    const auto line = 1 + std::count(text.begin(), text.begin() + offset, '\n');
    return std::pair<unsigned, unsigned>(line, offset - start + 1);
  };
  Region out;
  std::tie(out.line, out.column) = position(at.begin);
  std::tie(out.end_line, out.end_column) = position(std::max(at.begin, at.end));
  return out;
}

bool has_errors(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity() != Severity::kWarning; });
}

std::string print(const Diagnostics& diagnostics, const SourceTree& sources,
                  const std::string& directory, bool colour) {
  const Colours& c = colour ? kTerminal : kNone;
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics) {
    const auto [where, snippet] = place(diagnostic.at, sources, directory, c);
    const bool warning = diagnostic.severity() == Severity::kWarning;
    const bool internal = diagnostic.severity() == Severity::kInternal;
    out += std::string(c.bold) + (where.empty() ? "combine: " : where) + c.reset;
    out += std::string(warning ? c.magenta : c.red) +
           (internal  ? "internal error: "
            : warning ? "warning: "
                      : "error: ") +
           c.reset;
    out +=
        c.bold + diagnostic.message + c.reset + " [" + diagnostic.dashed_name() + "]\n" + snippet;
    for (const Note& note : diagnostic.all_notes()) {
      const auto [note_where, note_snippet] = place(note.at, sources, directory, c);
      out += note_where + c.cyan + "note: " + c.reset + note.message + "\n" + note_snippet;
    }
  }
  return out;
}

std::vector<std::string> nearest(const std::string& name,
                                 const std::vector<std::string>& candidates) {
  const unsigned limit = std::max<size_t>(1, name.size() / 3);
  unsigned best = limit + 1;
  std::vector<std::string> out;
  for (const std::string& candidate : candidates) {
    const unsigned distance = llvm::StringRef(name).edit_distance(candidate, true, limit + 1);
    if (distance > limit || distance > best) continue;
    if (distance < best) out.clear();
    best = distance;
    out.push_back(candidate);
  }
  if (out.empty() && name.size() > 2)  // `cache` for kv_cache
    for (const std::string& candidate : candidates)
      if (candidate.find(name) != std::string::npos) out.push_back(candidate);
  return out;
}

}  // namespace combiner
