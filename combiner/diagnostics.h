// Every message has a name (diagnostics.def), a place in the author's text, and notes that say
// where the candidates are and how to mend it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "llvm/Support/FormatVariadic.h"

namespace combiner {

struct SourceTree;

struct FileRange {
  std::string file;  // absolute path
  unsigned begin = 0, end = 0;
  auto operator<=>(const FileRange&) const = default;
};

enum class DiagnosticName {
#define DIAGNOSTIC(name, severity, text, mend) name,
#include "combiner/diagnostics.def"
#undef DIAGNOSTIC
};

enum class Severity { kWarning, kError, kInternal };

/// A textual mend: what stands at `at` is replaced. An empty range inserts.
struct Fix {
  FileRange at;
  std::string text;
  auto operator<=>(const Fix&) const = default;
};

/// Where a candidate is; or, without a place or with a fix, a way out.
struct Note {
  std::string message;
  FileRange at;  // an empty file: the note has no place
  std::optional<Fix> fix = std::nullopt;
  auto operator<=>(const Note&) const = default;
};

struct Diagnostic {
  DiagnosticName name;
  std::string message;
  FileRange at;  // an empty file: the message is about the request
  std::vector<Note> notes;
  auto operator<=>(const Diagnostic&) const = default;

  Severity severity() const;
  std::string dashed_name() const;  // e.g. unregistered-peer
  /// Its notes, and its name's way out behind them when none of them is one.
  std::vector<Note> all_notes() const;
};

using Diagnostics = std::vector<Diagnostic>;

const char* format_of(DiagnosticName name);

struct DiagnosticKind {
  std::string name;  // e.g. unregistered-peer
  Severity severity;
  std::string text;  // with {0} for what differs
  std::string mend;
};

/// Every kind of message, in the order of their DiagnosticName.
std::vector<DiagnosticKind> diagnostic_kinds();

/// Lines and columns, from 1, of a range in a text.
struct Region {
  unsigned line = 1, column = 1, end_line = 1, end_column = 1;
  bool operator==(const Region&) const = default;
};
Region region_of(const FileRange& at, const std::string& text);

/// `path` as seen from `directory`, when it lies below it.
std::string relative(const std::string& path, const std::string& directory);

template <class... Args>
Diagnostic diagnose(DiagnosticName name, FileRange at, Args&&... args) {
  return {
      name, llvm::formatv(format_of(name), std::forward<Args>(args)...).str(), std::move(at), {}};
}

bool has_errors(const Diagnostics& diagnostics);

/// A stage's outcome: its value, unless an error stops the line, and everything it has to say.
template <class T>
struct Result {
  std::optional<T> value;
  Diagnostics diagnostics;
};

/// As a compiler prints them: `file:line:column: error: message [name]`, the line, a caret; paths
/// relative to `directory` where they lie below it.
std::string print(const Diagnostics& diagnostics, const SourceTree& sources,
                  const std::string& directory, bool colour);

/// The candidates nearest to `name` by edit distance, when near enough to be a misspelling; else
/// those of which it is a part.
std::vector<std::string> nearest(const std::string& name,
                                 const std::vector<std::string>& candidates);

}  // namespace combiner
