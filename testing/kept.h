// A law, asked of one scenario: of one that broke it before, before any other is drawn.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "testing/describe.h"

namespace coop::testing {

/// As long as this lives, each law is asked of one scenario, which `choose` names, knowing what the
/// law would draw from.
class Chosen {
 public:
  using Choose = std::function<Scenario(const rc::Gen<Scenario>&)>;
  explicit Chosen(Choose choose) : choose_(std::move(choose)) { current() = &choose_; }
  ~Chosen() { current() = nullptr; }
  Chosen(const Chosen&) = delete;

  static const Choose*& current() {
    static const Choose* choose = nullptr;
    return choose;
  }

 private:
  const Choose choose_;
};

/// A number where a number is due, elements where an array is.
inline bool fits(const Argument& argument, const Parameter& parameter) {
  switch (parameter.form) {
    case Parameter::kNumber:
    case Parameter::kCount:
      return argument.text.empty() && argument.numbers.size() == 1;
    case Parameter::kArray:
    case Parameter::kQueries:
      return argument.text.empty();
    case Parameter::kText:
      return argument.numbers.empty();
  }
  return false;
}

/// Why the artifact, as it is now, cannot be given this scenario; empty if it can.
template <class Subject>
std::string misfit(const Description<Subject>& description, const Scenario& scenario) {
  const auto count = [](size_t number, const std::string& what) {
    return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
  };
  if (scenario.fields.size() != description.fields.size())
    return "it sets " + count(scenario.fields.size(), "field") + ", and " + description.name +
           " has " + std::to_string(description.fields.size());
  for (const Step& step : scenario.steps) {
    const Method<Subject>* method = description.method(step.method);
    if (!method) return "it calls " + step.method + "(), and " + description.name + " has none";
    if (method->parameters.size() != step.arguments.size())
      return "it gives " + step.method + "() " + count(step.arguments.size(), "argument") + " of " +
             std::to_string(method->parameters.size());
    for (size_t i = 0; i < step.arguments.size(); ++i)
      if (!fits(step.arguments[i], method->parameters[i]))
        return "it gives " + step.method + "() " + shown(step.arguments[i]) + " for " +
               method->parameters[i].name;
  }
  return "";
}

/// Asks one law of one scenario.
template <class Subject, class Law>
void ask_again(const Description<Subject>& description, const Scenario& scenario, Law law) {
  if (const std::string why = misfit(description, scenario); !why.empty())
    GTEST_SKIP() << "no longer fits: " << why;
  const Chosen chosen([&](const rc::Gen<Scenario>&) { return scenario; });
  law(description);
}

}  // namespace coop::testing
