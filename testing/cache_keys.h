// How artifacts that keep entries by key are called, and what laws find out by calling them,
// since names are the author's.
#pragma once

#include <map>

#include "testing/by_name.h"
#include "testing/fake_pool.h"
#include "testing/universal.h"

namespace coop::testing {

template <class Subject>
concept HasPool = requires(Subject& subject) {
  { subject.pool.live() } -> std::convertible_to<int>;
};

inline constexpr int kKeys = 10;  // that laws put in

/// What methods do to a key, found out by calling them: names are the author's.
struct Roles {
  std::string put;                  // takes a block for a new key
  std::string tells;                // answers otherwise for a key that is there
  std::string absent;               // what that answers for a key that is not
  std::vector<std::string> uses;    // take nothing and give nothing back: touch, get
  std::vector<std::string> gives;   // give the block of a key back
  std::vector<std::string> evicts;  // give some block back
  int blocks = 0;                   // for each key
};

/// Takes a text first, or a whole number, out of so many that laws have their keys.
template <class Subject>
bool is_keyed(const Method<Subject>& method) {
  if (method.parameters.empty()) return false;
  const Parameter& first = method.parameters[0];
  return first.form == Parameter::kText || (first.form == Parameter::kNumber && first.range.whole &&
                                            first.range.high - first.range.low >= kKeys);
}

/// The lowest number that is a key to all of the methods.
template <class Subject>
double first_key(const Description<Subject>& description) {
  double out = -1e9;
  for (const auto& method : description.methods)
    if (is_keyed(method) && method.parameters[0].form == Parameter::kNumber)
      out = std::max(out, method.parameters[0].range.low);
  return out;
}

/// The key of that number: as a text, a letter.
template <class Subject>
Argument key_argument(const Description<Subject>& description, const Parameter& parameter,
                      int key) {
  if (parameter.form == Parameter::kText) return std::string(1, static_cast<char>('a' + key));
  return first_key(description) + key;
}

/// Which key a step is about.
template <class Subject>
int key_of(const Description<Subject>& description, const Step& step) {
  const Argument& key = step.arguments.at(0);
  return key.text.empty() ? static_cast<int>(key.numbers.at(0) - first_key(description))
                          : key.text[0] - 'a';
}

/// A call about the key of that number; further whole numbers are as low as they may be, and
/// others, such as a cost, in the middle of their range.
template <class Subject>
Step about(const Description<Subject>& description, const Method<Subject>& method, int key) {
  Step out{method.name, {}};
  for (const Parameter& parameter : method.parameters) {
    const auto [bottom, top, whole, is_said] = parameter.range;
    const double low = whole ? bottom : (bottom + top) / 2;
    if (out.arguments.empty() && is_keyed(method))
      out.arguments.push_back(key_argument(description, parameter, key));
    else if (parameter.form == Parameter::kArray)
      out.arguments.push_back(std::vector<double>(2, low));
    else if (parameter.form == Parameter::kText)
      out.arguments.push_back(std::string("ab"));
    else
      out.arguments.push_back(parameter.form == Parameter::kCount
                                  ? static_cast<double>(out.arguments.back().numbers.size())
                                  : low);
  }
  return out;
}

/// What is left of a run of calls: blocks, and what the last one answered.
struct After {
  int blocks = 0;
  std::string answer;
};

template <class Subject>
After after(const Description<Subject>& description, const std::vector<double>& fields,
            const std::vector<Step>& steps) {
  Subject subject;
  Outcome outcome;
  set_up(description, Scenario{fields, {}, {}}, subject, outcome);
  for (const Step& step : steps) {
    outcome = {};
    take(description, step, subject, outcome);
  }
  return {subject.pool.live(), outcome.seen.empty() ? "" : outcome.seen[0]};
}

template <class Subject>
Roles find_roles(const Description<Subject>& description) {
  Roles out;
  const auto play = [&](const std::vector<Step>& steps) {
    try {
      return after(description, {}, steps);
    } catch (const Broken&) {  // tests of contracts and of what peers ask say so
      return After();
    }
  };
  for (const auto& method : description.methods) {
    if (!is_keyed(method) || !out.put.empty()) continue;
    out.blocks = play({about(description, method, 1)}).blocks;
    if (out.blocks > 0) out.put = method.name;
  }
  if (out.put.empty()) return out;
  const Step put = about(description, *description.method(out.put), 1);
  for (const auto& method : description.methods) {
    if (method.name == out.put) continue;
    const Step call = about(description, method, 1);
    const After absent = play({call}), present = play({put, call});
    if (present.blocks < out.blocks)
      (is_keyed(method) ? out.gives : out.evicts).push_back(method.name);
    else if (present.blocks > out.blocks || !is_keyed(method))
      continue;
    else
      out.uses.push_back(method.name);
    if (out.tells.empty() && is_keyed(method) && present.blocks == out.blocks &&
        absent.answer != present.answer) {
      out.tells = method.name;
      out.absent = absent.answer;
    }
  }
  return out;
}

template <class Subject>
const Roles& roles_of(const Description<Subject>& description) {
  static const Roles roles = find_roles(description);
  return roles;
}

/// Calls about keys, as far as the artifact has them; fields small, so that it is soon full.
template <class Subject>
rc::Gen<Scenario> key_uses(const Description<Subject>& description, int calls, bool gives) {
  return rc::gen::exec([=, &description] {
    Scenario out = with_little(description, *scenarios(description, 0));
    const Roles& roles = roles_of(description);
    if (roles.put.empty()) return out;
    std::vector<std::string> names = roles.uses;
    names.insert(names.end(), names.size() + 1, roles.put);
    if (gives) names.insert(names.end(), roles.gives.begin(), roles.gives.end());
    if (gives) names.insert(names.end(), roles.evicts.begin(), roles.evicts.end());
    const int count = *rc::gen::resize(100, rc::gen::inRange(0, calls + 1));
    for (int i = 0; i < count; ++i) {
      const size_t which = *rc::gen::resize(100, rc::gen::inRange<size_t>(0, names.size()));
      const int key = *rc::gen::resize(100, rc::gen::inRange(0, kKeys));
      out.steps.push_back(about(description, *description.method(names[which]), key));
    }
    return out;
  });
}

/// As many calls as there may be, which come back to keys that went, and say more than keys: how
/// many blocks, at what cost.
template <class Subject>
  requires HasPool<Subject>
rc::Gen<Scenario> many_key_uses(const Description<Subject>& description) {
  return rc::gen::exec([&description] {
    Scenario out = *key_uses(description, static_cast<int>(kManyCalls), true);
    for (Step& step : out.steps)
      for (size_t i = 1; i < step.arguments.size(); ++i) {
        const Parameter& parameter = description.method(step.method)->parameters[i];
        if (parameter.form != Parameter::kNumber) continue;
        const auto [low, high, whole, is_said] = parameter.range;
        const int eighths = *rc::gen::resize(100, rc::gen::inRange(0, 9));
        step.arguments[i] =
            whole ? std::min(high, low + eighths / 3) : low + (high - low) * eighths / 8;
      }
    return out;
  });
}

/// Few keys, so that calls meet; and whatever else may be called.
template <class Subject>
  requires HasPool<Subject>
rc::Gen<Scenario> usual_of_kind(const Description<Subject>& description) {
  return rc::gen::exec([&description] {
    Scenario out = *key_uses(description, 14, true);
    const Scenario others = *scenarios(description, 4);
    out.steps.insert(out.steps.end(), others.steps.begin(), others.steps.end());
    return out;
  });
}

/// One artifact, asked again and again from the beginning: to look for a key may be a use of it.
template <class Subject>
class Entries {
 public:
  Entries(const Description<Subject>& description, const Scenario& scenario)
      : description_(description), roles_(roles_of(description)), fields_(scenario.fields) {
    only_if(!roles_.put.empty());
    Subject subject;
    Outcome outcome;
    set_up(description, scenario, subject, outcome);
    only_if(!outcome.refused);
  }

  Step call(const std::string& method, int key) const {
    return about(description_, *description_.method(method), key);
  }
  Step put(int key) const { return call(roles_.put, key); }
  int blocks(const std::vector<Step>& steps) const {
    return after(description_, fields_, steps).blocks;
  }
  std::string answer(std::vector<Step> steps, int key) const {
    only_if(!roles_.tells.empty());
    steps.push_back(call(roles_.tells, key));
    return last(steps);
  }
  std::string last(const std::vector<Step>& steps) const {
    return after(description_, fields_, steps).answer;
  }
  const std::vector<double>& fields() const { return fields_; }
  bool has(const std::vector<Step>& steps, int key) const {
    return answer(steps, key) != roles_.absent;
  }
  int count(const std::vector<Step>& steps) const {
    int out = 0;
    for (int key = 0; key < kKeys; ++key) out += has(steps, key);
    return out;
  }
  /// How many keys there may be at once; kKeys where nothing says how many.
  int room() const {
    static std::map<std::vector<double>, int> known;
    if (const auto found = known.find(fields_); found != known.end()) return found->second;
    std::vector<Step> steps;
    int most = 0;
    for (int key = 0; key < kKeys; ++key) {
      steps.push_back(put(key));
      most = std::max(most, count(steps));
    }
    return known[fields_] = most;
  }

 private:
  const Description<Subject>& description_;
  const Roles& roles_;
  std::vector<double> fields_;
};

inline std::string named(const std::vector<Step>& steps) {
  return listed(steps, [](const Step& step) { return shown(step); });
}

/// All keys, put in one after the other.
template <class Subject>
std::vector<Step> all_puts(const Entries<Subject>& entries, int from, int to) {
  std::vector<Step> out;
  for (int key = from; key < to; ++key) out.push_back(entries.put(key));
  return out;
}

inline std::vector<Step> then(std::vector<Step> first, const std::vector<Step>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

template <class Subject, class Law>
void for_entries(const Description<Subject>& description, const std::string& words, int calls,
                 bool gives, Law law) {
  if constexpr (HasPool<Subject>) {
    for_all(key_uses(description, calls, gives), words, [&](const Scenario& scenario) {
      law(Entries<Subject>(description, scenario), scenario.steps);
    });
  } else {
    GTEST_SKIP() << "does not apply: no pool";
  }
}

}  // namespace coop::testing
