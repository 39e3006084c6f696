// A Llama written for reading alone: double precision, no kernels, no artifacts, no cleverness.
// What the artifacts compute is compared with it.
#pragma once

#include <cmath>
#include <cstdint>
#include <fstream>
#include <random>
#include <string>
#include <vector>

struct NaiveLlama {
  int dim = 0, ffn_dim = 0, layers = 0, heads = 0, kv_heads = 0, head_dim = 0, vocab_size = 0;
  int context = 0;
  bool tied = true, interleaved = true;
  double theta = 10000.0, eps = 1e-5;
  // Waves longer than `scaled_from` tokens are `factor` times longer, those shorter than
  // `scaled_below` are as they were, and between there is a slope.
  double factor = 1.0, scaled_below = 0.0, scaled_from = 0.0;
  // Shapes as in a llama2.c checkpoint, layers stacked.
  std::vector<float> embedding, attention_norm, wq, wk, wv, wo, ffn_norm, w_gate, w_down, w_up;
  std::vector<float> final_norm, output;

  using Vector = std::vector<double>;

  /// Where the key of a token stands when a later query looks at it.
  enum class Positions { kTrue, kWithinCache };

  static Vector multiply(const std::vector<float>& weight, int layer, int d_out, const Vector& x) {
    const size_t d_in = x.size();
    Vector out(d_out, 0.0);
    for (int i = 0; i < d_out; ++i) {
      for (size_t j = 0; j < d_in; ++j) {
        out[i] += weight[(static_cast<size_t>(layer) * d_out + i) * d_in + j] * x[j];
      }
    }
    return out;
  }

  Vector normalize(const std::vector<float>& weight, int layer, const Vector& x) const {
    double sum = 0.0;
    for (double value : x) sum += value * value;
    Vector out(dim);
    for (int i = 0; i < dim; ++i) {
      out[i] = x[i] / std::sqrt(sum / dim + eps) * weight[static_cast<size_t>(layer) * dim + i];
    }
    return out;
  }

  /// One head of x, turned to `position`.
  Vector turn(const Vector& x, int head, long position) const {
    Vector out(head_dim);
    for (int i = 0; i < head_dim / 2; ++i) {
      const int a = interleaved ? 2 * i : i;
      const int b = interleaved ? 2 * i + 1 : i + head_dim / 2;
      const double wave = 2.0 * std::acos(-1.0) * std::pow(theta, 2.0 * i / head_dim);
      double angle = 2.0 * std::acos(-1.0) * position / wave;
      if (wave > scaled_from) {
        angle /= factor;
      } else if (wave > scaled_below) {
        const double share =
            (1.0 / wave - 1.0 / scaled_from) / (1.0 / scaled_below - 1.0 / scaled_from);
        angle *= share + (1.0 - share) / factor;
      }
      const double xa = x[head * head_dim + a], xb = x[head * head_dim + b];
      out[a] = xa * std::cos(angle) - xb * std::sin(angle);
      out[b] = xa * std::sin(angle) + xb * std::cos(angle);
    }
    return out;
  }

  /// Logits of every position. After each token the cache keeps the first `sinks` and the last
  /// `window` tokens.
  std::vector<Vector> forward(const std::vector<int>& tokens, int sinks = 0, int window = 1 << 30,
                              Positions positions = Positions::kTrue) const {
    struct Entry {
      Vector key;  // before RoPE
      Vector value;
      long position;
    };
    std::vector<std::vector<Entry>> cache(layers);
    std::vector<Vector> logits;
    for (size_t t = 0; t < tokens.size(); ++t) {
      const auto row = embedding.begin() + static_cast<size_t>(tokens[t]) * dim;
      Vector x(row, row + dim);
      for (int layer = 0; layer < layers; ++layer) {
        auto& kept = cache[layer];
        const Vector normed = normalize(attention_norm, layer, x);
        const Vector query = multiply(wq, layer, heads * head_dim, normed);
        kept.push_back({multiply(wk, layer, kv_heads * head_dim, normed),
                        multiply(wv, layer, kv_heads * head_dim, normed), static_cast<long>(t)});
        Vector attended(heads * head_dim, 0.0);
        for (int head = 0; head < heads; ++head) {
          const int kv_head = head / (heads / kv_heads);
          const bool within = positions == Positions::kWithinCache;
          const long now = within ? static_cast<long>(kept.size()) - 1 : static_cast<long>(t);
          const Vector turned = turn(query, head, now);
          Vector weights;
          double largest = -INFINITY, total = 0.0;
          for (size_t slot = 0; slot < kept.size(); ++slot) {
            const long at = within ? static_cast<long>(slot) : kept[slot].position;
            const Vector key = turn(kept[slot].key, kv_head, at);
            double score = 0.0;
            for (int i = 0; i < head_dim; ++i) score += turned[i] * key[i];
            weights.push_back(score / std::sqrt(head_dim));
            largest = std::max(largest, weights.back());
          }
          for (double& weight : weights) total += weight = std::exp(weight - largest);
          for (size_t slot = 0; slot < kept.size(); ++slot) {
            for (int i = 0; i < head_dim; ++i) {
              attended[head * head_dim + i] +=
                  weights[slot] / total * kept[slot].value[kv_head * head_dim + i];
            }
          }
        }
        const Vector projected = multiply(wo, layer, dim, attended);
        for (int i = 0; i < dim; ++i) x[i] += projected[i];

        const Vector normed_again = normalize(ffn_norm, layer, x);
        Vector gate = multiply(w_gate, layer, ffn_dim, normed_again);
        const Vector up = multiply(w_up, layer, ffn_dim, normed_again);
        for (int i = 0; i < ffn_dim; ++i) gate[i] = gate[i] / (1.0 + std::exp(-gate[i])) * up[i];
        const Vector down = multiply(w_down, layer, dim, gate);
        for (int i = 0; i < dim; ++i) x[i] += down[i];

        const long excess = static_cast<long>(kept.size()) - sinks - window;
        if (excess > 0) kept.erase(kept.begin() + sinks, kept.begin() + sinks + excess);
      }
      logits.push_back(
          multiply(tied ? embedding : output, 0, vocab_size, normalize(final_norm, 0, x)));
    }
    return logits;
  }

  /// Allocates all weights for the sizes that are set and hands each to `fill`, in the order of a
  /// llama2.c checkpoint.
  template <class Fill>
  void fill_weights(Fill fill) {
    const size_t d = dim, q = static_cast<size_t>(heads) * head_dim;
    const size_t kv = static_cast<size_t>(kv_heads) * head_dim, f = ffn_dim;
    const auto sized = [&](std::vector<float>& weight, size_t size) {
      weight.resize(size);
      fill(weight);
    };
    sized(embedding, vocab_size * d);
    sized(attention_norm, layers * d);
    sized(wq, layers * q * d);
    sized(wk, layers * kv * d);
    sized(wv, layers * kv * d);
    sized(wo, layers * d * q);
    sized(ffn_norm, layers * d);
    sized(w_gate, layers * f * d);
    sized(w_down, layers * d * f);
    sized(w_up, layers * f * d);
    sized(final_norm, d);
    std::vector<float> rope_tables;  // of old versions; not used
    sized(rope_tables, static_cast<size_t>(context) * head_dim);
    if (!tied) sized(output, vocab_size * d);
  }

  /// Weights that make attention neither flat nor a single spike.
  void randomize(unsigned seed) {
    std::mt19937 random(seed);
    fill_weights([&](std::vector<float>& weight) {
      const bool norm =
          &weight == &attention_norm || &weight == &ffn_norm || &weight == &final_norm;
      const float spread = &weight == &wq || &weight == &wk ? 2.0f : 1.0f;
      std::normal_distribution<float> normal(0.0f, spread / std::sqrt(static_cast<float>(dim)));
      for (float& value : weight) value = norm ? 1.0f + normal(random) : normal(random);
    });
  }

  /// Reads a llama2.c checkpoint; false if it cannot be read.
  bool read_llama2c(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    int32_t header[7];
    if (!file.read(reinterpret_cast<char*>(header), sizeof(header))) return false;
    dim = header[0], ffn_dim = header[1], layers = header[2], heads = header[3];
    kv_heads = header[4], vocab_size = std::abs(header[5]), context = header[6];
    tied = header[5] > 0;
    head_dim = dim / heads;
    fill_weights([&](std::vector<float>& weight) {
      file.read(reinterpret_cast<char*>(weight.data()), weight.size() * sizeof(float));
    });
    return static_cast<bool>(file);
  }

  /// Writes a llama2.c checkpoint, which must be interleaved and have heads * head_dim == dim.
  void write_llama2c(const std::string& path) {
    std::ofstream file(path, std::ios::binary);
    const int32_t header[7] = {
        dim, ffn_dim, layers, heads, kv_heads, tied ? vocab_size : -vocab_size, context};
    file.write(reinterpret_cast<const char*>(header), sizeof(header));
    fill_weights([&](std::vector<float>& weight) {
      file.write(reinterpret_cast<const char*>(weight.data()), weight.size() * sizeof(float));
    });
  }
};
