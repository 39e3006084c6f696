#pragma once

#include <coop/artifact.h>

#include "artifacts/compress/h2o.h"
#include "buffer.h"

/// H2O of the largest weights: whom one head looks at counts as much as whom all do.
struct HeavyHitters : H2o {
  void after_attend(this auto&, int, const Buffer<float>&, int) {}

  void after_largest(this auto& self, int layer, const Buffer<float>& largest) {
    self.add(layer, largest);
  }
};
