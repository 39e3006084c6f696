// ArtifactFacts → tests of what its author says of counters, and of who goes first among equals.
//
//   int dropped = 0;  ///< counts: rows dropped   →   COOP_COUNTS(Window, dropped, rows_dropped)
//   /// ties: older                               →   COOP_TIES(Window, older)
#pragma once

#include "combiner/print_examples.h"

namespace combiner {

struct PrintedCounts {
  std::string text;
  std::set<std::string> headers;  // e.g. testing/counts.h
  size_t count = 0;
  std::vector<Untested> untested;
  Diagnostics diagnostics;  // of what nobody can count
};

/// `header` is that of its kind, e.g. testing/compressor.h; `holds_laws`: it is held to its laws.
PrintedCounts print_counts(const ArtifactFacts& facts, const std::vector<CallableMethod>& methods,
                           const std::string& header, bool holds_laws);

}  // namespace combiner
