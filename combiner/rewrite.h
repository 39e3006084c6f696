// Crop, Plan → Pieces: the author's text, edited as little as possible.
#pragma once

#include "combiner/crop.h"

namespace combiner {

/// Before, in struct StreamingLlm:
///   void after_append(this auto& self, int layer) {
///     if (self.kv_cache.length(layer) > self.window) ...
/// After, for the instance `compressor`:
///   void compressor_after_append(Decode& self, int layer) {
///     if (self.kv_cache.length(layer) > self.compressor.window) ...
Result<std::vector<Piece>> rewrite(const Request& request, const SourceTree& sources,
                                   const Registry& registry, const BoundSource& bound,
                                   const Program& program, const Crop& crop, const Plan& plan);

}  // namespace combiner
