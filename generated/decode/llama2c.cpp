// Decode on the CPU: Continues a text, one sequence at a time, with a bounded key/value cache.
//
// Emitted by `combine --scale=single-gpu --device=cpu --with Loader=Llama2cCheckpoint --with
// Tokenizer=Llama2cTokenizer services/decode.h`: edit the files named below, not this one.
// Build: g++ -std=c++20 -O3 -march=native -fopenmp llama2c.cpp -lopenblas -o decode
// Read:  decode_run first, near the end; callees stand above their callers.

#include <sys/mman.h>     // buffer
#include <cblas.h>        // attend, device, matmul
#include <omp.h>          // attend, matmul

#include <algorithm>      // attend, buffer, contiguous, exp_float, flags, lanes, llama, ...
#include <bit>            // exp_float
#include <chrono>         // decode
#include <cmath>          // attend, lanes, rms_norm, rope_angles, rope_scaling, top_p
#include <cstddef>        // add, attend, buffer, contiguous, device, embed, llama, ...
#include <cstdint>        // buffer, exp_float, llama2c_checkpoint, llama2c_tokenizer, top_p
#include <cstdio>         // decode, flags, llama2c_tokenizer, main
#include <cstdlib>        // buffer, llama2c_checkpoint
#include <cstring>        // attend, embed, lanes, move_rows
#include <exception>      // main
#include <fstream>        // llama2c_checkpoint, llama2c_tokenizer
#include <map>            // streaming_llm
#include <memory>         // buffer
#include <new>            // buffer
#include <numbers>        // rope_scaling
#include <sstream>        // flags
#include <stdexcept>      // buffer, check_slots, contiguous, decode, flags, llama, ...
#include <string>         // check_slots, decode, flags, llama, llama2c_checkpoint, ...
#include <unordered_map>  // llama2c_tokenizer
#include <utility>        // buffer, contiguous, llama2c_checkpoint, llama2c_tokenizer, top_p
#include <vector>         // attend, contiguous, decode, flags, llama, llama2c_checkpoint, ...

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

// ---- artifacts/load/llama2c_checkpoint.h --------------------------------------------------------

/// The header of a llama2.c checkpoint; a negative vocab_size says that `output` has weights.
inline LlamaConfig read_llama2c_config(std::ifstream& file, const std::string& path) {
  LlamaConfig config;
  const std::pair<std::string, int*> fields[] = {{"dim", &config.dim},
                                                 {"hidden_dim", &config.ffn_dim},
                                                 {"n_layers", &config.layers},
                                                 {"n_heads", &config.heads},
                                                 {"n_kv_heads", &config.kv_heads},
                                                 {"vocab_size", &config.vocab_size},
                                                 {"seq_len", &config.context}};
  const auto refuse = [&](const std::string& what) {
    throw std::runtime_error(path + ": " + what);
  };
  for (const auto& [name, size] : fields) {
    file.read(reinterpret_cast<char*>(size), sizeof(int32_t));
    if (!file) refuse("the file ends before " + name + "; a checkpoint begins with seven int32");
    const int largest = 1 << 19;  // no product of sizes overflows
    const int smallest = size == &config.vocab_size ? -largest : 1;
    if (*size >= smallest && *size <= largest && *size != 0) continue;
    refuse(name + " is " + std::to_string(*size) + "; is this a llama2.c checkpoint?");
  }
  config.tied_embeddings = config.vocab_size > 0;
  config.vocab_size = std::abs(config.vocab_size);
  config.head_dim = config.dim / config.heads;
  const std::string heads = "n_heads is " + std::to_string(config.heads) + ", which ";
  if (config.dim % config.heads != 0 || config.head_dim % 2 != 0) {
    refuse(heads + "does not cut dim " + std::to_string(config.dim) +
           " into heads of an even size");
  }
  if (config.heads % config.kv_heads != 0) {
    refuse(heads + "n_kv_heads " + std::to_string(config.kv_heads) + " does not divide");
  }
  return config;
}

// ---- artifacts/tokenize/llama2c_tokenizer.h -----------------------------------------------------

/// Reads tokenizer.bin: an int32 (longest token), then each token's score (float), length (int32)
/// and bytes. Tokens 1 and 2 are beginning and end of text, 3 to 258 the 256 bytes.
struct Llama2cTokenizer {
  std::string path = "";  ///< tokenizer.bin; empty: beside the model

  /// Throws std::runtime_error naming the file and the field at fault.
  void load(const std::string& model_path, int vocab_size) {
    const std::string folder = model_path.substr(0, model_path.find_last_of('/') + 1);
    std::string name = folder + "tok" + std::to_string(vocab_size) + ".bin";
    if (!std::ifstream(name)) name = folder + "tokenizer.bin";
    if (!path.empty()) name = path;
    std::ifstream file(name, std::ios::binary);
    if (!file) throw std::runtime_error(name + ": cannot be opened; --tokenizer.path names it");
    const auto read = [&](void* to, size_t bytes, const std::string& what) {
      if (file.read(static_cast<char*>(to), bytes)) return;
      throw std::runtime_error(what + " is missing: the file ends before it");
    };
    int32_t longest = 0, length = 0;
    read(&longest, sizeof(longest), name + ": max_token_length");
    vocabulary.resize(vocab_size);
    scores.resize(vocab_size);
    ids.clear();
    for (int id = 0; id < vocab_size; ++id) {
      const std::string where =
          name + ": token " + std::to_string(id) + " of " + std::to_string(vocab_size);
      read(&scores[id], sizeof(float), where + ": score");
      read(&length, sizeof(length), where + ": length");
      if (length < 0 || length > std::min(longest, 1 << 16)) {
        throw std::runtime_error(where + ": length is " + std::to_string(length) +
                                 ", but max_token_length is " + std::to_string(longest));
      }
      vocabulary[id].resize(length);
      read(vocabulary[id].data(), length, where + ": bytes");
      ids.emplace(vocabulary[id], id);
    }
    if (file.peek() != EOF) throw std::runtime_error(name + ": more tokens than vocab_size");
  }

  /// Tokens of `text` (UTF-8), the beginning of text in front.
  std::vector<int> encode(const std::string& text) {
    std::vector<int> tokens = {kBeginning};
    const int space = find(" ");  // SentencePiece puts one before the first word
    if (!text.empty() && space >= 0) tokens.push_back(space);
    for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
      end = begin + 1;  // and on to the end of this character of UTF-8
      while (end < text.size() && end - begin < 4 && (text[end] & 0xC0) == 0x80) ++end;
      const int id = find(text.substr(begin, end - begin));
      if (id >= 0) tokens.push_back(id);
      for (size_t i = begin; id < 0 && i < end; ++i) {
        tokens.push_back(kFirstByte + static_cast<unsigned char>(text[i]));
        if (tokens.back() < static_cast<int>(vocabulary.size())) continue;
        throw std::runtime_error("the prompt has a byte that this vocabulary cannot spell");
      }
    }
    // Neighbours are joined into longer tokens, the best score first, while there are any to join.
    std::vector<int> joined(tokens.size());  // [i]: what tokens i and i + 1 make together, or -1
    size_t from = 0, to = tokens.size();     // those that have to be looked up
    while (true) {
      for (size_t i = from; i < to; ++i) {
        const bool last = i + 1 == tokens.size();
        joined[i] = last ? -1 : find(vocabulary.at(tokens[i]) + vocabulary[tokens[i + 1]]);
      }
      size_t best = 0;
      for (size_t i = 1; i < tokens.size(); ++i) {
        if (joined[i] < 0) continue;
        if (joined[best] < 0 || scores[joined[i]] > scores[joined[best]]) best = i;
      }
      if (joined[best] < 0) return tokens;
      tokens[best] = joined[best];
      tokens.erase(tokens.begin() + best + 1);
      joined.erase(joined.begin() + best + 1);
      from = best > 0 ? best - 1 : 0;
      to = best + 1;
    }
  }

  /// Text of `token`, which may be part of a UTF-8 character.
  std::string decode(int previous_token, int token) {
    if (token == kBeginning || token == kEnd) return "";
    const std::string& text = vocabulary.at(token);
    if (text.size() == 6 && text.starts_with("<0x") && text[5] == '>') {
      return std::string(1, static_cast<char>(std::stoi(text.substr(3, 2), nullptr, 16)));
    }
    // The space before the first word is not the author's.
    return previous_token == kBeginning && text.starts_with(' ') ? text.substr(1) : text;
  }

  /// A beginning ends a text too: a model that was trained on many in a row goes on to the next.
  bool is_end(int token) { return token == kBeginning || token == kEnd; }

 private:
  static constexpr int kBeginning = 1, kEnd = 2, kFirstByte = 3;

  /// The token spelled `text`, or -1.
  int find(const std::string& text) {
    const auto found = ids.find(text);
    return found == ids.end() ? -1 : found->second;
  }

  std::vector<std::string> vocabulary;       // (vocab_size)
  std::vector<float> scores;                 // (vocab_size)
  std::unordered_map<std::string, int> ids;  // of tokens
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

// ---- artifacts/sample/top_p.h -------------------------------------------------------------------

/// Nucleus sampling (Holtzman et al., 2020): draws from the likeliest tokens that together have
/// probability `top_p`. The same seed gives the same draws on every machine.
struct TopP {
  float temperature = 0.0f;  ///< 0 takes the likeliest token; range 0.0..2.0.
  float top_p = 0.9f;        ///< Share of the probability drawn from; range 0.01..1.0.
  int seed = 1;              ///< Another seed, another text.

  /// The next token, from logits (vocab_size) on the host. Of equals, the lowest comes first.
  int sample(const float* logits, int vocab_size) {
    if (!(temperature >= 0.0f)) throw std::runtime_error("sampler.temperature is negative");
    if (!(top_p > 0.0f)) throw std::runtime_error("sampler.top_p must be above 0");
    const float* largest = std::max_element(logits, logits + vocab_size);
    if (temperature == 0.0f) return static_cast<int>(largest - logits);
    std::vector<std::pair<double, int>> heap;  // weight, a multiple of probability, and -token
    double total = 0.0;
    for (int i = 0; i < vocab_size; ++i) {
      heap.emplace_back(std::exp((static_cast<double>(logits[i]) - *largest) / temperature), -i);
      total += heap.back().first;
    }
    if (!std::isfinite(total)) throw std::runtime_error("logits hold what is not a number");
    std::make_heap(heap.begin(), heap.end());
    double kept = 0.0;
    auto nucleus = heap.end();  // what was popped stands from here on, the likeliest last
    while (nucleus != heap.begin() && kept < top_p * total) {
      std::pop_heap(heap.begin(), nucleus--);
      kept += nucleus->first;
    }
    // A number in [0, 1) from seed and draw: SplitMix64 (Steele et al., 2014).
    uint64_t bits = static_cast<uint64_t>(seed) * 0xD1342543DE82EF95u;
    bits += ++draws * 0x9E3779B97F4A7C15u;
    bits = (bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9u;
    bits = (bits ^ (bits >> 27)) * 0x94D049BB133111EBu;
    double left = static_cast<double>((bits ^ (bits >> 31)) >> 11) / 0x1p53 * kept;
    auto drawn = heap.end() - 1;
    while (drawn != nucleus && (left -= drawn->first) >= 0.0) --drawn;
    return -drawn->second;
  }

 private:
  uint64_t draws = 0;
};

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

// ---- services/decode.h: all state, one member per registered artifact ---------------------------

struct Decode {
  Device device;
  Llama2cTokenizer tokenizer;
  Llama model;
  ContiguousKv kv_cache;
  StreamingLlm compressor;
  TopP sampler;
};

// ---- artifacts/load/llama2c_checkpoint.h --------------------------------------------------------

/// The next `count` floats, on the device.
Buffer<float> loader_read(Decode& self, std::ifstream& file, size_t count) {
  Buffer<float> buffer(self.device, count);
  std::vector<float> part(std::min<size_t>(count, 1 << 20));
  for (size_t done = 0; done < count; done += part.size()) {
    part.resize(std::min(part.size(), count - done));
    file.read(reinterpret_cast<char*>(part.data()), part.size() * sizeof(float));
    buffer.upload(part.data(), part.size(), done);
  }
  return buffer;
}

/// Seven int32, then the weights in fp32. Throws std::runtime_error naming file and field.
void loader_load(Decode& self, const std::string& path, LlamaConfig& config,
                 LlamaWeights& weights) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) throw std::runtime_error(path + ": cannot be opened");
  const size_t file_bytes = file.tellg();
  file.seekg(0);
  config = read_llama2c_config(file, path);

  const size_t layers = config.layers, dim = config.dim;
  const size_t square = layers * dim * dim, kv = square / config.heads * config.kv_heads;
  const size_t ffn = layers * dim * config.ffn_dim, embedding = dim * config.vocab_size;
  const size_t output = config.tied_embeddings ? 0 : embedding;
  const size_t unused = static_cast<size_t>(config.context) * config.head_dim;  // RoPE, tabulated
  const size_t bytes = sizeof(float) * (7 + embedding + output + 2 * square + 2 * kv + 3 * ffn +
                                        (2 * layers + 1) * dim + unused);
  if (file_bytes != bytes) {
    throw std::runtime_error(path + ": the file has " + std::to_string(file_bytes) +
                             " bytes, but its header's sizes ask for " + std::to_string(bytes));
  }
  weights.token_embedding = loader_read(self, file, embedding);
  weights.attention_norm = loader_read(self, file, layers * dim);
  weights.wq = loader_read(self, file, square);
  weights.wk = loader_read(self, file, kv);
  weights.wv = loader_read(self, file, kv);
  weights.wo = loader_read(self, file, square);
  weights.ffn_norm = loader_read(self, file, layers * dim);
  weights.w_gate = loader_read(self, file, ffn);
  weights.w_down = loader_read(self, file, ffn);
  weights.w_up = loader_read(self, file, ffn);
  weights.final_norm = loader_read(self, file, dim);
  file.seekg(unused * sizeof(float), std::ios::cur);
  weights.output = loader_read(self, file, output);
  if (!file) throw std::runtime_error(path + ": cannot be read to its end");
}

// ---- artifacts/cache/contiguous.h ---------------------------------------------------------------

/// Gives `layer` memory for `tokens` and some to spare, and brings what it keeps to the front.
void kv_cache_reallocate(Decode& self, int layer, int tokens) {
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
void kv_cache_append(Decode& self, int layer, const float* keys, const float* values, int count) {
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
Buffer<float> kv_cache_copy_keys(Decode& self, int layer, int from, int to) {
  check_slots(from, to, self.kv_cache.length(layer));
  const int rows = to - from;
  Buffer<float> copy(self.device,
                     static_cast<size_t>(self.kv_cache.kv_heads) * rows * self.kv_cache.head_dim);
  move_rows(self.device, copy.data(), self.kv_cache.keys(layer, from), self.kv_cache.kv_heads, rows,
            self.kv_cache.head_dim, rows, self.kv_cache.capacity(layer));
  return copy;
}

/// Drops the slots [from, to); those behind move down by to - from.
void kv_cache_erase(Decode& self, int layer, int from, int to) {
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
void kv_cache_put_keys_turned(Decode& self, int layer, int from, int to, const Buffer<float>& keys,
                              int by) {
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
void attention_forward(Decode& self, int layer, float* out, const float* queries, int count) {
  const LlamaConfig& config = self.model.config;
  attend(self.device, out, queries, self.kv_cache.keys(layer), self.kv_cache.values(layer), count,
         config.heads, config.kv_heads, config.head_dim, self.kv_cache.length(layer),
         self.kv_cache.capacity(layer));
}

// ---- artifacts/compress/streaming_llm.h ---------------------------------------------------------

void compressor_after_append(Decode& self, int layer) {
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
void model_load(Decode& self, const std::string& path) {
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
DeviceSpan<float> model_embed_tokens(Decode& self) {
  const int dim = self.model.config.dim;
  embed(self.device, self.model.residual.data(), self.model.weights.token_embedding.data(),
        self.model.input.data(), self.model.rows, dim);
  return self.model.residual.first(static_cast<size_t>(self.model.rows) * dim);
}

void model_add_to_residual(Decode& self, DeviceSpan<float> block) {
  add(self.device, self.model.residual.data(), block.data, block.size);
}

/// out (rows, d_out) = x (rows, d_in) times the transpose of the layer's weight (d_out, d_in).
void model_project(Decode& self, Buffer<float>& out, const Buffer<float>& x,
                   const Buffer<float>& weight, size_t layer, int d_in, int d_out) {
  matmul(self.device, out.data(), x.data(), weight.data() + layer * d_in * d_out, self.model.rows,
         d_in, d_out);
}

/// Wo attention(norm(residual)): (rows, dim).
DeviceSpan<float> model_attention_block(Decode& self, size_t layer) {
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
DeviceSpan<float> model_feed_forward_block(Decode& self, size_t layer) {
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
void model_forward(Decode& self, const int* tokens, int count) {
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

/// Runs all of `tokens` through the model, prefill_chunk at a time.
void model_prefill(Decode& self, const std::vector<int>& tokens) {
  for (size_t i = 0; i < tokens.size(); i += self.model.prefill_chunk) {
    model_forward(self, &tokens[i], std::min<size_t>(self.model.prefill_chunk, tokens.size() - i));
  }
}

/// Logits of the last `count` tokens of the last forward: (count, vocab_size), on the host.
std::vector<float> model_logits(Decode& self, int count = 1) {
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

// ---- services/decode.h --------------------------------------------------------------------------

void decode_print(Decode& self, int previous_token, int token) {
  const std::string text = self.tokenizer.decode(previous_token, token);
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

/// Continues a prompt, printing the text as it comes.
/// model   a checkpoint, or a folder in Hugging Face's layout
/// prompt  text to continue
/// steps   most tokens to decode
int decode_run(Decode& self, std::string model, std::string prompt = "Once upon a time",
               int steps = 256) {
  model_load(self, model);
  self.tokenizer.load(model, self.model.config.vocab_size);
  const std::vector<int> tokens = self.tokenizer.encode(prompt);
  if (tokens.empty()) throw std::runtime_error("the prompt is empty: --prompt needs some text");
  for (size_t i = 0; i < tokens.size(); ++i) {
    decode_print(self, i == 0 ? -1 : tokens[i - 1], tokens[i]);
  }

  const auto start = std::chrono::steady_clock::now();
  model_prefill(self, tokens);
  const auto prefilled = std::chrono::steady_clock::now();
  int token = tokens.back(), decoded = 0;
  for (; decoded < steps; ++decoded) {
    const int next = self.sampler.sample(model_logits(self).data(), self.model.config.vocab_size);
    if (self.tokenizer.is_end(next)) break;
    decode_print(self, token, next);
    token = next;
    model_forward(self, &token, 1);
  }
  const std::chrono::duration<double> prefill_time = prefilled - start;
  const std::chrono::duration<double> decode_time = std::chrono::steady_clock::now() - prefilled;
  const size_t cache_bytes = self.kv_cache.bytes();
  std::fprintf(stderr, "\n%zu tokens read at %.1f tokens/s, %d decoded at %.1f tokens/s\n",
               tokens.size(), tokens.size() / prefill_time.count(), decoded,
               decoded / decode_time.count());
  std::fprintf(stderr, "cache: %d tokens in each layer, %zu bytes\n", self.kv_cache.length(0),
               cache_bytes);
  return 0;
}

// ---- main: the command line ---------------------------------------------------------------------

int main(int argc, char** argv) try {
  static Decode decode;
  std::string model;
  std::string prompt = "Once upon a time";
  int steps = 256;
  Flags flags(argc, argv,
              "Continues a text, one sequence at a time, with a bounded key/value cache.");
  flags.required("--model", model, "a checkpoint, or a folder in Hugging Face's layout");
  flags.option("--prompt", prompt, "text to continue");
  flags.option("--steps", steps, "most tokens to decode");
  flags.option("--tokenizer.path", decode.tokenizer.path, "tokenizer.bin; empty: beside the model");
  flags.option("--model.prefill_chunk", decode.model.prefill_chunk,
               "Prompt tokens taken at once; range 1..1024.");
  flags.option("--kv_cache.chunk", decode.kv_cache.chunk,
               "Tokens that memory grows by; range 1..1024.");
  flags.option("--compressor.sinks", decode.compressor.sinks,
               "Tokens kept at the beginning; attention leans on them; range 0..64.");
  flags.option("--compressor.window", decode.compressor.window,
               "Tokens kept at the end; range 1..4096.");
  flags.option("--sampler.temperature", decode.sampler.temperature,
               "0 takes the likeliest token; range 0.0..2.0.");
  flags.option("--sampler.top_p", decode.sampler.top_p,
               "Share of the probability drawn from; range 0.01..1.0.");
  flags.option("--sampler.seed", decode.sampler.seed, "Another seed, another text.");
  if (flags.finish()) return 0;
  return decode_run(decode, model, prompt, steps);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
