// Laws of compressors that look at heads of keys and values.
#pragma once

#include "testing/compressor_rounds.h"

namespace coop::testing {

/// By layer and head, the tokens that stay of a scenario; `given` says whose keys, values, weights
/// and queries each head is given.
template <class Subject>
std::vector<std::vector<int>> kept_by_heads(const Description<Subject>& description,
                                            const Scenario& scenario, HeadsGiven::As given) {
  const HeadsGiven heads(given);
  Subject subject;
  only_if(!play(description, scenario, subject).refused);
  std::vector<std::vector<int>> out;
  for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer)
    for (int head = 0; head < FakeKvCache::kKvHeads; ++head)
      out.push_back(subject.kv_cache.ids(layer, HeadsGiven::to(head, FakeKvCache::kKvHeads)));
  return out;
}

/// In how many scenarios that drop tokens something is so, and in how many it is not.
struct Scenarios {
  int so = 0, not_so = 0;
  Scenario first_not_so = {};
};

template <class Subject, class IsSo>
Scenarios count_scenarios(const Description<Subject>& description, int rounds, IsSo is_so) {
  Scenarios out;
  const double begin = seconds_used();
  for (uint64_t i = 0; i < 60 && seconds_used() < begin + kLawSeconds; ++i) {
    const auto drawn = configurations(description, rounds, 14);
    const Scenario scenario = drawn(rc::Random(kSeed + i), 100).value();
    const size_t given = std::accumulate(scenario.rounds.begin(), scenario.rounds.end(), size_t{0});
    const Trying trying(scenario);
    try {
      if (kept_by_heads(description, scenario, HeadsGiven::As::kThemselves)[0].size() == given)
        continue;
      if (is_so(scenario))
        ++out.so;
      else if (out.not_so++ == 0)
        out.first_not_so = scenario;
    } catch (const Discarded&) {
    } catch (const Broken&) {  // what a peer asks for is a test of its own
    }
  }
  return out;
}

namespace laws {

/// Two heads change what they are given, and with it what they keep: mostly, since among equals, or
/// where heads share a budget, the first may come first. Who draws by chance is asked for nothing.
template <class Subject>
void heads_are_treated_alike(const Description<Subject>& description) {
  if (is_positional(description)) GTEST_SKIP() << "does not apply: what rows hold decides nothing";
  using As = HeadsGiven::As;
  const Scenarios first = count_scenarios(description, 1, [&](const Scenario& scenario) {
    const auto kept = kept_by_heads(description, scenario, As::kTheFirst);
    return kept_by_heads(description, scenario, As::kTheFirst) == kept && kept[0] == kept[1];
  });
  if (first.not_so > first.so)
    GTEST_SKIP() << "does not apply: heads that are given the same keep something else";
  const Scenarios changed = count_scenarios(description, 4, [&](const Scenario& scenario) {
    return kept_by_heads(description, scenario, As::kThemselves) ==
           kept_by_heads(description, scenario, As::kOneAnother);
  });
  if (changed.so + changed.not_so == 0) GTEST_SKIP() << "does not apply: nothing is dropped";
  if (8 * changed.not_so > changed.so)
    ADD_FAILURE()
        << "when two heads change what they are given, they do not change what they keep\n  as in: "
        << shown(changed.first_not_so);
}

}  // namespace laws
}  // namespace coop::testing
