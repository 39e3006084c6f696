// Laws of compressors that say how many tokens they keep: by a method, by fields, on average.
#pragma once

#include <map>
#include <optional>
#include <set>

#include "testing/compressor_rounds.h"

namespace coop::testing {
namespace laws {

/// Where the budget does not grow with the input: in some configuration a long input is compressed
/// to exactly what a short one is left.
template <class Subject>
void the_budget_is_reached(const Description<Subject>& description) {
  for_some(scenarios(description, 0),
           "in no configuration is as much kept of a long input as is left alone of a short one",
           [&](const Scenario& scenario) {
             const int kept = kept_of(description, scenario, kLong);
             if (!has_a_budget(description, scenario))  // a share of the input
               return kept < kLong && kept_of(description, scenario, kLong / 2) < kLong / 2;
             return kept > 0 && kept_of(description, scenario, kept) == kept &&
                    kept_of(description, scenario, kept + 1) == kept;
           });
}

/// What tells a budget, of all or of a layer: `budget()`, `layer_budget(layer)`.
template <class Subject>
const Method<Subject>* budget_teller(const Description<Subject>& description) {
  for (const Method<Subject>& method : description.methods) {
    const auto& parameters = method.parameters;
    if (!method.name.ends_with("budget") || method.is_void || method.role == Role::kHook) continue;
    const bool is_of_a_layer = parameters.size() == 1 && parameters[0].form == Parameter::kNumber &&
                               parameters[0].range.whole &&
                               (method.layer() || method.name.starts_with("layer"));
    if (parameters.empty() || is_of_a_layer) return &method;
  }
  return nullptr;
}

/// Who tells a `budget`, of all or of a layer, keeps as many of a long input: mostly, since there
/// may be reasons to keep some more. What is told counts before tokens go, or behind it.
template <class Subject>
void as_many_are_kept_as_it_tells(const Description<Subject>& description) {
  const Method<Subject>* tells = budget_teller(description);
  if (!tells) GTEST_SKIP() << "does not apply: it tells no budget";
  const auto told = [&](int layer, Subject& subject) {
    Step step = call_for(*tells, layer, subject);
    if (!step.arguments.empty()) step.arguments = {static_cast<double>(layer)};
    Outcome outcome;
    take(description, step, subject, outcome);
    return outcome.seen.back();
  };
  int agrees = 0, differs = 0;
  for (uint64_t i = 0; i < 120; ++i) {
    const Scenario scenario = configurations(description)(rc::Random(kSeed + i), 100).value();
    const int layer = static_cast<int>(i % FakeKvCache::kLayers);
    const Trying trying(scenario);
    Subject before, subject;
    std::string wanted;
    try {
      Outcome outcome;
      begin(description, scenario, before, outcome);
      for (int each = 0; each < FakeKvCache::kLayers; ++each) before.kv_cache.grow(each, kLong);
      wanted = told(layer, before);
      compress_once(description, scenario, kLong, subject);
    } catch (const Discarded&) {
      continue;
    }
    const size_t kept = subject.kv_cache.rows(layer).size();
    if (kept == kLong) continue;
    const std::string as_kept = tells->name + "() = " + std::to_string(kept);
    (wanted == as_kept || told(layer, subject) == as_kept ? agrees : differs) += 1;
  }
  if (agrees == 0) GTEST_SKIP() << "does not apply: its budget is not of a layer's tokens";
  EXPECT_GE(agrees, differs) << "as many tokens as " << tells->name << "() tells are kept in "
                             << agrees << " configurations, and in " << differs << " others are";
}

/// Fields of which each more token is one that is kept of a long input, and what they add up to:
/// sinks and a window. Nothing where others have a say.
template <class Subject>
std::optional<std::pair<std::vector<std::string>, int>> said_to_be_kept(
    const Description<Subject>& description, const Scenario& scenario) {
  if (!has_a_budget(description, scenario)) return std::nullopt;
  const int kept = kept_of(description, scenario, kLong);
  std::vector<std::string> names;
  int sum = 0;
  for (size_t i = 0; i < description.fields.size(); ++i) {
    if (!description.fields[i].range.whole) continue;
    Scenario more = scenario;
    more.fields[i] += 1;
    const int gained = kept_of(description, more, kLong) - kept;
    if (gained < 0 || gained > 1) return std::nullopt;
    if (gained == 0) continue;
    names.push_back(description.fields[i].name);
    sum += static_cast<int>(scenario.fields[i]);
  }
  return std::pair(std::move(names), sum);
}

/// Where fields say how many tokens are kept, it is as many as they say, and not always one more or
/// one less. A field that is alone has to say so by its name: to a window there may come a token.
template <class Subject>
void as_many_are_kept_as_fields_say(const Description<Subject>& description) {
  const auto says_so = [](const std::string& name) {
    for (const char* word :
         {"budget", "capacity", "max", "size", "limit", "keep", "kept", "tokens"})
      if (name.find(word) != std::string::npos) return true;
    return false;
  };
  std::map<int, int> others;  // how many more are kept, and in how many configurations
  std::string shown_by;
  int seen = 0;
  for (uint64_t i = 0; i < 60 && seen < 16; ++i) {
    const Scenario scenario = configurations(description)(rc::Random(kSeed + i), 100).value();
    const Trying trying(scenario);
    try {
      const auto said = said_to_be_kept(description, scenario);
      if (!said || said->first.empty()) continue;
      if (said->first.size() == 1 && !says_so(said->first[0])) continue;
      ++seen;
      const int kept = kept_of(description, scenario, kLong);
      others[kept - said->second] += 1;
      if (kept != said->second)
        shown_by = "by " + testing::seen(said->first) + "it is " + std::to_string(said->second) +
                   ", and " + std::to_string(kept) + " are kept\n  as in: " + shown(scenario);
    } catch (const Discarded&) {
    } catch (const Broken&) {
    }
  }
  constexpr int kEnough = 6;
  if (seen < kEnough) GTEST_SKIP() << "does not apply: no fields say how many tokens are kept";
  for (const int more : {-1, 1})
    if (others[more] == seen)
      ADD_FAILURE() << "as many tokens are kept of a long input as fields say\n  broken: "
                    << shown_by;
}

/// A long input is never left longer than what is left alone of a short one.
template <class Subject>
void the_budget_is_never_exceeded(const Description<Subject>& description) {
  for_all(configurations(description, 6), "never are more tokens kept than the budget",
          [&](const Scenario& scenario) {
            only_if(has_a_budget(description, scenario));
            const int budget = left_alone(description, scenario);
            Subject subject;
            play(description, scenario, subject);
            const int kept = static_cast<int>(subject.kv_cache.rows(0).size());
            holds_if(kept <= budget, std::to_string(budget) + " tokens are left alone, " +
                                         std::to_string(kept) + " are kept");
          });
}

}  // namespace laws

namespace laws {  // not listed by the generator, but for who asks for them

/// Where layers keep different numbers of tokens, their mean is the field `budget`, in four of five
/// configurations.
/// Asked for where a comment says: on average, average budget, mean budget.
template <class Subject>
void layers_keep_the_budget_on_average(const Description<Subject>& description) {
  const auto budget = std::ranges::find(description.fields, "budget", &Field<Subject>::name);
  if (budget == description.fields.end()) GTEST_SKIP() << "does not apply: no field `budget`";
  Description<Subject> once = description;  // what is compressed twice may be compressed further
  if (std::ranges::count(description.methods, Role::kHook, &Method<Subject>::role) > 0)
    std::erase_if(once.methods, [](const auto& each) { return each.role != Role::kHook; });
  int agrees = 0, differs = 0;
  std::string other;
  for (uint64_t i = 0; i < 200; ++i) {
    const Scenario scenario = configurations(description)(rc::Random(kSeed + i), 100).value();
    const Trying trying(scenario);
    Subject subject;
    try {
      compress_once(once, scenario, kLong, subject);
    } catch (const Discarded&) {
      continue;
    }
    const double wanted = scenario.fields[budget - description.fields.begin()];
    double kept = 0;
    std::set<size_t> numbers;
    std::string layers;
    for (int layer = 0; layer < FakeKvCache::kLayers; ++layer) {
      const size_t rows = subject.kv_cache.rows(layer).size();
      numbers.insert(rows);
      kept += static_cast<double>(rows) / FakeKvCache::kLayers;
      layers += (layer == 0 ? "" : ", ") + std::to_string(rows);
    }
    if (numbers.size() == 1) continue;
    const bool is_as_wanted = std::abs(kept - wanted) < 1;
    (is_as_wanted ? agrees : differs) += 1;
    if (!is_as_wanted) other = "with budget " + shown(wanted) + " layers keep " + layers;
  }
  if (agrees + differs == 0) GTEST_SKIP() << "does not apply: layers keep as many";
  if (agrees < 4 * differs)
    ADD_FAILURE() << "layers keep `budget` tokens on average\n  broken: in " << agrees
                  << " configurations, and in " << differs << " others " << other;
}

}  // namespace laws
}  // namespace coop::testing
