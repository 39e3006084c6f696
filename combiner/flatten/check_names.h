// PrintedFlat → Diagnostics: the flat file parses, and each of its words means what it meant.
#pragma once

#include "combiner/flatten/print_flat.h"

namespace combiner {

struct NamesChecked {
  Diagnostics diagnostics;
  bool parses = false;
};

/// `path` is where the flat file would lie: its includes are found from there.
NamesChecked check_names(const SourceProgram& program, const Renames& renames, const FlatText& flat,
                         const PrintedFlat& printed, const std::string& path,
                         const std::string& cuda_path);

}  // namespace combiner
