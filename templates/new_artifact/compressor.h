// A compressor decides which tokens the key/value cache keeps. It listens to a hook that the model
// calls, and talks to the cache by its name; it knows neither of their types.
//
//   self.kv_cache.length(layer)           tokens that a layer keeps, in slots 0 to length - 1
//   self.kv_cache.next_position(layer)    how many it was ever given
//   self.kv_cache.erase(layer, from, to)  drops slots; those behind move down
//
// `combine list SERVICE` prints all that there is to reach. artifacts/compress/streaming_llm.h is a
// compressor that is more than a beginning.
#pragma once

#include <coop/artifact.h>

/// Keeps the newest tokens. A beginning: attention leans on the first ones, too.
struct NewCompressor : coop::Artifact {
  int budget = 512;  ///< Most tokens that a layer keeps.

  /// Called for each layer, once it has attended to the tokens that were just appended.
  void after_append(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    if (length > self.budget) self.kv_cache.erase(layer, 0, length - self.budget);
  }
};
