// What a derived test knows of an artifact: fields to set, methods to call, and what can be seen.
#pragma once

#include <algorithm>
#include <concepts>
#include <exception>
#include <map>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <tuple>
#include <type_traits>
#include <utility>

#include "testing/scenario.h"

namespace coop::testing {

/// Thrown where the artifact breaks what a peer or its own contract asks for. Not a std::exception:
/// no artifact catches it by accident.
struct Broken {
  std::string what;
};

// ---- what can be seen of a value ----------------------------------------------------------------

template <class T>
std::string seen(const T& value) {
  using Plain = std::remove_cvref_t<T>;
  if constexpr (std::is_arithmetic_v<Plain>) {
    return shown(static_cast<double>(value));
  } else if constexpr (std::is_enum_v<Plain>) {
    return shown(static_cast<double>(std::to_underlying(value)));
  } else if constexpr (std::convertible_to<Plain, std::string>) {
    return std::string(value);
  } else if constexpr (requires {
                         value.has_value();
                         *value;
                       }) {
    return value.has_value() ? seen(*value) : "nothing";
  } else if constexpr (requires(Plain& same) {
                         same.data();
                         same.size();
                         same.upload(nullptr, 0);
                       }) {
    constexpr size_t kMost = 96;  // a Buffer of the CPU's: the rest is seldom used
    std::string out = "of " + seen(value.size()) + ": ";
    for (size_t i = 0; i < std::min(kMost, value.size()); ++i) out += seen(value.data()[i]) + " ";
    return out;
  } else if constexpr (std::ranges::input_range<const Plain>) {
    std::string out;
    for (const auto& element : value) out += seen(element) + " ";
    return out;
  } else if constexpr (requires { std::tuple_size<Plain>::value; }) {
    return std::apply([](const auto&... part) { return ((seen(part) + " ") + ... + ""); }, value);
  } else {
    return "";  // pointers and structs: what they lead to is not known
  }
}

// ---- fields and methods -------------------------------------------------------------------------

template <class Subject>
struct Field {
  std::string name;
  Range range;
  std::function<void(Subject&, double)> set;
  std::function<std::string(const Subject&)> get;
  double initial = 0;
};

template <class Subject, class Owner, class T>
Field<Subject> field_of(std::string name, T Owner::* member, Range range) {
  Field<Subject> out{std::move(name), range, nullptr, nullptr, 0};
  out.set = [member](Subject& subject, double value) { subject.*member = static_cast<T>(value); };
  out.get = [member](const Subject& subject) { return seen(subject.*member); };
  out.initial = static_cast<double>(Subject().*member);
  if constexpr (std::is_floating_point_v<T>) out.range.whole = false;
  return out;
}

/// Who calls a method: the test; the model around the artifact, when it is time; and whether the
/// method reaches a peer.
enum class Role { kPlain, kReachesPeers, kHook };

template <class Subject>
struct Method {
  std::string name;
  std::vector<Parameter> parameters;
  std::function<void(Subject&, Given&, Outcome&)> call;
  Role role = Role::kPlain;
  bool is_void = true, is_bool = false;  // what it returns

  /// Which parameter says of which layer it is; nothing for a method of all.
  std::optional<size_t> layer() const {
    for (size_t i = 0; i < parameters.size(); ++i)
      if (parameters[i].name == "layer") return i;
    return std::nullopt;
  }
};

template <class Subject, class Call>
Method<Subject> method_of(std::string name, Call call, std::vector<Parameter> parameters = {},
                          Role role = Role::kPlain) {
  Method<Subject> out{std::move(name), std::move(parameters), nullptr, role};
  using Result = std::invoke_result_t<Call, Subject&, Given&>;
  out.is_void = std::is_void_v<Result>;
  out.is_bool = std::is_same_v<std::remove_cvref_t<Result>, bool>;
  out.call = [call, name = out.name](Subject& subject, Given& given, Outcome& outcome) {
    if constexpr (std::is_void_v<Result>)
      call(subject, given);
    else
      outcome.seen.push_back(name + "() = " + seen(call(subject, given)));
    for (const std::vector<float>& array : given.written())
      if (!array.empty()) outcome.seen.push_back(name + "() wrote " + seen(array));
  };
  return out;
}

/// One artifact, as the derived file tells it.
template <class Subject>
struct Description {
  std::string name;
  std::vector<Field<Subject>> fields;
  std::vector<Method<Subject>> methods;

  const Method<Subject>* method(const std::string& named) const {
    for (const Method<Subject>& method : methods)
      if (method.name == named) return &method;
    return nullptr;
  }
};

// ---- a run --------------------------------------------------------------------------------------

template <class Subject>
void set_fields(const Description<Subject>& description, const Scenario& scenario,
                Subject& subject) {
  for (size_t i = 0; i < description.fields.size() && i < scenario.fields.size(); ++i)
    description.fields[i].set(subject, scenario.fields[i]);
}

/// Nobody calls the method of this name as long as this lives.
class Muted {
 public:
  explicit Muted(std::string method) { current() = std::move(method); }
  ~Muted() { current().clear(); }
  static std::string& current() {
    static std::string method;
    return method;
  }
};

/// As long as this lives, only hooks are called when it is time: else a hook that calls another
/// method if it may comes when that method has done all there is to do.
class HooksAlone {
 public:
  HooksAlone() { is_so() = true; }
  ~HooksAlone() { is_so() = false; }
  static bool& is_so() {
    static bool value = false;
    return value;
  }
};

/// How often each method was called, and how often it refused with an exception.
struct Refusals {
  int calls = 0, refused = 0;
  static std::map<std::string, Refusals>& of() {
    static std::map<std::string, Refusals> all;
    return all;
  }
  /// A method that takes a text and refuses any: it wants a file, which no test can give it.
  static std::string always() {
    for (const auto& [method, count] : of())
      if (count.calls > 3 && count.calls == count.refused) return method;
    return "";
  }
};

/// How often each method was called since somebody began to count.
struct Calls {
  static std::map<std::string, int>& of() {
    static std::map<std::string, int> all;
    return all;
  }
};

/// One call. What the artifact throws is seen, and says that it refused the input.
template <class Subject>
void take(const Description<Subject>& description, const Step& step, Subject& subject,
          Outcome& outcome) {
  const Method<Subject>* method = description.method(step.method);
  if (!method || Muted::current() == step.method) return;
  ++Calls::of()[step.method];
  Given given(step);
  const bool takes_text =
      std::any_of(method->parameters.begin(), method->parameters.end(),
                  [](const Parameter& parameter) { return parameter.form == Parameter::kText; });
  Refusals& refusals = Refusals::of()[step.method];
  refusals.calls += takes_text;
  try {
    method->call(subject, given, outcome);
  } catch (const std::length_error& error) {
    throw Broken{step.method + "() wanted more memory than there can be: " + error.what()};
  } catch (const std::exception& error) {
    outcome.seen.push_back(step.method + "() threw");
    outcome.refused = true;
    refusals.refused += takes_text;
  }
}

/// Fields, and that a sequence begins, for who listens.
template <class Subject>
void begin(const Description<Subject>& description, const Scenario& scenario, Subject& subject,
           Outcome& outcome) {
  set_fields(description, scenario, subject);
  take(description, {"after_reset", {}}, subject, outcome);
}

/// Peers and public fields, as they stand.
template <class Subject>
void look_at(const Description<Subject>& description, const Subject& subject, Outcome& outcome) {
  for (const Field<Subject>& field : description.fields)
    outcome.seen.push_back(field.name + " = " + field.get(subject));
  if constexpr (requires { subject.look_at_peers(outcome.seen); })
    subject.look_at_peers(outcome.seen);
}

}  // namespace coop::testing
