// Laws of compressors that are told something of every row: attention weights, scores.
#pragma once

#include <optional>
#include <set>

#include "testing/compressor_rounds.h"

namespace coop::testing {

/// Is it told, for a layer, something of each of its rows?
template <class Subject>
bool is_told_of_rows(const Description<Subject>& description) {
  return std::any_of(
      description.methods.begin(), description.methods.end(), [](const auto& method) {
        return is_trigger(method) && method.layer() &&
               std::any_of(method.parameters.begin(), method.parameters.end(),
                           [](const Parameter& p) { return p.form == Parameter::kArray; });
      });
}

/// One configuration of a compressor, and what it keeps of `count` tokens of layer 1, by what it is
/// told of them. What is told of most is next to nothing.
template <class Subject>
class Trial {
 public:
  using Kept = std::set<int>;

  Trial(const Description<Subject>& description, const Scenario& scenario, int count)
      : description_(description), scenario_(scenario), count_(count) {}

  Kept kept(const std::function<double(int id)>& share) const {
    const Telling telling([&](int, int id, int) { return share(id); });
    Subject subject;
    compress_once(description_, scenario_, count_, subject);
    const std::vector<int> ids = subject.kv_cache.ids(kLayer);
    return Kept(ids.begin(), ids.end());
  }

  Kept flat() const {
    return kept([](int) { return kLittle; });
  }
  /// All is told of the tokens from `first` to `last`.
  Kept raised(int first, int last) const {
    return kept([=](int id) { return first <= id && id <= last ? 1 : kLittle; });
  }
  Kept raised(int id) const { return raised(id, id); }
  /// Nothing is told of it, and of the others more than nothing: does it go?
  bool can_go(int id) const {
    return !kept([=](int each) { return each == id ? 0 : kLittle * (2 + each % 5); }).count(id);
  }

  /// The first and the last token that can go; nothing when none can.
  std::optional<std::pair<int, int>> ends() const {
    int first = 0, last = count_ - 1;
    while (first < count_ && !can_go(first)) ++first;
    if (first == count_) return std::nullopt;
    while (!can_go(last)) --last;
    return std::pair(first, last);
  }

  /// Tokens that are kept for what is told of them alone, in `all`.
  int chosen(const Kept& all) const {
    const Kept reversed = kept([&](int id) { return all.count(id) ? 0 : kLittle * (2 + id % 5); });
    return static_cast<int>(
        std::count_if(all.begin(), all.end(), [&](int id) { return !reversed.count(id); }));
  }

  static constexpr int kLayer = 1;
  static constexpr double kLittle = 1.0 / 1024;

 private:
  const Description<Subject>& description_;
  Scenario scenario_;
  int count_;
};

/// Configurations in which a long input is compressed, one after the other.
template <class Subject, class See>
void for_trials(const Description<Subject>& description, int most, See see) {
  int seen = 0;
  for (uint64_t i = 0; i < 80 && seen < most; ++i) {
    Scenario scenario = configurations(description)(rc::Random(kSeed + i), 100).value();
    const int count = 64 + static_cast<int>(i) % 5;
    scenario.rounds = {count};
    const Trying trying(scenario);
    try {
      if (static_cast<int>(Trial(description, scenario, count).flat().size()) == count) continue;
      see(scenario, Trial(description, scenario, count), count);
      ++seen;
    } catch (const Discarded&) {
    } catch (const Broken&) {
    }
  }
}

namespace laws {

/// Of a token nothing is told, and it is dropped; all is told, and it is kept. So it is with the
/// first and the last of those that can be dropped at all, if it is with any.
template <class Subject>
void who_is_told_most_of_is_kept(const Description<Subject>& description) {
  if (!is_told_of_rows(description)) GTEST_SKIP() << "does not apply: it is told nothing of rows";
  int any = 0, first_kept = 0, last_kept = 0;
  Scenario shown_by;
  for_trials(description, 16, [&](const Scenario& scenario, const auto& trial, int) {
    const auto ends = trial.ends();
    if (!ends) return;
    const bool first = trial.raised(ends->first).count(ends->first) > 0;
    const bool last = trial.raised(ends->second).count(ends->second) > 0;
    const int middle = (ends->first + ends->second) / 2;
    if (!first && !last && !trial.raised(middle).count(middle)) return;
    any += 1, first_kept += first, last_kept += last;
    shown_by = scenario;
  });
  if (any == 0) GTEST_SKIP() << "does not apply: what is told keeps no token";
  EXPECT_GT(first_kept, 0) << "whatever is told of the first token, it is dropped\n  as in: "
                           << shown(shown_by);
  EXPECT_GT(last_kept, 0) << "whatever is told of the last token that can go, it is dropped\n"
                          << "  as in: " << shown(shown_by);
}

/// Whom his neighbours and he bring in by what is told of them, he can change something for alone.
template <class Subject>
void one_voice_is_heard(const Description<Subject>& description) {
  if (!is_told_of_rows(description)) GTEST_SKIP() << "does not apply: it is told nothing of rows";
  bool any = false;
  for_trials(description, 12, [&](const Scenario& scenario, const auto& trial, int count) {
    const auto flat = trial.flat();
    for (const int id : {count / 3, count / 2}) {
      if (flat.count(id) || !trial.raised(id - 4, id + 4).count(id)) continue;
      any = true;
      EXPECT_NE(trial.raised(id), flat)
          << "token " << id << " is kept when much is told of it and its neighbours, and when much "
          << "is told of it alone, nothing changes\n  as in: " << shown(scenario);
    }
  });
  if (!any) GTEST_SKIP() << "does not apply: what is told keeps no token";
}

/// Neighbours on both sides gain from a token of which much is told, or none do: as far to the left
/// as to the right.
template <class Subject>
void neighbours_gain_on_both_sides(const Description<Subject>& description) {
  if (!is_told_of_rows(description)) GTEST_SKIP() << "does not apply: it is told nothing of rows";
  bool any = false;
  for_trials(description, 24, [&](const Scenario& scenario, const auto& trial, int count) {
    const int id = count / 2;
    const auto flat = trial.flat();
    std::set<int> gained;
    for (const int each : trial.raised(id))
      if (!flat.count(each)) gained.insert(each);
    const int room = trial.chosen(flat);
    if (gained.empty() || static_cast<int>(gained.size()) >= room) return;  // or cut short
    const int left = id - *gained.begin(), right = *gained.rbegin() - id;
    if (left < 1 || right < 1) return;
    any = true;
    EXPECT_LE(std::abs(left - right), 1)
        << "much is told of token " << id << ", and " << left << " to the left gain, " << right
        << " to the right\n  as in: " << shown(scenario);
  });
  if (!any) GTEST_SKIP() << "does not apply: no neighbour gains";
}

/// What was told of tokens that are dropped has no say any longer: whose was whose among them
/// changes nothing later.
template <class Subject>
void what_is_dropped_is_forgotten(const Description<Subject>& description) {
  if (!is_told_of_rows(description)) GTEST_SKIP() << "does not apply: it is told nothing of rows";
  for_all(configurations(description), "what was told of dropped tokens has no say later",
          [&](const Scenario& scenario) {
            const int count = 64;
            const Trial<Subject> trial(description, scenario, count);
            const auto alone = trial.raised(count / 2);
            for (const int id : {count / 2 - 1, count / 2 + 1})  // else neighbours speak for him
              only_if(alone.count(count / 2) && (!alone.count(id) || trial.flat().count(id)));
            const auto share = [=](int id, int given) {
              return static_cast<double>((id * 5 + given * (1 + id % 2 * 2)) % 16) / 16;
            };
            std::vector<int> stay, dropped;
            const auto run = [&](const std::function<double(int, int)>& told) {
              const Telling telling([&](int, int id, int given) { return told(id, given); });
              Subject subject;
              Outcome outcome;
              set_fields(description, scenario, subject);
              round_of(description, count, subject, outcome);
              stay = subject.kv_cache.ids(trial.kLayer);
              for (int round = 0; round < 3; ++round) round_of(description, 5, subject, outcome);
              return subject.kv_cache.ids(trial.kLayer);
            };
            const std::vector<int> before = run(share), stayed = stay;
            for (int id = 0; id < count; ++id)
              if (!std::binary_search(stayed.begin(), stayed.end(), id)) dropped.push_back(id);
            only_if(dropped.size() > 1 && !stayed.empty());
            std::map<int, int> in_place_of;
            for (size_t i = 0; i < dropped.size(); ++i)
              in_place_of[dropped[i]] = dropped[dropped.size() - 1 - i];
            const std::vector<int> after = run([&](int id, int given) {
              const auto other = in_place_of.find(id);
              return share(given == count && other != in_place_of.end() ? other->second : id,
                           given);
            });
            only_if(stay == stayed);
            holds_if(before == after, "layer 1 keeps " + seen(before) + "or " + seen(after) +
                                          "by what was told of tokens that it had dropped");
          });
}

}  // namespace laws

namespace laws {  // not listed by the generator, but for who asks for them

/// What was told in an earlier round counts in a later one, also of what stayed when others went.
/// Asked for where a comment says: so far, accumulated, accumulates, cumulative.
template <class Subject>
void earlier_rounds_count(const Description<Subject>& description) {
  if (!is_told_of_rows(description)) GTEST_SKIP() << "does not apply: it is told nothing of rows";
  for (const bool some_went : {false, true})
    for_some(configurations(description, 1),
             some_went ? "what was told of tokens that stayed is forgotten when others go"
                       : "what was told in earlier rounds never matters",
             [&](const Scenario& scenario) {
               const int count = some_went ? 60 : 20;
               const double others = (1 + scenario.rounds[0] % 7) / 8.0;
               const auto run = [&](int id, double share) {
                 const Telling telling([&](int, int each, int given) {
                   if (given > count)
                     return each == id ? 0 : others + each % 5 * Trial<Subject>::kLittle;
                   return each == id ? share : Trial<Subject>::kLittle * (1 + each % 5);
                 });
                 Subject subject;
                 Outcome outcome;
                 set_fields(description, scenario, subject);
                 round_of(description, count, subject, outcome);
                 const std::vector<int> stay = subject.kv_cache.ids(1);
                 only_if(some_went == (static_cast<int>(stay.size()) < count) &&
                         std::count(stay.begin(), stay.end(), id));
                 round_of(description, 60, subject, outcome);
                 return subject.kv_cache.ids(1);
               };
               return run(9, 0.5) != run(9, 1);
             });
}

}  // namespace laws
}  // namespace coop::testing
