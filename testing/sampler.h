// Laws of what draws the next token from logits.
#pragma once

#include <cmath>
#include <csignal>
#include <limits>
#include <map>
#include <numeric>
#include <set>

#include "testing/universal.h"

namespace coop::testing {

using Logits = std::vector<float>;

/// The method that takes logits and returns a token.
template <class Subject>
const Method<Subject>& sampling(const Description<Subject>& description) {
  for (const Method<Subject>& method : description.methods)
    if (!method.parameters.empty() && method.parameters[0].form == Parameter::kArray &&
        (method.parameters.size() == 1 ||
         (method.parameters.size() == 2 && method.parameters[1].form == Parameter::kCount)))
      return method;
  throw Discarded();
}

/// One draw in any configuration.
template <class Subject>
rc::Gen<Scenario> one_draw(const Description<Subject>& description) {
  return rc::gen::exec([&description] {
    Scenario out = *scenarios(description, 0);
    try {
      out.steps = {step_of(sampling(description))};
    } catch (const Discarded&) {  // it does not sample: no law applies
    }
    return out;
  });
}

/// The scenario's logits, a little apart: which of equals is drawn is for no law to say.
inline Logits logits_of(const Scenario& scenario) {
  only_if(!scenario.steps.empty());
  Logits out;
  for (const double logit : scenario.steps.at(0).arguments.at(0).numbers)
    out.push_back(static_cast<float>(logit + static_cast<double>(out.size() * 37 % 101) / 1024));
  return out;
}

/// A draw; a configuration that is refused says nothing.
template <class Subject>
int drawn(const Description<Subject>& description, Subject& subject, const Logits& logits) {
  const Method<Subject>& method = sampling(description);
  Step step{method.name, {std::vector<double>(logits.begin(), logits.end())}};
  if (method.parameters.size() == 2) step.arguments.push_back(static_cast<double>(logits.size()));
  Outcome outcome;
  take(description, step, subject, outcome);
  only_if(!outcome.refused && !outcome.seen.empty());
  const std::string said = method.name + "() = ", &line = outcome.seen[0];
  only_if(line.starts_with(said));
  return std::stoi(line.substr(said.size()));
}

/// As drawn(); what the artifact's own contract refuses says nothing either.
template <class Subject>
int drawn_or_refused(const Description<Subject>& description, Subject& subject,
                     const Logits& logits) {
  try {
    return drawn(description, subject, logits);
  } catch (const Broken&) {
    throw Discarded();
  }
}

template <class Subject>
Subject configured(const Description<Subject>& description, const Scenario& scenario) {
  Subject subject;
  Outcome outcome;
  set_up(description, scenario, subject, outcome);
  only_if(!outcome.refused);
  return subject;
}

/// Probabilities of the softmax at this temperature.
inline std::vector<double> softmax_of(const Logits& logits, double temperature) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  std::vector<double> out;
  for (const float logit : logits) out.push_back(std::exp((logit - largest) / temperature));
  const double total = std::accumulate(out.begin(), out.end(), 0.0);
  for (double& share : out) share /= total;
  return out;
}

/// Probabilities of tokens as long as `keeps(before, share, rank)` of the likelier, added up to 1.
template <class Keeps>
std::vector<double> cut(std::vector<double> shares, Keeps keeps) {
  std::vector<size_t> order(shares.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return shares[a] > shares[b]; });
  double before = 0, kept = 0;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const double share = shares[order[rank]];
    if (!keeps(before, share, rank)) shares[order[rank]] = 0;
    kept += shares[order[rank]];
    before += share;
  }
  for (double& share : shares) share /= kept;
  return shares;
}

// ---- what a field does --------------------------------------------------------------------------

/// What is known of a sampler's field.
enum class Knob {
  kUnknown,
  kTemperature,
  kTopP,
  kTopK,
  kMinP,
  kSeed,
  kRepetition,  // a factor for tokens that were drawn
  kPresence,    // what is taken from their logits, however often they were
  kFrequency,   // the same, each time that they were
  kMemory,      // of how many draws a penalty knows
};

inline constexpr Knob kPenalties[] = {Knob::kRepetition, Knob::kPresence, Knob::kFrequency};

/// A penalty that begins at 1 is a factor.
inline Knob knob_called(const std::string& name, const Range& range) {
  static const std::map<std::string, Knob> kNames = {{"temperature", Knob::kTemperature},
                                                     {"top_p", Knob::kTopP},
                                                     {"top_k", Knob::kTopK},
                                                     {"min_p", Knob::kMinP},
                                                     {"seed", Knob::kSeed},
                                                     {"repetition_penalty", Knob::kRepetition},
                                                     {"repeat_penalty", Knob::kRepetition},
                                                     {"presence_penalty", Knob::kPresence},
                                                     {"frequency_penalty", Knob::kFrequency},
                                                     {"repeat_last_n", Knob::kMemory},
                                                     {"memory", Knob::kMemory}};
  if (name == "penalty" && range.low == 1) return Knob::kRepetition;
  const auto found = kNames.find(name);
  return found == kNames.end() ? Knob::kUnknown : found->second;
}

/// Where a field of that kind cuts and bends nothing.
inline double off(Knob knob, size_t tokens) {
  const bool adds = knob == Knob::kPresence || knob == Knob::kFrequency;
  return knob == Knob::kTopK ? static_cast<double>(tokens) : knob == Knob::kMinP || adds ? 0 : 1;
}

/// What a field of that kind makes of the softmax.
inline std::vector<double> turned_to(Knob knob, double value, const Logits& logits) {
  const std::vector<double> shares = softmax_of(logits, knob == Knob::kTemperature ? value : 1);
  const double largest = *std::max_element(shares.begin(), shares.end());
  return cut(shares, [&](double before, double share, size_t rank) {
    return knob == Knob::kTopP   ? before < value
           : knob == Knob::kTopK ? static_cast<double>(rank) < value
           : knob == Knob::kMinP ? share >= value * largest
                                 : true;
  });
}

/// How far from these shares the draws are: from 0, they are the same, to 1.
template <class Subject>
double distance(const Description<Subject>& description, const std::vector<double>& fields,
                const Logits& logits, const std::vector<double>& shares) {
  constexpr int kDraws = 200;
  Subject subject = configured(description, Scenario{.fields = fields});
  std::vector<double> left = shares;
  for (int i = 0; i < kDraws; ++i) {
    const size_t token = static_cast<size_t>(drawn(description, subject, logits));
    if (token < left.size()) left[token] -= 1.0 / kDraws;
  }
  double out = 0;
  for (const double share : left) out += std::abs(share) / 2;
  return out;
}

/// Fields whose names say nothing are told by what they do: with the others turned off, the draws
/// are nearly those of a temperature, a nucleus, ... at two of its values; a seed changes which
/// tokens come, but not how often.
template <class Subject>
std::vector<Knob> told_by_trial(const Description<Subject>& description, std::vector<Knob> knobs) {
  const Logits logits = {0.5f, 2.0f, 0.0f, 1.5f, 1.0f};
  const auto fields_with = [&](const std::vector<Knob>& guess, size_t field, double value) {
    std::vector<double> out;
    for (size_t i = 0; i < guess.size(); ++i) {
      const double wanted = guess[i] == Knob::kSeed || guess[i] == Knob::kUnknown
                                ? description.fields[i].initial
                                : off(guess[i], logits.size());
      only_if(description.fields[i].range.low <= wanted);  // else it is no such field
      out.push_back(i == field ? value : wanted);
    }
    return out;
  };
  // Of the field that fits least, how far off it is: a small mistake must not hide what it is for.
  const auto misfit = [&](const std::vector<Knob>& guess) {
    double out = 0;
    for (size_t i = 0; i < guess.size(); ++i) {
      const Range& range = description.fields[i].range;
      const std::vector<double> values = guess[i] == Knob::kTopK ? std::vector<double>{1, 2, 3}
                                         : guess[i] == Knob::kSeed
                                             ? std::vector<double>{range.low + 1, range.low + 2}
                                             : std::vector<double>{0.3, 0.6};
      double sum = 0;
      for (const double value : values) {
        only_if(range.low <= value && value <= range.high);
        sum += distance(description, fields_with(guess, i, value), logits,
                        turned_to(guess[i], value, logits));
      }
      out = std::max(out, sum / static_cast<double>(values.size()));
    }
    return out;
  };
  std::vector<std::vector<Knob>> guesses = {{}};
  for (size_t i = 0; i < knobs.size(); ++i) {
    std::vector<std::vector<Knob>> longer;
    for (const std::vector<Knob>& guess : guesses)
      for (const Knob knob :
           {Knob::kTemperature, Knob::kTopP, Knob::kTopK, Knob::kMinP, Knob::kSeed}) {
        if (knobs[i] != Knob::kUnknown && knobs[i] != knob) continue;
        if (std::find(guess.begin(), guess.end(), knob) != guess.end()) continue;
        const bool is_whole = knob == Knob::kTopK || knob == Knob::kSeed;
        if (is_whole != description.fields[i].range.whole) continue;
        longer.push_back(guess);
        longer.back().push_back(knob);
      }
    guesses = std::move(longer);
  }
  double least = 0.15;  // of those that are right, less than half; of another sampler, 0.2 and more
  for (const std::vector<Knob>& guess : guesses) {
    try {
      if (const double found = misfit(guess); found < least) least = found, knobs = guess;
    } catch (const Discarded&) {
    } catch (const Broken&) {
    }
  }
  return knobs;
}

template <class Subject>
const std::vector<Knob>& knobs_of(const Description<Subject>& description) {
  static const std::vector<Knob> knobs = [&] {
    std::vector<Knob> out;
    for (const Field<Subject>& field : description.fields)
      out.push_back(knob_called(field.name, field.range));
    const bool is_told = std::find(out.begin(), out.end(), Knob::kUnknown) == out.end();
    return is_told || out.size() > 5 ? out : told_by_trial(description, out);
  }();
  return knobs;
}

/// Only within its range: what is outside of it is meant by nobody.
template <class Subject>
bool set_field(const Description<Subject>& description, Subject& subject, Knob knob, double value) {
  const std::vector<Knob>& knobs = knobs_of(description);
  for (size_t i = 0; i < knobs.size(); ++i) {
    const Field<Subject>& field = description.fields[i];
    if (knobs[i] == knob && field.range.low <= value && value <= field.range.high)
      return field.set(subject, value), true;
  }
  return false;
}

/// Draws from the softmax of the logits: whatever would cut or bend it is switched off. Says
/// nothing of a sampler with a field that nobody knows, or with chance that is not its own.
template <class Subject>
void make_plain(const Description<Subject>& description, Subject& subject, size_t tokens) {
  bool has_seed = false;
  for (const Knob knob : knobs_of(description)) {
    has_seed |= knob == Knob::kSeed;
    only_if(knob == Knob::kSeed || knob == Knob::kMemory ||
            (knob != Knob::kUnknown && set_field(description, subject, knob, off(knob, tokens))));
  }
  only_if(has_seed);
}

/// Each token comes as often as it should, give or take seven standard deviations.
template <class Subject>
void draws_as(const Description<Subject>& description, Subject& subject, const Logits& logits,
              const std::vector<double>& shares) {
  constexpr int kDraws = 300;
  std::vector<int> counts(logits.size());
  for (int i = 0; i < kDraws; ++i) {
    const int token = drawn(description, subject, logits);
    holds_if(0 <= token && token < static_cast<int>(logits.size()), "token " + seen(token));
    ++counts[token];
  }
  for (size_t token = 0; token < shares.size(); ++token) {
    const double expected = kDraws * shares[token];
    const double bound = shares[token] == 0 ? 0 : 4 + 7 * std::sqrt(expected * (1 - shares[token]));
    holds_if(std::abs(counts[token] - expected) <= bound,
             "token " + std::to_string(token) + " of probability " + shown(shares[token]) +
                 " was drawn " + std::to_string(counts[token]) + " times in " +
                 std::to_string(kDraws));
  }
}

/// A fresh artifact as its author sets it, but for its seed.
template <class Subject>
Subject as_it_begins(const Description<Subject>& description, const Scenario& scenario) {
  Scenario initial;
  for (const Field<Subject>& field : description.fields) initial.fields.push_back(field.initial);
  Subject subject = configured(description, initial);
  const size_t token = logits_of(scenario).size();
  set_field(description, subject, Knob::kSeed, 1.0 + static_cast<double>(token * token));
  return subject;
}

/// How often each token comes in as many draws, each of them the first of its text where there is a
/// way to say so.
template <class Subject>
std::vector<int> first_draws(const Description<Subject>& description, Subject& subject,
                             const Logits& logits, int draws) {
  std::vector<int> counts(logits.size());
  Outcome outcome;
  for (int i = 0; i < draws; ++i) {
    if (description.method("after_reset")) take(description, {"after_reset", {}}, subject, outcome);
    ++counts.at(static_cast<size_t>(drawn(description, subject, logits)));
  }
  only_if(std::ranges::count(counts, draws) == 0);  // what always comes may be the likeliest
  return counts;
}

/// How far counts of tokens are from `exp(logit * sharpness)`, among those that come: the sum of
/// (seen - expected)^2 / expected.
inline double chi_square(const Logits& logits, const std::vector<int>& counts, double sharpness) {
  double weights = 0, draws = 0, out = 0;
  const float largest = *std::ranges::max_element(logits);
  const auto weight = [&](size_t i) { return std::exp((logits[i] - largest) * sharpness); };
  for (size_t i = 0; i < logits.size(); ++i)
    if (counts[i] > 0) weights += weight(i), draws += counts[i];
  for (size_t i = 0; i < logits.size(); ++i) {
    if (counts[i] == 0) continue;
    const double expected = std::max(0.5, draws * weight(i) / weights);
    out += (counts[i] - expected) * (counts[i] - expected) / expected;
  }
  return out;
}

/// A seed, a number of tokens. How fast something adapts shows late.
template <class Subject>
bool comes_to_all_of_kind(const Description<Subject>&, const Field<Subject>* field) {
  return field && field->range.whole;
}

namespace laws {

/// Whatever the configuration, a token of the vocabulary is drawn.
template <class Subject>
void a_token_of_the_vocabulary(const Description<Subject>& description) {
  for_all(one_draw(description), "what is drawn is a token of the vocabulary",
          [&](const Scenario& scenario) {
            Subject subject = configured(description, scenario);
            const Logits logits = logits_of(scenario);
            for (int i = 0; i < 5; ++i) {
              const int token = drawn(description, subject, logits);
              holds_if(0 <= token && token < static_cast<int>(logits.size()),
                       "token " + std::to_string(token) + " of " + std::to_string(logits.size()));
            }
            const Logits one = {logits[0]};
            holds_if(drawn(description, subject, one) == 0, "of one token another was drawn");
          });
}

/// A sampler reads logits and does not write them.
template <class Subject>
void logits_are_left_alone(const Description<Subject>& description) {
  for_all(one_draw(description), "logits are not written", [&](const Scenario& scenario) {
    Subject subject = configured(description, scenario);
    only_if(!scenario.steps.empty());
    Given given(scenario.steps[0]);
    Outcome outcome;
    try {
      sampling(description).call(subject, given, outcome);
    } catch (const std::exception&) {
      throw Discarded();
    }
    const Logits before = given.many<float>(0), &after = given.written()[0];
    holds_if(after.empty() || after == before, "before " + seen(before) + ", after " + seen(after));
  });
}

/// A logit of minus infinity has probability 0.
template <class Subject>
void an_impossible_token_is_never_drawn(const Description<Subject>& description) {
  for_all(one_draw(description), "a token whose logit is minus infinity is never drawn",
          [&](const Scenario& scenario) {
            Subject subject = configured(description, scenario);
            Logits logits = logits_of(scenario);
            only_if(logits.size() > 1);
            const size_t possible = logits.size() / 3;
            for (size_t i = 0; i < logits.size(); ++i)
              if (i % 3 != possible % 3) logits[i] = -std::numeric_limits<float>::infinity();
            for (int i = 0; i < 20; ++i) {
              const int token = drawn(description, subject, logits);
              holds_if(0 <= token && token < static_cast<int>(logits.size()) &&
                           std::isfinite(logits[token]),
                       "of " + seen(logits) + "token " + std::to_string(token) + " was drawn");
            }
          });
}

/// All of the mass on one token, wherever it is.
template <class Subject>
void a_far_larger_logit_is_drawn(const Description<Subject>& description) {
  for_all(one_draw(description), "a token that is certain is drawn, whichever it is",
          [&](const Scenario& scenario) {
            const Logits logits = logits_of(scenario);
            for (size_t certain = 0; certain < logits.size(); ++certain) {
              Subject subject = configured(description, scenario);
              Logits one = logits;
              one[certain] += 1e6f;
              const int token = drawn(description, subject, one);
              holds_if(token == static_cast<int>(certain),
                       "token " + std::to_string(certain) + " is certain, token " +
                           std::to_string(token) + " was drawn");
            }
          });
}

/// Probabilities do not change when the same is added to each logit.
template <class Subject>
void only_differences_count(const Description<Subject>& description) {
  for_all(one_draw(description), "the same added to every logit changes no draw",
          [&](const Scenario& scenario) {
            const Logits logits = logits_of(scenario);
            for (const float by : {-64.0f, 8.0f, 96.0f}) {
              Subject subject = configured(description, scenario);
              Subject other = configured(description, scenario);
              Logits more = logits;
              for (float& logit : more) logit += by;
              const int token = drawn(description, subject, logits),
                        same = drawn(description, other, more);
              holds_if(token == same, "token " + std::to_string(token) + ", with " + shown(by) +
                                          " added to every logit " + std::to_string(same));
            }
          });
}

/// At temperature 0, and close to it, the likeliest.
template <class Subject>
void without_temperature_the_likeliest(const Description<Subject>& description) {
  for_all(one_draw(description), "at temperature 0 the likeliest token is drawn",
          [&](const Scenario& scenario) {
            const Logits logits = logits_of(scenario);
            const auto likeliest = std::max_element(logits.begin(), logits.end()) - logits.begin();
            for (const double temperature : {0.0, 1e-5}) {
              Subject subject = configured(description, scenario);
              only_if(set_field(description, subject, Knob::kTemperature, temperature));
              const int token = drawn(description, subject, logits);
              holds_if(token == likeliest, "at " + shown(temperature) + " token " +
                                               std::to_string(token) + " in place of " +
                                               std::to_string(likeliest));
            }
          });
}

/// As often as the softmax says, at any temperature.
template <class Subject>
void draws_follow_the_softmax(const Description<Subject>& description) {
  for_all(one_draw(description), "tokens come as often as the softmax of their logits says",
          [&](const Scenario& scenario) {
            Subject subject = configured(description, scenario);
            const Logits logits = logits_of(scenario);
            make_plain(description, subject, logits.size());
            const double temperature = 0.5 + 0.25 * static_cast<double>(logits.size() % 8);
            const bool tempered = set_field(description, subject, Knob::kTemperature, temperature);
            draws_as(description, subject, logits,
                     softmax_of(logits, tempered ? temperature : 1.0));
          });
}

/// The likeliest that together have the share, and no other; they as often as they should.
template <class Subject>
void draws_stay_in_the_nucleus(const Description<Subject>& description) {
  for_all(one_draw(description),
          "the likeliest that together have probability top_p are drawn from",
          [&](const Scenario& scenario) {
            Subject subject = configured(description, scenario);
            const Logits logits = logits_of(scenario);
            make_plain(description, subject, logits.size());
            const double share = 0.05 + 0.1 * static_cast<double>(logits.size() % 10) + 0.0007;
            only_if(set_field(description, subject, Knob::kTopP, share));
            draws_as(description, subject, logits,
                     cut(softmax_of(logits, 1),
                         [&](double before, double, size_t) { return before < share; }));
          });
}

/// The `top_k` likeliest and no other.
template <class Subject>
void draws_stay_in_the_top_k(const Description<Subject>& description) {
  for_all(
      one_draw(description), "the top_k likeliest are drawn from", [&](const Scenario& scenario) {
        Subject subject = configured(description, scenario);
        const Logits logits = logits_of(scenario);
        make_plain(description, subject, logits.size());
        const size_t most = 1 + logits.size() / 2;
        only_if(set_field(description, subject, Knob::kTopK, static_cast<double>(most)));
        draws_as(
            description, subject, logits,
            cut(softmax_of(logits, 1), [&](double, double, size_t rank) { return rank < most; }));
      });
}

/// As it is set at first. Whose chance is not his own is not asked, nor who always takes the
/// likeliest, or has a penalty; but one that its seed alone moves, and never another draw, is.
template <class Subject>
void near_equals_come_alike(const Description<Subject>& description) {
  std::set<size_t> fine;  // numbers of tokens: nothing else of a scenario counts
  for_all(one_draw(description), "of tokens that are nearly equal those that come, come as often",
          [&](const Scenario& scenario) {
            constexpr int kDraws = 600;
            if (fine.contains(logits_of(scenario).size())) return;
            const std::vector<Knob>& knobs = knobs_of(description);
            only_if(std::ranges::count(knobs, Knob::kSeed) > 0);
            for (const Knob penalty : kPenalties) only_if(std::ranges::count(knobs, penalty) == 0);
            const size_t tokens = 2 + logits_of(scenario).size() % 7;
            Logits logits(tokens);
            for (size_t i = 0; i < tokens; ++i)
              logits[i] = 1 + static_cast<float>(i * 5 % 7) / 4096;
            Subject subject = as_it_begins(description, scenario);
            std::vector<int> counts(tokens);
            for (int i = 0; i < kDraws; ++i)
              ++counts.at(static_cast<size_t>(drawn(description, subject, logits)));
            const auto come = static_cast<double>(tokens - std::ranges::count(counts, 0));
            const double expected = kDraws / come;
            for (const int count : counts)
              holds_if(count == 0 || std::abs(count - expected) <= 4 + 5 * std::sqrt(expected),
                       "of " + std::to_string(tokens) + " tokens one was drawn " +
                           std::to_string(count) + " times in " + std::to_string(kDraws) + ": " +
                           seen(counts));
            for (int seed = 1; come == 1 && seed <= 16; ++seed) {
              Subject other = as_it_begins(description, scenario);
              only_if(set_field(description, other, Knob::kSeed, seed));
              const int token = drawn(description, other, logits);
              holds_if(counts[token] == kDraws, "with another seed token " + std::to_string(token) +
                                                    " comes, and with one seed always the same");
            }
            fine.insert(logits_of(scenario).size());
          });
}

/// The same at any differences, for a sampler of whose settings too little is known for
/// draws_follow_the_softmax: some tokens are left out, and the others come as the softmax says at
/// some temperature, which is 1 where no setting is between 0 and 2, or so.
template <class Subject>
void draws_follow_some_softmax(const Description<Subject>& description) {
  for_all(one_draw(description), "tokens that come, come as often as some softmax of their logits",
          [&](const Scenario& scenario) {
            constexpr int kDraws = 400;
            const std::vector<Knob>& knobs = knobs_of(description);
            only_if(std::ranges::count(knobs, Knob::kUnknown) > 0);
            for (const Knob penalty : kPenalties) only_if(std::ranges::count(knobs, penalty) == 0);
            Logits logits = logits_of(scenario);
            const auto tokens = std::min<size_t>(logits.size(), 6);
            only_if(tokens > 1);
            logits.resize(tokens);
            for (float& logit : logits) logit = std::remainder(logit, 2.0f);
            Subject subject = as_it_begins(description, scenario);
            const std::vector<int> counts = first_draws(description, subject, logits, kDraws);
            double least = std::numeric_limits<double>::infinity();
            for (double sharpness = 1.0 / 64; sharpness < 64; sharpness *= 1.04)
              least = std::min(least, chi_square(logits, counts, sharpness));
            holds_if(least <= 80, "of " + seen(logits) + "came " + seen(counts));
          });
}

/// Where there is a penalty for what was drawn: at temperature 0, of two tokens that are nearly
/// equal, above 0 and below, the other one comes next. Says nothing of who is told by another
/// method which token was taken.
template <class Subject>
void what_was_drawn_comes_less(const Description<Subject>& description) {
  const std::vector<Knob>& knobs = knobs_of(description);
  const bool is_told = std::ranges::any_of(description.methods, [](const auto& method) {
    return std::ranges::any_of(method.parameters, [](const Parameter& each) {
      return each.form == Parameter::kNumber && each.range.whole;
    });
  });
  const auto has = [&](Knob knob) { return std::ranges::count(knobs, knob) > 0; };
  if (is_told || std::ranges::none_of(kPenalties, has))
    GTEST_SKIP() << "does not apply: no penalty is known for what it drew itself";
  for_all(one_draw(description), "of two tokens that are nearly equal the other one comes next",
          [&](const Scenario& scenario) {
            for (const Knob penalty : kPenalties) {
              if (!has(penalty)) continue;
              const Field<Subject>& field =
                  description.fields[std::ranges::find(knobs, penalty) - knobs.begin()];
              for (const float logit : {5.0f, 0.5f, -0.5f, -5.0f}) {
                Subject subject = configured(description, scenario);
                for (const Knob other : knobs)
                  set_field(description, subject, other, off(other, 4));
                only_if(set_field(description, subject, Knob::kTemperature, 0));
                set_field(description, subject, Knob::kMemory, 4);
                field.set(subject, field.range.high);
                const Logits logits = {-60, logit, logit - 0.0625f, -60};
                const int first = drawn(description, subject, logits);
                only_if(first == 1);
                const int next = drawn(description, subject, logits);
                holds_if(next == 2, "of " + seen(logits) + "token 1 is drawn, and then token " +
                                        std::to_string(next));
              }
            }
          });
}

/// At temperature 0, where no chance is left over from before: what was drawn in one text has no
/// say in the next.
template <class Subject>
void a_second_text_begins_anew(const Description<Subject>& description) {
  if (!description.method("after_reset"))
    GTEST_SKIP() << "does not apply: nobody tells it that a text begins; `after_reset` would";
  for_all(one_draw(description), "a second text is as it is for a fresh artifact",
          [&](const Scenario& scenario) {
            Subject fresh = configured(description, scenario);
            Subject used = configured(description, scenario);
            for (Subject* each : {&fresh, &used})
              only_if(set_field(description, *each, Knob::kTemperature, 0));
            Logits logits = logits_of(scenario);
            const auto draw = [&](Subject& subject, int count = 6) {
              std::vector<int> out;
              for (int i = 0; i < count; ++i) out.push_back(drawn(description, subject, logits));
              return out;
            };
            draw(used, 1 + static_cast<int>(logits.size() % 4));
            Outcome outcome;
            take(description, {"after_reset", {}}, used, outcome);
            only_if(!outcome.refused);
            const std::vector<int> alone = draw(fresh), second = draw(used);
            holds_if(alone == second, "alone " + seen(alone) + ", behind another " + seen(second));
          });
}

/// What is not a number, or infinite, is refused, or some token is drawn: nothing is read or
/// written where it should not be.
template <class Subject>
void odd_logits_do_no_harm(const Description<Subject>& description) {
  for_all(
      one_draw(description), "logits that are no numbers do no harm",
      [&](const Scenario& scenario) {
        enum { kDrawn = 40, kRefused, kNone };
        const float infinity = std::numeric_limits<float>::infinity();
        const Logits logits = logits_of(scenario);
        // What the standard library does not take, its assertions refuse, too.
        const int ended = in_a_child([&] {
          std::signal(SIGABRT, [](int) { _exit(kRefused); });
          int out = kRefused;
          for (size_t i = 0; i < 9; ++i) {
            const size_t way = (i + logits.size()) % 9, every = 1 + way / 3;
            const float odd = way % 3 == 0 ? std::nanf("") : way % 3 == 1 ? infinity : -infinity;
            Subject subject = configured(description, scenario);
            Logits some = logits;
            for (size_t at = 0; at < some.size(); at += every) some[at] = odd;
            try {
              const int token = drawn_or_refused(description, subject, some);
              if (token < 0 || token >= static_cast<int>(some.size())) return int{kNone};
              out = kDrawn;
            } catch (const Discarded&) {
            }
          }
          return out;
        });
        only_if(ended != kRefused);
        holds_if(ended == kDrawn, ended == kNone ? "what is drawn is no token" : "it crashed");
      });
}

}  // namespace laws
}  // namespace coop::testing
