// Laws for models that ask for them.
#pragma once

#include "testing/model_uses.h"

namespace coop::testing {

/// Does the call throw?
template <class Call>
bool is_refused(Call call) {
  try {
    call();
  } catch (const std::exception&) {
    return true;
  }
  return false;
}

namespace laws {  // not listed by the generator: `/// law: what_is_no_token_is_refused`

/// For a model that refuses what is no token of its vocabulary: then nothing is changed.
template <class Subject>
void what_is_no_token_is_refused(const Description<Subject>& description) {
  for_sequences(description, "what is no token is refused, and nothing is changed",
                [&](const Scenario& scenario) {
                  const Tokens tokens = tokens_of(scenario);
                  Loaded<Subject> model(description, scenario), other(description, scenario);
                  model.run(tokens, 1);
                  other.run(tokens, 1);
                  for (const int wrong : {-1, small_llama().vocab_size})
                    holds_if(is_refused([&] { model.subject.forward(&wrong, 1); }),
                             "token " + std::to_string(wrong) + " is taken");
                  model.run({1}, 1);
                  other.run({1}, 1);
                  holds_if(model.logits() == other.logits(), "a refused token changed the logits");
                });
}

/// Logits are told of each token of the last forward, and of no others; no tokens do not run.
template <class Subject>
void logits_are_told_of_tokens_that_ran(const Description<Subject>& description) {
  for_sequences(description, "logits(n) are told of the n tokens that ran last, and of no others",
                [&](const Scenario& scenario) {
                  const Tokens tokens = tokens_of(scenario);
                  Loaded<Subject> model(description, scenario);
                  const auto refuses = [&](int count) {
                    return is_refused([&] { model.subject.logits(count); });
                  };
                  holds_if(refuses(1), "logits are told before any token ran");
                  model.run(tokens, tokens.size());
                  const int last = static_cast<int>(tokens.size());
                  for (const int wrong : {-1, 0, last + 1})
                    holds_if(refuses(wrong), "of " + std::to_string(last) + " tokens logits(" +
                                                 std::to_string(wrong) + ") are told");
                  for (int count = 1; count <= last; ++count)
                    holds_if(!refuses(count), "of " + std::to_string(last) + " tokens logits(" +
                                                  std::to_string(count) + ") are refused");
                  holds_if(is_refused([&] { model.subject.forward(tokens.data(), 0); }),
                           "no tokens are taken");
                });
}

/// Hooks hear of each layer's queries before RoPE and behind attention, then that it has its
/// tokens, and behind a prompt that it is over.
template <class Subject>
void hooks_hear_of_attention(const Description<Subject>& description) {
  for_sequences(description, "hooks hear of queries, of appended tokens and of the prompt's end",
                [&](const Scenario& scenario) {
                  Loaded<Subject> model(description, scenario);
                  if constexpr (requires(std::vector<std::string> calls, Tokens some) {
                                  model.subject.hooks.look(calls);
                                  model.subject.prefill(some);
                                }) {
                    model.subject.prefill({tokens_of(scenario)[0]});
                    std::vector<std::string> calls;
                    model.subject.hooks.look(calls);
                    size_t heard = 0;
                    const auto hears = [&](const std::string& hook) {
                      const std::string call = heard < calls.size() ? calls[heard++] : "nothing";
                      holds_if(call.starts_with("hooks." + hook + "("),
                               "in place of " + hook + " hooks hear " + call.substr(0, 30));
                      const size_t at = call.find("of ");  // of so many numbers
                      return at == std::string::npos ? "" : call.substr(at, call.find(':') - at);
                    };
                    for (int layer = 0; layer < small_llama().layers; ++layer) {
                      const std::string before = hears("before_rope");
                      holds_if(before == hears("after_attend"), "it is not queries, " + before);
                      hears("after_append");
                    }
                    hears("after_prefill");
                  } else {
                    broken("no hook is called, or there is no prefill()");
                  }
                });
}

}  // namespace laws
}  // namespace coop::testing
