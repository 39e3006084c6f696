// What happens around a compressor: rounds of new tokens, and what is called then.
#pragma once

#include <functional>

#include "testing/fake_model.h"
#include "testing/universal.h"

namespace coop::testing {

/// Numbers in the queries of a token.
inline const int kQuerySize = small_llama().heads * small_llama().head_dim;

/// Tokens of so many numbers.
inline int queries_in(int numbers) { return numbers / kQuerySize; }

/// What the model around a compressor calls when there are new tokens: hooks, and, as a rule,
/// methods that reach the cache and take nothing but a layer. That a sequence begins is no news of
/// tokens.
template <class Subject>
bool is_trigger(const Method<Subject>& method) {
  if (method.name == "after_reset") return false;
  if (method.role != Role::kReachesPeers || HooksAlone::is_so()) return method.role == Role::kHook;
  return method.parameters.size() == (method.layer() ? 1 : 0);
}

/// What rounds say of tokens, as shares of the range, as long as this lives: for a layer, a token,
/// and how many tokens the layer was given so far.
class Telling {
 public:
  using Share = std::function<double(int layer, int id, int given)>;
  explicit Telling(Share share) { current() = std::move(share); }
  ~Telling() { current() = nullptr; }
  static Share& current() {
    static Share share;
    return share;
  }
};

/// What a round says of a token: whole numbers, none like its neighbour's, and others each round.
inline int weight_of(int layer, int id, int given) {
  const int other = OtherContents::current() == layer || OtherContents::current() == kAll ? 6 : 0;
  return (id * (5 + other) + layer * 3 + other + given * (1 + id % 2 * 2)) % 16;
}

/// The same, in the parameter's range. Nobody speaks of a token with less than nothing, unless it
/// is said that all are below: what was never told of is 0.
inline double told_of(const Parameter& parameter, int layer, int id, int given) {
  const auto given_by_name = ToldOfTokens::current().find(parameter.name);
  if (given_by_name != ToldOfTokens::current().end()) return given_by_name->second.at(id);
  const double high = parameter.range.high;
  const double low = high > 0 ? std::max(0.0, parameter.range.low) : parameter.range.low;
  if (const Alike* alike = Alike::current())
    return low + (high - low) / 2 * (1 + alike->rank_of(id));
  if (Telling::current()) return low + Telling::current()(layer, id, given) * (high - low);
  return low + weight_of(layer, id, given) * (high - low < 15 ? (high - low) / 16 : 1);
}

/// A number of what the model asks for a token: others for each head and each channel.
inline double query_of(int layer, int id, int at) {
  if (Alike::current()) return 0.25 * (1 + at % 3);
  const int of_head = kQuerySize / FakeKvCache::kKvHeads;  // who look at the same keys
  at = HeadsGiven::to(at / of_head, FakeKvCache::kKvHeads) * of_head + at % of_head;
  const int other = OtherContents::current() == layer || OtherContents::current() == kAll ? 6 : 0;
  return ((id * (3 + other) + at * 5 + layer * 7 + other) % 13 - 6) / 4.0;
}

/// The queries of the tokens that `layer` was given last: (count, heads, head_dim).
template <class Subject>
std::vector<double> newest_queries(const Subject& subject, int layer) {
  const int given = subject.kv_cache.given(layer);
  std::vector<double> out;
  for (int id = given - subject.kv_cache.newest(layer); id < given; ++id)
    for (int at = 0; at < kQuerySize; ++at) out.push_back(query_of(layer, id, at));
  return out;
}

template <class Subject>
bool is_told_queries(const Method<Subject>& method) {
  return std::any_of(method.parameters.begin(), method.parameters.end(),
                     [](const Parameter& each) { return each.form == Parameter::kQueries; });
}

/// Is it told what attention gave to each row of a layer? (kv_heads, length), as FullAttention
/// does.
template <class Subject>
bool is_told_weights(const Method<Subject>& method) {
  return method.name == "after_weights" && method.role == Role::kHook;
}

/// Do tokens bring it with them, so that nobody calls it a second time?
template <class Subject>
bool comes_with_tokens(const Method<Subject>& method) {
  return is_told_queries(method) || is_told_weights(method);
}

/// Does the attention of `layer` tell its weights? Who can make do without, by what queries ask
/// for, hears of them in layer 1 alone: he must not count the same attention twice.
template <class Subject>
bool tells_weights(const Description<Subject>& description, int layer) {
  return description.method("after_weights") && (!description.method("after_attend") || layer == 1);
}

/// What is told of weights is what a law says of each token, and not of each head.
inline bool is_told_by_law() {
  return Telling::current() || Alike::current() || !ToldOfTokens::current().empty();
}

/// A call of what is told weights: those of the newest query, or of the others in its chunk, who
/// see less. What a law says is the newest one's.
template <class Subject>
Step weights_for(const Method<Subject>& method, int layer, bool newest, const Subject& subject) {
  Step step{method.name, {}};
  const auto& rows = subject.kv_cache.rows(layer);
  const int given = subject.kv_cache.given(layer);
  for (const Parameter& parameter : method.parameters) {
    if (parameter.form != Parameter::kArray) {
      step.arguments.push_back(static_cast<double>(layer));
      continue;
    }
    std::vector<double> weights;
    for (int head = 0; head < FakeKvCache::kKvHeads; ++head)
      for (const auto& row : rows) {
        const int of = HeadsGiven::to(head, FakeKvCache::kKvHeads);
        const int id = row.of_heads[head], at = given + (is_told_by_law() ? 0 : 2 * of);
        const bool is_seen = newest || (!is_told_by_law() && id < given - 1);
        weights.push_back(is_seen ? told_of(parameter, layer, id, newest ? at : at + 5) : 0);
      }
    step.arguments.push_back(std::move(weights));
  }
  return step;
}

/// A call for `layer`; arrays have an element for each row that the layer keeps.
template <class Subject>
Step call_for(const Method<Subject>& method, int layer, const Subject& subject) {
  Step step{method.name, {}};
  const auto& rows = subject.kv_cache.rows(layer);
  for (const Parameter& parameter : method.parameters) {
    if (parameter.name == "layer") {
      step.arguments.push_back(static_cast<double>(layer));
    } else if (parameter.form == Parameter::kQueries) {
      step.arguments.push_back(newest_queries(subject, layer));
    } else if (parameter.form == Parameter::kArray) {
      std::vector<double> elements;
      for (const auto& row : rows)
        elements.push_back(told_of(parameter, layer, row.id, subject.kv_cache.given(layer)));
      step.arguments.push_back(std::move(elements));
    } else if (parameter.form == Parameter::kCount) {
      step.arguments.push_back(static_cast<double>(rows.size()));
    } else {
      step.arguments.push_back(parameter.range.low);
    }
  }
  return step;
}

/// A drawn step, with arrays that fit what its layer keeps: nobody gives a compressor anything
/// else.
template <class Subject>
  requires requires(Subject subject) { subject.kv_cache.layer_count(); }
Step fitted(const Description<Subject>& description, const Step& step, const Subject& subject) {
  const Method<Subject>& method = *description.method(step.method);
  if (step.method == "after_reset") return {};  // a sequence began when there was nothing
  if (!is_trigger(method)) return step;
  if (comes_with_tokens(method)) return {};  // once for each token, as it comes
  const size_t layer = method.layer().value_or(0);
  Step out = call_for(
      method, method.layer() ? static_cast<int>(step.arguments[layer].numbers[0]) : 0, subject);
  for (size_t i = 0; i < out.arguments.size(); ++i)
    if (method.parameters[i].form == Parameter::kNumber) out.arguments[i] = step.arguments[i];
  return out;
}

/// `count` new tokens of `layer`, of which attention tells what they gave, the newest by itself,
/// and the model what they ask for.
template <class Subject>
void grow(const Description<Subject>& description, int layer, int count, Subject& subject,
          Outcome& outcome) {
  subject.kv_cache.grow(layer, count);
  if (count == 0) return;
  const bool tells = tells_weights(description, layer);
  for (const auto& method : description.methods) {
    if (is_told_weights(method) && tells) {
      if (count > 1)
        take(description, weights_for(method, layer, false, subject), subject, outcome);
      take(description, weights_for(method, layer, true, subject), subject, outcome);
    }
    if (is_told_queries(method) && !(tells && method.name == "after_attend"))
      take(description, call_for(method, layer, subject), subject, outcome);
  }
}

/// `count` new tokens in every layer, and what is called then, layer by layer as in a model.
template <class Subject>
void round_of(const Description<Subject>& description, int count, Subject& subject,
              Outcome& outcome) {
  for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer) {
    grow(description, layer, count, subject, outcome);
    for (const auto& method : description.methods)
      if (is_trigger(method) && method.layer() && !comes_with_tokens(method))
        take(description, call_for(method, layer, subject), subject, outcome);
  }
  for (const auto& method : description.methods)
    if (is_trigger(method) && !method.layer())
      take(description, call_for(method, 0, subject), subject, outcome);
}

template <class Subject>
  requires requires(Subject subject) { subject.kv_cache.layer_count(); }
void play_rounds(const Description<Subject>& description, const Scenario& scenario, size_t from,
                 size_t to, Subject& subject, Outcome& outcome) {
  for (size_t i = from; i < std::min(to, scenario.rounds.size()); ++i)
    round_of(description, scenario.rounds[i], subject, outcome);
  if (scenario.steps.empty() || to < scenario.rounds.size()) return;
  for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer)
    grow(description, layer, 2 + 3 * layer, subject, outcome);  // which calls behind them find
}

/// Fields and calls of the scenario, and then one round of `count` tokens.
template <class Subject>
void compress_once(const Description<Subject>& description, const Scenario& scenario, int count,
                   Subject& subject) {
  Outcome outcome;
  begin(description, scenario, subject, outcome);
  only_if(!outcome.refused);
  for (const Step& step : scenario.steps)
    if (!is_trigger(*description.method(step.method))) take(description, step, subject, outcome);
  round_of(description, count, subject, outcome);
  only_if(!outcome.refused);
}

template <class Subject>
int kept_of(const Description<Subject>& description, const Scenario& scenario, int count,
            int layer = 0) {
  Subject subject;
  compress_once(description, scenario, count, subject);
  return static_cast<int>(subject.kv_cache.rows(layer).size());
}

inline constexpr int kLong = 160;  // tokens: more than any budget that is drawn

/// Most tokens of which none is dropped; kLong when none ever is.
template <class Subject>
int left_alone(const Description<Subject>& description, const Scenario& scenario, int layer = 0) {
  int low = 0, high = kLong;  // left alone, and not; by bisection, as within_budget_is_left_alone
  if (kept_of(description, scenario, kLong, layer) == kLong) return kLong;
  while (high - low > 1) {
    const int middle = (low + high) / 2;
    (kept_of(description, scenario, middle, layer) == middle ? low : high) = middle;
  }
  return low;
}

/// Small fields, 0 only where the author says that it is meant, and no calls but settings:
/// configurations of which laws speak.
template <class Subject>
rc::Gen<Scenario> configurations(const Description<Subject>& description, int rounds = 0,
                                 int most = 40, int settings = 0) {
  return rc::gen::map(
      scenarios(description, settings, rounds, most), [&description](Scenario scenario) {
        std::erase_if(scenario.steps, [&](const Step& step) {
          return description.method(step.method)->role != Role::kPlain;
        });
        for (size_t i = 0; i < scenario.fields.size(); ++i) {
          const Range& range = description.fields[i].range;
          const double least = range.whole ? (range.is_said && range.low <= 0 ? 0 : 1) : 1.0 / 64;
          if (range.whole && range.high > 24 && scenario.fields[i] > 24)
            scenario.fields[i] =
                std::max(range.low, least + static_cast<long>(scenario.fields[i]) % 24);
          scenario.fields[i] = std::max(scenario.fields[i], std::min(range.high, least));
        }
        return scenario;
      });
}

/// Does what is kept depend on where rows stand alone, and not on what they hold?
template <class Subject>
bool is_positional(const Description<Subject>& description) {
  for (uint64_t i = 0; i < 40; ++i) {
    Scenario scenario = configurations(description, 4)(rc::Random(kSeed + i), 100).value();
    scenario.rounds.push_back(kLong);
    Subject subject, other;
    try {
      play(description, scenario, subject);
      const OtherContents contents(kAll);
      play(description, scenario, other);
    } catch (const Broken&) {
      continue;
    }
    for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer)
      if (subject.kv_cache.ids(layer) != other.kv_cache.ids(layer)) return false;
  }
  return true;
}

/// Does it keep some pieces of the sequence, wherever they are? Who drops at random, or every other
/// token, promises nothing of the newest.
template <class Subject>
bool keeps_pieces(const Description<Subject>& description) {
  if (!is_positional(description)) return false;
  for (uint64_t i = 0; i < 40; ++i) {
    const Scenario scenario = configurations(description)(rc::Random(kSeed + i), 100).value();
    Subject subject;
    try {
      compress_once(description, scenario, kLong, subject);
    } catch (const Discarded&) {
      continue;
    } catch (const Broken&) {
      continue;
    }
    const std::vector<int> ids = subject.kv_cache.ids(0);
    int pieces = 1;
    for (size_t slot = 1; slot < ids.size(); ++slot) pieces += ids[slot] > ids[slot - 1] + 1;
    if (pieces > 4) return false;
  }
  return true;
}

/// Does every call act, and is the budget the same for every long input?
template <class Subject>
bool has_a_budget(const Description<Subject>& description, const Scenario& scenario) {
  const int kept = kept_of(description, scenario, kLong);
  return kept < kLong && kept == kept_of(description, scenario, kLong / 2);
}

/// Is as much kept of ever longer inputs as the teeth of a saw tell: one more each time, and then,
/// when a whole stretch goes, fewer? Of such, no length says what another is.
template <class Subject>
bool goes_by_stretches(const Description<Subject>& description) {
  constexpr int kFirst = 40, kLast = 88;
  for (uint64_t i = 0; i < 12; ++i) {
    const Scenario scenario = configurations(description)(rc::Random(kSeed + i), 100).value();
    try {
      int falls = 0, kept = kept_of(description, scenario, kFirst);
      if (kept == kept_of(description, scenario, kFirst + 1)) continue;  // it has a budget
      bool is_saw = true;
      for (int count = kFirst + 1; count <= kLast && is_saw; ++count) {
        const int last = std::exchange(kept, kept_of(description, scenario, count));
        falls += kept < last;
        is_saw = kept <= last + 1;
      }
      if (is_saw && falls > 1) return true;
    } catch (const Discarded&) {
    } catch (const Broken&) {
    }
  }
  return false;
}

/// Rounds call what a compressor waits for, and what it does is seen in the cache.
template <class Subject>
  requires requires(Subject subject) { subject.kv_cache.layer_count(); }
bool comes_to_all_of_kind(const Description<Subject>& description, const Field<Subject>*) {
  return std::any_of(description.methods.begin(), description.methods.end(),
                     [](const auto& method) { return is_trigger(method); });
}

}  // namespace coop::testing
