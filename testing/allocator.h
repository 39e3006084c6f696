// Laws of what hands out numbers, of blocks, slots or handles, and takes them back.
#pragma once

#include "testing/by_name.h"
#include "testing/calls.h"

namespace coop::testing {

/// `alloc()` or `alloc(count)`, which answers a number; below 0, nothing, or an exception: there is
/// none.
template <class Subject>
const Method<Subject>& handing_out(const Description<Subject>& description) {
  for (const char* name : {"alloc", "allocate", "acquire", "take", "lease", "obtain"})
    if (const Method<Subject>* found = description.method(name);
        found && !found->is_void && found->parameters.size() <= 1)
      return *found;
  throw Discarded();
}

/// `free(number)`, which takes it back.
template <class Subject>
const Method<Subject>& taking_back(const Description<Subject>& description) {
  for (const char* name : {"free", "deallocate", "release", "give_back", "put_back", "recycle"})
    if (const Method<Subject>* found = description.method(name);
        found && found->parameters.size() == 1)
      return *found;
  throw Discarded();
}

/// One that is used: what is out, and what was called so far.
template <class Subject>
class Handing {
 public:
  Handing(const Description<Subject>& description, const Scenario& scenario)
      : description_(description),
        out_(handing_out(description)),
        back_(taking_back(description)),
        smallest_(out_.parameters.empty() ? 0 : std::max(1.0, out_.parameters[0].range.low)) {
    Outcome outcome;
    set_up(description, with_little(description, scenario), subject, outcome);
    only_if(!outcome.refused);
  }

  /// Asks for some, `more` than the least that can be asked for; nothing when there are none.
  std::optional<double> hand_out(int more = 0) {
    Step step{out_.name, {}};
    const double wanted = smallest_ + more;
    if (!out_.parameters.empty()) step.arguments.emplace_back(wanted);
    Outcome outcome;
    take(description_, step, subject, outcome);
    const std::vector<double> numbers = returned_numbers(outcome, out_.name);
    say(out_.name, out_.parameters.empty() ? "" : shown(wanted));
    if (outcome.refused || numbers.empty() || numbers[0] < 0) {
      said_ += " = none";
      return std::nullopt;
    }
    said_ += " = " + shown(numbers[0]);
    is_out_twice |= live.contains(numbers[0]);
    live[numbers[0]] = wanted;
    return numbers[0];
  }
  void take_back(double number) {
    const Step step{back_.name, {number}};
    Outcome outcome;
    take(description_, step, subject, outcome);
    say(back_.name, shown(number));
    only_if(!outcome.refused);
    live.erase(number);
  }
  /// One of those that are out.
  double any(int pick) const {
    return std::next(live.begin(), pick % static_cast<long>(live.size()))->first;
  }
  /// As many as there are, of the least; kMost when they do not end.
  int fill() {
    int out = 0;
    while (out < kMost && hand_out()) ++out;
    return out;
  }
  void take_all_back() {
    while (!live.empty()) take_back(any(static_cast<int>(live.size()) * 7));
  }
  const std::string& said() const { return said_; }

  static constexpr int kMost = 300;
  Subject subject;
  std::map<double, double> live;  // number → how many were asked for
  bool is_out_twice = false;      // one that was handed out was out already

 private:
  void say(const std::string& method, const std::string& given) {
    said_ += (said_.empty() ? "" : ", ") + method + "(" + given + ")";
  }

  const Description<Subject>& description_;
  const Method<Subject>&out_, &back_;
  const double smallest_;
  std::string said_;
};

/// A configuration, and what is done: each round hands out, or takes one back.
template <class Subject, class Law>
void for_handing(const Description<Subject>& description, const std::string& words, Law law) {
  for_all(rc::gen::map(scenarios(description, 0, 24, 64),
                       [](Scenario drawn) {
                         drawn.steps.clear();
                         return drawn;
                       }),
          words, [&](const Scenario& scenario) {
            Handing<Subject> handing(description, scenario);
            law(handing, scenario);
          });
}

/// Two of five rounds take one back; the others hand out, up to `most_more` more than the least.
template <class Subject>
void some_rounds(Handing<Subject>& handing, const std::vector<int>& rounds, int most_more,
                 const std::function<void()>& behind = nullptr) {
  for (const int round : rounds) {
    if (round % 5 < 2 && !handing.live.empty())
      handing.take_back(handing.any(round / 5));
    else
      handing.hand_out(most_more == 0 ? 0 : round / 5 % (most_more + 1));
    if (behind) behind();
  }
}

namespace laws {

/// A number that is out is not handed out, until it comes back.
template <class Subject>
void what_is_out_is_not_handed_out(const Description<Subject>& description) {
  for_handing(description, "what is out is not handed out again",
              [](Handing<Subject>& handing, const Scenario& scenario) {
                some_rounds(handing, scenario.rounds, 0, [&] {
                  holds_if(!handing.is_out_twice, handing.said() + ", which is out already");
                });
              });
}

/// Where a number is that of the first of so many: those do not overlap, either.
template <class Subject>
void what_is_out_does_not_overlap(const Description<Subject>& description) {
  for_handing(description, "of what is out nothing is handed out again as a part of more",
              [&](Handing<Subject>& handing, const Scenario& scenario) {
                Handing<Subject> trial(description, scenario);
                const auto two = trial.hand_out(1), next = trial.hand_out(),
                           last = trial.hand_out();
                only_if(two && next && last && std::abs(*next - *two) >= 2);
                some_rounds(handing, scenario.rounds, 3, [&] {
                  double end = -1;
                  for (const auto& [first, count] : handing.live) {
                    holds_if(first >= end, handing.said() + ": " + shown(first) + " is out twice");
                    end = first + count;
                  }
                });
              });
}

/// When all is back, there are as many as at first.
template <class Subject>
void what_comes_back_is_handed_out_again(const Description<Subject>& description) {
  for_handing(description, "when all is back, as many can be handed out as at first",
              [&](Handing<Subject>& handing, const Scenario& scenario) {
                Handing<Subject> fresh(description, scenario);
                const int room = fresh.fill();
                only_if(0 < room && room < Handing<Subject>::kMost);
                some_rounds(handing, scenario.rounds, 3);
                handing.take_all_back();
                const std::string said = handing.said();
                const int again = handing.fill();
                holds_if(again == room, "of a new one " + std::to_string(room) +
                                            " can be had, and " + std::to_string(again) +
                                            " behind " + said);
              });
}

/// What counts those that are out, or those that are left, goes on doing so.
template <class Subject>
void a_count_is_of_what_is_out(const Description<Subject>& description) {
  for_handing(description, "what counts those that are out, or are left, counts them",
              [&](Handing<Subject>& handing, const Scenario& scenario) {
                bool counted = false;
                for (const Method<Subject>& method : description.methods) {
                  if (!method.parameters.empty() || method.is_void || method.is_bool) continue;
                  Handing<Subject> trial(description, scenario);
                  const auto none = answer_of(description, method, trial.subject);
                  if (!none || !trial.hand_out()) continue;
                  const auto one = answer_of(description, method, trial.subject);
                  if (!one || !trial.hand_out()) continue;
                  const auto two = answer_of(description, method, trial.subject);
                  const double each = *one - *none;
                  if (!two || std::abs(each) != 1 || *two - *one != each) continue;
                  counted = true;
                  some_rounds(handing, scenario.rounds, 0, [&] {
                    const auto told = answer_of(description, method, handing.subject);
                    const auto wanted = *none + each * static_cast<double>(handing.live.size());
                    holds_if(told == wanted, method.name + "() is " + shown(told.value_or(-1)) +
                                                 " in place of " + shown(wanted) + " behind " +
                                                 handing.said());
                  });
                  break;
                }
                only_if(counted);
              });
}

}  // namespace laws
}  // namespace coop::testing
