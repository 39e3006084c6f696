// FlatText → Emission: a banner with the line that compiles it, headings, the map of lines.
#pragma once

#include "combiner/flatten/lay_out.h"

namespace combiner {

struct PrintedFlat {
  Emission emission;
  std::vector<unsigned> positions;  // of each chunk, in the emission's text
};

/// `output` is the emitted file's name; `root` is what names of files are shown relative to.
PrintedFlat print_flat(const SourceProgram& program, const FlatText& flat, const std::string& root,
                       const std::string& output);

/// The file's name as headings show it.
std::string shown_name(const std::string& file, const std::string& root);

}  // namespace combiner
