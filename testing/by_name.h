// Laws of methods whose names say the same to everybody: clear(), size(), empty().
#pragma once

#include "testing/universal.h"

namespace coop::testing {

/// A method without parameters of one of these names; nullptr where there is none.
template <class Subject>
const Method<Subject>* called(const Description<Subject>& description,
                              std::initializer_list<std::string_view> names) {
  for (const Method<Subject>& method : description.methods)
    if (method.parameters.empty() && std::ranges::count(names, method.name) > 0) return &method;
  return nullptr;
}

/// What a method without parameters answers, a number or true or false.
template <class Subject>
std::optional<double> answer_of(const Description<Subject>& description,
                                const Method<Subject>& method, Subject& subject) {
  Outcome outcome;
  take(description, {method.name, {}}, subject, outcome);
  const std::vector<double> numbers = returned_numbers(outcome, method.name);
  return outcome.refused || numbers.empty() ? std::nullopt : std::optional(numbers[0]);
}

/// Whole settings that may be large are small: it has to be full some time.
template <class Subject>
Scenario with_little(const Description<Subject>& description, Scenario scenario) {
  for (size_t i = 0; i < scenario.fields.size(); ++i) {
    const Range& range = description.fields[i].range;
    if (range.whole && range.high - range.low > 8)
      scenario.fields[i] = range.low + std::fmod(scenario.fields[i] - range.low, 7);
  }
  return scenario;
}

namespace laws {

/// Behind clear(), reset() or after_reset() it is as if nothing had been called before.
template <class Subject>
void what_is_cleared_is_as_new(const Description<Subject>& description) {
  const Method<Subject>* clears = called(description, {"clear", "reset", "after_reset"});
  if (!clears) GTEST_SKIP() << "does not apply: no clear() or reset()";
  for_all(usual(description), "what is cleared is as new", [&](const Scenario& drawn) {
    const Scenario scenario = with_little(description, drawn);
    Subject used, fresh;
    Outcome before, behind, alone;
    const auto half = scenario.steps.begin() + static_cast<long>(scenario.steps.size() / 2);
    set_up(description, scenario, used, before);
    set_up(description, scenario, fresh, before);
    only_if(!before.refused);
    for (auto step = scenario.steps.begin(); step != half; ++step)
      take(description, *step, used, before);
    for (auto [subject, outcome] : {std::pair(&used, &behind), std::pair(&fresh, &alone)}) {
      take(description, {clears->name, {}}, *subject, *outcome);
      for (auto step = half; step != scenario.steps.end(); ++step)
        take(description, *step, *subject, *outcome);
    }
    for (size_t i = 0; i < std::min(alone.seen.size(), behind.seen.size()); ++i)
      holds_if(alone.seen[i] == behind.seen[i], "of a new one " + alone.seen[i] + ", behind " +
                                                    clears->name + "() " + behind.seen[i]);
    holds_if(alone.seen.size() == behind.seen.size(), "they do not go on alike");
  });
}

/// Where there are size() and a field `capacity`, the one is never more than the other; and empty()
/// is true where size() is 0.
template <class Subject>
void size_is_what_it_says(const Description<Subject>& description) {
  const Method<Subject>* size = called(description, {"size", "length", "count"});
  const Method<Subject>* empty = called(description, {"empty", "is_empty"});
  const auto is_capacity = [](const Field<Subject>& field) {
    return field.name == "capacity" || field.name == "limit" || field.name.starts_with("max_");
  };
  const auto capacity = std::ranges::find_if(description.fields, is_capacity);
  const bool has_capacity = std::ranges::count_if(description.fields, is_capacity) == 1;
  if (!size || (!empty && !has_capacity))
    GTEST_SKIP() << "does not apply: no size() beside empty() or a capacity";
  for_all(usual(description), "size() is within capacity, and 0 when empty() is true",
          [&](const Scenario& drawn) {
            const Scenario scenario = with_little(description, drawn);
            const double most =
                has_capacity ? scenario.fields[capacity - description.fields.begin()] : 1e300;
            Subject subject;
            play(description, scenario, subject, [&] {
              const auto told = answer_of(description, *size, subject);
              only_if(told.has_value());
              holds_if(*told <= most, size->name + "() is " + shown(*told) + ", " +
                                          (has_capacity ? capacity->name : "") + " " + shown(most));
              if (!empty) return;
              const auto none = answer_of(description, *empty, subject);
              holds_if(!none || (*none != 0) == (*told == 0),
                       empty->name + "() is " + (*none != 0 ? "true" : "false") + ", and " +
                           size->name + "() is " + shown(*told));
            });
          });
}

}  // namespace laws
}  // namespace coop::testing
