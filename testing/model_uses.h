// How what runs tokens through layers is called, and what a test gives it to run.
#pragma once

#include "testing/fake_attention.h"
#include "testing/fake_loader.h"
#include "testing/universal.h"

namespace coop::testing {

using Tokens = std::vector<int>;

template <class Subject>
concept Model = requires(Subject& subject, const int* tokens) {
  subject.load(std::string());
  subject.forward(tokens, 1);
  subject.logits(1);
  subject.kv_cache.rows(0);
};

template <class Subject>
  requires Model<Subject>
void make_ready(const Description<Subject>&, Subject& subject) {
  if constexpr (requires { subject.attention.over(subject.kv_cache); })
    subject.attention.over(subject.kv_cache);
  subject.load("model");
}

/// How those methods are called that a model is known for, as far as this one has them.
template <class Subject>
std::vector<Method<Subject>> model_methods() {
  const Parameter tokens{"tokens", {0, double(small_llama().vocab_size - 1)}, Parameter::kArray};
  std::vector<Method<Subject>> out;
  out.push_back(method_of<Subject>(
      "forward",
      [](Subject& self, Given& given) {
        const Tokens tokens = given.many<int>(0);
        self.forward(tokens.data(), static_cast<int>(tokens.size()));
        return self.logits(1);
      },
      {tokens}, Role::kReachesPeers));
  if constexpr (requires(Subject& self, Tokens some) { self.prefill(some); })
    out.push_back(method_of<Subject>(
        "prefill",
        [](Subject& self, Given& given) {
          self.prefill(given.many<int>(0));
          return self.logits(1);
        },
        {tokens}, Role::kReachesPeers));
  out.push_back(method_of<Subject>(
      "logits", [](Subject& self, Given& given) { return self.logits(given.number<int>(0)); },
      {{"count", {1, 8}}}));
  return out;
}

/// Few calls of few tokens: each goes through all layers.
template <class Subject>
  requires Model<Subject>
rc::Gen<Scenario> usual_of_kind(const Description<Subject>& description) {
  return rc::gen::map(scenarios(description, 3), [](Scenario scenario) {
    for (Step& step : scenario.steps)
      for (Argument& argument : step.arguments)
        if (argument.numbers.size() > 4) argument.numbers.resize(4);
    return scenario;
  });
}

/// A configuration, and some tokens as the one step.
template <class Subject>
rc::Gen<Scenario> sequences(const Description<Subject>& description) {
  return rc::gen::exec([&description] {
    Scenario out = *scenarios(description, 0);
    const double last = small_llama().vocab_size - 1;
    const auto some = *rc::gen::resize(
        9, rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(value_in({0, last}))));
    out.steps = {{"forward", {some}}};
    return out;
  });
}

inline Tokens tokens_of(const Scenario& scenario) {
  const std::vector<double>& numbers = scenario.steps.at(0).arguments.at(0).numbers;
  return {numbers.begin(), numbers.end()};
}

/// A model that has read the scenario's weights.
template <class Subject>
struct Loaded {
  Subject subject;

  Loaded(const Description<Subject>& description, const Scenario& scenario) {
    Outcome outcome;
    set_up(description, scenario, subject, outcome);
    only_if(!outcome.refused);
  }
  /// Runs these tokens, `most` at a time; what is refused says nothing.
  void run(const Tokens& tokens, size_t most) {
    try {
      for (size_t i = 0; i < tokens.size(); i += most)
        subject.forward(&tokens[i], static_cast<int>(std::min(most, tokens.size() - i)));
    } catch (const std::exception&) {
      throw Discarded();
    }
  }
  /// Of more than the newest token, where the model tells of them.
  std::vector<float> logits(int count = 1) {
    try {
      return subject.logits(count);
    } catch (const std::exception&) {
      if (count > 1) throw Discarded();
      throw;
    }
  }
};

inline void are_alike(const std::vector<float>& found, const std::vector<float>& wanted,
                      const std::string& what) {
  holds_if(found.size() == wanted.size(), what + ": " + std::to_string(found.size()) +
                                              " logits in place of " +
                                              std::to_string(wanted.size()));
  for (size_t i = 0; i < found.size(); ++i)
    holds_if(std::abs(found[i] - wanted[i]) <= 1e-4f * (1 + std::abs(wanted[i])),
             what + ": logit " + std::to_string(i) + " is " + shown(found[i]) + " in place of " +
                 shown(wanted[i]));
}

template <class Subject, class Law>
void for_sequences(const Description<Subject>& description, const std::string& words, Law law) {
  if constexpr (Model<Subject>) {
    for_all(sequences(description), words, law);
  } else {
    GTEST_SKIP() << "does not apply: no load(), forward() and logits()";
  }
}

}  // namespace coop::testing
