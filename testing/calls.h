// How an artifact of no known kind is called: often, and with what was given before, so that what
// it keeps is filled and emptied, and calls meet.
#pragma once

#include <random>

#include "testing/universal.h"

namespace coop::testing {

/// Where an argument comes from that is a number or a text. A source that has nothing to offer, or
/// nothing in the parameter's range, leaves what was drawn.
enum class Source { kDrawn, kSmall, kGivenBefore, kReturned };

/// A call whose arguments still depend on the calls in front of it.
struct DrawnStep {
  Step step;
  std::vector<Source> sources;  // by argument
  std::vector<unsigned> picks;  // by argument: which of those that a source offers
};

/// A scenario without its steps, and these as they were drawn.
struct DrawnCalls {
  Scenario scenario;
  std::vector<DrawnStep> steps;
};

inline rc::Gen<DrawnStep> any_drawn_step(const SharedDrawable& artifact) {
  return rc::gen::exec([artifact] {
    DrawnStep out{*any_step(artifact), {}, {}};
    for (size_t i = 0; i < out.step.arguments.size(); ++i) {
      out.sources.push_back(*rc::gen::element(Source::kDrawn, Source::kSmall, Source::kGivenBefore,
                                              Source::kReturned));
      out.picks.push_back(*rc::gen::resize(100, rc::gen::inRange(0u, 1000u)));
    }
    return out;
  });
}

/// Up to forty calls twice as often as up to six, and rounds, which peers' answers depend on.
inline rc::Gen<DrawnCalls> drawn_calls(const SharedDrawable& artifact) {
  return rc::gen::exec([artifact] {
    DrawnCalls out{*scenarios(artifact, 0, 3, 40), {}};
    if (artifact->methods.empty()) return out;
    const size_t most = *rc::gen::element(kFewCalls, kManyCalls, kManyCalls);
    out.steps =
        *rc::gen::resize(static_cast<int>(most),
                         rc::gen::container<std::vector<DrawnStep>>(any_drawn_step(artifact)));
    return out;
  });
}

inline bool fits_in(const Argument& argument, const Parameter& parameter) {
  if (!fits(argument, parameter)) return false;
  if (parameter.form == Parameter::kText) return true;
  const double number = argument.numbers[0];
  return parameter.range.low <= number && number <= parameter.range.high &&
         (!parameter.range.whole || number == std::floor(number));
}

/// Few, so that they meet: the lowest whole numbers of the range, texts of one letter.
inline std::vector<Argument> small_arguments(const Parameter& parameter) {
  std::vector<Argument> out;
  for (int i = 0; i < 4; ++i)
    if (parameter.form == Parameter::kText)
      out.emplace_back(std::string(1, static_cast<char>('a' + i)));
    else if (parameter.range.whole)
      out.emplace_back(parameter.range.low + i);
  return out;
}

/// Arguments as values, which is what is run and printed. `returned_by` makes the last call of a
/// scenario, and says which numbers it returned.
inline Scenario with_values(
    const Drawable& artifact, DrawnCalls drawn,
    const std::function<std::vector<double>(const Scenario&)>& returned_by) {
  std::map<std::string, std::vector<Argument>> given;  // by the parameter's name, whoever's it is
  std::vector<Argument> returned;
  Scenario out = std::move(drawn.scenario);
  for (DrawnStep& one : drawn.steps) {
    const auto signature = std::ranges::find(artifact.methods, one.step.method, &Signature::method);
    for (size_t i = 0; i < one.step.arguments.size(); ++i) {
      const Parameter& parameter = signature->parameters[i];
      if (parameter.form != Parameter::kNumber && parameter.form != Parameter::kText) continue;
      std::vector<Argument> offered;
      if (one.sources[i] == Source::kSmall) offered = small_arguments(parameter);
      if (one.sources[i] == Source::kGivenBefore) offered = given[parameter.name];
      if (one.sources[i] == Source::kReturned) offered = returned;
      std::erase_if(offered, [&](const Argument& each) { return !fits_in(each, parameter); });
      if (!offered.empty()) one.step.arguments[i] = offered[one.picks[i] % offered.size()];
      given[parameter.name].push_back(one.step.arguments[i]);
    }
    out.steps.push_back(std::move(one.step));
    for (const double number : returned_by(out)) returned.emplace_back(number);
  }
  return out;
}

/// The same, with what the artifact returns, which is run for it. Not when somebody else chooses
/// scenarios, who wants to know on which one it crashed.
template <class Subject>
Scenario with_values(const Description<Subject>& description, const DrawnCalls& drawn) {
  const Drawable artifact(description);
  if (Chosen::current())
    return with_values(artifact, drawn, [](const auto&) { return std::vector<double>(); });
  Subject subject;
  Outcome start;
  bool can_go_on = true;
  const auto returned_by = [&](const Scenario& so_far) -> std::vector<double> {
    const Trying trying(so_far);
    Outcome outcome;
    try {
      if (so_far.steps.size() == 1) set_up(description, so_far, subject, start);
      can_go_on = can_go_on && !start.refused;
      if (can_go_on) take(description, so_far.steps.back(), subject, outcome);
    } catch (const Broken&) {
      can_go_on = false;  // the law that runs it will say so
    }
    return returned_numbers(outcome, so_far.steps.back().method);
  };
  return with_values(artifact, drawn, returned_by);
}

/// Of an artifact without a kind. `change` has a say before anything is called.
template <class Subject>
rc::Gen<Scenario> long_calls(const Description<Subject>& description,
                             std::function<void(DrawnCalls&)> change = nullptr) {
  return rc::gen::map(drawn_calls(std::make_shared<Drawable>(description)),
                      [&description, change](DrawnCalls drawn) {
                        if (change) change(drawn);
                        return with_values(description, drawn);
                      });
}

/// Of three numbers one leaves calls as they are; one makes most of them calls of the first one's
/// method; and with one few arguments are given, again and again: what is known already is asked
/// for more often than any draw would.
inline void get_habits(uint64_t number, DrawnCalls& drawn) {
  std::minstd_rand random(static_cast<unsigned>(number + 1));
  const unsigned few = 2 + random() % 3;
  const bool is_eager = number % 3 == 1, is_narrow = number % 3 == 2;
  for (size_t i = 1; i < drawn.steps.size(); ++i) {
    DrawnStep& one = drawn.steps[i];
    if (is_eager && random() % 4 != 0) one = drawn.steps[0];
    for (size_t k = 0; k < one.sources.size(); ++k) {
      if (!is_narrow && !is_eager) continue;
      one.sources[k] = is_eager && random() % 3 == 0 ? Source::kGivenBefore : Source::kSmall;
      one.picks[k] = random() % (is_eager ? 1000 : few);
    }
  }
}

template <class Subject>
rc::Gen<Scenario> usual_of_kind(const Description<Subject>& description) {
  return long_calls(description);
}

}  // namespace coop::testing
