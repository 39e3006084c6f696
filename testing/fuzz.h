// libFuzzer's bytes → a law and a scenario of its own kind → is it broken? A derived target lists
// the laws; what breaks one is made small, and told as text that is kept.
//
// Bytes are choices, and every choice is one that the law might have drawn itself: a scenario, and
// then what to take over from others, field by field. So no law is asked of what it was not made
// for, and a byte changed is a scenario changed a little, which is what libFuzzer searches by.
#pragma once

#include <gtest/gtest-spi.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "testing/universal.h"

namespace coop::testing {

/// What a target exits with when a law is broken; a sanitizer's exit is libFuzzer's own.
inline constexpr int kLawIsBroken = 70;

struct FuzzedLaw {
  std::string name;
  std::function<void()> ask;
};

inline std::vector<FuzzedLaw>& fuzzed_laws() {
  static std::vector<FuzzedLaw> laws;
  return laws;
}

inline bool will_fuzz(std::string name, std::function<void()> ask) {
  fuzzed_laws().push_back({std::move(name), std::move(ask)});
  return true;
}

// ---- asking -------------------------------------------------------------------------------------

struct Answer {
  bool was_chosen = false;  // the law wanted a scenario: it does apply
  std::string failure;      // what it says; empty if it is not broken
};

/// Asks a law of what `choose` names, and keeps its words from everybody else.
inline Answer ask(const FuzzedLaw& law, const Chosen::Choose& choose) {
  Answer out;
  ::testing::TestPartResultArray said;
  {
    const ::testing::ScopedFakeTestPartResultReporter listens(
        ::testing::ScopedFakeTestPartResultReporter::INTERCEPT_ONLY_CURRENT_THREAD, &said);
    const Chosen chosen([&](const rc::Gen<Scenario>& gen) {
      out.was_chosen = true;
      return choose(gen);
    });
    law.ask();
  }
  for (int i = 0; i < said.size(); ++i)
    if (said.GetTestPartResult(i).failed()) out.failure = said.GetTestPartResult(i).message();
  return out;
}

// ---- bytes --------------------------------------------------------------------------------------

class Bytes {
 public:
  Bytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  bool are_over() const { return size_ == 0; }
  unsigned one() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  unsigned two() {
    const unsigned high = one();
    return high * 256 + one();
  }

 private:
  const uint8_t* data_;
  size_t size_;
};

inline Scenario drawn_by(const rc::Gen<Scenario>& gen, uint64_t seed) {
  return gen(rc::Random(kSeed + seed), 100).value();
}

/// How many steps and rounds a law draws: some want two steps, and mean them.
struct Shape {
  size_t fewest_steps = 99, most_steps = 0, fewest_rounds = 99, most_rounds = 0;
};

inline Shape shape_of(const rc::Gen<Scenario>& gen) {
  Shape out;
  for (uint64_t i = 0; i < 32; ++i) {
    const Scenario scenario = drawn_by(gen, i);
    out.fewest_steps = std::min(out.fewest_steps, scenario.steps.size());
    out.most_steps = std::max(out.most_steps, scenario.steps.size());
    out.fewest_rounds = std::min(out.fewest_rounds, scenario.rounds.size());
    out.most_rounds = std::max(out.most_rounds, scenario.rounds.size());
  }
  return out;
}

/// Puts what `other` does in that place of `out`, where both call the same method.
inline void take_step_over(const Scenario& other, size_t at, Scenario& out) {
  if (out.steps.empty()) return;
  Step& step = out.steps[at % out.steps.size()];
  for (const Step& one : other.steps)
    if (one.method == step.method) step = one;
}

inline Scenario scenario_of(const rc::Gen<Scenario>& gen, const Shape& shape, Bytes& bytes) {
  Scenario out = drawn_by(gen, bytes.two());
  while (!bytes.are_over()) {
    const unsigned what = bytes.one() % 6, at = bytes.one();
    const Scenario other = drawn_by(gen, bytes.two());
    if (what == 0 && !out.fields.empty()) {
      out.fields[at % out.fields.size()] = other.fields[at % out.fields.size()];
    } else if (what == 1 && !out.rounds.empty() && !other.rounds.empty()) {
      out.rounds[at % out.rounds.size()] = other.rounds[at % other.rounds.size()];
    } else if (what == 2) {
      take_step_over(other, at, out);
    } else if (what == 3 && out.steps.size() > shape.fewest_steps) {
      out.steps.erase(out.steps.begin() + at % out.steps.size());
    } else if (what == 4 && out.steps.size() < shape.most_steps && !other.steps.empty()) {
      out.steps.push_back(other.steps[at % other.steps.size()]);
    } else if (what == 5 && out.rounds.size() < shape.most_rounds && !other.rounds.empty()) {
      out.rounds.push_back(other.rounds[at % other.rounds.size()]);
    }
  }
  return out;
}

// ---- making it small ----------------------------------------------------------------------------

inline double weight(const Step& step) {
  double out = 0;
  for (const Argument& argument : step.arguments) {
    out += static_cast<double>(argument.numbers.size() + argument.text.size());
    for (const double number : argument.numbers) out += std::abs(number);
  }
  return out;
}

/// Scenarios with a step less, a round less, or a smaller value out of `others`.
inline std::vector<Scenario> smaller(const Scenario& scenario, const Shape& shape,
                                     const std::vector<Scenario>& others) {
  std::vector<Scenario> out;
  const auto changed = [&](auto change) {
    out.push_back(scenario);
    change(out.back());
  };
  for (size_t i = 0; i < scenario.steps.size() && scenario.steps.size() > shape.fewest_steps; ++i)
    changed([&](Scenario& one) { one.steps.erase(one.steps.begin() + i); });
  for (size_t i = 0; i < scenario.rounds.size(); ++i) {
    if (scenario.rounds.size() > shape.fewest_rounds)
      changed([&](Scenario& one) { one.rounds.erase(one.rounds.begin() + i); });
    for (const int less : {1, scenario.rounds[i] / 2, scenario.rounds[i] - 1})
      if (0 < less && less < scenario.rounds[i])
        changed([&](Scenario& one) { one.rounds[i] = less; });
  }
  for (const Scenario& other : others) {
    for (size_t i = 0; i < scenario.fields.size(); ++i)
      if (std::abs(other.fields[i]) < std::abs(scenario.fields[i]))
        changed([&](Scenario& one) { one.fields[i] = other.fields[i]; });
    for (size_t i = 0; i < scenario.steps.size(); ++i)
      for (const Step& step : other.steps)
        if (step.method == scenario.steps[i].method && weight(step) < weight(scenario.steps[i]))
          changed([&](Scenario& one) { one.steps[i] = step; });
  }
  return out;
}

/// What a law draws from, asked for without a scenario being tried.
struct Pool {
  Shape shape;
  std::vector<Scenario> others;

  explicit Pool(const FuzzedLaw& law) {
    const auto look = [&](const rc::Gen<Scenario>& gen) -> Scenario {
      shape = shape_of(gen);
      for (uint64_t i = 0; others.size() < 32; ++i) others.push_back(drawn_by(gen, i));
      throw Discarded();
    };
    try {
      ask(law, look);
    } catch (const Discarded&) {
    }
  }
};

/// The smallest scenario that could be found in so many tries of which `breaks` is true.
template <class Breaks>
Scenario smallest(const FuzzedLaw& law, Scenario scenario, int tries, Breaks breaks) {
  const Pool pool(law);
  for (bool is_smaller = true; is_smaller;) {
    is_smaller = false;
    for (const Scenario& candidate : smaller(scenario, pool.shape, pool.others)) {
      if (tries-- <= 0) return scenario;
      is_smaller = breaks(candidate);
      if (!is_smaller) continue;
      scenario = candidate;
      break;
    }
  }
  return scenario;
}

inline Answer ask_of(const FuzzedLaw& law, const Scenario& scenario) {
  return ask(law, [&](const rc::Gen<Scenario>&) { return scenario; });
}

enum class Ending { kYes, kNo, kCrash };

/// Runs it in a process of its own: what it answers, or that it crashed, or did not end.
template <class Run>
Ending ending_of(Run run) {
  constexpr int kYes = 101, kNo = 102;  // sanitizers end with 1, libFuzzer with 77

  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (!std::freopen("/dev/null", "w", stderr)) std::_Exit(kNo);
    signal(SIGALRM, SIG_DFL);
    alarm(20);
    std::_Exit(run() ? kYes : kNo);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) < 0) return Ending::kNo;
  if (!WIFEXITED(status)) return Ending::kCrash;
  return WEXITSTATUS(status) == kYes  ? Ending::kYes
         : WEXITSTATUS(status) == kNo ? Ending::kNo
                                      : Ending::kCrash;
}

// ---- one input ----------------------------------------------------------------------------------

/// Takes out what $COOP_FUZZ_EXCEPT names, and what does not apply.
inline void choose_laws() {
  const char* given = std::getenv("COOP_FUZZ_EXCEPT");
  const std::string excepted = "," + std::string(given ? given : "") + ",";
  std::erase_if(fuzzed_laws(), [&](const FuzzedLaw& law) {
    if (excepted.find("," + law.name + ",") != std::string::npos) return true;
    const auto applies = [&] {
      return ask(law, [](const rc::Gen<Scenario>& gen) { return drawn_by(gen, 0); }).was_chosen;
    };
    return ending_of(applies) == Ending::kNo;
  });
  for (const FuzzedLaw& law : fuzzed_laws()) std::fprintf(stderr, "fuzzed: %s\n", law.name.c_str());
}

/// Of an input that ended the program: law and scenario, made small; then it ends once more.
[[noreturn]] inline void tell(const FuzzedLaw& law, const Scenario& scenario) {
  const Scenario least = smallest(law, scenario, 300, [&](const Scenario& candidate) {
    return ending_of([&] { return ask_of(law, candidate).was_chosen; }) == Ending::kCrash;
  });
  std::fprintf(stderr, "asked: %s\n  input: %s\n", law.name.c_str(), shown(least).c_str());
  std::fflush(stderr);
  ask_of(law, least);
  std::_Exit(0);
}

inline void try_bytes(Bytes bytes) {
  if (fuzzed_laws().empty()) return;
  const FuzzedLaw& law = fuzzed_laws()[bytes.one() % fuzzed_laws().size()];
  static std::map<std::string, Shape> shapes;
  Scenario scenario;
  const Answer answer = ask(law, [&](const rc::Gen<Scenario>& gen) {
    if (!shapes.count(law.name)) shapes[law.name] = shape_of(gen);
    scenario = scenario_of(gen, shapes[law.name], bytes);
    if (std::getenv("COOP_FUZZ_TELL")) tell(law, scenario);
    return scenario;
  });
  if (answer.failure.empty()) return;
  scenario = smallest(law, scenario, 3000, [&](const Scenario& candidate) {
    return !ask_of(law, candidate).failure.empty();
  });
  std::fprintf(stderr, "broken: %s\n%s\n", law.name.c_str(), ask_of(law, scenario).failure.c_str());
  std::fflush(stderr);
  std::_Exit(kLawIsBroken);
}

}  // namespace coop::testing

#define COOP_FUZZ(artifact, law)    \
  static const bool kFuzzes_##law = \
      ::coop::testing::will_fuzz(#law, [] { ::coop::testing::laws::law(kDescription); });

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  coop::testing::choose_laws();
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  coop::testing::try_bytes({data, size});
  return 0;
}
