// What holds of every artifact, whatever its kind.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <set>

#include "testing/fake_kv_cache.h"
#include "testing/fake_peer.h"
#include "testing/property.h"

namespace coop::testing {

/// What a service does before it uses an artifact of this kind: a cache is given a shape.
template <class Subject>
void set_up(const Description<Subject>& description, const Scenario& scenario, Subject& subject,
            Outcome& outcome) {
  begin(description, scenario, subject, outcome);
  mood() = 0;  // of the rounds alone: laws change fields and steps, and compare
  for (const int count : scenario.rounds) mood() = (mood() ^ count) * 16777619u;
  if constexpr (requires { make_ready(description, subject); }) {
    try {
      make_ready(description, subject);
    } catch (const std::exception& error) {
      outcome.seen.push_back("it threw before it was used");
      outcome.refused = true;
    }
  }
}

/// Fields, a round, half of the steps, the other rounds, the other half; then a look at everything.
/// `behind_a_step`, if there is one, is called behind each step.
template <class Subject>
Outcome play(const Description<Subject>& description, const Scenario& scenario, Subject& subject,
             const std::function<void()>& behind_a_step = nullptr) {
  Outcome outcome;
  set_up(description, scenario, subject, outcome);
  if (outcome.refused) return outcome;
  // What is around one of this kind comes first: nobody calls before there is anything.
  constexpr bool has_rounds =
      requires { play_rounds(description, scenario, 0, 1, subject, outcome); };
  if constexpr (has_rounds) play_rounds(description, scenario, 0, 1, subject, outcome);
  const size_t half = scenario.steps.size() / 2;
  const auto step = [&](const Step& drawn) {
    if constexpr (requires { fitted(description, drawn, subject); })
      take(description, fitted(description, drawn, subject), subject, outcome);
    else
      take(description, drawn, subject, outcome);
    if (behind_a_step) behind_a_step();
  };
  for (size_t i = 0; i < half; ++i) step(scenario.steps[i]);
  if constexpr (has_rounds)
    play_rounds(description, scenario, 1, std::max<size_t>(1, scenario.rounds.size()), subject,
                outcome);
  for (size_t i = half; i < scenario.steps.size(); ++i) step(scenario.steps[i]);
  look_at(description, subject, outcome);
  if constexpr (requires { look_inside(description, subject, outcome); })
    look_inside(description, subject, outcome);  // what methods of this kind tell
  return outcome;
}

template <class Subject>
Outcome play(const Description<Subject>& description, const Scenario& scenario) {
  Subject subject;
  return play(description, scenario, subject);
}

/// The numbers that a call of `method` returned, as an outcome has them.
inline std::vector<double> returned_numbers(const Outcome& outcome, const std::string& method) {
  std::vector<double> out;
  const std::string begin = method + "() = ";
  for (const std::string& line : outcome.seen) {
    if (!line.starts_with(begin)) continue;
    std::istringstream words(line.substr(begin.size()));
    for (double number; words >> number;) out.push_back(number);
  }
  return out;
}

inline constexpr size_t kFewCalls = 6, kManyCalls = 40;

/// A round and some calls: what is drawn where a law has no wishes of its own.
template <class Subject>
rc::Gen<Scenario> usual(const Description<Subject>& description) {
  if constexpr (requires { usual_of_kind(description); })
    return usual_of_kind(description);
  else
    return scenarios(description, static_cast<int>(kFewCalls), 3);
}

namespace laws {

/// Boundary values of every field and parameter, one after the other and all together: no sanitizer
/// speaks up. An artifact may refuse them with an exception, but not all of them.
template <class Subject>
void boundary_values(const Description<Subject>& description) {
  int accepted = 0, played = 0;
  auto try_it = [&](const Scenario& scenario) {
    ++played;
    const Trying trying(scenario);
    try {
      accepted += !play(description, scenario).refused;
    } catch (const Broken&) {
      ++accepted;  // what a peer asks for is a test of its own
    }
  };
  if (const Chosen::Choose* choose = Chosen::current())
    return try_it((*choose)(usual(description)));
  const auto corners = [](const Parameter& parameter, bool high) {
    const double value = high ? parameter.range.high : parameter.range.low;
    switch (parameter.form) {
      case Parameter::kArray:
      case Parameter::kQueries:
        return Argument(std::vector<double>(high ? 9 : 1, value));
      case Parameter::kText:
        return Argument(std::string(high ? 9 : 1, 'a'));
      case Parameter::kCount:
        return Argument(high ? 9.0 : 1.0);
      default:
        return Argument(value);
    }
  };
  for (int corner = 0; corner < 4; ++corner) {
    Scenario base;
    for (const auto& field : description.fields)
      base.fields.push_back(corner & 1 ? field.range.high : field.range.low);
    base.rounds = {1, 40, 1};
    for (const auto& method : description.methods) {
      Step step{method.name, {}};
      for (const Parameter& parameter : method.parameters)
        step.arguments.push_back(corners(parameter, corner & 2));
      base.steps.push_back(step);
    }
    try_it(base);
    for (size_t i = 0; i < description.fields.size(); ++i) {
      Scenario one = base;
      for (size_t j = 0; j < description.fields.size(); ++j)
        if (j != i) one.fields[j] = description.fields[j].initial;
      try_it(one);
    }
  }
  if (accepted > 0 || played == 0) return;
  if (const std::string method = Refusals::always(); !method.empty())
    GTEST_SKIP() << "does not apply: " << method << "() refuses whatever it is given";
  ADD_FAILURE() << "every boundary value was refused with an exception";
}

/// What peers ask of their callers holds, whatever is done.
template <class Subject>
void peers_preconditions_hold(const Description<Subject>& description) {
  for_all(usual(description), "what peers ask of their callers holds",
          [&](const Scenario& scenario) { play(description, scenario); });
}

/// Which methods did not refuse all that they were asked in this scenario.
template <class Subject>
std::set<std::string> methods_that_take(const Description<Subject>& description,
                                        const Scenario& scenario) {
  Calls::of().clear();
  Outcome outcome;
  try {
    outcome = play(description, scenario);
  } catch (const Broken&) {  // what a peer asks for is a test of its own
  }
  std::set<std::string> out;
  for (const auto& [method, calls] : Calls::of())
    if (std::ranges::count(outcome.seen, method + "() threw") < calls) out.insert(method);
  return out;
}

/// For each method: the pinned scenarios of which it takes some call while a field has this value.
using Takers = std::map<std::string, std::set<int>>;

template <class Subject>
Takers who_takes(const Description<Subject>& description, size_t field, double value) {
  constexpr int kScenarios = 40;
  Takers out;
  for (int seed = 0; seed < kScenarios; ++seed) {
    Scenario scenario = usual(description)(rc::Random(kSeed + seed), 100).value();
    scenario.fields[field] = value;
    for (const std::string& method : methods_that_take(description, scenario))
      out[method].insert(seed);
  }
  return out;
}

/// Whether other fields say which values of this one are refused, as a window does that has to fit
/// into a budget: some value is refused in one scenario of those in `takes`, and not in another.
template <class Subject>
bool others_decide(const Description<Subject>& description, size_t field, const std::string& method,
                   const std::set<int>& takes) {
  const Range& range = description.fields[field].range;
  for (const double part : {1.0 / 256, 1.0 / 64, 1.0 / 16, 1.0 / 4}) {
    const double value = range.low + (range.high - range.low) * part;
    const std::set<int> here =
        who_takes(description, field, range.whole ? std::floor(value) : value)[method];
    if (!here.empty() && !std::ranges::includes(here, takes)) return true;
  }
  return false;
}

/// A value that the author says is meant works for some values of the other fields: no method that
/// takes others refuses it whenever it is called.
template <class Subject>
void what_is_meant_is_not_refused(const Description<Subject>& description) {
  constexpr size_t kEnough = 8;   // scenarios, for a method that takes what it is given
  if (Chosen::current()) return;  // one alone breaks nothing
  bool any = false;
  for (size_t i = 0; i < description.fields.size(); ++i) {
    const Field<Subject>& field = description.fields[i];
    const auto [low, high, whole, is_said] = field.range;
    if (!is_said) continue;
    any = true;
    const double middle = whole ? std::floor((low + high) / 2) : (low + high) / 2;
    std::map<double, Takers> taken;
    for (const double value : {field.initial, low, middle, high})
      taken[value] = who_takes(description, i, value);
    std::map<std::string, std::set<int>> most;
    for (const auto& [value, methods] : taken)
      for (const auto& [method, takes] : methods)
        if (takes.size() > most[method].size()) most[method] = takes;
    for (const auto& [method, takes] : most)
      for (const auto& [value, methods] : taken)
        if (takes.size() >= kEnough && !methods.contains(method) &&
            !others_decide(description, i, method, takes))
          ADD_FAILURE() << "values that the author says are meant are not refused\n  broken: "
                        << method << "() throws whenever " << field.name << " is " << shown(value)
                        << ", which is said to be from " << shown(low) << " to " << shown(high);
  }
  if (!any) GTEST_SKIP() << "does not apply: no field with a range that the author says";
}

/// The same is done twice: the same comes out.
template <class Subject>
void same_again(const Description<Subject>& description) {
  for_all(usual(description), "the same done to a fresh artifact has the same outcome",
          [&](const Scenario& scenario) {
            const Outcome first = play(description, scenario);
            holds_if(first == play(description, scenario), "the second time came out differently");
          });
}

/// Two instances, of which one is used: the other is as if it were alone.
template <class Subject>
void instances_are_apart(const Description<Subject>& description) {
  for_all(usual(description), "what is done to one instance is not seen in another",
          [&](const Scenario& scenario) {
            const Outcome alone = play(description, scenario);
            Subject other;
            play(description, scenario, other);
            Outcome again;
            Subject subject;
            again = play(description, scenario, subject);
            holds_if(alone == again, "another instance's calls changed the outcome");
          });
}

/// The field itself is not an outcome of changing it.
template <class Subject>
std::vector<std::string> without(const Description<Subject>&, const std::string& field,
                                 Outcome outcome) {
  std::erase_if(outcome.seen,
                [&](const std::string& line) { return line.starts_with(field + " = "); });
  return std::move(outcome.seen);
}

/// A setting that is a whole number is as many tokens as there are behind the last round: if it is
/// a threshold, that is where it matters. Any of them, or `one`.
template <class Subject>
rc::Gen<Scenario> at_a_threshold(const Description<Subject>& description,
                                 std::optional<size_t> one) {
  return rc::gen::map(
      usual(description), [one, ranges = Drawable(description).fields](Scenario drawn) {
        if (drawn.rounds.empty() || ranges.empty()) return drawn;
        const size_t field = one.value_or(drawn.rounds[0] % ranges.size());
        const double tokens = std::accumulate(drawn.rounds.begin(), drawn.rounds.end(), 0);
        if (ranges[field].whole && ranges[field].high > 1)
          drawn.fields[field] = std::clamp(tokens, ranges[field].low, ranges[field].high);
        drawn.steps.clear();
        return drawn;
      });
}

/// What is asked of a field that is read, a parameter, a method, an answer: that it can be seen to
/// matter. Where it `must`, it fails otherwise. Elsewhere some is for speed, or for what no
/// scenario comes to: the test is skipped then, and says so. What nothing reads is a mistake, and
/// needs no scenario to be one.
template <class Subject>
void shows_up(bool must, const Description<Subject>& description, const std::string& words,
              const Shows& shows, std::optional<size_t> field = std::nullopt) {
  if (!Chosen::current() && is_seen(usual(description), shows)) return;
  const auto by_hooks = [&](const Scenario& scenario) {
    const HooksAlone alone;
    return shows(scenario);
  };
  if (must)
    for_some(at_a_threshold(description, field), words, by_hooks);
  else
    GTEST_SKIP() << "not seen in " << kTries << " scenarios: " << words;
}

/// Do scenarios of this kind come to all that its artifacts do with this field, or, without one, in
/// what is called when it is time?
template <class Subject>
bool comes_to_all(const Description<Subject>& description, const Field<Subject>* field) {
  if constexpr (requires { comes_to_all_of_kind(description, field); })
    return comes_to_all_of_kind(description, field);
  else
    return false;
}

inline void nothing_reads(const std::string& what) {
  ADD_FAILURE() << what << " never changes any outcome: nothing reads it";
}

/// Some scenario has another outcome when this field is changed.
template <class Subject>
void field_matters(const Description<Subject>& description, const std::string& name) {
  const auto field = std::find_if(description.fields.begin(), description.fields.end(),
                                  [&](const auto& each) { return each.name == name; });
  const bool is_a_way = field->range.high - field->range.low <= 1;  // and not a result: true, false
  shows_up(
      comes_to_all(description, &*field) && !is_a_way, description,
      "field " + name + " never changes any outcome",
      [&](const Scenario& scenario) {
        for (size_t i = 0; i < description.fields.size(); ++i) {
          if (description.fields[i].name != name) continue;
          Scenario other = scenario;
          const Range range = description.fields[i].range;
          const double step = range.whole ? 1 : (range.high - range.low) / 8;
          const double value = other.fields[i] + step <= range.high ? other.fields[i] + step
                                                                    : other.fields[i] - step;
          other.fields[i] = value;
          return without(description, name, play(description, scenario)) !=
                 without(description, name, play(description, other));
        }
        return false;
      },
      field - description.fields.begin());
}

/// What a process of its own ends with: what `act` returns; another number where it crashes.
inline int in_a_child(const std::function<int()>& act) {
  const pid_t child = fork();
  if (child < 0) throw std::runtime_error("no process can be started");
  if (child == 0) _exit(act());
  int status = 0;
  while (waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw std::runtime_error("a process cannot be waited for");
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Is the outcome of the scenario another one than `told`? Where the artifact is lied to, or not
/// told what it counts on, it may read where nothing is.
template <class Subject>
bool comes_out_otherwise(const Description<Subject>& description, const Scenario& scenario,
                         const Outcome& told) {
  return in_a_child([&] {
           if (!std::freopen("/dev/null", "w", stderr)) return 1;
           try {
             return play(description, scenario) != told ? 1 : 0;
           } catch (const Broken&) {
             return 1;
           }
         }) != 0;
}

/// Some scenario has another outcome when nobody calls this method.
template <class Subject>
void method_matters(const Description<Subject>& description, const std::string& name) {
  const bool is_told = description.method(name)->role == Role::kHook;
  shows_up(comes_to_all<Subject>(description, nullptr) && is_told, description,
           "calling " + name + " never changes any outcome", [&](const Scenario& scenario) {
             const Outcome called = play(description, scenario);
             const Muted muted(name);
             return comes_out_otherwise(description, scenario, called);
           });
}

/// Some scenario has another outcome when this parameter is changed.
template <class Subject>
void parameter_matters(const Description<Subject>& description, const std::string& method_name,
                       size_t parameter) {
  const Method<Subject>& method = *description.method(method_name);
  shows_up(
      comes_to_all<Subject>(description, nullptr) && method.role == Role::kHook, description,
      "parameter " + method.parameters.at(parameter).name + " of " + method_name +
          " never changes any outcome",
      [&](const Scenario& scenario) {
        if (method.role == Role::kHook && method.parameters[parameter].form != Parameter::kNumber) {
          const Outcome told = play(description, scenario);  // who calls it, says what is in it
          const OtherContents contents(kAll);
          return play(description, scenario) != told;
        }
        Scenario other = scenario;
        bool changed = false;
        for (Step& step : other.steps) {
          if (step.method != method_name) continue;
          Argument& argument = step.arguments.at(parameter);
          const Range range = method.parameters[parameter].range;
          for (double& number : argument.numbers) {
            const double up = range.whole ? number + 1 : number + (range.high - range.low) / 8;
            number = up <= range.high ? up : range.low;
          }
          if (argument.numbers.empty()) argument.text += "b";
          changed = true;
          break;
        }
        return changed && play(description, scenario) != play(description, other);
      });
}

/// Some scenario has another outcome when this peer answers otherwise: `kv_cache.length`. Of the
/// cache, whose rows tests look at, an answer that nothing comes of is a mistake.
template <class Subject>
void answer_matters(const Description<Subject>& description, const std::string& read) {
  const std::string words = "what " + read + " answers never changes any outcome";
  const auto shows = [&](const Scenario& scenario) {
    const Outcome told = play(description, scenario);
    const Perturbed lie(read);
    return comes_out_otherwise(description, scenario, told);
  };
  shows_up(read.starts_with("kv_cache."), description, words, shows);
}

}  // namespace laws

namespace laws {  // not listed by the generator: `/// law: too_low_a_setting_is_refused`

/// For an artifact that refuses a setting below the range that the author says.
template <class Subject>
void too_low_a_setting_is_refused(const Description<Subject>& description) {
  for_all(usual(description), "a setting below its range is refused",
          [&](const Scenario& scenario) {
            bool any = false;
            for (size_t i = 0; i < description.fields.size(); ++i) {
              const auto& [name, range, set, get, initial] = description.fields[i];
              if (!range.is_said || !range.whole) continue;
              any = true;
              Scenario other = scenario;
              other.fields[i] = range.low - 1;
              holds_if(play(description, other).refused, name + " may be " + shown(range.low - 1));
            }
            only_if(any);
          });
}

}  // namespace laws

// ---- what a derived file says -------------------------------------------------------------------

/// A law, and a scenario that broke it once: COOP_KEPT(Lru, twice_is_once, 1, {.fields = {4}}).
#define COOP_KEPT(artifact, law, number, ...)                                             \
  TEST(artifact##_kept, law##_##number) {                                                 \
    ::coop::testing::ask_again(kDescription, ::coop::testing::Scenario __VA_ARGS__,       \
                               [](const auto& all) { ::coop::testing::laws::law(all); }); \
  }

#define COOP_SMOKE(artifact) \
  TEST(artifact##_smoke, boundary_values) { ::coop::testing::laws::boundary_values(kDescription); }

#define COOP_PEERS(artifact)                                       \
  TEST(artifact##_peers, preconditions_hold) {                     \
    ::coop::testing::laws::peers_preconditions_hold(kDescription); \
  }

#define COOP_LAW(artifact, law) \
  TEST(artifact##_law, law) { ::coop::testing::laws::law(kDescription); }

/// A test for each of the laws that follow the artifact's name.
#define COOP_LAWS(artifact, ...) \
  __VA_OPT__(COOP_AGAIN_2(COOP_AGAIN_2(COOP_AGAIN_2(COOP_NEXT_LAW(artifact, __VA_ARGS__)))))
#define COOP_NEXT_LAW(artifact, law, ...) \
  COOP_LAW(artifact, law)                 \
  __VA_OPT__(COOP_NEXT_LAW_LATER COOP_NOTHING()()(artifact, __VA_ARGS__))
#define COOP_NEXT_LAW_LATER() COOP_NEXT_LAW
#define COOP_NOTHING()
#define COOP_AGAIN_2(...) COOP_AGAIN_1(COOP_AGAIN_1(COOP_AGAIN_1(COOP_AGAIN_1(__VA_ARGS__))))
#define COOP_AGAIN_1(...) COOP_AGAIN(COOP_AGAIN(COOP_AGAIN(COOP_AGAIN(__VA_ARGS__))))
#define COOP_AGAIN(...) __VA_ARGS__

#define COOP_FIELD_MATTERS(artifact, field) \
  TEST(artifact##_relevance, field) { ::coop::testing::laws::field_matters(kDescription, #field); }

/// Said of a field that no method names.
#define COOP_FIELD_IS_READ(artifact, field) \
  TEST(artifact##_relevance, field) { ::coop::testing::laws::nothing_reads("field " #field); }

#define COOP_METHOD_MATTERS(artifact, method)                     \
  TEST(artifact##_relevance, method) {                            \
    ::coop::testing::laws::method_matters(kDescription, #method); \
  }

#define COOP_PARAMETER_MATTERS(artifact, method, index, parameter)          \
  TEST(artifact##_relevance, method##_##parameter) {                        \
    ::coop::testing::laws::parameter_matters(kDescription, #method, index); \
  }

/// Said of a parameter that its method's body does not name.
#define COOP_PARAMETER_IS_READ(artifact, method, index, parameter)                \
  TEST(artifact##_relevance, method##_##parameter) {                              \
    ::coop::testing::laws::nothing_reads("parameter " #parameter " of " #method); \
  }

#define COOP_ANSWER_MATTERS(artifact, peer, method)                         \
  TEST(artifact##_relevance, peer##_##method) {                             \
    ::coop::testing::laws::answer_matters(kDescription, #peer "." #method); \
  }

}  // namespace coop::testing
