// Findings → what became of each #include: of the authors' lines, one by one, and of the emission.
#pragma once

#include "combiner/findings.h"

namespace combiner {

enum class Fate {
  kVocabulary,   // <coop/...>: how authors speak; nothing of it is emitted
  kInlined,      // a local file, of which something is emitted
  kPasted,       // a table within a declaration, whose text stands there now
  kNothingUsed,  // a local file, of which nothing is emitted
  kKept,         // the emission includes it, and this file needs it
  kMerged,       // the same; a line further up in the order of reading stands for it
  kForOthers,    // the emission includes it, but nothing that is emitted of this file needs it
  kConditional,  // stays under its condition, which the compiler of the emission decides
  kSwitchedOff,  // under a condition that is false for this scale and device
  kDropped,      // nothing that is emitted needs it
};
const char* name_of(Fate fate);  // e.g. "switched off"

/// One #include of a local file.
struct ImportLine {
  std::string file;  // as headings show it, e.g. services/decode.h
  unsigned line = 0;
  std::string spelled;  // e.g. <vector>
  Fate fate = Fate::kDropped;
  std::string condition = {};             // e.g. #if COOP_CUDA
  std::vector<Include::Need> needs = {};  // in the author's text
  bool operator==(const ImportLine&) const = default;
};

struct ImportReport {
  std::vector<ImportLine> lines;  // by file, in the order in which the files are complete
  std::vector<Include> added;     // in the emission, though no author wrote them
  std::vector<std::string> configuration;
  bool operator==(const ImportReport&) const = default;
};

ImportReport report_imports(const Findings& findings, const SourceTree& sources);

/// A table for people.
std::string print(const ImportReport& report, const SourceTree& sources);

/// The same for machines.
std::string print_json(const ImportReport& report, const SourceTree& sources);

}  // namespace combiner
