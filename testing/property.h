// Scenarios by the hundred: drawn, run, shrunk where a law breaks, and told as C++.
#pragma once

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdlib>
#include <ctime>
#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "testing/kept.h"

namespace coop::testing {

/// Pinned, so that a run says the same each time; $COOP_TEST_SEED is for the long search.
inline constexpr uint64_t kSeed = 20240611;
inline constexpr int kCases = 200;  // a property; $COOP_TEST_CASES

inline constexpr int kHopeless =
    60;  // cases that say nothing, and none that does: it will not come

/// Processor time that a law may take: then those cases must do that were tried. What some scenario
/// must show has longer, since there is no such way out.
inline constexpr double kLawSeconds = 3, kShownSeconds = 8;
inline double seconds_used() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

inline uint64_t number_from(const char* variable, uint64_t otherwise) {
  const char* given = std::getenv(variable);
  return given ? std::strtoull(given, nullptr, 10) : otherwise;
}

/// Does not hold for this scenario; `what` says why in words.
inline void broken(const std::string& what) { throw Broken{what}; }
inline void holds_if(bool condition, const std::string& what) {
  if (!condition) broken(what);
}

/// This scenario says nothing about the law.
struct Discarded {};
inline void only_if(bool condition) {
  if (!condition) throw Discarded();
}

// ---- drawing ------------------------------------------------------------------------------------

/// Ends, their neighbours and small values as often as any other. RapidCheck's inRange grows with
/// its size, and would never come to the upper half: here the size is fixed.
inline rc::Gen<double> value_in(Range range) {
  if (!range.whole) {
    const double low = range.low, width = range.high - range.low;
    return rc::gen::map(rc::gen::resize(100, rc::gen::inRange(0, 65)),
                        [=](int part) { return low + width * part / 64; });
  }
  const long low = static_cast<long>(range.low), high = static_cast<long>(range.high);
  const auto whole = [](rc::Gen<long> gen) {
    return rc::gen::map(rc::gen::resize(100, std::move(gen)),
                        [](long value) { return static_cast<double>(value); });
  };
  const long small = std::min(high, low + 8);
  return rc::gen::weightedOneOf<double>(
      {{4, whole(rc::gen::inRange(low, small + 1))},
       {3, whole(rc::gen::inRange(low, high + 1))},
       {1, whole(rc::gen::element(low, std::min(low + 1, high), std::max(high - 1, low), high))}});
}

inline rc::Gen<Argument> argument_for(const Parameter& parameter) {
  switch (parameter.form) {
    case Parameter::kNumber:
      return rc::gen::map(value_in(parameter.range), [](double x) { return Argument(x); });
    case Parameter::kArray:
      return rc::gen::map(
          rc::gen::resize(24, rc::gen::nonEmpty(rc::gen::container<std::vector<double>>(
                                  value_in(parameter.range)))),
          [](std::vector<double> x) { return Argument(std::move(x)); });
    case Parameter::kText:
      return rc::gen::map(rc::gen::resize(12, rc::gen::string<std::string>()), [](std::string x) {
        for (char& c : x) c = static_cast<char>('a' + static_cast<unsigned char>(c) % 26);
        return Argument(std::move(x));
      });
    case Parameter::kCount:
      return rc::gen::just(Argument(0.0));  // filled in from its array
    case Parameter::kQueries:
      return rc::gen::just(Argument());  // filled in from the cache
  }
  return rc::gen::just(Argument());
}

/// A method, whoever has it.
struct Signature {
  std::string method;
  std::vector<Parameter> parameters;
};

inline Step step_of(const Signature& signature) {
  const std::vector<Parameter>& parameters = signature.parameters;
  Step step{signature.method, {}};
  for (const Parameter& parameter : parameters) step.arguments.push_back(*argument_for(parameter));
  for (size_t i = 1; i < parameters.size(); ++i)
    if (parameters[i].form == Parameter::kCount)
      step.arguments[i] = static_cast<double>(step.arguments[i - 1].numbers.size());
  return step;
}

template <class Subject>
Step step_of(const Method<Subject>& method) {
  return step_of(Signature{method.name, method.parameters});
}

/// What can be drawn of an artifact. Not a template, as all that draws: it is compiled once.
struct Drawable {
  std::vector<Range> fields;
  std::vector<Signature> methods;

  template <class Subject>
  explicit Drawable(const Description<Subject>& description) {
    for (const Field<Subject>& field : description.fields) fields.push_back(field.range);
    for (const Method<Subject>& method : description.methods)
      methods.push_back({method.name, method.parameters});
  }
};

/// Shared, since who shrinks draws again when the law is gone.
using SharedDrawable = std::shared_ptr<const Drawable>;

inline rc::Gen<Step> any_step(const SharedDrawable& artifact) {
  return rc::gen::exec([artifact] {
    const std::vector<Signature>& methods = artifact->methods;
    return step_of(methods[*rc::gen::resize(100, rc::gen::inRange<size_t>(0, methods.size()))]);
  });
}

inline rc::Gen<Scenario> scenarios(const SharedDrawable& artifact, int calls, int rounds,
                                   int most) {
  return rc::gen::exec([=] {
    Scenario out;
    for (const Range& range : artifact->fields) out.fields.push_back(*value_in(range));
    if (rounds > 0)
      out.rounds = *rc::gen::resize(
          rounds, rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(
                      rc::gen::map(value_in({1, static_cast<double>(most)}),
                                   [](double x) { return static_cast<int>(x); }))));
    if (calls > 0 && !artifact->methods.empty())
      out.steps =
          *rc::gen::resize(calls, rc::gen::container<std::vector<Step>>(any_step(artifact)));
    return out;
  });
}

/// Fields in their ranges, up to `calls` steps and up to `rounds` rounds of 1 to `most` tokens.
template <class Subject>
rc::Gen<Scenario> scenarios(const Description<Subject>& description, int calls, int rounds = 0,
                            int most = 40) {
  return scenarios(std::make_shared<Drawable>(description), calls, rounds, most);
}

// ---- sanitizers -------------------------------------------------------------------------------

/// What is being tried: an error that a sanitizer finds ends the program, and this says on what.
inline const Scenario* running = nullptr;

/// Tries one, as long as it lives.
struct Trying {
  explicit Trying(const Scenario& scenario) { running = &scenario; }
  ~Trying() { running = nullptr; }
};

inline void tell_running() {
  if (running) std::cerr << "\n  input: " << shown(*running) << "\n";
}

// ---- checking -----------------------------------------------------------------------------------

/// RapidCheck's own words are about tuples; a failure is told as a scenario instead.
struct Quiet : rc::detail::TestListener {
  void onTestCaseFinished(const rc::detail::CaseDescription&) override {}
  void onShrinkTried(const rc::detail::CaseDescription&, bool) override {}
  void onTestFinished(const rc::detail::TestMetadata&, const rc::detail::TestResult&) override {}
};

/// What a law says of one scenario.
enum class Verdict { kHolds, kSaysNothing, kBroken };

/// Throws Broken, or Discarded. Not a template's parameter, so that who asks it is compiled once.
using Law = std::function<void(const Scenario&)>;

inline Verdict verdict_of(const Law& law, const Scenario& scenario, std::string& why) {
  const Trying trying(scenario);
  try {
    law(scenario);
    return Verdict::kHolds;
  } catch (const Discarded&) {
    return Verdict::kSaysNothing;
  } catch (const Broken& found) {
    why = found.what;
  } catch (const std::exception& thrown) {
    why = std::string("it threw: ") + thrown.what();
  }
  return Verdict::kBroken;
}

inline void fail(const std::string& words, const std::string& why, const Scenario& scenario) {
  ADD_FAILURE() << words << "\n  broken: " << why << "\n  shrunk: " << shown(scenario);
}

/// A scenario that somebody chose, in place of drawn ones.
inline void for_one(const Scenario& scenario, const std::string& words, const Law& law) {
  std::string why;
  const Verdict verdict = verdict_of(law, scenario, why);
  if (verdict == Verdict::kBroken) return fail(words, why, scenario);
  if (verdict == Verdict::kSaysNothing)
    GTEST_SKIP() << words << "\n  does not apply: the scenario does not come to the point";
}

/// Fails the running test with the smallest scenario that breaks `law`. Skips it when no scenario
/// comes to the point: a test that asserts nothing must not pass.
inline void for_all(const rc::Gen<Scenario>& gen, const std::string& words, const Law& law) {
  if (const Chosen::Choose* choose = Chosen::current()) return for_one((*choose)(gen), words, law);
  rc::detail::TestParams params;
  params.seed = number_from("COOP_TEST_SEED", kSeed);
  params.maxSuccess = static_cast<int>(number_from("COOP_TEST_CASES", kCases));
  params.maxDiscardRatio = 4;
  Scenario smallest;
  std::string why;
  int asserted = 0, discarded = 0;
  const double begin = seconds_used();
  const auto property = [&] {
    if (asserted > 0 && why.empty() && seconds_used() > begin + kLawSeconds) return;
    if (asserted == 0 && discarded > kHopeless) RC_DISCARD("says nothing");
    const Scenario scenario = *gen;
    const Verdict verdict = verdict_of(law, scenario, why);
    asserted += verdict == Verdict::kHolds;
    discarded += verdict == Verdict::kSaysNothing;
    if (verdict == Verdict::kSaysNothing) RC_DISCARD("says nothing");
    if (verdict == Verdict::kHolds) return;
    smallest = scenario;
    RC_FAIL(why);
  };
  Quiet quiet;
  const auto result =
      rc::detail::checkProperty(rc::detail::toProperty(property), {}, params, quiet, {});
  if (result.is<rc::detail::SuccessResult>()) return;
  if (why.empty()) GTEST_SKIP() << words << "\n  does not apply: no scenario came to the point";
  fail(words, why, smallest);
}

inline constexpr int kTries = 400;

/// Is `shows` true of some scenario? `broken` is what a peer or a contract said last, where that
/// came between.
using Shows = std::function<bool(const Scenario&)>;
inline bool is_seen(const rc::Gen<Scenario>& gen, const Shows& shows,
                    std::string* broken = nullptr) {
  const uint64_t seed = number_from("COOP_TEST_SEED", kSeed);
  const double begin = seconds_used();
  for (uint64_t i = 0; i < kTries && seconds_used() < begin + kShownSeconds; ++i) {
    const Scenario scenario = gen(rc::Random(seed + i), 100).value();
    const Trying trying(scenario);
    try {
      if (shows(scenario)) return true;
    } catch (const Discarded&) {
    } catch (const Broken& found) {
      if (broken) *broken = "\n  broken: " + found.what;
    }
  }
  return false;
}

/// Fails the running test unless `shows` is true of some scenario.
inline void for_some(const rc::Gen<Scenario>& gen, const std::string& words, const Shows& shows) {
  if (Chosen::current()) return;  // one alone breaks nothing
  std::string broken;
  if (is_seen(gen, shows, &broken)) return;
  if (const std::string method = Refusals::always(); !method.empty())
    GTEST_SKIP() << words << "\n  does not apply: " << method << "() refuses whatever it is given";
  ADD_FAILURE() << words << broken << "\n  " << kTries << " scenarios were tried";
}

}  // namespace coop::testing

// Not inline, since the sanitizers' own are weak: a derived file is a program.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
extern "C" void __asan_on_error() { coop::testing::tell_running(); }
#endif
#if __has_feature(undefined_behavior_sanitizer)
extern "C" void __ubsan_on_report() { coop::testing::tell_running(); }
#endif
#endif
