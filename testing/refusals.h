// What an artifact refuses at the beginning of a method, as far as its ranges say: no value that is
// not meant gets by, for want of an exception or by one.
#pragma once

#include "testing/universal.h"

namespace coop::testing {

/// Calls of this method alone: others may count on what it refuses.
template <class Subject>
Scenario with_calls_of(const std::string& method, Scenario scenario) {
  std::erase_if(scenario.steps, [&](const Step& step) { return step.method != method; });
  return scenario;
}

/// Fails unless `change`, in words, makes all calls of `method` refuse that took what they were
/// given before. Skipped where no scenario comes to that.
template <class Subject>
void refuses(const Description<Subject>& description, const std::string& method,
             const std::string& what, const std::function<void(Scenario&)>& change) {
  if (Chosen::current()) return;  // one alone breaks nothing
  const auto refused = [&](const Scenario& scenario) {
    return std::ranges::count(play(description, scenario).seen, method + "() threw");
  };
  bool is_taken = false;
  const auto shows = [&](const Scenario& drawn) {
    Scenario scenario = with_calls_of<Subject>(method, drawn);
    only_if(method == "after_reset" || !scenario.steps.empty());
    only_if(refused(scenario) == 0);
    is_taken = true;
    change(scenario);
    Calls::of().clear();
    const auto count = refused(scenario);
    return count > 0 && count == Calls::of()[method];  // each of them, and not what came of one
  };
  if (is_seen(usual(description), shows)) return;
  const std::string words = method + "() refuses what is outside of a range";
  if (!is_taken) GTEST_SKIP() << words << "\n  does not apply: no call was taken";
  ADD_FAILURE() << words << "\n  broken: it takes " << what;
}

namespace laws {

/// A setting that a method compares with a number at its beginning, and throws: one outside of its
/// range is refused, too.
template <class Subject>
void setting_is_refused(const Description<Subject>& description, const std::string& method,
                        const std::string& field, double value) {
  refuses(description, method, field + " " + shown(value), [&](Scenario& scenario) {
    for (size_t i = 0; i < description.fields.size(); ++i)
      if (description.fields[i].name == field) scenario.fields.at(i) = value;
  });
}

/// The same of what a method is given.
template <class Subject>
void argument_is_refused(const Description<Subject>& description, const std::string& method,
                         const std::string& name, double value) {
  const auto& parameters = description.method(method)->parameters;
  const auto place = std::ranges::find(parameters, name, &Parameter::name);
  if (place == parameters.end()) return (void)(ADD_FAILURE() << method << "() takes no " << name);
  refuses(description, method, shown(value) + " as " + name, [&](Scenario& scenario) {
    for (Step& step : scenario.steps) step.arguments.at(place - parameters.begin()) = value;
  });
}

}  // namespace laws
}  // namespace coop::testing

/// `after_reset, window, below, 0`: after_reset() refuses to go on where window is 0, or less.
#define COOP_REFUSES_SETTING(artifact, method, field, side, value)                   \
  TEST(artifact##_refusals, method##_##field##_##side) {                             \
    ::coop::testing::laws::setting_is_refused(kDescription, #method, #field, value); \
  }

#define COOP_REFUSES_ARGUMENT(artifact, method, parameter, side, value)                   \
  TEST(artifact##_refusals, method##_##parameter##_##side) {                              \
    ::coop::testing::laws::argument_is_refused(kDescription, #method, #parameter, value); \
  }
