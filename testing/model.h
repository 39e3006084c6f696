// Laws of what runs tokens through layers.
#pragma once

#include <cctype>
#include <cmath>
#include <map>

#include "testing/llama.h"
#include "testing/model_asked.h"
#include "testing/model_uses.h"

namespace coop::testing {

// ---- is it a Llama? -----------------------------------------------------------------------------

inline constexpr double kLikeLlama = 1e-4;  // what floats add up to in a few layers

/// How far these logits of the newest token are from those of a Llama.
inline double distance(const std::vector<float>& found, const LlamaInDouble& llama,
                       const Tokens& tokens) {
  const Row wanted = llama.logits(tokens);
  if (found.size() != wanted.size()) return INFINITY;
  double out = 0;
  for (size_t i = 0; i < found.size(); ++i) {
    const double apart = std::abs(found[i] - wanted[i]) / (1 + std::abs(wanted[i]));
    out = std::isfinite(apart) ? std::max(out, apart) : INFINITY;
  }
  return out;
}

/// Does the artifact's name say what it is?
inline bool is_named_llama(std::string name) {
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name.find("llama") != std::string::npos;
}

/// The form of Llama that this model is meant to be; nullptr when it is none. Only its author
/// knows: who calls it a Llama has said so. Of others most of the weights must matter to it, and
/// without one half of each block, whose weights are 0 then, it must be a Llama. Who is one without
/// either, and not with both, puts its blocks together in another way, on purpose.
template <class Subject>
const LlamaForm* form_of_llama(const Description<Subject>& description) {
  const Tokens tokens = {1, 5, 2, 5};
  const auto logits = [&](AnotherModel::Factors factors) -> std::vector<float> {
    try {
      const AnotherModel other(std::move(factors));
      Loaded<Subject> model(description, {});
      model.run(tokens, 2);
      return model.logits();
    } catch (const Discarded&) {
    } catch (const Broken&) {
    } catch (const std::exception&) {
    }
    return {};
  };
  const auto is_like = [&](const LlamaForm& form, AnotherModel::Factors factors) {
    const std::vector<float> found = logits(factors);
    const AnotherModel other(std::move(factors));
    return distance(found, LlamaInDouble(form), tokens) < kLikeLlama;
  };
  const std::vector<float> whole = logits({});
  if (is_named_llama(description.name)) {
    const LlamaForm* nearest = &forms_of_llama().front();
    for (const LlamaForm& form : forms_of_llama())
      if (distance(whole, LlamaInDouble(form), tokens) <
          distance(whole, LlamaInDouble(*nearest), tokens))
        nearest = &form;
    return nearest;
  }
  int matter = 0;
  for (const char* name : {"token_embedding", "attention_norm", "wq", "wk", "wv", "wo", "ffn_norm",
                           "w_gate", "w_up", "w_down", "final_norm"})
    matter += logits({{name, -0.5f}}) != whole;
  if (matter < 8) return nullptr;
  for (const LlamaForm& form : forms_of_llama())
    if (is_like(form, {})) return &form;
  for (const LlamaForm& form : forms_of_llama())
    if (is_like(form, {{"w_down", 0.0f}}) != is_like(form, {{"wo", 0.0f}})) return &form;
  return nullptr;
}

namespace laws {

/// Tokens at once are the same as one by one.
template <class Subject>
void a_chunk_is_its_tokens(const Description<Subject>& description) {
  for_sequences(description, "logits are the same in whatever chunks the tokens come",
                [&](const Scenario& scenario) {
                  const Tokens tokens = tokens_of(scenario);
                  Loaded<Subject> one(description, scenario), some(description, scenario);
                  one.run(tokens, 1);
                  some.run(tokens, 1 + tokens.size() / 2);
                  are_alike(some.logits(), one.logits(), "in chunks");
                });
}

/// prefill takes all of the tokens, whatever its chunk.
template <class Subject>
void prefill_is_forward(const Description<Subject>& description) {
  for_sequences(description, "prefill is forward of all tokens", [&](const Scenario& scenario) {
    const Tokens tokens = tokens_of(scenario);
    Loaded<Subject> one(description, scenario), filled(description, scenario);
    if constexpr (requires { filled.subject.prefill(tokens); }) {
      filled.subject.prefill(tokens);
      one.run(tokens, 1);
      are_alike(filled.logits(), one.logits(), "after prefill");
    } else {
      throw Discarded();
    }
  });
}

/// logits(n): a row for each of the last n tokens, the newest last.
template <class Subject>
void logits_are_of_the_last_tokens(const Description<Subject>& description) {
  for_sequences(description, "logits(n) are those of the last n tokens",
                [&](const Scenario& scenario) {
                  const Tokens tokens = tokens_of(scenario);
                  Loaded<Subject> all(description, scenario), one(description, scenario);
                  all.run(tokens, tokens.size());
                  const int last = static_cast<int>(tokens.size());
                  std::vector<float> rows;
                  for (const int token : tokens) {
                    one.run({token}, 1);
                    const std::vector<float> row = one.logits();
                    rows.insert(rows.end(), row.begin(), row.end());
                  }
                  const size_t width = rows.size() / last;
                  for (const int count : {1, (last + 1) / 2, last})
                    are_alike(all.logits(count), {rows.end() - count * width, rows.end()},
                              "of " + std::to_string(count) + " tokens");
                });
}

/// Every layer of the cache is given every token, once, and stands at the next position.
template <class Subject>
void every_layer_keeps_every_token(const Description<Subject>& description) {
  for_sequences(description, "every layer of the cache is given every token once",
                [&](const Scenario& scenario) {
                  const Tokens tokens = tokens_of(scenario);
                  Loaded<Subject> model(description, scenario);
                  model.run(tokens, 3);
                  const auto& cache = model.subject.kv_cache;
                  holds_if(cache.layer_count() == small_llama().layers,
                           "the cache has " + std::to_string(cache.layer_count()) + " layers");
                  for (int layer = 0; layer < cache.layer_count(); ++layer)
                    holds_if(cache.rows(layer).size() == tokens.size(),
                             "layer " + std::to_string(layer) + " was given " +
                                 std::to_string(cache.rows(layer).size()) + " tokens of " +
                                 std::to_string(tokens.size()));
                });
}

/// Hooks hear of each layer once, in order, each time that tokens run.
template <class Subject>
void hooks_hear_of_each_layer(const Description<Subject>& description) {
  for_sequences(
      description, "hooks are called once for each layer, in order", [&](const Scenario& scenario) {
        Loaded<Subject> model(description, scenario);
        if constexpr (requires(std::vector<std::string> calls) {
                        model.subject.hooks.look(calls);
                      }) {
          std::vector<std::string> before, calls, wanted;
          model.subject.hooks.look(before);
          model.run(tokens_of(scenario), 2);
          model.subject.hooks.look(calls);
          const int layers = small_llama().layers;
          const size_t runs = (tokens_of(scenario).size() + 1) / 2;
          calls.erase(calls.begin(), calls.begin() + before.size());
          std::map<std::string, size_t> heard;  // by hook, without its layer
          for (const std::string& call : calls) {
            const size_t at = call.find('(');
            const size_t count = heard[call.substr(0, at)]++;
            holds_if(std::atoi(call.c_str() + at + 1) == static_cast<int>(count) % layers,
                     "call " + std::to_string(count) + " is " + call);
          }
          for (const auto& [hook, count] : heard)
            holds_if(count % layers == 0 && count >= runs * layers,  // it may take fewer at a time
                     hook + " was called " + std::to_string(count) + " times for " +
                         std::to_string(layers) + " layers, " + std::to_string(runs) + " times");
          holds_if(!heard.empty(), "no hook was called");
        } else {
          throw Discarded();
        }
      });
}

/// The likeliest token is that of the largest logit; of equals, any.
template <class Subject>
void the_likeliest_has_the_largest_logit(const Description<Subject>& description) {
  if constexpr (requires(Subject& subject) {
                  { subject.likeliest() } -> std::convertible_to<std::pair<float, int>>;
                }) {
    for_sequences(
        description, "the likeliest token is that of the largest logit",
        [&](const Scenario& scenario) {
          Loaded<Subject> model(description, scenario);
          model.run(tokens_of(scenario), 1);
          const std::vector<float> logits = model.logits();
          const auto [logit, token] = model.subject.likeliest();
          const bool is_token = 0 <= token && token < static_cast<int>(logits.size());
          holds_if(is_token && logits[token] == logit && logit == *std::ranges::max_element(logits),
                   "token " + seen(token) + " with " + seen(logit) + " of " + seen(logits));
        });
  } else {
    GTEST_SKIP() << "does not apply: no likeliest()";
  }
}

/// After a load nothing is left of what ran before.
template <class Subject>
void a_load_begins_anew(const Description<Subject>& description) {
  for_sequences(description, "after a load the same tokens have the same logits as at first",
                [&](const Scenario& scenario) {
                  const Tokens tokens = tokens_of(scenario);
                  Loaded<Subject> model(description, scenario);
                  model.run(tokens, 2);
                  const std::vector<float> first = model.logits();
                  model.subject.load("model");
                  model.run(tokens, 2);
                  holds_if(model.logits() == first, "other logits after a second load");
                });
}

/// The same tokens in another order, or others, are another text.
template <class Subject>
void tokens_and_their_order_matter(const Description<Subject>& description) {
  if constexpr (Model<Subject>) {
    bool order = false, first = false, last = false;
    for_all(sequences(description), "logits are numbers", [&](const Scenario& scenario) {
      Tokens tokens = tokens_of(scenario);
      const auto logits = [&](const Tokens& some) {
        Loaded<Subject> model(description, scenario);
        model.run(some, 1);
        return model.logits();
      };
      const std::vector<float> before = logits(tokens);
      for (const float logit : before) holds_if(std::isfinite(logit), "a logit is " + shown(logit));
      if (tokens.size() < 3 || tokens[0] == tokens[1]) return;
      std::swap(tokens[0], tokens[1]);
      order |= logits(tokens) != before;
      std::swap(tokens[0], tokens[1]);
      tokens[0] = (tokens[0] + 1) % small_llama().vocab_size;
      first |= logits(tokens) != before;
      tokens.back() = (tokens.back() + 1) % small_llama().vocab_size;
      last |= logits(tokens) != before;
    });
    if (Chosen::current()) return;  // one scenario need not show it
    EXPECT_TRUE(order) << "the order of tokens never matters";
    EXPECT_TRUE(first) << "the first token never matters";
    EXPECT_TRUE(last) << "the last token never matters";
  } else {
    GTEST_SKIP() << "does not apply: no load(), forward() and logits()";
  }
}

/// A Llama's logits are those that its weights have in double, whatever its shape says: what RoPE
/// turns, and with which weights tokens come out.
template <class Subject>
void a_llama_computes_what_its_weights_say(const Description<Subject>& description) {
  if constexpr (Model<Subject> && requires(Subject& subject) {
                  { subject.loader } -> std::convertible_to<const FakeLoader&>;
                }) {
    const LlamaForm* form = form_of_llama(description);
    for_sequences(description, "a Llama's logits are those that its weights have in double",
                  [&](const Scenario& scenario) {
                    only_if(form != nullptr);
                    const Tokens tokens = tokens_of(scenario);
                    LlamaConfig shape = small_llama();
                    shape.tied_embeddings = tokens.size() % 2 == 0;
                    if (tokens.size() % 3 == 0) shape.rope_layout = RopeLayout::kHalfSplit;
                    if (tokens[0] % 2 == 0) shape.rope_theta = 100.0f;
                    if (tokens[0] % 5 < 3) shape.rope_scaling = {4.0f, 1.0f, 4.0f, 100};
                    if (tokens[0] % 3 == 0) shape.norm_eps = 0.5f;
                    if (tokens[0] % 4 == 0) shape.layers = 1;
                    const AnotherModel other({}, shape);
                    Loaded<Subject> model(description, scenario);
                    model.run(tokens, 2);
                    const double apart = distance(model.logits(), LlamaInDouble(*form), tokens);
                    holds_if(apart < kLikeLlama, "the logits are " + shown(apart) + " off");
                  });
  } else {
    GTEST_SKIP() << "does not apply: no Llama that is loaded";
  }
}

}  // namespace laws

}  // namespace coop::testing
