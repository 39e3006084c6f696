// Live → Renames: what two sources each keep to themselves under one name gets a number in the
// later.
#pragma once

#include "combiner/flatten/shake.h"

namespace combiner {

struct Renames {
  std::map<int, std::map<unsigned, std::string>> words;  // by entry and offset: what stands there
  std::map<std::string, std::string> before;             // the new name → the author's
};

Renames settle_private_names(const SourceProgram& program, const Live& live);

}  // namespace combiner
