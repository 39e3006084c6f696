// SourceFile, StructOutline → Annotations: what an author's doc comments say to the tests that are
// derived from an artifact.
//
//   int window = 1020;  ///< Tokens kept at the end; range 1..4096.
//   int dropped = 0;    ///< counts: rows dropped
//   /// layer  one of the model's; range 0..31        (in a method's comment: of its parameter)
//   /// example: {sinks 2, window 3} rows 10 -> keeps 0 1 7 8 9
//   /// except: growing_a_field (window)              (or: (rows may be dropped early))
//   /// ties: older
//   /// law: recency
//
// Everything but `range` stands at the beginning of a line, or of a field's comment behind a `;`,
// and goes on in lines that are further in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "combiner/edit_text.h"
#include "combiner/values.h"

namespace combiner {

/// Which values are meant. The ends are as they are written, so that a test can paste them.
struct RangeAnnotation {
  std::string lowest;   // e.g. 1, -8, 0.5; empty: no end
  std::string highest;  // e.g. 4096
  FileRange at;         // from `range` on
  bool operator==(const RangeAnnotation&) const = default;
};

/// One case of which the author knows the outcome.
struct ExampleAnnotation {
  std::vector<std::pair<std::string, std::string>> fields;  // e.g. window → 3
  std::string given;                                        // e.g. rows 10
  std::string expected;                                     // e.g. keeps 0 1 7 8 9
  FileRange at;
  unsigned line = 0;  // from 1
  bool operator==(const ExampleAnnotation&) const = default;
};

/// A law of the artifact's kind that does not hold for it.
struct ExceptAnnotation {
  std::string law;                  // e.g. growing_a_field
  std::vector<std::string> fields;  // for which it does not hold; empty: at all
  std::string reason;               // when the parenthesis names no fields
  FileRange at;
  bool operator==(const ExceptAnnotation&) const = default;
};

/// `counts: rows dropped`, `ties: older`, `law: recency`: the text behind the colon.
struct WordAnnotation {
  std::string words;
  FileRange at;
  bool operator==(const WordAnnotation&) const = default;
};

/// What is said about one struct, field or method.
struct Annotations {
  std::optional<RangeAnnotation> range;               // of a field
  std::map<std::string, RangeAnnotation> parameters;  // of a method, by name
  std::optional<WordAnnotation> counts;               // of a field
  std::optional<WordAnnotation> ties;                 // older, newer, lower or higher
  std::vector<ExampleAnnotation> examples;
  std::vector<ExceptAnnotation> exceptions;
  std::vector<WordAnnotation> laws;
  bool operator==(const Annotations&) const = default;
};

struct ArtifactAnnotations {
  Annotations artifact;
  std::vector<Annotations> members;  // one for each of the outline's members, in its order
  bool operator==(const ArtifactAnnotations&) const = default;
};

/// `fields` are the names that an example may set: the artifact's public ones, inherited or not.
Result<ArtifactAnnotations> read_annotations(const SourceFile& file, const StructOutline& artifact,
                                             const std::vector<std::string>& fields);

/// What an emission leaves out of the comment above `begin`: the lines that only tests read.
std::vector<Edit> drop_notes_to_tests(const std::string& text, unsigned begin);

}  // namespace combiner
