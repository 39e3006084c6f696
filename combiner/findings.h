// What the stages found out about a service, up to its imports: what reports are made from.
#pragma once

#include "combiner/crop.h"

namespace combiner {

struct Findings {
  BoundSource bound;
  Preprocessed preprocessed;  // of the host
  Crop crop;
  Plan plan;
  Imports imports;
};

}  // namespace combiner
