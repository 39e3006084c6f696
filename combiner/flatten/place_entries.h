// SourceProgram → which entries appear in the flat file: a guarded header once, at its first place.
#pragma once

#include "combiner/flatten/divide_file.h"
#include "combiner/flatten/source_program.h"

namespace combiner {

struct PlacedEntry {
  std::vector<Part> parts;  // of the entry's file
  bool is_more = false;     // what the text of the same file above has not
};

struct PlacedEntries {
  std::map<int, PlacedEntry> placed;    // by index of the entry
  std::vector<std::vector<int>> roots;  // by source: forced includes, then the source itself
};

Result<PlacedEntries> place_entries(SourceProgram& program);

}  // namespace combiner
