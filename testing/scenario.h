// What a test does with an artifact, as data: it prints as C++ that can be pasted, and it shrinks.
#pragma once

#include <charconv>
#include <cmath>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "buffer.h"

namespace coop::testing {

/// Values that a field or a parameter may take: low to high, both included.
struct Range {
  double low = 0, high = 0;
  bool whole = true;     // integers
  bool is_said = false;  // by the author, and no guess
};

inline Range reals(double low, double high) { return {low, high, false}; }

inline Range said(Range range) {
  range.is_said = true;
  return range;
}

/// A value: one number, the elements of an array, or a text.
struct Argument {
  std::vector<double> numbers;
  std::string text;

  Argument() = default;
  Argument(double number) : numbers{number} {}
  Argument(std::vector<double> elements) : numbers(std::move(elements)) {}
  Argument(std::string text) : text(std::move(text)) {}
  bool operator==(const Argument&) const = default;
};

/// A call of the artifact's method of that name.
struct Step {
  std::string method;
  std::vector<Argument> arguments;
  bool operator==(const Step&) const = default;
};

/// Fields in the order of the description, rounds of new tokens (what happens in one is for the
/// kind to say), and calls in between.
struct Scenario {
  std::vector<double> fields;
  std::vector<int> rounds;
  std::vector<Step> steps;
  bool operator==(const Scenario&) const = default;
};

/// What could be seen of a run: results, the state of peers, public fields, what was thrown.
struct Outcome {
  std::vector<std::string> seen;
  bool refused = false;  // by an exception of the artifact's own
  bool operator==(const Outcome&) const = default;
};

struct Parameter {
  enum Form { kNumber, kArray, kText, kCount, kQueries };
  std::string name;
  Range range;
  // kCount: how many elements the array before it has; kQueries: of a layer's newest tokens.
  Form form = kNumber;
};

/// The arguments of one call, as the types that the method takes.
class Given {
 public:
  explicit Given(const Step& step) : step_(step), floats_(step.arguments.size()) {}

  template <class T>
  T number(size_t i) const {
    return static_cast<T>(step_.arguments.at(i).numbers.at(0));
  }
  const std::string& text(size_t i) const { return step_.arguments.at(i).text; }
  template <class T>
  std::vector<T> many(size_t i) const {
    const auto& numbers = step_.arguments.at(i).numbers;
    return std::vector<T>(numbers.begin(), numbers.end());
  }
  /// Memory of exactly the array's size: one element further is an error that a sanitizer finds.
  float* floats(size_t i) {
    floats_[i] = many<float>(i);
    return floats_[i].data();
  }
  template <class Device>
  Buffer<float> buffer(size_t i, Device& device) const {
    const std::vector<float> numbers = many<float>(i);
    Buffer<float> out(device, numbers.size());
    out.upload(numbers.data(), numbers.size());
    return out;
  }
  int size(size_t i) const { return static_cast<int>(step_.arguments.at(i).numbers.size()); }
  const std::vector<std::vector<float>>& written() const { return floats_; }

 private:
  const Step& step_;
  std::vector<std::vector<float>> floats_;
};

// ---- printing -----------------------------------------------------------------------------------

inline std::string shown(double number) {
  std::ostringstream out;
  out.precision(9);
  out << number;
  return out.str();
}

template <class Values, class Show>
std::string listed(const Values& values, Show show) {
  std::string out = "{";
  for (const auto& value : values) out += (out.size() > 1 ? ", " : "") + show(value);
  return out + "}";
}

/// As C++ that has the same value: what is kept must break again what it broke.
inline std::string exact(double number) {
  if (std::isnan(number)) return "NAN";
  if (std::isinf(number)) return number < 0 ? "-INFINITY" : "INFINITY";
  char out[32];
  return {out, std::to_chars(out, out + sizeof out, number).ptr};
}

inline std::string shown(const Argument& argument) {
  if (!argument.text.empty()) return "std::string(\"" + argument.text + "\")";
  if (argument.numbers.size() == 1) return exact(argument.numbers[0]);
  return "std::vector<double>" + listed(argument.numbers, exact);
}

inline std::string shown(const Step& step) {
  return "{\"" + step.method + "\", " +
         listed(step.arguments, [](const Argument& x) { return shown(x); }) + "}";
}

/// `Scenario{.fields = {4, 8}, .rounds = {13}, .steps = {{"set_ratio", {0.5, 40}}}}`.
inline std::string shown(const Scenario& scenario) {
  std::string out = "Scenario{.fields = " + listed(scenario.fields, exact);
  if (!scenario.rounds.empty())
    out += ", .rounds = " + listed(scenario.rounds, [](int x) { return std::to_string(x); });
  if (!scenario.steps.empty())
    out += ", .steps = " + listed(scenario.steps, [](const Step& x) { return shown(x); });
  return out + "}";
}

}  // namespace coop::testing
