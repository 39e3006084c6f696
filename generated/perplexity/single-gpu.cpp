// Perplexity on the CPU: The negative log-likelihood of a given text, token by token as decoding
// would meet it.
//
// Emitted by `combine --scale=single-gpu --device=cpu services/perplexity.h`: edit the files named
// below, not this one.
// Build: g++ -std=c++20 -O3 -march=native -fopenmp single-gpu.cpp -lopenblas -o perplexity
// Read:  perplexity_run first, near the end; callees stand above their callers.

#include <sys/mman.h>        // buffer
#include <cblas.h>           // attend, device, matmul
#include <omp.h>             // attend, matmul

#include <algorithm>         // attend, buffer, byte_pair, contiguous, exp_float, flags, json, ...
#include <array>             // byte_pair
#include <bit>               // exp_float, safetensors
#include <charconv>          // json
#include <cmath>             // attend, json, lanes, perplexity, rms_norm, rope_angles, rope_scaling
#include <cstddef>           // add, attend, buffer, byte_pair, byte_pair_words, contiguous, ...
#include <cstdint>           // buffer, byte_pair, byte_pair_words, exp_float, json, safetensors
#include <cstdio>            // flags, main, perplexity
#include <cstdlib>           // buffer
#include <cstring>           // attend, embed, lanes, move_rows, safetensors
#include <exception>         // main
#include <filesystem>        // byte_pair, safetensors
#include <fstream>           // documents, json, perplexity, safetensors
#include <functional>        // byte_pair
#include <initializer_list>  // byte_pair, byte_pair_words, hugging_face
#include <map>               // hugging_face, safetensors, streaming_llm
#include <memory>            // buffer
#include <new>               // buffer
#include <numbers>           // rope_scaling
#include <queue>             // byte_pair
#include <sstream>           // flags, json
#include <stdexcept>         // buffer, byte_pair, check_slots, contiguous, documents, flags, ...
#include <string>            // byte_pair, byte_pair_words, check_slots, documents, flags, ...
#include <string_view>       // byte_pair, json
#include <system_error>      // json
#include <tuple>             // byte_pair
#include <unordered_map>     // byte_pair
#include <utility>           // buffer, byte_pair, contiguous, json, safetensors
#include <vector>            // attend, byte_pair, byte_pair_words, contiguous, documents, ...

// ---- kernels/cpu/device.h -----------------------------------------------------------------------

/// The CPU. Kernels take it first, as they take a stream and its handles on a GPU.
struct Device {
  size_t live_bytes = 0;  ///< Bytes of all buffers that are alive; kept by Buffer.

  /// BLAS is called from our own threads; threads of its own would fight with them for the cores.
  Device() { openblas_set_num_threads(1); }

  void synchronize() {}  ///< Waits until all work is done, as it is when a kernel has returned.
};

// ---- kernels/cpu/buffer.h -----------------------------------------------------------------------

/// Part of a buffer: the next `size` elements from `data` on, on the device.
template <class T>
struct DeviceSpan {
  T* data = nullptr;
  size_t size = 0;
};

/// Owns `size` elements of device memory, zero-filled and aligned to 64 bytes.
template <class T>
class Buffer {
 public:
  Buffer() = default;
  Buffer(Device& device, size_t size) : device_(&device), size_(size) {
    // With pages of 4 KiB, a core that streams through weights looks up pages a third of its time.
    const size_t large_page = 2 << 20;
    if (size > (SIZE_MAX - large_page) / sizeof(T)) throw std::bad_alloc();
    const size_t alignment = bytes() < large_page ? 64 : large_page;
    size_t room = bytes() + alignment;
    memory_ = std::malloc(room);  // what is small is at hand there; posix_memalign searches for it
    if (memory_ == nullptr) throw std::bad_alloc();
    void* begin = memory_;
    data_ = static_cast<T*>(std::align(alignment, bytes(), begin, room));
    // Advice: nothing is lost without.
    if (alignment == large_page) madvise(data_, bytes(), MADV_HUGEPAGE);
    std::uninitialized_value_construct_n(data_, size);
    device.live_bytes += bytes();
  }
  Buffer(Buffer&& other) noexcept { *this = std::move(other); }
  Buffer& operator=(Buffer&& other) noexcept {
    std::swap(device_, other.device_);
    std::swap(memory_, other.memory_);
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    return *this;
  }
  ~Buffer() {
    if (device_ != nullptr) device_->live_bytes -= bytes();
    std::free(memory_);
  }

  T* data() { return data_; }
  const T* data() const { return data_; }
  size_t size() const { return size_; }
  size_t bytes() const { return size_ * sizeof(T); }
  bool empty() const { return size_ == 0; }
  DeviceSpan<T> first(size_t count) { return {data_, count}; }  ///< At most size() elements.

  /// Copies `count` elements from the host to the device, to element `offset` and on.
  void upload(const T* host, size_t count, size_t offset = 0) {
    std::copy_n(host, count, range(count, offset));
  }

  /// Copies `count` elements from element `offset` and on to the host.
  void download(T* host, size_t count, size_t offset = 0) const {
    std::copy_n(range(count, offset), count, host);
  }

 private:
  T* range(size_t count, size_t offset) const {
    if (offset <= size_ && count <= size_ - offset) return data_ + offset;
    throw std::out_of_range("a copy reaches past the end of a device buffer");
  }

  Device* device_ = nullptr;
  void* memory_ = nullptr;  // data_ is the first element in it that is aligned
  T* data_ = nullptr;
  size_t size_ = 0;
};

// ---- kernels/cpu/rope_scaling.h -----------------------------------------------------------------

/// Pairs that turn less often than `low` times within `context` tokens turn `factor` times slower,
/// those that turn more often than `high` times as fast as ever, and between there is a slope, as
/// in Llama 3.1 (Grattafiori et al., 2024). With a context of 0 all are slower: linear scaling
/// (Chen et al., 2023). With a factor of 1 nothing is scaled.
struct RopeScaling {
  float factor = 1.0f;
  float low = 1.0f;
  float high = 4.0f;
  int context = 0;
};

/// The angle by which pair `pair` of a head's channels turns from one position to the next.
inline double rope_frequency(int pair, int head_dim, float theta, const RopeScaling& scaling) {
  const double frequency = std::pow(static_cast<double>(theta), -2.0 * pair / head_dim);
  if (scaling.factor == 1.0f) return frequency;
  const double turns = frequency * scaling.context / (2.0 * std::numbers::pi);
  const double fast = std::clamp((turns - scaling.low) / (scaling.high - scaling.low), 0.0, 1.0);
  return frequency * (fast + (1.0 - fast) / scaling.factor);
}

// ---- artifacts/model/llama_weights.h ------------------------------------------------------------

/// Which two channels of a head RoPE turns together.
enum class RopeLayout {
  kInterleaved,  // 2i and 2i + 1: llama2.c
  kHalfSplit,    // i and i + head_dim / 2: Hugging Face
};

struct LlamaConfig {
  int dim = 0;
  int ffn_dim = 0;
  int layers = 0;
  int heads = 0;
  int kv_heads = 0;  // query head h reads key/value head h / (heads / kv_heads)
  int head_dim = 0;  // heads * head_dim need not be dim
  int vocab_size = 0;
  int context = 0;  // tokens, as trained
  float rope_theta = 10000.0f;
  RopeScaling rope_scaling = {};
  float norm_eps = 1e-5f;
  bool tied_embeddings = true;  // the output layer is token_embedding
  RopeLayout rope_layout = RopeLayout::kInterleaved;
};

/// Device memory, fp32, layers stacked as in a llama2.c checkpoint.
struct LlamaWeights {
  Buffer<float> token_embedding;  // (vocab_size, dim)
  Buffer<float> attention_norm;   // (layers, dim)
  Buffer<float> wq;               // (layers, heads * head_dim, dim)
  Buffer<float> wk;               // (layers, kv_heads * head_dim, dim)
  Buffer<float> wv;               // (layers, kv_heads * head_dim, dim)
  Buffer<float> wo;               // (layers, dim, heads * head_dim)
  Buffer<float> ffn_norm;         // (layers, dim)
  Buffer<float> w_gate;           // (layers, ffn_dim, dim)
  Buffer<float> w_up;             // (layers, ffn_dim, dim)
  Buffer<float> w_down;           // (layers, dim, ffn_dim)
  Buffer<float> final_norm;       // (dim)
  Buffer<float> output;           // (vocab_size, dim); empty when tied_embeddings
};

// ---- kernels/cpu/exp_float.h --------------------------------------------------------------------

/// e^x within 2e-7 of its value for x in [-87, 88], and beyond, that of the nearest end. std::exp
/// would not be vectorized. Method and polynomial of Cephes (Moshier): 2^n e^r, |r| <= ln(2) / 2.
inline float exp_float(float x) {
  x = std::min(std::max(x, -87.0f), 88.0f);
  const float shifted = x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: n is in the lowest bits
  const float n = shifted - 12582912.0f;
  const float r = x - n * 0.693359375f + n * 2.12194440e-4f;  // ln(2) in two parts
  float p = (1.9875691500e-4f * r + 1.3981999507e-3f) * r + 8.3334519073e-3f;
  p = ((p * r + 4.1665795894e-2f) * r + 1.6666665459e-1f) * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return p * std::bit_cast<float>((std::bit_cast<uint32_t>(shifted) + 127u) << 23);
}

// ---- kernels/cpu/lanes.h ------------------------------------------------------------------------

/// Numbers that are computed at once, in a form that GCC and Clang have in common.
using Lanes __attribute__((vector_size(8 * sizeof(float)))) = float;

constexpr int kLanes = sizeof(Lanes) / sizeof(float);

/// The sum of all lanes.
inline float sum_of(const Lanes& x) {
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

/// The largest of x (count), -INFINITY if there is none. Compilers do not vectorize std::max.
inline float largest_of(const float* x, int count) {
  Lanes largest = Lanes{} - INFINITY, next;
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    std::memcpy(&next, x + i, sizeof(Lanes));
    largest = next > largest ? next : largest;
  }
  float result = -INFINITY;
  for (int lane = 0; lane < kLanes; ++lane) result = std::max(result, largest[lane]);
  for (; i < count; ++i) result = std::max(result, x[i]);
  return result;
}

// ---- kernels/cpu/attend.h -----------------------------------------------------------------------

constexpr int kReadAhead = 256;  // floats: how far in front of what is used memory is asked

/// The first `count` of scores (length) become weights that add up to one, the others 0.
inline void softmax(float* scores, int count, int length) {
  const float largest = largest_of(scores, count);
  float total = 0.0f;
#pragma omp simd reduction(+ : total)
  for (int i = 0; i < count; ++i) {
    scores[i] = exp_float(scores[i] - largest);
    total += scores[i];
  }
  const float share = 1.0f / total;
  for (int i = 0; i < count; ++i) scores[i] *= share;
  std::fill(scores + count, scores + length, 0.0f);
}

/// score_keys() of few rows: each key is read once for all of them, and those behind it are asked
/// for meanwhile.
template <int kRows>
inline void score_keys_of(float* scores, const float* queries, int stride, const float* keys,
                          int count, int dim, int length, float scale) {
  for (int slot = 0; slot < count; ++slot) {
    const float* key = keys + static_cast<size_t>(slot) * dim;
    for (int i = 0; i < dim; i += 16) __builtin_prefetch(key + i + kReadAhead);
    Lanes sums[kRows] = {};
    int i = 0;
    for (; i + kLanes <= dim; i += kLanes) {
      Lanes of_key, of_query;
      std::memcpy(&of_key, key + i, sizeof(Lanes));
      for (int row = 0; row < kRows; ++row) {
        std::memcpy(&of_query, queries + row * stride + i, sizeof(Lanes));
        sums[row] += of_query * of_key;
      }
    }
    for (int row = 0; row < kRows; ++row) {
      float score = sum_of(sums[row]);
      if (i < dim) [[unlikely]] {  // channels that fill no lanes
        for (int rest = i; rest < dim; ++rest) score += queries[row * stride + rest] * key[rest];
      }
      scores[static_cast<size_t>(row) * length + slot] = score * scale;
    }
  }
}

/// scores[row][slot] = queries[row] keys[slot] * scale. Queries are `stride` apart and scores
/// `length`; keys (count, dim).
inline void score_keys(float* scores, const float* queries, int stride, const float* keys, int rows,
                       int count, int dim, int length, float scale) {
  switch (rows) {
    case 1:
      return score_keys_of<1>(scores, queries, stride, keys, count, dim, length, scale);
    case 2:
      return score_keys_of<2>(scores, queries, stride, keys, count, dim, length, scale);
    case 3:
      return score_keys_of<3>(scores, queries, stride, keys, count, dim, length, scale);
    case 4:
      return score_keys_of<4>(scores, queries, stride, keys, count, dim, length, scale);
  }
  if (count == 0) return;
  cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, count, dim, scale, queries, stride,
              keys, dim, 0.0f, scores, length);
}

/// out[row] += the sum of values by weights[row], for few rows: each value is read once for all of
/// them, four at a time. Rows of out are `stride` apart and weights `length`; values (count, dim).
inline void add_values(float* out, int stride, const float* weights, const float* values, int rows,
                       int count, int dim, int length) {
  int slot = 0;
  for (; slot + 4 <= count; slot += 4) {
    const float* value = values + static_cast<size_t>(slot) * dim;
    for (int i = 0; i < 4 * dim; i += 16) __builtin_prefetch(value + i + kReadAhead);
    for (int row = 0; row < rows; ++row) {
      const float* weight = weights + static_cast<size_t>(row) * length + slot;
      const float a = weight[0], b = weight[1], c = weight[2], d = weight[3];
      float* mixed = out + row * stride;
#pragma omp simd
      for (int i = 0; i < dim; ++i) {
        mixed[i] = mixed[i] + a * value[i] + b * value[dim + i] + c * value[2 * dim + i] +
                   d * value[3 * dim + i];
      }
    }
  }
  for (; slot < count; ++slot) {
    const float* value = values + static_cast<size_t>(slot) * dim;
    for (int row = 0; row < rows; ++row) {
      const float weight = weights[static_cast<size_t>(row) * length + slot];
      float* mixed = out + row * stride;
#pragma omp simd
      for (int i = 0; i < dim; ++i) mixed[i] += weight * value[i];
    }
  }
}

/// out[row] = the sum of values by weights[row]; rows of out are `stride` apart, weights (rows,
/// count), values (count, dim).
inline void mix_values(float* out, const float* weights, const float* values, int rows, int count,
                       int dim, int stride) {
  if (rows > 4) {
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, dim, count, 1.0f, weights, count,
                values, dim, 0.0f, out, stride);
    return;
  }
  for (int row = 0; row < rows; ++row) std::fill_n(out + row * stride, dim, 0.0f);
  add_values(out, stride, weights, values, rows, count, dim, count);
}

/// Attention of `count` queries that read the keys of one head: rows of q and out, `stride` apart.
/// Each sees all `length` of them, or if they are `causal`, the newest of the cache, all up to its
/// own. weights (count, length) are left as they were used.
inline void attend_part(float* out, float* weights, const float* q, int stride, int count,
                        bool causal, const float* keys, const float* values, int head_dim,
                        int length) {
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  score_keys(weights, q, stride, keys, count, length, head_dim, length, scale);
  for (int i = 0; i < count; ++i) {
    const int seen = causal ? length - count + i + 1 : length;
    softmax(weights + static_cast<size_t>(i) * length, seen, length);
  }
  mix_values(out, weights, values, count, length, head_dim, stride);
}

/// In how many parts attend() shares out its heads. Of one row, up to four heads that read the same
/// keys are one part, as far as no thread is idle then.
inline int parts_of_heads(int rows, int heads, int kv_heads) {
  const int group = heads / kv_heads;
  if (rows > 1) return heads;
  const int busy = (omp_get_max_threads() + kv_heads - 1) / kv_heads;
  return kv_heads * std::min(group, std::max((group + 3) / 4, busy));
}

/// out[row][head] = softmax(q[row][head] K^T / sqrt(head_dim)) V. out and q (rows, heads,
/// head_dim); keys and values (kv_heads, capacity, head_dim), of which the first `length` rows are
/// filled. The queries are the newest of these: row r sees the first length - rows + r + 1. Query
/// head h reads key/value head h / (heads / kv_heads) (grouped-query attention: Ainslie et al.,
/// 2023).
inline void attend(Device&, float* out, const float* q, const float* keys, const float* values,
                   int rows, int heads, int kv_heads, int head_dim, int length, int capacity) {
  const int stride = (rows > 1 ? heads : 1) * head_dim;
  const int parts = parts_of_heads(rows, heads, kv_heads);
#pragma omp parallel for if (static_cast<size_t>(rows) * length * heads * head_dim > 131072)
  for (int part = 0; part < parts; ++part) {
    const int head = heads * part / parts, behind = heads * (part + 1) / parts;
    const int count = rows > 1 ? rows : behind - head;
    const size_t kv = static_cast<size_t>(head / (heads / kv_heads)) * capacity * head_dim;
    std::vector<float> weights(static_cast<size_t>(count) * length);
    attend_part(out + head * head_dim, weights.data(), q + head * head_dim, stride, count, rows > 1,
                keys + kv, values + kv, head_dim, length);
  }
}

// ---- artifacts/cache/check_slots.h --------------------------------------------------------------

/// The slots [from, to) of `length` are meant.
inline void check_slots(int from, int to, int length) {
  if (0 <= from && from <= to && to <= length) return;
  throw std::out_of_range("kv_cache: no slots " + std::to_string(from) + " to " +
                          std::to_string(to) + "; is a budget of the compressor negative?");
}

// ---- kernels/cpu/move_rows.h --------------------------------------------------------------------

/// to[head][row] = from[head][row] for the first `rows` rows of each head; to (heads, to_capacity,
/// head_dim), from (heads, from_capacity, head_dim). Within one cache the rows may overlap.
inline void move_rows(Device&, float* to, const float* from, int heads, int rows, int head_dim,
                      int to_capacity, int from_capacity) {
  if (rows == 0) return;
  for (int head = 0; head < heads; ++head) {
    std::memmove(to + static_cast<size_t>(head) * to_capacity * head_dim,
                 from + static_cast<size_t>(head) * from_capacity * head_dim,
                 static_cast<size_t>(rows) * head_dim * sizeof(float));
  }
}

// ---- kernels/cpu/rope.h -------------------------------------------------------------------------

/// Turns each head of x in place by angles (rows, head_dim / 2, 2) of rope_angles. Row r of head h
/// begins at x + r * row_stride + h * head_stride. Pair i is the channels 2i and 2i + 1 when
/// `interleaved`, else i and i + head_dim / 2.
inline void rope(Device&, float* x, const float* angles, int rows, int heads, int head_dim,
                 size_t row_stride, size_t head_stride, bool interleaved) {
  const int step = interleaved ? 2 : 1;                // from one pair to the next
  const int partner = interleaved ? 1 : head_dim / 2;  // from a pair's first channel to its second
  for (int row = 0; row < rows; ++row) {
    const float* turns = angles + static_cast<size_t>(row) * head_dim;
    for (int head = 0; head < heads; ++head) {
      float* channels = x + row * row_stride + head * head_stride;
      for (int i = 0; i < head_dim / 2; ++i) {
        const float first = channels[i * step], second = channels[i * step + partner];
        channels[i * step] = first * turns[2 * i] - second * turns[2 * i + 1];
        channels[i * step + partner] = first * turns[2 * i + 1] + second * turns[2 * i];
      }
    }
  }
}

// ---- kernels/cpu/rope_angles.h ------------------------------------------------------------------

/// angles (rows, head_dim / 2, 2): cosine and sine of positions[row] * rope_frequency(i), in
/// double, since a float is off by 1 % at a million. positions (rows) is device memory.
inline void rope_angles(Device&, float* angles, const int* positions, int rows, int head_dim,
                        float theta, const RopeScaling& scaling) {
  const int pairs = head_dim / 2;
  for (int i = 0; i < pairs; ++i) {
    const double frequency = rope_frequency(i, head_dim, theta, scaling);
    for (int row = 0; row < rows; ++row) {
      float* turn = angles + (static_cast<size_t>(row) * pairs + i) * 2;
      turn[0] = static_cast<float>(std::cos(positions[row] * frequency));
      turn[1] = static_cast<float>(std::sin(positions[row] * frequency));
    }
  }
}

// ---- kernels/cpu/store_rows.h -------------------------------------------------------------------

/// Transposes x (rows, heads, head_dim), as the projection leaves it, into the first `rows` rows of
/// each head of cache (heads, capacity, head_dim).
inline void store_rows(Device&, float* cache, const float* x, int rows, int heads, int head_dim,
                       int capacity) {
  for (int row = 0; row < rows; ++row) {
    for (int head = 0; head < heads; ++head) {
      std::copy_n(x + (static_cast<size_t>(row) * heads + head) * head_dim, head_dim,
                  cache + (static_cast<size_t>(head) * capacity + row) * head_dim);
    }
  }
}

// ---- artifacts/cache/contiguous.h ---------------------------------------------------------------

/// One layer of ContiguousKv. The tokens kept are the rows [first, first + length) of each head.
struct KvLayer {
  Buffer<float> memory;   // (2, kv_heads, capacity, head_dim): keys with RoPE applied, then values
  int capacity = 0;       // rows
  int first = 0;          // row of slot 0
  int length = 0;         // tokens kept
  int next_position = 0;  // of the next token: erasing does not lower it
};

/// Each head's keys, and its values, lie in one piece; memory follows what is kept. A slot is where
/// a token is stored; its position, by which RoPE turned its key, outlives every erase.
struct ContiguousKv {
  int chunk = 64;  ///< Tokens that memory grows by; range 1..1024.

  /// Empties the cache and gives it a model's shape.
  void reset(int layers, int kv_heads, int head_dim) {
    if (chunk < 1) throw std::runtime_error("kv_cache.chunk must be at least 1");
    this->kv_heads = kv_heads;
    this->head_dim = head_dim;
    this->layers = std::vector<KvLayer>(layers);
    turns.clear();
  }

  /// Tokens that `layer` keeps.
  int length(int layer) { return layers[layer].length; }

  /// Position of the token that `layer` is given next: how many it has been given so far.
  int next_position(int layer) { return layers[layer].next_position; }

  /// Rows from one head of keys() and values() to the next.
  int capacity(int layer) { return layers[layer].capacity; }

  /// Keys from `slot` on: (kv_heads, capacity, head_dim), valid until the next append or erase.
  float* keys(int layer, int slot = 0) {
    KvLayer& kv = layers[layer];
    return kv.memory.data() + static_cast<size_t>(kv.first + slot) * head_dim;
  }

  /// Values of `layer`, as keys().
  float* values(int layer, int slot = 0) {
    const size_t behind = static_cast<size_t>(kv_heads) * capacity(layer) * head_dim;
    return keys(layer, slot) + behind;
  }

  /// Bytes allocated for all layers.
  size_t bytes() {
    size_t sum = 0;
    for (const KvLayer& kv : layers) sum += kv.memory.bytes();
    return sum;
  }

  int kv_heads = 0;
  int head_dim = 0;
  std::vector<KvLayer> layers;
  std::vector<int> turns;  // the newest turns of put_keys_turned, and their angles
  Buffer<float> angles;    // (rows, head_dim / 2, 2)
};

// ---- artifacts/compress/streaming_llm.h ---------------------------------------------------------

/// StreamingLLM (Xiao et al., 2024): keep the first `sinks` and the last `window` tokens.
/// Distances are counted within the cache, so the sinks always stand right before the window.
struct StreamingLlm {
  int sinks = 4;      ///< Tokens kept at the beginning; attention leans on them; range 0..64.
  int window = 1020;  ///< Tokens kept at the end; range 1..4096.

  std::map<int, Buffer<float>> sink_keys;  // by layer: (kv_heads, sinks, head_dim)
};

// ---- artifacts/load/json.h ----------------------------------------------------------------------

/// A JSON value.
struct Json {
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool boolean = false;
  double number = 0;
  std::string string;
  std::vector<std::string> keys;  // of an object: keys[i] names items[i]
  std::vector<Json> items;        // of an array or an object

  /// The member of an object; null if there is none.
  const Json& operator[](const std::string& key) const {
    static const Json kNone;
    const auto found = std::find(keys.begin(), keys.end(), key);
    return found == keys.end() ? kNone : items[static_cast<size_t>(found - keys.begin())];
  }
};

/// Throws std::runtime_error; `where` is what it calls the value: "config.json: hidden_size".
[[noreturn]] inline void refuse_json(const Json& value, const std::string& where,
                                     const std::string& expected) {
  static const char* const kNames[] = {"nothing", "a boolean", "", "", "an array", "an object"};
  std::ostringstream found;
  found << kNames[static_cast<int>(value.kind)];
  if (value.kind == Json::Kind::kString) found << '"' << value.string << '"';
  if (value.kind == Json::Kind::kNumber) found << value.number;
  throw std::runtime_error(where + ": expected " + expected + ", found " + found.str());
}

/// These return the value as what it has to be, or throw as refuse_json does.
inline const std::string& json_string(const Json& value, const std::string& where) {
  if (value.kind != Json::Kind::kString) refuse_json(value, where, "a string");
  return value.string;
}

inline const Json& json_array(const Json& value, const std::string& where) {
  if (value.kind != Json::Kind::kArray) refuse_json(value, where, "an array");
  return value;
}

inline const Json& json_object(const Json& value, const std::string& where) {
  if (value.kind != Json::Kind::kObject) refuse_json(value, where, "an object");
  return value;
}

inline int64_t json_integer(const Json& value, const std::string& where, int64_t least,
                            int64_t most) {
  const double number = value.kind == Json::Kind::kNumber ? value.number : NAN;
  if (!(number >= double(least) && number <= double(most)) || number != std::floor(number)) {
    refuse_json(value, where,
                "an integer from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return static_cast<int64_t>(number);
}

/// Appends the bytes of a code point.
inline void append_utf8(std::string& text, uint32_t code_point) {
  const int more = code_point < 0x80 ? 0 : code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  const uint32_t lead = more == 0 ? 0 : 0xf80 >> more & 0xff;  // as many ones as there are bytes
  text += static_cast<char>(lead | code_point >> 6 * more);
  for (int i = more - 1; i >= 0; --i) text += static_cast<char>(0x80 | (code_point >> 6 * i & 63));
}

/// Reads one document, by recursive descent.
class JsonReader {
 public:
  /// `name` is what an error calls the document: name:line:column.
  JsonReader(std::string text, std::string name) : text_(std::move(text)), name_(std::move(name)) {}

  Json read() {
    Json value = read_value(0);
    skip_space();
    if (at_ < text_.size()) fail("expected the end of the document");
    return value;
  }

 private:
  static constexpr int kDepthMost = 64;  // far above any real file, far below the stack's end

  [[noreturn]] void fail(const std::string& what) const {
    const std::string before = text_.substr(0, at_);
    const size_t column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    throw std::runtime_error(name_ + ":" +
                             std::to_string(std::count(before.begin(), before.end(), '\n') + 1) +
                             ":" + std::to_string(column) + ": " + what);
  }

  bool next_is(std::string_view any) const {
    return at_ < text_.size() && any.find(text_[at_]) != std::string_view::npos;
  }

  void skip_space() {
    while (next_is(" \t\r\n")) ++at_;
  }

  bool take(std::string_view word) {
    skip_space();
    if (text_.compare(at_, word.size(), word.data(), word.size()) != 0) return false;
    at_ += word.size();
    return true;
  }

  Json read_value(int depth) {
    if (depth > kDepthMost) fail("nested too deep");
    skip_space();
    Json value;
    if (next_is("{[")) {
      value = read_items(depth);
    } else if (next_is("\"")) {
      value.kind = Json::Kind::kString;
      value.string = read_string();
    } else if (next_is("-0123456789")) {
      value.kind = Json::Kind::kNumber;
      const size_t start = at_;
      while (next_is("+-.eE0123456789")) ++at_;
      const char* end = text_.data() + at_;
      const auto [stopped, error] = std::from_chars(text_.data() + start, end, value.number);
      if (error != std::errc() || stopped != end) fail("not a number");
    } else if (take("true")) {
      value.kind = Json::Kind::kBoolean;
      value.boolean = true;
    } else if (take("false")) {
      value.kind = Json::Kind::kBoolean;
    } else if (!take("null")) {
      fail("expected a value");
    }
    return value;
  }

  /// The members of an object or the elements of an array.
  Json read_items(int depth) {
    Json value;
    const bool object = text_[at_++] == '{';
    value.kind = object ? Json::Kind::kObject : Json::Kind::kArray;
    const std::string close = object ? "}" : "]";
    if (take(close)) return value;
    do {
      skip_space();
      if (object) value.keys.push_back(read_string());
      if (object && !take(":")) fail("expected ':'");
      value.items.push_back(read_value(depth + 1));
    } while (take(","));
    if (!take(close)) fail("expected ',' or '" + close + "'");
    return value;
  }

  std::string read_string() {
    if (!next_is("\"")) fail("expected a string");
    std::string string;
    for (++at_; !next_is("\""); ++at_) {
      if (at_ >= text_.size()) fail("the document ends within a string");
      if (static_cast<unsigned char>(text_[at_]) < 0x20) fail("a control character in a string");
      if (text_[at_] != '\\') {
        string += text_[at_];
        continue;
      }
      ++at_;
      constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
      if (next_is(kEscapes)) {
        string += kMeanings[kEscapes.find(text_[at_])];
      } else if (next_is("u")) {
        append_utf8(string, read_code_point());
      } else {
        fail("an unknown escape in a string");
      }
    }
    ++at_;
    return string;
  }

  /// From the u of an escape to its last digit; above U+FFFF there are two escapes.
  uint32_t read_code_point() {
    const uint32_t high = read_hexadecimal();
    if (high < 0xd800 || high > 0xdfff) return high;
    if (text_.compare(at_ + 1, 2, "\\u") != 0) fail("half of a surrogate pair");
    at_ += 2;
    const uint32_t low = read_hexadecimal();
    if (high > 0xdbff || low < 0xdc00 || low > 0xdfff) fail("half of a surrogate pair");
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  }

  uint32_t read_hexadecimal() {
    uint32_t value = 0;
    const std::string digits = text_.substr(at_ + 1, 4);
    const char* end = digits.data() + digits.size();
    if (digits.size() < 4 || std::from_chars(digits.data(), end, value, 16).ptr != end) {
      fail("expected four hexadecimal digits");
    }
    at_ += 4;
    return value;
  }

  std::string text_;
  std::string name_;
  size_t at_ = 0;  // at most text_.size()
};

/// The document in a file.
inline Json read_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": cannot be opened");
  std::ostringstream text;
  text << file.rdbuf();
  return JsonReader(text.str(), path).read();
}

// ---- artifacts/load/safetensors.h ---------------------------------------------------------------

/// IEEE half precision; the multiplication corrects the exponent, of subnormal numbers too.
inline float float_from_fp16(uint16_t half) {
  const bool finite = (half & 0x7c00) != 0x7c00;
  const uint32_t bits = (half & 0x7fffu) << 13 | (finite ? 0 : 0x7f800000);
  const float magnitude = std::bit_cast<float>(bits) * (finite ? 0x1p112f : 1.0f);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

/// The first half of a float.
inline float float_from_bf16(uint16_t half) {
  return std::bit_cast<float>(static_cast<uint32_t>(half) << 16);
}

/// Where a tensor is; all of it has been checked against its file.
struct SafeTensor {
  std::string file;
  std::string type;  // F32, F16 or BF16 can be read
  std::vector<size_t> shape;
  size_t begin = 0;  // bytes from the beginning of the file
  size_t end = 0;
};

/// `size` bytes of a tensor's numbers, in fp32, from `first` bytes behind its beginning on.
inline std::vector<float> read_numbers(std::ifstream& file, const SafeTensor& tensor, size_t first,
                                       size_t size) {
  std::vector<char> bytes(size);
  file.seekg(static_cast<std::streamoff>(tensor.begin + first));
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    throw std::runtime_error(tensor.file + ": a tensor cannot be read");
  }
  const size_t width = tensor.type == "F32" ? 4 : 2;
  std::vector<float> values(bytes.size() / width);
  if (width == 4 && !bytes.empty()) std::memcpy(values.data(), bytes.data(), bytes.size());
  for (size_t i = 0; width == 2 && i < values.size(); ++i) {
    uint16_t half = 0;
    std::memcpy(&half, bytes.data() + 2 * i, sizeof(half));
    values[i] = tensor.type == "F16" ? float_from_fp16(half) : float_from_bf16(half);
  }
  return values;
}

inline std::vector<float> read_tensor(const SafeTensor& tensor) {
  std::ifstream file(tensor.file, std::ios::binary);
  return read_numbers(file, tensor, 0, tensor.end - tensor.begin);
}

/// Throws std::runtime_error naming the file, the tensor and the field at fault.
class SafeTensors {
 public:
  /// Reads the headers of model.safetensors, or of the files that model.safetensors.index.json
  /// names.
  explicit SafeTensors(const std::string& folder) : folder_(folder) {
    const std::string single = folder + "/model.safetensors", index = single + ".index.json";
    if (std::filesystem::exists(single) || !std::filesystem::exists(index)) {
      read_header(single);
      return;
    }
    const Json document = read_json(index);
    const Json& map = json_object(document["weight_map"], index + ": weight_map");
    std::map<std::string, std::string> file_of;
    for (size_t i = 0; i < map.keys.size(); ++i) {
      const std::string where = index + ": weight_map: " + map.keys[i];
      const std::string& name = json_string(map.items[i], where);
      if (std::filesystem::path(name).filename() != name || name.find('\0') != std::string::npos) {
        refuse_json(map.items[i], where, "the name of a file beside the index");
      }
      file_of[map.keys[i]] = folder + "/" + name;
    }
    std::vector<std::string> files;
    for (const auto& [name, file] : file_of) files.push_back(file);
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    for (const std::string& file : files) read_header(file);
    for (const auto& [name, file] : file_of) {
      if (find(name).file != file) throw std::runtime_error(file + ": holds no tensor " + name);
    }
  }

  const SafeTensor& find(const std::string& name) const {
    const auto found = tensors_.find(name);
    if (found == tensors_.end()) throw std::runtime_error(folder_ + ": no tensor " + name);
    return found->second;
  }

  /// Throws unless the tensor is there and has this shape.
  void expect(const std::string& name, const std::vector<size_t>& shape) const {
    const SafeTensor& tensor = find(name);
    if (tensor.shape != shape) {
      throw std::runtime_error(tensor.file + ": " + name + ": its shape is " +
                               describe(tensor.shape) + ", but config.json asks for " +
                               describe(shape));
    }
  }

  /// Where the tensor is; it counts as used.
  SafeTensor take(const std::string& name) {
    const SafeTensor tensor = find(name);
    tensors_.erase(name);
    return tensor;
  }

  /// What has not been taken.
  const std::map<std::string, SafeTensor>& unread() const { return tensors_; }

 private:
  static std::string describe(const std::vector<size_t>& shape) {
    std::string text;
    for (size_t size : shape) text += (text.empty() ? "" : ", ") + std::to_string(size);
    return "(" + text + ")";
  }

  /// A file is the header's length (8 bytes, little-endian), the header (JSON), the data.
  void read_header(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    if (!file) throw std::runtime_error(path + ": cannot be opened");
    const size_t file_bytes = static_cast<size_t>(file.tellg());
    file.seekg(0);
    unsigned char length[8] = {};
    file.read(reinterpret_cast<char*>(length), sizeof(length));
    uint64_t header_bytes = 0;
    for (int i = 7; i >= 0; --i) header_bytes = header_bytes << 8 | length[i];
    if (!file || header_bytes > file_bytes - sizeof(length)) {
      throw std::runtime_error(path + ": header length: " + std::to_string(header_bytes) +
                               " bytes do not fit into the file's " + std::to_string(file_bytes));
    }
    std::string text(header_bytes, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    const Json header = JsonReader(std::move(text), path + ": header").read();
    json_object(header, path + ": header");

    const size_t data = sizeof(length) + header_bytes;
    std::vector<std::pair<size_t, size_t>>
        ranges;  // in the file; what lies there must be one tensor's
    for (size_t i = 0; i < header.keys.size(); ++i) {
      if (header.keys[i] == "__metadata__") continue;
      const std::string where = path + ": " + header.keys[i];
      const SafeTensor tensor = read_tensor(header.items[i], path, where, data, file_bytes);
      ranges.emplace_back(tensor.begin, tensor.end);
      if (!tensors_.emplace(header.keys[i], tensor).second) {
        throw std::runtime_error(where + ": named twice");
      }
    }
    std::sort(ranges.begin(), ranges.end());
    size_t end = data;
    for (const auto& [from, to] : ranges) {
      if (from != end) {
        throw std::runtime_error(
            path + ": data_offsets: " + (from < end ? "two tensors overlap at " : "a gap before ") +
            std::to_string(from - data));
      }
      end = to;
    }
    if (end != file_bytes) {
      throw std::runtime_error(path + ": " + std::to_string(file_bytes - end) +
                               " bytes follow the last tensor");
    }
  }

  SafeTensor read_tensor(const Json& entry, const std::string& path, const std::string& where,
                         size_t data, size_t file_bytes) const {
    constexpr int64_t kMost = int64_t{1} << 53;  // what JSON's numbers hold exactly
    const size_t data_bytes = file_bytes - data;
    json_object(entry, where);
    SafeTensor tensor;
    tensor.file = path;
    tensor.type = json_string(entry["dtype"], where + ": dtype");
    if (tensor.type != "F32" && tensor.type != "F16" && tensor.type != "BF16") {
      refuse_json(entry["dtype"], where + ": dtype", "F32, F16 or BF16");
    }
    size_t bytes = tensor.type == "F32" ? 4 : 2;
    for (const Json& size : json_array(entry["shape"], where + ": shape").items) {
      tensor.shape.push_back(static_cast<size_t>(json_integer(size, where + ": shape", 1, kMost)));
      // Once it is larger than the file, it need not grow, and so cannot overflow.
      bytes =
          tensor.shape.back() > data_bytes / bytes ? data_bytes + 1 : bytes * tensor.shape.back();
      if (bytes > data_bytes) break;
    }
    const Json& offsets = json_array(entry["data_offsets"], where + ": data_offsets");
    if (offsets.items.size() != 2) refuse_json(offsets, where + ": data_offsets", "two integers");
    const auto most = static_cast<int64_t>(data_bytes);
    const int64_t begin = json_integer(offsets.items[0], where + ": data_offsets: begin", 0, most);
    const int64_t end = json_integer(offsets.items[1], where + ": data_offsets: end", begin, most);
    if (static_cast<size_t>(end - begin) != bytes) {
      throw std::runtime_error(where + ": data_offsets: " + std::to_string(end - begin) +
                               " bytes do not hold " + tensor.type + " of shape " +
                               describe(tensor.shape));
    }
    tensor.begin = data + static_cast<size_t>(begin);
    tensor.end = data + static_cast<size_t>(end);
    return tensor;
  }

  std::string folder_;
  std::map<std::string, SafeTensor> tensors_;  // that have not been taken
};

// ---- artifacts/load/hugging_face.h --------------------------------------------------------------

/// A folder with config.json and model.safetensors, or with several files under
/// model.safetensors.index.json; fp32, fp16 or bf16. What would compute something else than a plain
/// Llama (another family, biases, RoPE scaled by YaRN, a sliding window) is refused by name.
struct HuggingFace {
  LlamaConfig read_config(const std::string& path) {
    const Json json = read_json(path);
    json_object(json, path);
    refuse_others(json, path);
    const auto integer = [&](const char* key, int most) {
      return static_cast<int>(json_integer(json[key], path + ": " + key, 1, most));
    };
    const auto absent = [&](const char* key) { return json[key].kind == Json::Kind::kNull; };

    LlamaConfig config;  // the bounds keep every product of sizes in range
    config.dim = integer("hidden_size", 1 << 20);
    config.ffn_dim = integer("intermediate_size", 1 << 20);
    config.layers = integer("num_hidden_layers", 1 << 12);
    config.heads = integer("num_attention_heads", 1 << 12);
    config.kv_heads =
        absent("num_key_value_heads") ? config.heads : integer("num_key_value_heads", 1 << 12);
    config.head_dim = absent("head_dim") ? config.dim / config.heads : integer("head_dim", 1 << 12);
    config.vocab_size = integer("vocab_size", 1 << 24);
    config.context = integer("max_position_embeddings", 1 << 30);
    config.norm_eps = positive(json["rms_norm_eps"], path + ": rms_norm_eps");
    if (!absent("rope_theta")) {
      config.rope_theta = positive(json["rope_theta"], path + ": rope_theta");
    }
    for (const char* key : {"rope_parameters", "rope_scaling"}) {  // in newer files, in older ones
      const std::string where = path + ": " + key;
      if (!absent(key)) read_rope(json_object(json[key], where), where, config);
    }
    config.tied_embeddings = json["tie_word_embeddings"].boolean;
    config.rope_layout = RopeLayout::kHalfSplit;
    if (config.heads % config.kv_heads != 0) {
      refuse_json(json["num_key_value_heads"], path + ": num_key_value_heads",
                  "a divisor of num_attention_heads, " + std::to_string(config.heads));
    }
    if (config.head_dim < 2 || config.head_dim % 2 != 0) {
      throw std::runtime_error(path + ": head_dim: expected an even number, found " +
                               std::to_string(config.head_dim));
    }
    return config;
  }

  /// What turns keys, as transformers reads it; `where` it stands.
  void read_rope(const Json& rope, const std::string& where, LlamaConfig& config) {
    const auto number = [&](const char* key) { return positive(rope[key], where + ": " + key); };
    const auto absent = [&](const char* key) { return rope[key].kind == Json::Kind::kNull; };
    if (!absent("rope_theta")) config.rope_theta = number("rope_theta");
    refuse_partial_rope(rope, where);
    const Json& type = rope[absent("rope_type") ? "type" : "rope_type"];
    if (type.kind == Json::Kind::kNull || type.string == "default") return;
    if (type.string != "linear" && type.string != "llama3") {
      refuse_json(type, where + ": rope_type", "default, linear or llama3");
    }
    config.rope_scaling.factor = number("factor");
    if (type.string == "linear") return;
    config.rope_scaling.low = number("low_freq_factor");
    config.rope_scaling.high = number("high_freq_factor");
    config.rope_scaling.context = config.context;
    if (const char* key = "original_max_position_embeddings"; !absent(key)) {
      config.rope_scaling.context =
          static_cast<int>(json_integer(rope[key], where + ": " + key, 1, 1 << 30));
    }
    if (config.rope_scaling.low < config.rope_scaling.high) return;
    refuse_json(rope["high_freq_factor"], where + ": high_freq_factor",
                "more than low_freq_factor");
  }

  /// Every channel of a head is turned.
  void refuse_partial_rope(const Json& json, const std::string& where) {
    const Json& share = json["partial_rotary_factor"];
    if (share.kind == Json::Kind::kNull) return;
    if (share.kind == Json::Kind::kNumber && share.number == 1.0) return;
    refuse_json(share, where + ": partial_rotary_factor", "1");
  }

  float positive(const Json& value, const std::string& where) {
    const bool positive = value.kind == Json::Kind::kNumber && value.number > 0;
    if (!positive) refuse_json(value, where, "a positive number");
    return static_cast<float>(value.number);
  }

  /// Refuses what asks for another computation than a plain Llama's.
  void refuse_others(const Json& json, const std::string& path) {
    const auto refuse = [&](const char* key, const char* expected) {
      refuse_json(json[key], path + ": " + key, expected);
    };
    const std::string& family = json_string(json["model_type"], path + ": model_type");
    if (family != "llama" && family != "mistral") refuse("model_type", "llama or mistral");
    const Json& activation = json["hidden_act"];
    if (activation.kind != Json::Kind::kNull && activation.string != "silu") {
      refuse("hidden_act", "silu");
    }
    refuse_partial_rope(json, path);
    for (const char* key : {"attention_bias", "mlp_bias"}) {
      if (json[key].boolean) throw std::runtime_error(path + ": " + key + ": expected false");
    }
    for (const char* key : {"sliding_window", "quantization_config"}) {
      if (json[key].kind != Json::Kind::kNull) refuse(key, "none");
    }
  }
};

// ---- kernels/cpu/add.h --------------------------------------------------------------------------

/// x += y, both (count).
inline void add(Device&, float* x, const float* y, size_t count) {
#pragma omp parallel for simd if (count > 65536)
  for (size_t i = 0; i < count; ++i) x[i] += y[i];
}

// ---- kernels/cpu/embed.h ------------------------------------------------------------------------

/// out (rows, dim) is the rows of table (vocab_size, dim) that tokens (rows), all valid, name.
inline void embed(Device&, float* out, const float* table, const int* tokens, int rows, int dim) {
  for (int row = 0; row < rows; ++row) {
    std::memcpy(out + static_cast<size_t>(row) * dim,
                table + static_cast<size_t>(tokens[row]) * dim, dim * sizeof(float));
  }
}

// ---- kernels/cpu/matmul.h -----------------------------------------------------------------------

/// out (rows, d_out) = x (rows, d_in) times the transpose of weight (d_out, d_in).
inline void matmul(Device&, float* out, const float* x, const float* weight, int rows, int d_in,
                   int d_out) {
  const bool parallel = static_cast<size_t>(d_in) * d_out * rows > 262144;
  if (rows >= 6) {  // from here on, BLAS is faster than reading the weights once
    const int threads = parallel ? omp_get_max_threads() : 1;
    const int share = (d_out + threads - 1) / threads;  // of the columns, for each thread
#pragma omp parallel for if (parallel)
    for (int begin = 0; begin < d_out; begin += share) {
      cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, std::min(share, d_out - begin),
                  d_in, 1.0f, x, d_in, weight + static_cast<size_t>(begin) * d_in, d_in, 0.0f,
                  out + begin, d_out);
    }
    return;
  }
  // Row after row, in one accumulator of eight: the memory's prefetcher keeps up with one stream
  // for each thread, and reading several rows side by side halves the bandwidth.
#pragma omp parallel for schedule(static) if (parallel)
  for (int i = 0; i < d_out; ++i) {
    const float* weights = weight + static_cast<size_t>(i) * d_in;
    for (int row = 0; row < rows; ++row) {
      const float* values = x + static_cast<size_t>(row) * d_in;
      float sum = 0.0f;
#pragma omp simd reduction(+ : sum) simdlen(8)
      for (int j = 0; j < d_in; ++j) sum += weights[j] * values[j];
      out[static_cast<size_t>(row) * d_out + i] = sum;
    }
  }
}

// ---- kernels/cpu/rms_norm.h ---------------------------------------------------------------------

/// out = x / sqrt(mean(x^2) + eps) * weight (dim) for each row of x (rows, dim); out may be x.
inline void rms_norm(Device&, float* out, const float* x, const float* weight, int rows, int dim,
                     float eps) {
#pragma omp parallel for if (rows > 1 && rows * dim > 16384)
  for (int row = 0; row < rows; ++row) {
    const float* row_x = x + static_cast<size_t>(row) * dim;
    float* row_out = out + static_cast<size_t>(row) * dim;
    float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
    for (int i = 0; i < dim; ++i) sum += row_x[i] * row_x[i];
    const float scale = 1.0f / std::sqrt(sum / static_cast<float>(dim) + eps);
#pragma omp simd
    for (int i = 0; i < dim; ++i) row_out[i] = row_x[i] * scale * weight[i];
  }
}

// ---- kernels/cpu/silu_mul.h ---------------------------------------------------------------------

/// gate = silu(gate) * up, with silu(x) = x / (1 + exp(-x)); both (count).
inline void silu_mul(Device&, float* gate, const float* up, size_t count) {
#pragma omp parallel for simd if (count > 16384)
  for (size_t i = 0; i < count; ++i) gate[i] = gate[i] / (1.0f + exp_float(-gate[i])) * up[i];
}

// ---- artifacts/model/llama.h --------------------------------------------------------------------

/// Llama (Touvron et al., 2023). Each layer calls `hooks.after_append(layer)` once it has attended.
struct Llama {
  int prefill_chunk = 64;  ///< Prompt tokens taken at once; range 1..1024.

  LlamaConfig config;  // from the loader

  LlamaWeights weights;
  int rows = 0;            // tokens of the last forward
  Buffer<int> input;       // (2, rows): tokens and their positions
  Buffer<float> angles;    // (rows, head_dim / 2, 2)
  Buffer<float> residual;  // (rows, dim): the residual stream
  Buffer<float> normed;    // (rows, dim); also what a block adds to the residual
  Buffer<float> queries;   // (rows, heads, head_dim)
  Buffer<float> keys;      // (rows, kv_heads, head_dim)
  Buffer<float> values;    // (rows, kv_heads, head_dim)
  Buffer<float> attended;  // (rows, heads, head_dim)
  Buffer<float> gate;      // (rows, ffn_dim)
  Buffer<float> up;        // (rows, ffn_dim)
};

// ---- artifacts/tokenize/byte_pair_words.h -------------------------------------------------------

enum class CharacterKind { kLetter, kNumber, kSpace, kOther };

/// A character of a text, or a byte of it that is not UTF-8.
struct Character {
  size_t begin = 0;  // bytes from the beginning of the text
  uint32_t code_point = 0;
  CharacterKind kind = CharacterKind::kOther;
};

/// Unicode's categories L and N, and White_Space. Exact for ASCII and Latin-1; beyond, whole blocks
/// are taken as what most of their characters are, which is wrong for 4 % of Unicode's characters,
/// mostly vowel signs of Indic scripts and rare symbols. A wrong guess may cut a text into other
/// tokens than the model was trained on; the text itself is never changed.
inline CharacterKind character_kind(uint32_t code_point) {
  struct Range {
    uint32_t first;
    uint32_t last;
    CharacterKind kind;
  };
  constexpr CharacterKind kNumber = CharacterKind::kNumber, kSpace = CharacterKind::kSpace;
  constexpr CharacterKind kLetter = CharacterKind::kLetter, kOther = CharacterKind::kOther;
  static constexpr Range kRanges[] = {
      // the first that holds the character; otherwise a letter
      {0x09, 0x0d, kSpace},        {0x20, 0x20, kSpace},       {0x30, 0x39, kNumber},
      {0x41, 0x5a, kLetter},       {0x61, 0x7a, kLetter},      {0x85, 0x85, kSpace},
      {0xa0, 0xa0, kSpace},        {0xaa, 0xaa, kLetter},      {0xb2, 0xb3, kNumber},
      {0xb5, 0xb5, kLetter},       {0xb9, 0xb9, kNumber},      {0xba, 0xba, kLetter},
      {0xbc, 0xbe, kNumber},       {0x00, 0xbf, kOther},       {0xd7, 0xd7, kOther},
      {0xf7, 0xf7, kOther},        {0x2c2, 0x2c5, kOther},     {0x2d2, 0x2df, kOther},
      {0x300, 0x36f, kOther},      {0x483, 0x489, kOther},     {0x591, 0x5cf, kOther},
      {0x600, 0x61f, kOther},      {0x64b, 0x65f, kOther},     {0x660, 0x669, kNumber},
      {0x66a, 0x66d, kOther},      {0x6d4, 0x6d4, kOther},     {0x6f0, 0x6f9, kNumber},
      {0x93a, 0x94f, kOther},      {0x964, 0x965, kOther},     {0x966, 0x96f, kNumber},
      {0xe31, 0xe31, kOther},      {0xe34, 0xe3f, kOther},     {0xe47, 0xe4f, kOther},
      {0xe50, 0xe59, kNumber},     {0x1680, 0x1680, kSpace},   {0x2000, 0x200a, kSpace},
      {0x2028, 0x2029, kSpace},    {0x202f, 0x202f, kSpace},   {0x205f, 0x205f, kSpace},
      {0x2010, 0x206f, kOther},    {0x200b, 0x200f, kOther},   {0x2071, 0x2071, kLetter},
      {0x207f, 0x207f, kLetter},   {0x2070, 0x2079, kNumber},  {0x2080, 0x2089, kNumber},
      {0x2090, 0x209c, kLetter},   {0x2150, 0x2189, kNumber},  {0x2460, 0x249b, kNumber},
      {0x24ea, 0x24ff, kNumber},   {0x2776, 0x2793, kNumber},  {0x207a, 0x2bff, kOther},
      {0x2e00, 0x2fff, kOther},    {0x3000, 0x3000, kSpace},   {0x3005, 0x3006, kLetter},
      {0x3007, 0x3007, kNumber},   {0x3021, 0x3029, kNumber},  {0x3001, 0x3030, kOther},
      {0x3200, 0x33ff, kOther},    {0xd800, 0xf8ff, kOther},   {0xfe00, 0xfe6f, kOther},
      {0xfeff, 0xfeff, kOther},    {0xff10, 0xff19, kNumber},  {0xff21, 0xff3a, kLetter},
      {0xff41, 0xff5a, kLetter},   {0xff01, 0xff65, kOther},   {0xffe0, 0xffff, kOther},
      {0x1d7ce, 0x1d7ff, kNumber}, {0x1f000, 0x1fbff, kOther}, {0xe0000, 0x10ffff, kOther},
  };
  for (const Range& range : kRanges) {
    if (code_point >= range.first && code_point <= range.last) return range.kind;
  }
  return kLetter;
}

/// The characters of a text, and one after its end.
inline std::vector<Character> split_characters(const std::string& text) {
  std::vector<Character> characters;
  for (size_t begin = 0; begin < text.size();) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[begin + i]); };
    const size_t size = byte(0) < 0x80 ? 1 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
    bool valid = size == 1 || (byte(0) >= 0xc2 && byte(0) <= 0xf4 && begin + size <= text.size());
    uint32_t code_point = size == 1 ? byte(0) : byte(0) & (0x7f >> size);
    for (size_t i = 1; valid && i < size; ++i) {
      valid = (byte(i) & 0xc0) == 0x80;
      code_point = code_point << 6 | (byte(i) & 0x3f);
    }
    if (!valid) code_point = 0xfffd;
    characters.push_back({begin, code_point, character_kind(code_point)});
    begin += valid ? size : 1;
  }
  characters.push_back({text.size(), 0, CharacterKind::kOther});
  return characters;
}

/// Which expression cuts the words.
struct WordPattern {
  enum class Family { kWhole, kGpt2, kLlama3 };
  Family family = Family::kWhole;  // kWhole: none, the text is one word
  size_t digits = SIZE_MAX;        // kLlama3: a word has at most so many of them
  bool single_digits = false;      // before all else, every digit is cut out
};

/// Where the word that begins at `from` ends; `count` characters are to be cut. Does by hand what
/// these expressions do (the first is GPT-2's, the second Llama 3's; Qwen's has \p{N} there):
///   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
///       ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
inline size_t word_end(const std::vector<Character>& characters, size_t from, size_t count,
                       const WordPattern& pattern) {
  const bool llama3 = pattern.family == WordPattern::Family::kLlama3;
  const auto is = [&](size_t i, CharacterKind kind) {
    return i < count && characters[i].kind == kind;
  };
  const auto is_code = [&](size_t i, uint32_t code) {
    return i < count && characters[i].code_point == code;
  };
  const auto is_newline = [&](size_t i) { return is_code(i, '\n') || is_code(i, '\r'); };
  const auto skip = [&](size_t i, CharacterKind kind) {
    while (is(i, kind)) ++i;
    return i;
  };
  if (is_code(from, '\'')) {
    for (const char* ending : {"s", "t", "re", "ve", "m", "ll", "d"}) {
      size_t i = from + 1;
      const char* letter = ending;
      const auto upper = [&] { return static_cast<uint32_t>(*letter - 'a' + 'A'); };
      for (; *letter != '\0'; ++letter, ++i) {
        if (!is_code(i, static_cast<uint32_t>(*letter)) && !(llama3 && is_code(i, upper()))) break;
      }
      if (*letter == '\0') return i;
    }
  }
  const size_t after_space = is_code(from, ' ') ? from + 1 : from;
  if (llama3) {
    const bool lead = !is_newline(from) && !is(from, CharacterKind::kNumber);
    const size_t letters = is(from, CharacterKind::kLetter) || !lead ? from : from + 1;
    if (is(letters, CharacterKind::kLetter)) return skip(letters, CharacterKind::kLetter);
    if (is(from, CharacterKind::kNumber)) {
      const size_t end = skip(from, CharacterKind::kNumber);
      return end - from > pattern.digits ? from + pattern.digits : end;
    }
    if (is(after_space, CharacterKind::kOther)) {
      size_t end = skip(after_space, CharacterKind::kOther);
      while (is_newline(end)) ++end;
      return end;
    }
  } else if (after_space < count && !is(after_space, CharacterKind::kSpace)) {
    return skip(after_space, characters[after_space].kind);
  }
  const size_t end = skip(from, CharacterKind::kSpace);
  for (size_t i = end; llama3 && i > from; --i) {
    if (is_newline(i - 1)) return i;
  }
  // The last of several spaces goes with the word that follows.
  return end < count && end - from > 1 ? end - 1 : end;
}

/// Cuts a text into its words.
inline std::vector<std::string> split_words(const std::string& text, const WordPattern& pattern) {
  if (pattern.family == WordPattern::Family::kWhole && !pattern.single_digits) return {text};
  const std::vector<Character> characters = split_characters(text);
  const auto is_number = [&](size_t i) { return characters[i].kind == CharacterKind::kNumber; };
  std::vector<std::string> words;
  const size_t count = characters.size() - 1;
  for (size_t from = 0, part = 0, end = 0; from < count; from = end) {
    // What the expression may look at ends where a digit is cut out.
    if (from == part) {
      do ++part;
      while (part < count && !(pattern.single_digits && (is_number(from) || is_number(part))));
    }
    end = pattern.family == WordPattern::Family::kWhole ? part
                                                        : word_end(characters, from, part, pattern);
    words.push_back(
        text.substr(characters[from].begin, characters[end].begin - characters[from].begin));
  }
  return words;
}

// ---- artifacts/tokenize/byte_pair.h -------------------------------------------------------------

/// Two kinds of vocabulary: over bytes (GPT-2, Llama 3, Qwen), and as SentencePiece has it (Llama
/// 2: a space is U+2581, and what the vocabulary cannot spell becomes bytes, <0x0A>). What a file
/// asks for beyond that is refused by name. tokenizer_config.json, config.json and
/// generation_config.json beside it say which tokens end a text.
struct BytePair {
  std::string path = "";  ///< Folder of tokenizer.json; empty: the model's.

  /// Throws std::runtime_error naming the file and the field at fault.
  void load(const std::string& model_path, int vocab_size) {
    const std::string folder = path.empty() ? model_path : path;
    const std::string file = folder + "/tokenizer.json";
    const Json json = read_json(file);
    read_words(json, file);
    read_vocabulary(json, file, vocab_size);
    read_merges(json["model"]["merges"], file + ": model: merges");
    read_added(json["added_tokens"], file + ": added_tokens", vocab_size);
    beginning.clear();
    read_beginning(json["post_processor"], file + ": post_processor");
    read_ends(folder, json["post_processor"].kind == Json::Kind::kNull);
  }

  /// Tokens of `text` (UTF-8), with the beginning of text in front if the model wants one. Added
  /// tokens, such as <|eot_id|>, are recognized within the text.
  std::vector<int> encode(const std::string& text) {
    std::vector<int> tokens = beginning;
    size_t from = 0;  // of the text that is not yet encoded
    for (size_t at = 0; at <= text.size(); ++at) {
      const int added = added_token(text, at);
      if (added < 0 && at < text.size()) continue;
      if (at > from) encode_part(text.substr(from, at - from), from == 0, tokens);
      if (added < 0) break;
      tokens.push_back(added);
      from = at + texts[added].size();
      at = from - 1;
    }
    return tokens;
  }

 private:
  enum class FirstSpace { kNever, kFirst, kAlways };  // before which parts of a text one is put
  struct Merge {
    int rank = 0;  // the lowest goes first
    int token = 0;
  };

  bool over_bytes = false;
  FirstSpace first_space = FirstSpace::kNever;
  bool spaces_once = false;        // no second space before a text that begins with one
  bool drops_first_space = false;  // when decoding
  bool whole_words = false;        // a word that is a token needs no merging
  WordPattern pattern;
  std::vector<std::string> texts;              // (vocab_size) what each token stands for
  std::vector<bool> is_special;                // (vocab_size)
  std::unordered_map<std::string, int> ids;    // by text, <0x0A> and the like left out
  std::array<int, 256> byte_tokens = {};       // by byte
  std::unordered_map<uint64_t, Merge> merges;  // by two tokens
  std::vector<int> added;                      // tokens, the longest first
  std::vector<int> beginning;                  // what goes before a text
  std::vector<int> ends;

  // ---- reading --------------------------------------------------------------------------------

  void read_words(const Json& json, const std::string& file) {
    const Json& splitter = json["pre_tokenizer"];
    const Json& normalizer = json["normalizer"];
    const std::string where = file + ": pre_tokenizer";
    over_bytes = false;
    first_space = FirstSpace::kNever;
    spaces_once = drops_first_space = false;
    pattern = WordPattern();
    if (splitter["type"].string == "Metaspace") {
      const std::string scheme = splitter["prepend_scheme"].string;
      const bool whole = splitter["split"].kind == Json::Kind::kBoolean &&
                         !splitter["split"].boolean && splitter["replacement"].string == kSpaceMark;
      if (!whole || (scheme != "always" && scheme != "first" && scheme != "never")) {
        throw std::runtime_error(where + ": expected a Metaspace of U+2581 with split false and " +
                                 "prepend_scheme always, first or never");
      }
      if (scheme == "first") first_space = FirstSpace::kFirst;
      if (scheme == "always") first_space = FirstSpace::kAlways;
      drops_first_space = scheme != "never";
      spaces_once = true;
    } else if (splitter.kind == Json::Kind::kObject) {
      read_splitter(splitter, where);
      if (!over_bytes) throw std::runtime_error(where + ": expected ByteLevel or Metaspace");
    }
    if (over_bytes || splitter.kind == Json::Kind::kObject) {
      if (normalizer.kind != Json::Kind::kNull) {
        refuse_json(normalizer["type"], file + ": normalizer", "none");
      }
      return;
    }
    // Llama 2's own files: a space before the text, and all spaces become U+2581.
    const Json& parts = json_array(normalizer["normalizers"], file + ": normalizer: normalizers");
    for (const Json& part : parts.items) {
      const bool prepends =
          part["type"].string == "Prepend" && part["prepend"].string == kSpaceMark;
      const bool replaces = part["type"].string == "Replace" &&
                            part["content"].string == kSpaceMark &&
                            part["pattern"]["String"].string == " ";
      if (!prepends && !replaces) {
        refuse_json(part["type"], file + ": normalizer", "Prepend or Replace");
      }
      if (prepends) first_space = FirstSpace::kAlways;
      if (prepends) drops_first_space = true;
    }
  }

  void read_splitter(const Json& splitter, const std::string& where) {
    using Family = WordPattern::Family;
    const std::string& type = json_string(splitter["type"], where + ": type");
    const bool uncut = pattern.family == Family::kWhole && !over_bytes;
    if (type == "Sequence") {
      for (const Json& part :
           json_array(splitter["pretokenizers"], where + ": pretokenizers").items) {
        read_splitter(part, where);
      }
    } else if (type == "Digits" && uncut && splitter["individual_digits"].boolean) {
      pattern.single_digits = true;
    } else if (type == "Split" && uncut) {
      const std::string& regex =
          json_string(splitter["pattern"]["Regex"], where + ": pattern: Regex");
      const bool removed = splitter["behavior"].string == "Removed" && splitter["invert"].boolean;
      const bool isolated =
          splitter["behavior"].string == "Isolated" && !splitter["invert"].boolean;
      if (!removed && !isolated) {
        refuse_json(splitter["behavior"], where + ": behavior", "Isolated");
      }
      pattern.family = regex == kGpt2 ? Family::kGpt2 : Family::kLlama3;
      pattern.digits = regex == kLlama3 ? 3 : 1;
      if (regex != kGpt2 && regex != kLlama3 && regex != kQwen2) {
        refuse_json(splitter["pattern"]["Regex"], where + ": pattern",
                    "the expression of GPT-2, Llama 3 or Qwen 2");
      }
    } else if (type == "ByteLevel" && !over_bytes) {
      over_bytes = true;
      const Json& regex = splitter["use_regex"];
      const bool uses = regex.kind == Json::Kind::kNull || regex.boolean;
      if (splitter["add_prefix_space"].boolean) {
        throw std::runtime_error(where + ": ByteLevel: add_prefix_space: expected false");
      }
      if (uses && pattern.family != Family::kWhole) {
        throw std::runtime_error(where + ": ByteLevel: use_regex: expected false after a Split");
      }
      if (uses) pattern.family = Family::kGpt2;
    } else {
      refuse_json(splitter["type"], where + ": type",
                  "Digits, one Split and ByteLevel, in this order");
    }
  }

  void read_vocabulary(const Json& json, const std::string& file, int vocab_size) {
    const Json& model = json_object(json["model"], file + ": model");
    if (model["type"].string != "BPE") refuse_json(model["type"], file + ": model: type", "BPE");
    for (const char* key : {"dropout", "continuing_subword_prefix", "end_of_word_suffix"}) {
      const Json& value = model[key];
      const bool none = value.kind == Json::Kind::kNull || value.number == 0;
      if (!none || !value.string.empty()) refuse_json(value, file + ": model: " + key, "none");
    }
    whole_words = model["ignore_merges"].boolean;
    texts.assign(static_cast<size_t>(vocab_size), "");
    is_special.assign(static_cast<size_t>(vocab_size), false);
    ids.clear();
    byte_tokens.fill(-1);
    const Json& vocabulary = json_object(model["vocab"], file + ": model: vocab");
    for (size_t i = 0; i < vocabulary.keys.size(); ++i) {
      const std::string where = file + ": model: vocab: " + vocabulary.keys[i];
      const int id = static_cast<int>(json_integer(vocabulary.items[i], where, 0, vocab_size - 1));
      if (!texts[id].empty()) refuse_json(vocabulary.items[i], where, "an id of its own");
      texts[id] = token_text(vocabulary.keys[i]);
      const int byte = token_byte(vocabulary.keys[i]);
      if (byte >= 0) byte_tokens[byte] = id;
      if (byte >= 0) texts[id] = std::string(1, static_cast<char>(byte));
      if (byte < 0 || over_bytes) ids.emplace(texts[id], id);
    }
    const auto missing = std::find(byte_tokens.begin(), byte_tokens.end(), -1);
    if (missing != byte_tokens.end()) {
      throw std::runtime_error(file + ": model: vocab: no token for byte " +
                               std::to_string(missing - byte_tokens.begin()) +
                               "; a vocabulary without one for each byte is not supported");
    }
  }

  /// A vocabulary's own spelling, as the text that it stands for.
  std::string token_text(const std::string& spelled) {
    std::string text;
    const std::vector<Character> characters = split_characters(spelled);
    for (size_t i = 0; i + 1 < characters.size(); ++i) {
      const uint32_t code_point = characters[i].code_point;
      const int byte = over_bytes ? gpt2_byte(code_point) : code_point == 0x2581 ? ' ' : -1;
      if (byte >= 0) text += static_cast<char>(byte);
      if (byte < 0) append_utf8(text, code_point);
    }
    return text;
  }

  /// The byte that a token is there for, or -1.
  int token_byte(const std::string& spelled) {
    if (over_bytes) {
      const std::vector<Character> characters = split_characters(spelled);
      return characters.size() == 2 ? gpt2_byte(characters[0].code_point) : -1;
    }
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    if (spelled.size() != 6 || !spelled.starts_with("<0x") || spelled[5] != '>') return -1;
    const size_t high = kDigits.find(spelled[3]), low = kDigits.find(spelled[4]);
    return high < 16 && low < 16 ? static_cast<int>(high * 16 + low) : -1;
  }

  /// GPT-2 spells the bytes that can be printed as themselves, and the others, in order, from
  /// U+0100.
  static int gpt2_byte(uint32_t code_point) {
    const auto printed = [](uint32_t byte) {
      return (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 255 && byte != 173);
    };
    if (code_point < 256) return printed(code_point) ? static_cast<int>(code_point) : -1;
    uint32_t next = 256;
    for (uint32_t byte = 0; byte < 256; ++byte) {
      if (!printed(byte) && next++ == code_point) return static_cast<int>(byte);
    }
    return -1;
  }

  void read_merges(const Json& json, const std::string& where) {
    merges.clear();
    const std::vector<Json>& items = json_array(json, where).items;
    for (size_t rank = 0; rank < items.size(); ++rank) {
      const Json& item = items[rank];
      const std::string here = where + ": " + std::to_string(rank);
      std::string left, right;
      if (item.kind == Json::Kind::kArray && item.items.size() == 2) {
        left = json_string(item.items[0], here);
        right = json_string(item.items[1], here);
      } else {
        const std::string& pair = json_string(item, here);
        const size_t space = pair.find(' ');
        if (space == std::string::npos) refuse_json(item, here, "two tokens");
        left = pair.substr(0, space);
        right = pair.substr(space + 1);
      }
      const auto token = [&](const std::string& spelled) {
        const auto found = ids.find(token_text(spelled));
        if (found == ids.end()) refuse_json(item, here, "tokens of the vocabulary");
        return found->second;
      };
      const Merge merge = {static_cast<int>(rank), token(left + right)};
      merges.emplace(pair_key(token(left), token(right)), merge);
    }
  }

  static uint64_t pair_key(int left, int right) {
    return static_cast<uint64_t>(left) << 32 | static_cast<uint32_t>(right);
  }

  void read_added(const Json& json, const std::string& where, int vocab_size) {
    added.clear();
    if (json.kind == Json::Kind::kNull) return;
    for (const Json& item : json_array(json, where).items) {
      const std::string text = json_string(item["content"], where + ": content");
      const std::string here = where + ": " + text;
      for (const char* key : {"single_word", "lstrip", "rstrip"}) {
        if (item[key].boolean) throw std::runtime_error(here + ": " + key + ": expected false");
      }
      const int id = static_cast<int>(json_integer(item["id"], here + ": id", 0, vocab_size - 1));
      if (text.empty()) refuse_json(item["content"], here, "a text");
      texts[id] = text;
      is_special[id] = item["special"].boolean;
      added.push_back(id);
    }
    std::sort(added.begin(), added.end(),
              [&](int left, int right) { return texts[left].size() > texts[right].size(); });
  }

  void read_beginning(const Json& json, const std::string& where) {
    if (json.kind == Json::Kind::kNull) return;
    const std::string& type = json_string(json["type"], where + ": type");
    if (type == "Sequence") {
      for (const Json& part : json_array(json["processors"], where + ": processors").items) {
        read_beginning(part, where);
      }
    } else if (type == "TemplateProcessing") {
      bool text_seen = false;
      for (const Json& part : json_array(json["single"], where + ": single").items) {
        const bool is_text = part["Sequence"].kind == Json::Kind::kObject;
        if (text_seen)
          throw std::runtime_error(where + ": single: expected nothing after the text");
        text_seen = is_text;
        if (is_text) continue;
        const std::string& name = json_string(part["SpecialToken"]["id"], where + ": single: id");
        const std::string here = where + ": special_tokens: " + name;
        for (const Json& id : json_array(json["special_tokens"][name]["ids"], here).items) {
          const int most = static_cast<int>(texts.size()) - 1;
          beginning.push_back(static_cast<int>(json_integer(id, here + ": ids", 0, most)));
        }
      }
    } else if (type != "ByteLevel") {
      refuse_json(json["type"], where + ": type", "TemplateProcessing or ByteLevel");
    }
  }

  /// `named` says that only tokenizer_config.json can name a beginning.
  void read_ends(const std::string& folder, bool named) {
    this->ends.clear();
    const int most = static_cast<int>(texts.size()) - 1;
    for (const char* name : {"/config.json", "/generation_config.json"}) {
      const std::string file = folder + name;
      if (!std::filesystem::exists(file)) continue;
      const Json json = read_json(file);
      const Json& ends = json["eos_token_id"];
      const bool one = ends.kind == Json::Kind::kNumber;
      for (const Json& end : one ? std::vector<Json>{ends} : ends.items) {
        const std::string where = file + ": eos_token_id";
        this->ends.push_back(static_cast<int>(json_integer(end, where, 0, most)));
      }
    }
    const std::string file = folder + "/tokenizer_config.json";
    if (!std::filesystem::exists(file)) return;
    const Json json = read_json(file);
    for (const char* key : {"bos_token", "eos_token"}) {
      const bool begins = key[0] == 'b';
      const Json& token =
          json[key]["content"].kind == Json::Kind::kNull ? json[key] : json[key]["content"];
      if (token.kind == Json::Kind::kNull) continue;
      if (begins && !(named && json["add_bos_token"].boolean)) continue;
      const std::string& text = json_string(token, file + ": " + key);
      const auto found = std::find(texts.begin(), texts.end(), text);
      if (found == texts.end()) refuse_json(token, file + ": " + key, "a token");
      (begins ? beginning : this->ends).push_back(static_cast<int>(found - texts.begin()));
    }
  }

  // ---- encoding -------------------------------------------------------------------------------

  /// The longest added token that begins at byte `at` of the text, or -1.
  int added_token(const std::string& text, size_t at) {
    for (const int token : added) {
      if (text.compare(at, texts[token].size(), texts[token]) == 0) return token;
    }
    return -1;
  }

  /// Appends the tokens of a part of a text that holds no added token.
  void encode_part(std::string text, bool first, std::vector<int>& tokens) {
    const std::string mark = kSpaceMark;
    for (size_t at = 0; !over_bytes && (at = text.find(mark, at)) != std::string::npos;) {
      text.replace(at, mark.size(), 1, ' ');  // a vocabulary of this kind cannot tell them apart
    }
    const bool spaced =
        first_space == FirstSpace::kAlways || (first_space == FirstSpace::kFirst && first);
    if (spaced && !(spaces_once && text.starts_with(' '))) text.insert(0, 1, ' ');
    for (const std::string& word : split_words(text, pattern)) {
      const auto whole = ids.find(word);
      if (whole_words && whole != ids.end()) {
        tokens.push_back(whole->second);
        continue;
      }
      const std::vector<int> merged = merge(spell(word));
      tokens.insert(tokens.end(), merged.begin(), merged.end());
    }
  }

  /// The word as one token for each byte, or for each character that has one.
  std::vector<int> spell(const std::string& word) {
    std::vector<int> tokens;
    const std::vector<Character> characters = split_characters(word);
    for (size_t i = 0; i + 1 < characters.size(); ++i) {
      const size_t begin = characters[i].begin, end = characters[i + 1].begin;
      const auto found = ids.find(word.substr(begin, end - begin));
      if (!over_bytes && found != ids.end()) {
        tokens.push_back(found->second);
        continue;
      }
      for (size_t byte = begin; byte < end; ++byte) {
        tokens.push_back(byte_tokens[static_cast<unsigned char>(word[byte])]);
      }
    }
    return tokens;
  }

  /// Joins neighbours, the lowest rank first and, among equals, the leftmost.
  std::vector<int> merge(std::vector<int> tokens) {
    const size_t count = tokens.size();
    std::vector<size_t> next(count), previous(count);
    using Candidate = std::tuple<int, size_t, int, int>;  // rank, left's place, left, right
    std::priority_queue<Candidate, std::vector<Candidate>, std::greater<Candidate>> candidates;
    const auto offer = [&](size_t left, size_t right) {
      if (left >= count || right >= count) return;
      const auto found = merges.find(pair_key(tokens[left], tokens[right]));
      if (found == merges.end()) return;
      candidates.emplace(found->second.rank, left, tokens[left], tokens[right]);
    };
    for (size_t i = 0; i < count; ++i) {
      next[i] = i + 1;
      previous[i] = i - 1;  // before the first there is none: beyond count
      offer(i, i + 1);
    }
    constexpr int kGone = -1;
    while (!candidates.empty()) {
      const auto [rank, left, left_token, right_token] = candidates.top();
      candidates.pop();
      const size_t right = next[left];
      // An earlier merge may have taken either of them.
      if (tokens[left] != left_token || right >= count || tokens[right] != right_token) continue;
      tokens[left] = merges.at(pair_key(left_token, right_token)).token;
      tokens[right] = kGone;
      next[left] = next[right];
      if (next[right] < count) previous[next[right]] = left;
      offer(previous[left], left);
      offer(left, next[left]);
    }
    tokens.erase(std::remove(tokens.begin(), tokens.end(), kGone), tokens.end());
    return tokens;
  }

  static constexpr const char* kSpaceMark = "\u2581";
  static constexpr const char* kGpt2 =
      R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
  static constexpr const char* kLlama3 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|)"
      R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
  static constexpr const char* kQwen2 =
      R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|)"
      R"( ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
};

// ---- services/documents.h -----------------------------------------------------------------------

/// Lines of <|endoftext|> part the documents of a file; what is empty is none.
inline std::vector<std::string> read_documents(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be opened; --text names the text");
  std::vector<std::string> documents;
  std::string line, document;
  while (true) {
    const bool more = static_cast<bool>(std::getline(file, line));
    if (more && line != "<|endoftext|>") {
      document += (document.empty() ? "" : "\n") + line;
      continue;
    }
    if (!document.empty()) documents.push_back(document);
    document.clear();
    if (!more) return documents;
  }
}

// ---- services/perplexity.h ----------------------------------------------------------------------

/// -log softmax(logits)[token], in nats; logits (vocab_size).
inline double negative_log_likelihood(const std::vector<float>& logits, int token) {
  const float largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0.0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - largest);
  return std::log(sum) + largest - logits[token];
}

// ---- templates/flags.h --------------------------------------------------------------------------

/// Words `--name value` or `--name=value`, taken one option at a time.
class Flags {
 public:
  Flags(int argc, char** argv, const std::string& summary)
      : words_(argv + 1, argv + argc), help_(summary + "\n\n") {}

  /// `value` holds the default, and what the command line says once this returns: whether it does.
  template <class T>
  bool option(const std::string& name, T& value, const std::string& what) {
    std::ostringstream shown;
    shown << std::boolalpha << value;
    help_ += "  " + name + std::string(name.size() < 26 ? 27 - name.size() : 1, ' ') + what +
             (shown.str().empty() ? "\n" : " (" + shown.str() + ")\n");
    const size_t before = words_.size();
    for (size_t i = 0; i < words_.size();) {
      const bool apart = words_[i] == name;
      if (!apart && words_[i].rfind(name + "=", 0) != 0) {
        ++i;
        continue;
      }
      if (apart && i + 1 == words_.size()) throw std::runtime_error(name + " wants a value");
      const std::string text = apart ? words_[i + 1] : words_[i].substr(name.size() + 1);
      words_.erase(words_.begin() + i, words_.begin() + i + (apart ? 2 : 1));
      if constexpr (requires { value = text; }) {
        value = text;
      } else {
        std::istringstream in(text);
        if (in >> std::boolalpha >> value && in.peek() == EOF) continue;
        throw std::runtime_error(name + " does not take '" + text + "' (see --help)");
      }
    }
    return words_.size() != before;
  }

  template <class T>
  void required(const std::string& name, T& value, const std::string& what) {
    if (!option(name, value, what + ", required") && missing_.empty()) missing_ = name;
  }

  /// Refuses what no option took; true when help was all that was asked for.
  bool finish() const {
    const bool help = std::find(words_.begin(), words_.end(), "--help") != words_.end();
    if (help) return std::printf("%s", help_.c_str()) >= 0;
    if (!words_.empty())
      throw std::runtime_error("unknown option '" + words_[0] + "' (see --help)");
    if (!missing_.empty()) throw std::runtime_error(missing_ + " is required (see --help)");
    return false;
  }

 private:
  std::vector<std::string> words_;
  std::string help_;
  std::string missing_;
};

// ---- services/perplexity.h: all state, one member per registered artifact -----------------------

struct Perplexity {
  Device device;
  HuggingFace loader;
  BytePair tokenizer;
  Llama model;
  ContiguousKv kv_cache;
  StreamingLlm compressor;
};

// ---- artifacts/load/hugging_face.h --------------------------------------------------------------

/// Stacks the tensors of all layers on the device. Their shapes are checked first, so that no
/// more memory is taken than the files fill.
void loader_read(Perplexity& self, SafeTensors& tensors, const std::string& pattern, int layers,
                 const std::vector<size_t>& shape, Buffer<float>& buffer) {
  std::vector<std::string> names(static_cast<size_t>(layers), pattern + ".weight");
  size_t each = 1;
  for (size_t size : shape) each *= size;
  for (size_t i = 0; i < names.size(); ++i) {
    const size_t number = names[i].find('#');
    if (number != std::string::npos) names[i].replace(number, 1, std::to_string(i));
    tensors.expect(names[i], shape);
  }
  buffer = Buffer<float>(self.device, names.size() * each);
  for (size_t i = 0; i < names.size(); ++i) {
    buffer.upload(read_tensor(tensors.take(names[i])).data(), each, i * each);
  }
}

/// Throws std::runtime_error naming the file and the field at fault.
void loader_load(Perplexity& self, const std::string& path, LlamaConfig& config,
                 LlamaWeights& weights) {
  config = self.loader.read_config(path + "/config.json");
  SafeTensors tensors(path);
  const size_t dim = config.dim, ffn_dim = config.ffn_dim, vocab_size = config.vocab_size;
  const size_t q_dim = static_cast<size_t>(config.heads) * config.head_dim;
  const size_t kv_dim = static_cast<size_t>(config.kv_heads) * config.head_dim;
  const int layers = config.layers;
  const std::string layer = "model.layers.#.";  // # stands for each layer's number

  loader_read(self, tensors, "model.embed_tokens", 1, {vocab_size, dim}, weights.token_embedding);
  loader_read(self, tensors, layer + "input_layernorm", layers, {dim}, weights.attention_norm);
  loader_read(self, tensors, layer + "self_attn.q_proj", layers, {q_dim, dim}, weights.wq);
  loader_read(self, tensors, layer + "self_attn.k_proj", layers, {kv_dim, dim}, weights.wk);
  loader_read(self, tensors, layer + "self_attn.v_proj", layers, {kv_dim, dim}, weights.wv);
  loader_read(self, tensors, layer + "self_attn.o_proj", layers, {dim, q_dim}, weights.wo);
  loader_read(self, tensors, layer + "post_attention_layernorm", layers, {dim}, weights.ffn_norm);
  loader_read(self, tensors, layer + "mlp.gate_proj", layers, {ffn_dim, dim}, weights.w_gate);
  loader_read(self, tensors, layer + "mlp.up_proj", layers, {ffn_dim, dim}, weights.w_up);
  loader_read(self, tensors, layer + "mlp.down_proj", layers, {dim, ffn_dim}, weights.w_down);
  loader_read(self, tensors, "model.norm", 1, {dim}, weights.final_norm);
  weights.output = Buffer<float>();
  if (!config.tied_embeddings) {
    loader_read(self, tensors, "lm_head", 1, {vocab_size, dim}, weights.output);
  }
  // A tensor left over is a part of the model that nothing here computes. Old files store RoPE's
  // frequencies, which follow from rope_theta, and tied output weights a second time.
  for (const auto& [name, tensor] : tensors.unread()) {
    const bool known = name.ends_with(".rotary_emb.inv_freq") ||
                       (config.tied_embeddings && name == "lm_head.weight");
    if (known) continue;
    throw std::runtime_error(tensor.file + ": " + name + ": no part of a plain Llama");
  }
}

// ---- artifacts/cache/contiguous.h ---------------------------------------------------------------

/// Gives `layer` memory for `tokens` and some to spare, and brings what it keeps to the front.
void kv_cache_reallocate(Perplexity& self, int layer, int tokens) {
  KvLayer& kv = self.kv_cache.layers[layer];
  const int roomy =
      tokens + std::max(self.kv_cache.chunk / 2, tokens / 8) + self.kv_cache.chunk - 1;
  const int capacity = roomy / self.kv_cache.chunk * self.kv_cache.chunk;
  const int heads = 2 * self.kv_cache.kv_heads;  // of keys and of values
  Buffer<float> memory(self.device, static_cast<size_t>(heads) * capacity * self.kv_cache.head_dim);
  move_rows(self.device, memory.data(), self.kv_cache.keys(layer), heads, kv.length,
            self.kv_cache.head_dim, capacity, kv.capacity);
  kv.memory = std::move(memory);
  kv.capacity = capacity;
  kv.first = 0;
}

/// Stores `count` new tokens behind the others; keys and values (count, kv_heads, head_dim).
void kv_cache_append(Perplexity& self, int layer, const float* keys, const float* values,
                     int count) {
  KvLayer& kv = self.kv_cache.layers[layer];
  const int needed = kv.length + count;
  if (kv.first + needed > kv.capacity) kv_cache_reallocate(self, layer, needed);
  store_rows(self.device, self.kv_cache.keys(layer, kv.length), keys, count, self.kv_cache.kv_heads,
             self.kv_cache.head_dim, kv.capacity);
  store_rows(self.device, self.kv_cache.values(layer, kv.length), values, count,
             self.kv_cache.kv_heads, self.kv_cache.head_dim, kv.capacity);
  kv.length = needed;
  kv.next_position += count;
}

/// A copy of the keys in the slots [from, to): (kv_heads, to - from, head_dim).
Buffer<float> kv_cache_copy_keys(Perplexity& self, int layer, int from, int to) {
  check_slots(from, to, self.kv_cache.length(layer));
  const int rows = to - from;
  Buffer<float> copy(self.device,
                     static_cast<size_t>(self.kv_cache.kv_heads) * rows * self.kv_cache.head_dim);
  move_rows(self.device, copy.data(), self.kv_cache.keys(layer, from), self.kv_cache.kv_heads, rows,
            self.kv_cache.head_dim, rows, self.kv_cache.capacity(layer));
  return copy;
}

/// Drops the slots [from, to); those behind move down by to - from.
void kv_cache_erase(Perplexity& self, int layer, int from, int to) {
  check_slots(from, to, self.kv_cache.length(layer));
  KvLayer& kv = self.kv_cache.layers[layer];
  const int count = to - from, behind = kv.length - to;
  const bool front = from < behind;  // fewer rows are moved by closing the gap from the front
  move_rows(self.device, self.kv_cache.keys(layer, front ? count : from),
            self.kv_cache.keys(layer, front ? 0 : to), 2 * self.kv_cache.kv_heads,
            front ? from : behind, self.kv_cache.head_dim, kv.capacity, kv.capacity);
  kv.first += front ? count : 0;
  kv.length -= count;
  const int plenty = kv.length + kv.length / 8 + 3 * self.kv_cache.chunk;
  if (kv.capacity > plenty) kv_cache_reallocate(self, layer, kv.length);
}

/// Puts keys into the slots [from, to), each turned by RoPE as if its token stood `by` positions
/// later; keys (kv_heads, to - from, head_dim).
void kv_cache_put_keys_turned(Perplexity& self, int layer, int from, int to,
                              const Buffer<float>& keys, int by) {
  check_slots(from, to, self.kv_cache.length(layer));
  const int rows = to - from, capacity = self.kv_cache.capacity(layer);
  const std::vector<int> turns(rows, by);
  if (turns != self.kv_cache.turns) {  // equal in all layers of a token
    Buffer<int> positions(self.device, rows);
    positions.upload(turns.data(), rows);
    self.kv_cache.angles =
        Buffer<float>(self.device, static_cast<size_t>(rows) * self.kv_cache.head_dim);
    rope_angles(self.device, self.kv_cache.angles.data(), positions.data(), rows,
                self.kv_cache.head_dim, self.model.config.rope_theta,
                self.model.config.rope_scaling);
    self.kv_cache.turns = turns;
  }
  move_rows(self.device, self.kv_cache.keys(layer, from), keys.data(), self.kv_cache.kv_heads, rows,
            self.kv_cache.head_dim, capacity, rows);
  rope(self.device, self.kv_cache.keys(layer, from), self.kv_cache.angles.data(), rows,
       self.kv_cache.kv_heads, self.kv_cache.head_dim, self.kv_cache.head_dim,
       static_cast<size_t>(capacity) * self.kv_cache.head_dim,
       self.model.config.rope_layout == RopeLayout::kInterleaved);
}

// ---- artifacts/attention/full.h -----------------------------------------------------------------

/// Each query attends to all tokens of `kv_cache`, those of its own chunk causally. out and
/// queries (count, heads, head_dim): the newest tokens of `layer`, which the cache has already.
void attention_forward(Perplexity& self, int layer, float* out, const float* queries, int count) {
  const LlamaConfig& config = self.model.config;
  attend(self.device, out, queries, self.kv_cache.keys(layer), self.kv_cache.values(layer), count,
         config.heads, config.kv_heads, config.head_dim, self.kv_cache.length(layer),
         self.kv_cache.capacity(layer));
}

// ---- artifacts/compress/streaming_llm.h ---------------------------------------------------------

void compressor_after_append(Perplexity& self, int layer) {
  const int length = self.kv_cache.length(layer);
  const int next_position = self.kv_cache.next_position(layer);
  if (length <= self.compressor.sinks + self.compressor.window) return;

  if (length == next_position) {  // nothing was evicted yet: these are the keys as first written
    self.compressor.sink_keys[layer] = kv_cache_copy_keys(self, layer, 0, self.compressor.sinks);
  }
  kv_cache_erase(self, layer, self.compressor.sinks, length - self.compressor.window);
  // Turned each time from that copy: turning the turned would add up rounding errors.
  const int evicted = next_position - self.kv_cache.length(layer);
  kv_cache_put_keys_turned(self, layer, 0, self.compressor.sinks, self.compressor.sink_keys[layer],
                           evicted);
}

// ---- artifacts/model/llama.h --------------------------------------------------------------------

/// Reads the model at `path` and empties the cache. Throws what the loader throws.
void model_load(Perplexity& self, const std::string& path) {
  if (self.model.prefill_chunk < 1) throw std::runtime_error("model.prefill_chunk is below 1");
  loader_load(self, path, self.model.config, self.model.weights);
  const LlamaConfig& config = self.model.config;
  const size_t rows = self.model.prefill_chunk;
  self.model.input = Buffer<int>(self.device, rows * 2);
  self.model.angles = Buffer<float>(self.device, rows * config.head_dim);
  self.model.residual = Buffer<float>(self.device, rows * config.dim);
  self.model.normed = Buffer<float>(self.device, rows * config.dim);
  self.model.queries = Buffer<float>(self.device, rows * config.heads * config.head_dim);
  self.model.keys = Buffer<float>(self.device, rows * config.kv_heads * config.head_dim);
  self.model.values = Buffer<float>(self.device, rows * config.kv_heads * config.head_dim);
  self.model.attended = Buffer<float>(self.device, rows * config.heads * config.head_dim);
  self.model.gate = Buffer<float>(self.device, rows * config.ffn_dim);
  self.model.up = Buffer<float>(self.device, rows * config.ffn_dim);
  self.kv_cache.reset(config.layers, config.kv_heads, config.head_dim);
}

/// residual = the embeddings of the tokens.
DeviceSpan<float> model_embed_tokens(Perplexity& self) {
  const int dim = self.model.config.dim;
  embed(self.device, self.model.residual.data(), self.model.weights.token_embedding.data(),
        self.model.input.data(), self.model.rows, dim);
  return self.model.residual.first(static_cast<size_t>(self.model.rows) * dim);
}

void model_add_to_residual(Perplexity& self, DeviceSpan<float> block) {
  add(self.device, self.model.residual.data(), block.data, block.size);
}

/// out (rows, d_out) = x (rows, d_in) times the transpose of the layer's weight (d_out, d_in).
void model_project(Perplexity& self, Buffer<float>& out, const Buffer<float>& x,
                   const Buffer<float>& weight, size_t layer, int d_in, int d_out) {
  matmul(self.device, out.data(), x.data(), weight.data() + layer * d_in * d_out, self.model.rows,
         d_in, d_out);
}

/// Wo attention(norm(residual)): (rows, dim).
DeviceSpan<float> model_attention_block(Perplexity& self, size_t layer) {
  const LlamaConfig& config = self.model.config;
  const LlamaWeights& weights = self.model.weights;
  const int rows = self.model.rows, dim = config.dim, head_dim = config.head_dim;
  const int q_dim = config.heads * head_dim, kv_dim = config.kv_heads * head_dim;
  const bool interleaved = config.rope_layout == RopeLayout::kInterleaved;
  rms_norm(self.device, self.model.normed.data(), self.model.residual.data(),
           weights.attention_norm.data() + layer * dim, rows, dim, config.norm_eps);
  model_project(self, self.model.queries, self.model.normed, weights.wq, layer, dim, q_dim);
  model_project(self, self.model.keys, self.model.normed, weights.wk, layer, dim, kv_dim);
  model_project(self, self.model.values, self.model.normed, weights.wv, layer, dim, kv_dim);
  rope(self.device, self.model.queries.data(), self.model.angles.data(), rows, config.heads,
       head_dim, q_dim, head_dim, interleaved);
  rope(self.device, self.model.keys.data(), self.model.angles.data(), rows, config.kv_heads,
       head_dim, kv_dim, head_dim, interleaved);
  kv_cache_append(self, layer, self.model.keys.data(), self.model.values.data(), rows);
  attention_forward(self, layer, self.model.attended.data(), self.model.queries.data(), rows);
  model_project(self, self.model.normed, self.model.attended, weights.wo, layer, q_dim, dim);
  return self.model.normed.first(static_cast<size_t>(rows) * dim);
}

/// Wdown (silu(Wgate norm(residual)) * Wup norm(residual)): (rows, dim).
DeviceSpan<float> model_feed_forward_block(Perplexity& self, size_t layer) {
  const LlamaWeights& weights = self.model.weights;
  const int dim = self.model.config.dim, ffn_dim = self.model.config.ffn_dim;
  const size_t rows = self.model.rows;
  rms_norm(self.device, self.model.normed.data(), self.model.residual.data(),
           weights.ffn_norm.data() + layer * dim, self.model.rows, dim, self.model.config.norm_eps);
  model_project(self, self.model.gate, self.model.normed, weights.w_gate, layer, dim, ffn_dim);
  model_project(self, self.model.up, self.model.normed, weights.w_up, layer, dim, ffn_dim);
  silu_mul(self.device, self.model.gate.data(), self.model.up.data(), rows * ffn_dim);
  model_project(self, self.model.normed, self.model.gate, weights.w_down, layer, ffn_dim, dim);
  return self.model.normed.first(rows * dim);
}

/// Runs the next `count` tokens of the sequence, 1 to prefill_chunk, through all layers.
void model_forward(Perplexity& self, const int* tokens, int count) {
  const LlamaConfig& config = self.model.config;
  if (count < 1 || count > self.model.prefill_chunk) throw std::out_of_range("forward: count");
  std::vector<int> input(tokens, tokens + count);  // and, behind them, their positions
  for (int i = 0; i < count; ++i) {
    if (tokens[i] < 0 || tokens[i] >= config.vocab_size) {
      throw std::out_of_range("the model's vocabulary has no token " + std::to_string(tokens[i]));
    }
    input.push_back(self.kv_cache.next_position(0) + i);
  }
  self.model.rows = count;
  self.model.input.upload(input.data(), input.size());
  rope_angles(self.device, self.model.angles.data(), self.model.input.data() + count, count,
              config.head_dim, config.rope_theta, config.rope_scaling);
  model_embed_tokens(self);
  for (int layer = 0; layer < config.layers; ++layer) {
    model_add_to_residual(self, model_attention_block(self, layer));
    model_add_to_residual(self, model_feed_forward_block(self, layer));
    compressor_after_append(self, layer);
  }
}

/// Logits of the last `count` tokens of the last forward: (count, vocab_size), on the host.
std::vector<float> model_logits(Perplexity& self, int count = 1) {
  const LlamaConfig& config = self.model.config;
  if (count < 1 || count > self.model.rows) throw std::out_of_range("logits: count");
  const int vocab_size = config.vocab_size;
  const float* newest =
      self.model.residual.data() + static_cast<size_t>(self.model.rows - count) * config.dim;
  rms_norm(self.device, self.model.normed.data(), newest, self.model.weights.final_norm.data(),
           count, config.dim, config.norm_eps);
  const Buffer<float>& output =
      config.tied_embeddings ? self.model.weights.token_embedding : self.model.weights.output;
  Buffer<float> logits(self.device, static_cast<size_t>(count) * vocab_size);
  matmul(self.device, logits.data(), self.model.normed.data(), output.data(), count, config.dim,
         vocab_size);
  std::vector<float> host_logits(logits.size());
  logits.download(host_logits.data(), logits.size());
  return host_logits;
}

// ---- services/perplexity.h ----------------------------------------------------------------------

std::vector<int> perplexity_encode_file(Perplexity& self, const std::string& path) {
  std::vector<int> stream;
  for (const std::string& document : read_documents(path)) {
    const std::vector<int> tokens = self.tokenizer.encode(document);
    stream.insert(stream.end(), tokens.begin(), tokens.end());
  }
  return stream;
}

/// Prints, for each part of the text, the mean negative log-likelihood of a token in nats, and
/// what the cache holds at the part's end.
/// model   path of the model
/// text    file with the text; lines of <|endoftext|> part its documents, encoded one by one
/// tokens  most tokens to read of it
/// parts   parts to report
/// logits  file to write the logits of each position to, as float32 (positions, vocab_size)
int perplexity_run(Perplexity& self, std::string model, std::string text, int tokens = 2048,
                   int parts = 8, std::string logits = "") {
  model_load(self, model);
  self.tokenizer.load(model, self.model.config.vocab_size);
  const std::vector<int> stream = perplexity_encode_file(self, text);
  const int count = std::min(tokens, static_cast<int>(stream.size()));
  if (parts < 1 || count <= parts) throw std::runtime_error(text + ": fewer tokens than parts");

  std::ofstream logits_file;
  if (!logits.empty()) logits_file.open(logits, std::ios::binary);
  std::printf("tokens       nll  cache length  cache bytes  live bytes\n");
  double total = 0.0;
  int i = 1;  // the first token is given, not predicted
  for (int part = 1; part <= parts; ++part) {
    const int begin = i, end = 1 + static_cast<int>((count - 1LL) * part / parts);
    double sum = 0.0;
    for (; i < end; ++i) {
      model_forward(self, &stream[i - 1], 1);
      const std::vector<float>& row = model_logits(self);
      sum += negative_log_likelihood(row, stream[i]);
      if (logits.empty()) continue;
      logits_file.write(reinterpret_cast<const char*>(row.data()), row.size() * sizeof(float));
    }
    const size_t cache_bytes = self.kv_cache.bytes();
    total += sum;
    std::printf("%6d  %8.4f  %12d  %11zu  %10zu\n", end, sum / (end - begin),
                self.kv_cache.length(0), cache_bytes, self.device.live_bytes);
  }
  std::printf("all     %8.4f\n", total / (count - 1));
  if (!logits.empty() && !logits_file.flush()) {
    throw std::runtime_error(logits + ": the logits cannot be written");
  }
  return 0;
}

// ---- main: the command line ---------------------------------------------------------------------

int main(int argc, char** argv) try {
  static Perplexity perplexity;
  std::string model;
  std::string text;
  int tokens = 2048;
  int parts = 8;
  std::string logits = "";
  Flags flags(
      argc, argv,
      "The negative log-likelihood of a given text, token by token as decoding would meet it.");
  flags.required("--model", model, "path of the model");
  flags.required(
      "--text", text,
      "file with the text; lines of <|endoftext|> part its documents, encoded one by one");
  flags.option("--tokens", tokens, "most tokens to read of it");
  flags.option("--parts", parts, "parts to report");
  flags.option("--logits", logits,
               "file to write the logits of each position to, as float32 (positions, vocab_size)");
  flags.option("--tokenizer.path", perplexity.tokenizer.path,
               "Folder of tokenizer.json; empty: the model's.");
  flags.option("--model.prefill_chunk", perplexity.model.prefill_chunk,
               "Prompt tokens taken at once; range 1..1024.");
  flags.option("--kv_cache.chunk", perplexity.kv_cache.chunk,
               "Tokens that memory grows by; range 1..1024.");
  flags.option("--compressor.sinks", perplexity.compressor.sinks,
               "Tokens kept at the beginning; attention leans on them; range 0..64.");
  flags.option("--compressor.window", perplexity.compressor.window,
               "Tokens kept at the end; range 1..4096.");
  if (flags.finish()) return 0;
  return perplexity_run(perplexity, model, text, tokens, parts, logits);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
