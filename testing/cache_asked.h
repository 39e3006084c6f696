// Laws for caches that ask for them.
#pragma once

#include "testing/cache_uses.h"

namespace coop::testing {

namespace laws {  // not listed by the generator: `/// law: memory_follows_what_is_kept`

/// When nearly all is erased or replaced by a few rows, most memory is given back, and a cache is
/// never much larger than what it keeps.
template <class Subject>
void memory_follows_what_is_kept(const Description<Subject>& description) {
  if constexpr (requires(Subject& subject) {
                  subject.bytes();
                  subject.erase(0, 0, 1);
                }) {
    for_all(scenarios(description, 0, 1, 9), "memory follows what is kept",
            [&](const Scenario& scenario) {
              Subject subject;
              play_list(description, scenario, subject);
              const size_t few = subject.bytes();
              const size_t kept = sizeof(float) * 2 * kKvHeads * kKvHeadDim * 1500;
              only_if(4 * few <= kept);  // else it was told to have much from the start
              append_if_there_is_room(subject, 0, 1500);
              const size_t most = subject.bytes();
              holds_if(most <= few + kept * 2,
                       "1500 tokens of " + seen(kept) + " bytes take " + seen(most));
              const auto gives_back = [&](const std::string& when) {
                holds_if(
                    subject.bytes() <= few + kept / 4,
                    "of " + seen(most) + " bytes " + seen(subject.bytes()) + " stay when " + when);
              };
              subject.erase(0, 1, subject.length(0) - 1);
              gives_back("two tokens are kept");
              if constexpr (ReplacesRows<Subject>) {
                append_if_there_is_room(subject, 0, 1500);
                const Buffer<float> rows(subject.device, 2 * kKvHeads * kKvHeadDim);
                subject.replace(0, rows, rows);
                gives_back("two rows take the place of all");
              }
            });
  } else {
    GTEST_SKIP() << "does not apply: no bytes() and erase()";
  }
}

/// As long as there is room, a token more moves no other: keys() stays where it is.
template <class Subject>
void room_is_used_before_rows_move(const Description<Subject>& description) {
  if constexpr (ShowsRows<Subject>) {
    for_all(scenarios(description, 0, 1, 90), "a token moves no other as long as there is room",
            [&](const Scenario& scenario) {
              Subject subject;
              play_list(description, scenario, subject);
              for (int step = 0; step < 200; ++step) {
                const float* rows = subject.keys(0);
                const bool has_room = subject.length(0) < subject.capacity(0);
                append_if_there_is_room(subject, 0, 1);
                holds_if(!has_room || subject.keys(0) == rows,
                         "of " + seen(subject.capacity(0)) + " rows " +
                             seen(subject.length(0) - 1) + " were taken, and one more moved them");
              }
            });
  } else {
    GTEST_SKIP() << "does not apply: no keys(), values() and capacity()";
  }
}

/// Does the call throw?
template <class Call>
bool refuses(Call call) {
  try {
    call();
  } catch (const std::exception&) {
    return true;
  }
  return false;
}

/// What is no choice of slots: heads are missing, keep unequally many, or others than there are; or
/// there is more to put than what is kept.
template <class Subject>
void refuses_choices(Subject& subject) {
  const int length = subject.length(0);
  if constexpr (KeepsSlotsOfHeads<Subject>) {
    using Slots = std::vector<int>;
    std::vector<std::vector<Slots>> wrong = {std::vector<Slots>(kKvHeads - 1, Slots()),
                                             std::vector<Slots>(kKvHeads, {length}),
                                             std::vector<Slots>(kKvHeads, {-1})};
    if (length > 0) wrong.push_back(std::vector<Slots>(kKvHeads, {0, 0}));
    if (length > 1) wrong.push_back(std::vector<Slots>(kKvHeads, {1, 0}));
    if (length > 1) wrong.push_back(std::vector<Slots>(kKvHeads, {1, length}));
    for (const bool is_first : {true, false}) {
      std::vector<Slots> uneven(kKvHeads);
      (is_first ? uneven.front() : uneven.back()) = {0};
      if (length > 0) wrong.push_back(uneven);
    }
    for (const auto& slots : wrong) {
      std::string words;
      for (const Slots& of_head : slots) words += " " + seen(of_head);
      holds_if(refuses([&] { subject.keep(0, slots); }),
               "of " + std::to_string(length) + " slots it keeps" + words);
    }
  }
  if constexpr (PutsNewest<Subject>)
    for (const std::vector<int>& slots : {std::vector<int>(kKvHeads - 1, 0), {length, 0}, {0, -1}})
      holds_if(refuses([&] { subject.put_newest(0, slots); }),
               "of " + std::to_string(length) + " slots the newest takes " + seen(slots));
  if constexpr (AddsToValues<Subject>)
    for (const std::vector<std::vector<RowTerm>>& terms :
         {std::vector<std::vector<RowTerm>>(kKvHeads - 1),
          {{{0, 0, 1.0f}}, {{0, length, 1.0f}}},
          {{{length, 0, 1.0f}}, {}},
          {{{0, -1, 1.0f}}, {}},
          {{}, {{0, 0, 1.0f}, {-1, 0, 1.0f}}}})
      holds_if(refuses([&] { subject.add_to_values(0, terms); }),
               "of " + std::to_string(length) + " slots it adds others");
  if constexpr (ReplacesRows<Subject>) {
    const Buffer<float> more(subject.device, (length + 1) * kKvHeads * kKvHeadDim);
    holds_if(refuses([&] { subject.replace(0, more, more); }),
             "in place of " + std::to_string(length) + " rows it puts one more");
  }
}

/// For a cache that refuses slots which it does not keep: then nothing is changed; and those that
/// it keeps are not refused.
template <class Subject>
void what_is_refused_changes_nothing(const Description<Subject>& description) {
  if constexpr (requires(Subject& subject) { subject.erase(0, 0, 1); }) {
    for_all(
        cache_uses(description), "slots that are not kept are refused, and nothing is changed",
        [&](const Scenario& scenario) {
          Subject subject;
          only_if(keeps_everything(description, scenario));
          holds_if(!play(description, scenario, subject).refused,
                   "slots are refused that it keeps");
          const int length = subject.length(0);
          const std::pair<int, int> wrong[] = {
              {-1, 0}, {0, length + 1}, {length + 1, length + 2}, {-2, -1}, {length, length - 1}};
          for (const auto& [from, to] : wrong) {
            const std::string slots = std::to_string(from) + " to " + std::to_string(to) + " of " +
                                      std::to_string(length) + " slots";
            holds_if(refuses([&] { subject.erase(0, from, to); }), "it erased " + slots);
            if constexpr (CopiesKeys<Subject>)
              holds_if(refuses([&] { subject.copy_keys(0, from, to); }), "it copied " + slots);
            if constexpr (TurnsKeys<Subject>)
              holds_if(refuses([&] {
                         subject.put_keys_turned(0, from, to, subject.copy_keys(0, 0, 0), 1);
                       }),
                       "it put keys into " + slots);
          }
          refuses_choices(subject);
          holds_list(subject);
        });
  } else {
    GTEST_SKIP() << "does not apply: no erase()";
  }
}

/// For a cache that refuses layers which it does not have.
template <class Subject>
void what_is_no_layer_is_refused(const Description<Subject>& description) {
  for_all(cache_uses(description), "layers that are not there are refused",
          [&](const Scenario& scenario) {
            Subject subject;
            play_list(description, scenario, subject);
            for (const int layer : {-1, kKvLayers})
              holds_if(refuses([&] { subject.length(layer); }),
                       "it tells the length of layer " + std::to_string(layer));
          });
}

/// Who keeps something of a sequence hears that another one begins.
template <class Subject>
void a_reset_is_told(const Description<Subject>& description) {
  if constexpr (requires(Subject& subject, std::vector<std::string> calls) {
                  subject.hooks.look(calls);
                }) {
    for_all(cache_uses(description), "hooks hear of a reset once", [&](const Scenario& scenario) {
      Subject subject;
      only_if(!play(description, scenario, subject).refused);
      const auto told = [&] {
        std::vector<std::string> calls;
        subject.hooks.look(calls);
        return std::ranges::count(calls, "hooks.after_reset()");
      };
      const auto before = told();
      reset_cache(subject);
      holds_if(told() == before + 1,
               "after_reset is called " + std::to_string(told() - before) + " times for a reset");
    });
  } else {
    ADD_FAILURE() << "hooks are never called";
  }
}

}  // namespace laws
}  // namespace coop::testing
