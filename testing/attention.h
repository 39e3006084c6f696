// Laws of attention over a key/value cache, against softmax(q k / sqrt(d)) v in double.
#pragma once

#include <algorithm>
#include <cmath>
#include <map>

#include "testing/fake_model.h"
#include "testing/universal.h"

namespace coop::testing {

inline constexpr float kGuard = 12345.0f;  // around what may be written

/// `forward(layer, out, queries, count)`, with rows that the scenario draws.
template <class Subject>
concept Attention = requires(Subject& subject, float* out, const float* queries) {
  subject.forward(0, out, queries, 1);
  subject.kv_cache.rows(0);
};

/// Row `row` of what is asked: small, so that no token takes all of the weight.
inline float query_at(int row, int head, int d) {
  return static_cast<float>((row * 13 + head * 7 + d * 5) % 17 - 8) / 128;
}

/// Queries of `count` rows, and room for what is answered between guards.
struct Asked {
  LlamaConfig config = small_llama();
  int layer = 0, count = 0;
  std::vector<float> queries, memory;

  Asked(int layer, int count, int first = 0) : layer(layer), count(count) {
    for (int row = first; row < first + count; ++row)
      for (int head = 0; head < config.heads; ++head)
        for (int d = 0; d < config.head_dim; ++d) queries.push_back(query_at(row, head, d));
    memory.assign(queries.size() + 2 * width(), kGuard);
  }
  int width() const { return config.heads * config.head_dim; }
  float* out() { return memory.data() + width(); }
  /// Nothing was written in front of the rows, or behind them.
  bool is_guarded() const {
    for (int i = 0; i < width(); ++i)
      if (memory[i] != kGuard || memory[memory.size() - 1 - i] != kGuard) return false;
    return true;
  }
};

template <class Subject>
std::vector<float> answered(Subject& subject, Asked& asked) {
  try {
    subject.forward(asked.layer, asked.out(), asked.queries.data(), asked.count);
  } catch (const std::exception&) {
    throw Discarded();
  }
  return {asked.out(), asked.out() + asked.queries.size()};
}

/// How the method is called that attention is known for. `fresh` tokens of the layer are those that
/// the queries belong to; the cache has them already.
template <class Subject>
std::vector<Method<Subject>> attention_methods() {
  return {method_of<Subject>(
      "forward",
      [](Subject& self, Given& given) {
        const int layer = given.number<int>(0), count = given.number<int>(1);
        self.kv_cache.grow(layer, count);
        Asked asked(layer, count);
        self.forward(layer, asked.out(), asked.queries.data(), count);
        return std::vector<float>(asked.out(), asked.out() + asked.queries.size());
      },
      {{"layer", {0, FakeKvCache::kLayers - 1}}, {"count", {1, 12}}}, Role::kReachesPeers)};
}

/// Tokens of a scenario: those of all rounds but the last were there; the last are asked about.
template <class Subject>
int fill(const Scenario& scenario, Subject& subject, int layer) {
  for (const int count : scenario.rounds) subject.kv_cache.grow(layer, count);
  return scenario.rounds.back();
}

template <class Subject>
rc::Gen<Scenario> attended(const Description<Subject>& description) {
  return scenarios(description, 0, 3, 12);
}

template <class Subject>
void set_up_attention(const Description<Subject>& description, const Scenario& scenario,
                      Subject& subject) {
  Outcome outcome;
  set_up(description, scenario, subject, outcome);
  only_if(!outcome.refused);
}

/// What a query of this head finds in the slots [from, to), in double.
template <class Subject>
std::vector<double> reference(Subject& subject, const Asked& asked, int row, int head, int from,
                              int to) {
  const LlamaConfig& config = asked.config;
  const int kv_head = head / (config.heads / config.kv_heads), d = config.head_dim;
  FakeKvCache& cache = subject.kv_cache;
  const int stride = cache.capacity(asked.layer) * d;
  const float* keys = cache.keys(asked.layer) + kv_head * stride;
  const float* values = cache.values(asked.layer) + kv_head * stride;
  const float* query = &asked.queries[(row * config.heads + head) * d];
  std::vector<double> scores, out(d);
  double largest = -1e300, total = 0;
  for (int slot = from; slot < to; ++slot) {
    double score = 0;
    for (int i = 0; i < d; ++i) score += double(query[i]) * keys[slot * d + i];
    scores.push_back(score / std::sqrt(double(d)));
    largest = std::max(largest, scores.back());
  }
  for (double& score : scores) total += score = std::exp(score - largest);
  for (int slot = from; slot < to; ++slot)
    for (int i = 0; i < d; ++i) out[i] += scores[slot - from] / total * values[slot * d + i];
  return out;
}

/// The error that floats may make of weights and values of at most 32: a bound per operation.
inline double attention_bound(int length) { return (16 + length) * 32 * 6e-8 * 4; }

inline void are_close(const std::vector<float>& found, const std::vector<float>& wanted,
                      double bound, const std::string& what) {
  for (size_t i = 0; i < found.size(); ++i)
    holds_if(std::abs(found[i] - wanted[i]) <= bound, what + ": number " + std::to_string(i) +
                                                          " is " + shown(found[i]) +
                                                          " in place of " + shown(wanted[i]));
}

/// What is done to keys or values in one slot, in all heads of a layer.
template <class Change>
void change_slot(FakeKvCache& cache, int layer, int side, int slot, Change change) {
  for (int head = 0; head < FakeKvCache::kKvHeads; ++head)
    for (int d = 0; d < FakeKvCache::kHeadDim; ++d) {
      float* rows = side == 0 ? cache.keys(layer) : cache.values(layer);
      float& number = rows[(head * cache.capacity(layer) + slot) * FakeKvCache::kHeadDim + d];
      number = change(number);
    }
}

/// How much of this slot's value is in what the newest token's first head is answered.
template <class Subject>
double weight_of(Subject& subject, int layer, int slot) {
  Asked asked(layer, 1);
  const double before = answered(subject, asked)[0];
  change_slot(subject.kv_cache, layer, 1, slot, [](float x) { return x + 1024; });
  const double weight = (answered(subject, asked)[0] - before) / 1024;
  change_slot(subject.kv_cache, layer, 1, slot, [](float x) { return x - 1024; });
  return weight;
}

/// Of two tokens, the logarithm of what the second weighs, if the product of its key and the query,
/// over sqrt(d), is `score`, and that of the first is 0.
template <class Subject>
double log_weight(const Description<Subject>& description, const Scenario& scenario, double score) {
  Subject subject;
  set_up_attention(description, scenario, subject);
  subject.kv_cache.grow(0, 2);
  Asked asked(0, 1);
  std::fill(asked.queries.begin(), asked.queries.end(), 1.0f);
  const auto key = static_cast<float>(score / std::sqrt(double(asked.config.head_dim)));
  for (int slot = 0; slot < 2; ++slot) {
    change_slot(subject.kv_cache, 0, 0, slot, [&](float) { return slot * key; });
    change_slot(subject.kv_cache, 0, 1, slot, [&](float) { return float(slot); });
  }
  return std::log(answered(subject, asked)[0]);
}

/// Is this attention over all that is kept, and is nothing but the product of query and key in its
/// scores? Windows, slopes and caps are somebody's intention: else of equal keys nearly all are
/// seen (one may be missed, by a mistake) and weighed alike, and twice the product is twice the
/// logarithm.
template <class Subject>
bool is_plain(const Description<Subject>& description, const Scenario& scenario) {
  static std::map<std::vector<double>, bool> known;  // by fields
  if (const auto found = known.find(scenario.fields); found != known.end()) return found->second;
  Subject subject;
  set_up_attention(description, scenario, subject);
  constexpr int kTokens = 96;
  subject.kv_cache.grow(0, kTokens);
  for (int slot = 0; slot < kTokens; ++slot)
    change_slot(subject.kv_cache, 0, 0, slot, [](float) { return 0.0f; });
  std::vector<double> weights;
  for (const int slot : {0, 1, 2, kTokens / 2, kTokens - 2, kTokens - 1})
    if (const double weight = weight_of(subject, 0, slot); weight > 1e-4) weights.push_back(weight);
  bool& is_plain = known[scenario.fields] = true;
  if (weights.empty()) return is_plain;  // which nobody means
  const auto [least, most] = std::minmax_element(weights.begin(), weights.end());
  const double bent =
      log_weight(description, scenario, -32) - 2 * log_weight(description, scenario, -16);
  return is_plain = weights.size() > 4 && *most < *least * 1.01 && !(std::abs(bent) > 0.02);
}

namespace laws {

/// Attention over everything, against double.
template <class Subject>
void attention_is_the_softmax(const Description<Subject>& description) {
  if constexpr (Attention<Subject>) {
    for_all(attended(description),
            "each head is softmax(q k / sqrt(d)) v of what its query may see",
            [&](const Scenario& scenario) {
              only_if(is_plain(description, scenario));
              for (int layer = 0; layer < FakeKvCache::kLayers; ++layer) {
                Subject subject;
                set_up_attention(description, scenario, subject);
                const int count = fill(scenario, subject, layer);
                const int length = static_cast<int>(subject.kv_cache.rows(layer).size());
                Asked asked(layer, count);
                const std::vector<float> out = answered(subject, asked);
                for (int row = 0; row < count; ++row)
                  for (int head = 0; head < asked.config.heads; ++head) {
                    const std::vector<double> wanted =
                        reference(subject, asked, row, head, 0, length - count + row + 1);
                    for (int d = 0; d < asked.config.head_dim; ++d) {
                      const float found =
                          out[(row * asked.config.heads + head) * asked.config.head_dim + d];
                      holds_if(std::abs(found - wanted[d]) <= attention_bound(length),
                               "row " + std::to_string(row) + " of " + std::to_string(count) +
                                   ", head " + std::to_string(head) + ": " + shown(found) +
                                   " in place of " + shown(wanted[d]));
                    }
                  }
              }
            });
  } else {
    GTEST_SKIP() << "does not apply: no forward() over kv_cache";
  }
}

/// A chunk is answered as its tokens one by one, each before the next is there.
template <class Subject>
void a_chunk_is_its_tokens_one_by_one(const Description<Subject>& description) {
  if constexpr (Attention<Subject>) {
    for_all(attended(description), "queries of a chunk are answered as if they came one by one",
            [&](const Scenario& scenario) {
              Subject at_once, one_by_one;
              set_up_attention(description, scenario, at_once);
              set_up_attention(description, scenario, one_by_one);
              const int count = fill(scenario, at_once, 0);
              Asked asked(0, count);
              const std::vector<float> out = answered(at_once, asked);
              for (size_t i = 0; i + 1 < scenario.rounds.size(); ++i)
                one_by_one.kv_cache.grow(0, scenario.rounds[i]);
              for (int row = 0; row < count; ++row) {
                one_by_one.kv_cache.grow(0, 1);
                Asked one(0, 1, row);
                const int width = asked.width();
                are_close(answered(one_by_one, one),
                          {out.begin() + row * width, out.begin() + (row + 1) * width},
                          2 * attention_bound(40), "row " + std::to_string(row) + " alone");
              }
            });
  } else {
    GTEST_SKIP() << "does not apply: no forward() over kv_cache";
  }
}

/// What comes behind a query is not seen by it.
template <class Subject>
void no_query_sees_what_comes_later(const Description<Subject>& description) {
  if constexpr (Attention<Subject>) {
    for_all(attended(description), "a query does not see the tokens behind its own",
            [&](const Scenario& scenario) {
              Subject subject;
              set_up_attention(description, scenario, subject);
              const int count = fill(scenario, subject, 0);
              only_if(count > 1);
              const int length = static_cast<int>(subject.kv_cache.rows(0).size());
              Asked asked(0, count);
              const std::vector<float> before = answered(subject, asked);
              const int newest = count / 2;  // rows behind this one are changed
              for (int slot = length - count + newest + 1; slot < length; ++slot)
                for (const int side : {0, 1})
                  change_slot(subject.kv_cache, 0, side, slot, [](float x) { return 5 - x; });
              const std::vector<float> after = answered(subject, asked);
              const size_t seen = static_cast<size_t>(newest + 1) * asked.width();
              are_close({after.begin(), after.begin() + seen}, before, attention_bound(length),
                        "with other tokens behind row " + std::to_string(newest));
            });
  } else {
    GTEST_SKIP() << "does not apply: no forward() over kv_cache";
  }
}

/// Of a single token all heads find its value.
template <class Subject>
void of_one_token_its_value(const Description<Subject>& description) {
  if constexpr (Attention<Subject>) {
    for_all(attended(description), "the value of the only token is what every query finds",
            [&](const Scenario& scenario) {
              only_if(is_plain(description, scenario));
              Subject subject;
              set_up_attention(description, scenario, subject);
              subject.kv_cache.grow(1, 1);
              Asked asked(1, 1, scenario.rounds[0]);
              const std::vector<float> out = answered(subject, asked);
              for (int head = 0; head < asked.config.heads; ++head)
                for (int d = 0; d < asked.config.head_dim; ++d) {
                  const int at = head * asked.config.head_dim + d;
                  const double wanted = reference(subject, asked, 0, head, 0, 1)[d];
                  holds_if(std::abs(out[at] - wanted) <= 1e-5, "head " + std::to_string(head) +
                                                                   " finds " + shown(out[at]) +
                                                                   " in place of " + shown(wanted));
                }
            });
  } else {
    GTEST_SKIP() << "does not apply: no forward() over kv_cache";
  }
}

/// A single query finds the same, in whatever order the tokens lie.
template <class Subject>
void order_of_tokens_does_not_matter(const Description<Subject>& description) {
  if constexpr (Attention<Subject>) {
    for_all(attended(description), "the order of what is kept does not matter to a single query",
            [&](const Scenario& scenario) {
              only_if(is_plain(description, scenario));
              Subject subject;
              set_up_attention(description, scenario, subject);
              fill(scenario, subject, 0);
              FakeKvCache& cache = subject.kv_cache;
              Asked asked(0, 1);
              const std::vector<float> before = answered(subject, asked);
              const int length = static_cast<int>(cache.rows(0).size());
              constexpr int kDim = FakeKvCache::kHeadDim;
              for (float* rows : {cache.keys(0), cache.values(0)})
                for (int head = 0; head < FakeKvCache::kKvHeads; ++head)
                  for (int slot = 0; slot < length / 2; ++slot)
                    std::swap_ranges(rows + (head * cache.capacity(0) + slot) * kDim,
                                     rows + (head * cache.capacity(0) + slot + 1) * kDim,
                                     rows + (head * cache.capacity(0) + length - 1 - slot) * kDim);
              are_close(answered(subject, asked), before, 2 * attention_bound(length),
                        "with the tokens in reverse");
            });
  } else {
    GTEST_SKIP() << "does not apply: no forward() over kv_cache";
  }
}

/// Of all layers only the one that is asked about.
template <class Subject>
void other_layers_are_not_read(const Description<Subject>& description) {
  if constexpr (Attention<Subject>) {
    for_all(attended(description), "what other layers keep does not matter",
            [&](const Scenario& scenario) {
              for (int layer = 0; layer < FakeKvCache::kLayers; ++layer) {
                Subject subject;
                set_up_attention(description, scenario, subject);
                const int count = fill(scenario, subject, layer);
                for (int other = 0; other < FakeKvCache::kLayers; ++other)
                  if (other != layer) subject.kv_cache.grow(other, 4);
                Asked asked(layer, count), again(layer, count);
                const std::vector<float> before = answered(subject, asked);
                for (int other = 0; other < FakeKvCache::kLayers; ++other)
                  for (int slot = 0; other != layer && slot < 4; ++slot)
                    for (const int side : {0, 1})
                      change_slot(subject.kv_cache, other, side, slot, [](float x) { return -x; });
                are_close(answered(subject, again), before, 0,
                          "layer " + std::to_string(layer) + ", with others changed");
              }
            });
  } else {
    GTEST_SKIP() << "does not apply: no forward() over kv_cache";
  }
}

/// Rows of the answer are written, all of them, and nothing else: not the cache either.
template <class Subject>
void only_the_answer_is_written(const Description<Subject>& description) {
  if constexpr (Attention<Subject>) {
    for_all(attended(description), "the rows of the answer are written, all, and nothing else",
            [&](const Scenario& scenario) {
              Subject subject;
              set_up_attention(description, scenario, subject);
              const int count = fill(scenario, subject, 2);
              std::vector<std::string> before, after;
              subject.kv_cache.look(before);
              Asked asked(2, count);
              const std::vector<float> queries = asked.queries, out = answered(subject, asked);
              subject.kv_cache.look(after);
              holds_if(asked.is_guarded(), "memory around the answer was written");
              holds_if(asked.queries == queries, "the queries were written");
              holds_if(before == after, "the cache was changed");
              for (size_t i = 0; i < out.size(); ++i)
                holds_if(out[i] != kGuard, "number " + std::to_string(i) + " was not written");
            });
  } else {
    GTEST_SKIP() << "does not apply: no forward() over kv_cache";
  }
}

}  // namespace laws

// ---- laws for whoever asks for them -------------------------------------------------------------

/// What `hooks.after_weights(layer, weights)` was told since then: `hooks.after_weights(0 of 4: 1 0
/// 0.5 0.5)`.
inline std::vector<std::vector<double>> told_weights(const std::vector<std::string>& calls,
                                                     size_t since, int layer) {
  std::vector<std::vector<double>> out;
  const std::string begin = "hooks.after_weights(" + std::to_string(layer) + " of ";
  for (size_t i = since; i < calls.size(); ++i) {
    holds_if(calls[i].starts_with(begin), "in place of weights hooks hear " + calls[i]);
    std::istringstream words(calls[i].substr(calls[i].find(':') + 1));
    std::vector<double>& weights = out.emplace_back();
    for (double weight; words >> weight;) weights.push_back(weight);
  }
  return out;
}

/// Of each key/value head the weights of these rows, added up over its query heads, in double.
template <class Subject>
std::vector<double> summed_weights(Subject& subject, const Asked& asked, int first, int rows) {
  const LlamaConfig& config = asked.config;
  const int length = static_cast<int>(subject.kv_cache.rows(asked.layer).size());
  const int stride = subject.kv_cache.capacity(asked.layer) * config.head_dim;
  std::vector<double> out(static_cast<size_t>(config.kv_heads) * length);
  for (int row = first; row < first + rows; ++row)
    for (int head = 0; head < config.heads; ++head) {
      const int kv_head = head / (config.heads / config.kv_heads);
      const float* keys = subject.kv_cache.keys(asked.layer) + kv_head * stride;
      const float* query = &asked.queries[(row * config.heads + head) * config.head_dim];
      std::vector<double> weights;
      double total = 0;
      for (int slot = 0; slot < length - asked.count + row + 1; ++slot) {
        double score = 0;
        for (int i = 0; i < config.head_dim; ++i)
          score += double(query[i]) * keys[slot * config.head_dim + i];
        total += weights.emplace_back(std::exp(score / std::sqrt(double(config.head_dim))));
      }
      for (size_t slot = 0; slot < weights.size(); ++slot)
        out[static_cast<size_t>(kv_head) * length + slot] += weights[slot] / total;
    }
  return out;
}

namespace laws {  // not listed by the generator: `/// law: hooks_hear_of_weights`

/// Hooks hear what each slot is given: of a chunk by the rows in front of the newest, then by that.
/// The answer is the same where nobody hears.
template <class Subject>
void hooks_hear_of_weights(const Description<Subject>& description) {
  struct Unheard : Subject {
    struct {
    } hooks;
  };
  for_all(
      attended(description), "hooks hear of weights, and that changes no answer",
      [&](const Scenario& scenario) {
        Subject subject;
        Unheard unheard;
        set_up_attention(description, scenario, subject);
        const int count = fill(scenario, subject, 0);
        fill(scenario, unheard, 0);
        const int length = static_cast<int>(subject.kv_cache.rows(0).size());
        std::vector<std::string> before, calls;
        subject.hooks.look(before);
        Asked asked(0, count), other(0, count);
        subject.forward(0, asked.out(), asked.queries.data(), count);  // and refuses nothing
        are_close({asked.out(), asked.out() + asked.queries.size()}, answered(unheard, other),
                  2 * attention_bound(length), "where hooks hear");
        subject.hooks.look(calls);
        std::vector<std::vector<double>> wanted;
        if (count > 1) wanted.push_back(summed_weights(subject, asked, 0, count - 1));
        wanted.push_back(summed_weights(subject, asked, count - 1, 1));
        const auto told = told_weights(calls, before.size(), 0);
        holds_if(told.size() == wanted.size(), "hooks hear " + seen(told.size()) + " times of " +
                                                   std::to_string(count) + " queries");
        for (size_t i = 0; i < told.size(); ++i) {
          holds_if(told[i].size() == wanted[i].size(),
                   "of " + seen(wanted[i].size()) + " weights hooks hear " + seen(told[i].size()));
          for (size_t at = 0; at < told[i].size(); ++at)
            holds_if(std::abs(told[i][at] - wanted[i][at]) <= 1e-4,
                     "weight " + seen(at) + " is " + shown(told[i][at]) + " in place of " +
                         shown(wanted[i][at]));
        }
      });
}

}  // namespace laws
}  // namespace coop::testing
