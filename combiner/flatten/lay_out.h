// Live → FlatText: the text that stays, in the order in which the compiler met it.
#pragma once

#include "combiner/flatten/settle_private_names.h"

namespace combiner {

struct FlatText {
  struct Chunk {
    std::string file;    // path; empty: not the author's
    unsigned begin = 0;  // in that file
    std::string text;
    int source = 0;
    int entry = -1;
  };
  std::vector<Chunk> chunks;
};

FlatText lay_out(const SourceProgram& program, const PlacedEntries& entries, const Live& live,
                 const Renames& renames);

}  // namespace combiner
