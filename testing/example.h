// One case of which the author knows the outcome: `/// example: {window 3} rows 10 -> keeps 7 8 9`.
#pragma once

#include <coop/artifact.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "testing/universal.h"

namespace coop::testing {

using Array = std::vector<double>;

/// `7 8 9 12` → `7..9 12`: runs of three and more whole numbers, as people write them.
inline std::string in_runs(const std::vector<int>& numbers) {
  std::string out;
  for (size_t i = 0, end; i < numbers.size(); i = end) {
    for (end = i + 1; end < numbers.size() && numbers[end] == numbers[end - 1] + 1;) ++end;
    if (end - i < 3) end = i + 1;
    out += (out.empty() ? "" : " ") + std::to_string(numbers[i]);
    if (end > i + 1) out += ".." + std::to_string(numbers[end - 1]);
  }
  return out.empty() ? "nothing" : out;
}

/// The other way round.
inline std::vector<int> numbers_in(const std::string& runs) {
  std::vector<int> out;
  std::istringstream words(runs);
  for (std::string word; words >> word;) {
    const size_t dots = word.find("..");
    const int first = std::stoi(word);
    const int last = dots == std::string::npos ? first : std::stoi(word.substr(dots + 2));
    for (int i = first; i <= last; ++i) out.push_back(i);
  }
  return out;
}

/// The same words, where numbers that are not whole may differ by what rounding does.
inline bool is_about(const std::string& found, const std::string& expected) {
  std::istringstream left(found), right(expected);
  for (std::string a, b;;) {
    const bool more = static_cast<bool>(left >> a);
    if (more != static_cast<bool>(right >> b)) return false;
    if (!more) return true;
    char *a_end = nullptr, *b_end = nullptr;
    const double x = std::strtod(a.c_str(), &a_end), y = std::strtod(b.c_str(), &b_end);
    const bool whole = (a + b).find_first_of(".e") == std::string::npos;
    const bool near = !whole && !*a_end && !*b_end && std::abs(x - y) <= 2e-5 * std::abs(y) + 1e-6;
    if (a != b && !near) return false;
  }
}

/// Does what an example says, one after the other, and compares.
template <class Subject>
class Example {
 public:
  /// Fields that are not named have their initial values.
  explicit Example(const Description<Subject>& description,
                   const std::map<std::string, double>& fields = {})
      : description_(description) {
    Scenario start;
    for (const auto& field : description.fields) {
      const auto named = fields.find(field.name);
      start.fields.push_back(named == fields.end() ? field.initial : named->second);
    }
    act([&] { set_up(description_, start, subject_, outcome_); });
    are_kept_ = !broken_invariant<Subject>(subject_);
  }

  /// Rounds of so many new tokens in every layer. `told` is what arrays of hooks say of each token,
  /// and what its `keys` and `values` hold in every head, in as many channels as there are numbers
  /// for each; others are 0.
  Example& rows(const std::vector<int>& rounds,
                std::map<std::string, std::vector<double>> told = {}) {
    const auto tokens = static_cast<size_t>(std::accumulate(rounds.begin(), rounds.end(), 0));
    for (auto& [name, numbers] : told) {
      if ((name != "keys" && name != "values") || tokens == 0) continue;
      const std::vector<double> given = std::move(numbers);
      const size_t channels = given.size() / tokens;
      numbers.assign(tokens * FakeKvCache::kHeadDim, 0);
      for (size_t i = 0; i < given.size(); ++i)
        numbers[i / channels * FakeKvCache::kHeadDim + i % channels] = given[i];
    }
    const ToldOfTokens telling(std::move(told));
    std::optional<HooksAlone> alone;
    if (listens()) alone.emplace();
    for (const int count : rounds) act([&] { round_of(description_, count, subject_, outcome_); });
    return *this;
  }

  /// Of an array, the number of elements goes without saying. What `after_reset` refuses counts
  /// when it is called, and not before, when a sequence begins by itself.
  template <class... Arguments>
  Example& call(const std::string& method, const Arguments&... arguments) {
    if (method == "after_reset" && !ended_) outcome_ = {};
    Step step{method, {Argument(arguments)...}};
    const auto& parameters = description_.method(method)->parameters;
    for (size_t i = 1; i < parameters.size(); ++i)
      if (parameters[i].form == Parameter::kCount)
        step.arguments.insert(step.arguments.begin() + static_cast<long>(i),
                              static_cast<double>(step.arguments[i - 1].numbers.size()));
    act([&] { take(description_, step, subject_, outcome_); });
    return *this;
  }

  /// In that layer, or in all of them: tokens by their numbers, `0..3 17`.
  Example& keeps(const std::string& tokens, int only = kAll) {
    for (int layer = 0; is_fine() && layer < subject_.kv_cache.layer_count(); ++layer) {
      const std::string kept = in_runs(subject_.kv_cache.ids(layer));
      if ((only == kAll || only == layer) && kept != in_runs(numbers_in(tokens)))
        return fail("layer " + std::to_string(layer) + " keeps " + kept + ", and not " + tokens);
    }
    return *this;
  }

  /// The last call; what it wrote, if it returns nothing.
  Example& returns(const std::string& value) {
    if (!is_fine()) return *this;
    const std::string line = outcome_.seen.empty() ? "" : outcome_.seen[0];
    std::string found = line;
    for (const char* said : {"() = ", "() wrote "})
      if (const size_t at = line.find(said); at != std::string::npos)
        found = line.substr(at + std::string(said).size());
    if (found.empty()) found = value.empty() ? "" : "nothing";
    return is_about(found, value) ? *this : fail("it returns " + found + ", and not " + value);
  }

  /// A public field, behind all of that.
  Example& shows(const std::string& name, const std::string& value) {
    if (!is_fine()) return *this;
    for (const auto& field : description_.fields)
      if (const std::string found = field.get(subject_);
          field.name == name && !is_about(found, value))
        fail(name + " is " + found + ", and not " + value);
    return *this;
  }

  /// The last call throws.
  Example& refuses() {
    if (!ended_ && !outcome_.refused) fail("it takes that, and does not throw");
    return *this;
  }

 private:
  /// Is it told when tokens have come? Then it says itself what happens, and nobody else does it.
  bool listens() const {
    return std::ranges::any_of(description_.methods, [](const Method<Subject>& method) {
      return method.role == Role::kHook && method.name != "after_reset" &&
             std::ranges::all_of(method.parameters, [](const Parameter& given) {
               return given.form == Parameter::kNumber;
             });
    });
  }

  template <class Action>
  void act(Action action) {
    if (!is_fine()) return;
    outcome_ = {};
    try {
      action();
    } catch (const Broken& found) {
      fail("broken: " + found.what);
    }
    const char* broken = are_kept_ ? broken_invariant<Subject>(subject_) : nullptr;
    if (broken && !ended_) fail("broken: its own contract: invariant " + std::string(broken));
  }

  /// False behind a failure; and what throws in between is one.
  bool is_fine() {
    if (!ended_ && outcome_.refused) fail(outcome_.seen.back());
    return !ended_;
  }

  Example& fail(const std::string& what) {
    ended_ = true;
    ADD_FAILURE() << what;
    return *this;
  }

  const Description<Subject>& description_;
  Subject subject_;
  Outcome outcome_;        // of the last thing that was done
  bool are_kept_ = false;  // its invariants, which values of fields may break that it refuses
  bool ended_ = false;
};

}  // namespace coop::testing
