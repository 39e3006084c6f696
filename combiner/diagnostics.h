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
#define DIAGNOSTIC(name, severity, text) name,
#include "combiner/diagnostics.def"
#undef DIAGNOSTIC
};

enum class Severity { kWarning, kError, kInternal };

struct Note {
  std::string message;
  FileRange at;  // an empty file: the note has no place
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
};

using Diagnostics = std::vector<Diagnostic>;

const char* format_of(DiagnosticName name);

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
