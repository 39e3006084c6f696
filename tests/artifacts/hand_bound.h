// The service bound by hand, as plain C++ and without `combine`: the independent reference for what
// `combine` emits.
#pragma once

#include <type_traits>

#include "buffer.h"
#include "device.h"

/// What self.world is at single-gpu.
struct World {
  int rank() const { return 0; }
  int size() const { return 1; }
};

struct FullAttention;
struct PagedAttention;

/// `hooks.after_weights`, which is there if an attention calls it, and the compressor listens.
template <class Attention, class Compressor, class Bound>
struct HooksOnWeights {
  explicit HooksOnWeights(Bound&) {}
};

template <class Attention, class Compressor, class Bound>
  requires(std::is_same_v<Attention, FullAttention> || std::is_same_v<Attention, PagedAttention>) &&
          requires { &Compressor::template after_weights<Compressor>; }
struct HooksOnWeights<Attention, Compressor, Bound> {
  struct Call {
    Bound& compressor;
    void operator()(int layer, const Buffer<float>& weights) {
      compressor.after_weights(layer, weights);
    }
  };
  explicit HooksOnWeights(Bound& compressor) : after_weights{compressor} {}
  Call after_weights;
};

/// `Service` with each artifact bound to its peers. Every bound artifact derives from the artifact
/// and from Peers, where the names that it reaches are references. The members hide the unbound
/// ones of the service, so its methods work on these.
template <class Service>
struct HandBound : Service {
  struct Hooks;
  struct BoundLoader;
  struct BoundTokenizer;
  struct BoundModel;
  struct BoundKvCache;
  struct BoundAttention;
  struct BoundCompressor;
  struct BoundSampler;

  struct Peers {
    Device& device;
    World& world;
    Hooks& hooks;
    BoundLoader& loader;
    BoundTokenizer& tokenizer;
    BoundModel& model;
    BoundKvCache& kv_cache;
    BoundAttention& attention;
    BoundCompressor& compressor;
    BoundSampler& sampler;
  };

  using OnWeights =
      HooksOnWeights<decltype(Service::attention), decltype(Service::compressor), BoundCompressor>;

  struct Hooks : OnWeights {
    explicit Hooks(BoundCompressor& bound) : OnWeights(bound), compressor(bound) {}
    BoundCompressor& compressor;
    void after_append(int layer) {
      if constexpr (requires { compressor.after_append(layer); }) compressor.after_append(layer);
    }
    void after_prefill() {
      if constexpr (requires { compressor.after_prefill(); }) compressor.after_prefill();
    }
    void after_reset() {
      if constexpr (requires { compressor.after_reset(); }) compressor.after_reset();
    }
    void before_rope(int layer, const Buffer<float>& queries, int count) {
      if constexpr (requires { compressor.before_rope(layer, queries, count); }) {
        compressor.before_rope(layer, queries, count);
      }
    }
    void after_attend(int layer, const Buffer<float>& queries, int count) {
      if constexpr (requires { compressor.after_attend(layer, queries, count); }) {
        compressor.after_attend(layer, queries, count);
      }
    }
  };

  struct BoundLoader : decltype(Service::loader), Peers {};
  struct BoundTokenizer : decltype(Service::tokenizer), Peers {};
  struct BoundModel : decltype(Service::model), Peers {};
  struct BoundKvCache : decltype(Service::kv_cache), Peers {};
  struct BoundAttention : decltype(Service::attention), Peers {};
  struct BoundCompressor : decltype(Service::compressor), Peers {};
  struct BoundSampler : decltype(Service::sampler), Peers {};

  HandBound() = default;
  HandBound(const HandBound&) = delete;

  Device device;
  World world;
  Peers peers = {device, world,    hooks,     loader,     tokenizer,
                 model,  kv_cache, attention, compressor, sampler};
  Hooks hooks{compressor};
  BoundLoader loader = {{}, peers};
  BoundTokenizer tokenizer = {{}, peers};
  BoundModel model = {{}, peers};
  BoundKvCache kv_cache = {{}, peers};
  BoundAttention attention = {{}, peers};
  BoundCompressor compressor = {{}, peers};
  BoundSampler sampler = {{}, peers};
};
