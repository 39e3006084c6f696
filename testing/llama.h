// What a Llama computes, in double.
#pragma once

#include <cmath>

#include "testing/fake_loader.h"

namespace coop::testing {

using Row = std::vector<double>;

/// What a model may do otherwise, and be none the worse for it.
struct LlamaForm {
  double (*activation)(double) = nullptr;
  bool turns = true;  // queries and keys, by RoPE
};

inline const std::vector<LlamaForm>& forms_of_llama() {
  static const std::vector<LlamaForm> forms = [] {
    std::vector<LlamaForm> out;
    for (const bool turns : {true, false})
      for (double (*activation)(double) : {
               +[](double x) { return x / (1 + std::exp(-x)); },
               +[](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.0))); },
               +[](double x) { return std::max(x, 0.0); },
           })
        out.push_back({activation, turns});
    return out;
  }();
  return forms;
}

/// A Llama (Touvron et al., 2023) over all of its tokens at once, with nothing kept.
class LlamaInDouble {
 public:
  explicit LlamaInDouble(const LlamaForm& form) : form_(form) {
    FakeLoader(device_).load("model", config_, weights_);
  }

  /// Of the newest token.
  Row logits(const std::vector<int>& tokens) const {
    std::vector<Row> residual;
    for (const int token : tokens) residual.push_back(row(weights_.token_embedding, token, dim()));
    for (int layer = 0; layer < config_.layers; ++layer) {
      add(residual, attended(residual, layer));
      for (Row& token : residual) {
        const Row in = normed(token, weights_.ffn_norm, layer);
        Row gate = times(weights_.w_gate, layer, in, config_.ffn_dim);
        const Row up = times(weights_.w_up, layer, in, config_.ffn_dim);
        for (size_t i = 0; i < gate.size(); ++i) gate[i] = form_.activation(gate[i]) * up[i];
        add(token, times(weights_.w_down, layer, gate, dim()));
      }
    }
    const Buffer<float>& output =
        config_.tied_embeddings ? weights_.token_embedding : weights_.output;
    return times(output, 0, normed(residual.back(), weights_.final_norm, 0), config_.vocab_size);
  }

 private:
  int dim() const { return config_.dim; }

  static Row row(const Buffer<float>& weights, int index, int width) {
    const float* begin = weights.data() + static_cast<size_t>(index) * width;
    return {begin, begin + width};
  }

  static void add(Row& to, const Row& more) {
    for (size_t i = 0; i < to.size(); ++i) to[i] += more[i];
  }
  static void add(std::vector<Row>& to, const std::vector<Row>& more) {
    for (size_t i = 0; i < to.size(); ++i) add(to[i], more[i]);
  }

  Row normed(const Row& x, const Buffer<float>& weights, int layer) const {
    double squares = 0;
    for (const double each : x) squares += each * each;
    const double by = 1 / std::sqrt(squares / static_cast<double>(x.size()) + config_.norm_eps);
    Row out = row(weights, layer, dim());
    for (size_t i = 0; i < out.size(); ++i) out[i] *= x[i] * by;
    return out;
  }

  /// The layer's matrix (d_out, d_in) times x.
  static Row times(const Buffer<float>& weights, int layer, const Row& x, int d_out) {
    Row out;
    for (int i = 0; i < d_out; ++i) {
      const Row weight = row(weights, layer * d_out + i, static_cast<int>(x.size()));
      out.push_back(0);
      for (size_t j = 0; j < x.size(); ++j) out.back() += weight[j] * x[j];
    }
    return out;
  }

  /// Each head of a token that stands at `position`.
  void turn(Row& heads, int position) const {
    const int width = config_.head_dim;
    const bool neighbours = config_.rope_layout == RopeLayout::kInterleaved;
    for (size_t head = 0; form_.turns && head < heads.size(); head += width)
      for (int i = 0; i < width / 2; ++i) {
        const double angle = position * turn_of(config_, i, width);
        double& x = heads[head + (neighbours ? 2 * i : i)];
        double& y = heads[head + (neighbours ? 2 * i + 1 : i + width / 2)];
        const double first = x * std::cos(angle) - y * std::sin(angle);
        y = x * std::sin(angle) + y * std::cos(angle);
        x = first;
      }
  }

  std::vector<Row> attended(const std::vector<Row>& residual, int layer) const {
    const int width = config_.head_dim, group = config_.heads / config_.kv_heads;
    std::vector<Row> keys, values, out;
    for (size_t token = 0; token < residual.size(); ++token) {
      const Row in = normed(residual[token], weights_.attention_norm, layer);
      Row queries = times(weights_.wq, layer, in, config_.heads * width);
      keys.push_back(times(weights_.wk, layer, in, config_.kv_heads * width));
      values.push_back(times(weights_.wv, layer, in, config_.kv_heads * width));
      turn(queries, static_cast<int>(token));
      turn(keys.back(), static_cast<int>(token));
      Row found(queries.size());
      for (int head = 0; head < config_.heads; ++head) {
        const int of_query = head * width, of_key = head / group * width;
        Row weights;
        double total = 0;
        for (const Row& key : keys) {
          double score = 0;
          for (int d = 0; d < width; ++d) score += queries[of_query + d] * key[of_key + d];
          weights.push_back(std::exp(score / std::sqrt(double(width))));
          total += weights.back();
        }
        for (size_t other = 0; other < values.size(); ++other)
          for (int d = 0; d < width; ++d)
            found[of_query + d] += weights[other] / total * values[other][of_key + d];
      }
      out.push_back(times(weights_.wo, layer, found, dim()));
    }
    return out;
  }

  const LlamaForm form_;
  Device device_;
  LlamaConfig config_;
  LlamaWeights weights_;
};

}  // namespace coop::testing
