// Who goes first among equals: `/// ties: older`.
#pragma once

#include <set>

#include "testing/universal.h"

namespace coop::testing {

inline bool is_lowest(const std::string& who) { return who == "older" || who == "lower"; }

/// What `layer` keeps of `count` tokens.
template <class Subject>
std::set<int> kept_ids(const Description<Subject>& description, const Scenario& scenario, int count,
                       int layer) {
  Subject subject;
  compress_once(description, scenario, count, subject);
  const std::vector<int> ids = subject.kv_cache.ids(layer);
  return {ids.begin(), ids.end()};
}

/// Tokens that are kept or dropped by what they are, and not by where they stand: each of them is
/// kept when it alone is another than the rest, and dropped when some other one is.
template <class Subject>
std::vector<int> chosen_by_score(const Description<Subject>& description, const Scenario& scenario,
                                 int count, int layer) {
  std::set<int> won, lost;
  for (int other = 0; other < count; ++other)
    for (const bool more : {true, false}) {
      const Alike alike(other, more);
      const std::set<int> kept = kept_ids(description, scenario, count, layer);
      if (kept.count(other)) won.insert(other);
      for (int id = 0; id < count; ++id)
        if (!kept.count(id)) lost.insert(id);
    }
  std::vector<int> out;
  std::set_intersection(won.begin(), won.end(), lost.begin(), lost.end(), std::back_inserter(out));
  return out;
}

namespace laws {

/// Of tokens that are alike, the older ones, or the newer ones, are kept; as the author says.
template <class Subject>
  requires requires(Subject subject) { subject.kv_cache.layer_count(); }
void ties(const Description<Subject>& description, const std::string& who) {
  constexpr int kLayer = 1, kCount = 20;
  for_all(configurations(description), "among equals, " + who + " tokens are kept",
          [&](Scenario scenario) {
            for (size_t i = 0; i < scenario.fields.size(); ++i)
              if (description.fields[i].range.whole && scenario.fields[i] > 5)
                scenario.fields[i] = std::max(description.fields[i].range.low,
                                              1.0 + static_cast<long>(scenario.fields[i]) % 5);
            std::vector<int> equals = chosen_by_score(description, scenario, kCount, kLayer);
            const Alike alike;
            const std::set<int> kept = kept_ids(description, scenario, kCount, kLayer);
            const auto is_kept = [&](int id) { return kept.count(id) > 0; };
            only_if(std::any_of(equals.begin(), equals.end(), is_kept) &&
                    !std::all_of(equals.begin(), equals.end(), is_kept));
            if (!is_lowest(who)) std::reverse(equals.begin(), equals.end());
            holds_if(std::is_partitioned(equals.begin(), equals.end(), is_kept),
                     "of tokens 0 to " + std::to_string(kCount - 1) + ", all alike, it keeps " +
                         seen(kept));
          });
}

/// Of equal logits, where it draws but one of them, the lowest token is drawn, or the highest.
template <class Subject>
void ties(const Description<Subject>& description, const std::string& who) {
  for_all(one_draw(description), "among equal logits, the " + who + " token is drawn",
          [&](Scenario scenario) {
            only_if(!scenario.steps.empty());
            const size_t count = scenario.steps[0].arguments[0].numbers.size();
            only_if(count > 1);
            // As low as it may be, a temperature or a share leaves one token to draw.
            if (const size_t i = count % std::max<size_t>(1, scenario.fields.size());
                i < scenario.fields.size() && !description.fields[i].range.whole)
              scenario.fields[i] = description.fields[i].range.low;
            Subject subject;
            set_fields(description, scenario, subject);
            const std::vector<float> logits(count, 1.0f);
            const int token = drawn(description, subject, logits);
            for (int i = 0; i < 40; ++i) only_if(drawn(description, subject, logits) == token);
            holds_if(token == (is_lowest(who) ? 0 : static_cast<int>(count) - 1),
                     "of " + std::to_string(count) + " it draws " + std::to_string(token));
          });
}

}  // namespace laws
}  // namespace coop::testing

#define COOP_TIES(artifact, who) \
  TEST(artifact##_ties, who) { ::coop::testing::laws::ties(kDescription, #who); }
