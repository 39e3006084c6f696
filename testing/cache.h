// Laws of key/value caches, against a plain list of what was given.
#pragma once

#include "testing/cache_asked.h"
#include "testing/cache_uses.h"

namespace coop::testing {
namespace laws {

/// A cache that drops nothing by itself keeps what a list keeps, slot by slot.
template <class Subject>
void what_is_kept_is_a_list(const Description<Subject>& description) {
  for_all(cache_uses(description), "the slots hold what was appended and not erased, in order",
          [&](const Scenario& scenario) {
            Subject subject;
            play_list(description, scenario, subject);
            holds_list(subject);
          });
}

/// Whatever a cache drops, what it keeps is whole: each slot one token of this layer, none twice.
template <class Subject>
void every_row_is_one_that_was_given(const Description<Subject>& description) {
  if constexpr (ShowsRows<Subject>) {
    for_all(uses_that_add_nothing(description),
            "every slot holds one token that this layer was given", [&](const Scenario& scenario) {
              Subject subject;
              play(description, scenario, subject);
              for (int layer = 0; layer < kKvLayers; ++layer)
                for (int head = 0; head < kKvHeads; ++head) {
                  std::vector<int> ids = tokens_of(subject, layer, head);
                  for (size_t slot = 0; slot < ids.size(); ++slot) {
                    holds_if(0 <= ids[slot] && ids[slot] < subject.kv_list.given[layer],
                             "layer " + std::to_string(layer) + ", slot " + std::to_string(slot) +
                                 ": no token that it was given");
                    holds_row(subject, layer, static_cast<int>(slot), head, {ids[slot], 0},
                              !TurnsKeys<Subject>);
                  }
                  std::sort(ids.begin(), ids.end());
                  holds_if(std::adjacent_find(ids.begin(), ids.end()) == ids.end(),
                           "layer " + std::to_string(layer) + " keeps tokens " + seen(ids));
                }
            });
  } else {
    GTEST_SKIP() << "does not apply: no keys(), values() and capacity()";
  }
}

/// The token that was appended last is there.
template <class Subject>
void what_was_just_appended_is_kept(const Description<Subject>& description) {
  if constexpr (ShowsRows<Subject>) {
    for_all(uses_that_add_nothing(description), "the newest token is kept",
            [&](const Scenario& scenario) {
              Subject subject;
              only_if(!play(description, scenario, subject).refused);
              for (int layer = 0; layer < kKvLayers; ++layer) {
                append_if_there_is_room(subject, layer, 1);
                const std::vector<int> ids = tokens_of(subject, layer, 0);
                holds_if(std::ranges::find(ids, subject.kv_list.given[layer] - 1) != ids.end(),
                         "layer " + std::to_string(layer) + " was given token " +
                             std::to_string(subject.kv_list.given[layer] - 1) + " and keeps " +
                             seen(ids));
              }
            });
  } else {
    GTEST_SKIP() << "does not apply: no keys(), values() and capacity()";
  }
}

/// Positions count what was given, and nothing lowers them but a reset.
template <class Subject>
void positions_count_what_was_given(const Description<Subject>& description) {
  if constexpr (requires(Subject& subject) { subject.next_position(0); }) {
    for_all(cache_uses(description), "next_position is how many tokens a layer was given",
            [&](const Scenario& scenario) {
              Subject subject;
              only_if(!play(description, scenario, subject).refused);
              for (int layer = 0; layer < kKvLayers; ++layer)
                holds_if(subject.next_position(layer) == subject.kv_list.given[layer],
                         "layer " + std::to_string(layer) + " was given " +
                             std::to_string(subject.kv_list.given[layer]) +
                             " tokens, its next is " + seen(subject.next_position(layer)));
            });
  } else {
    GTEST_SKIP() << "does not apply: no next_position()";
  }
}

/// A call for one layer changes no other.
template <class Subject>
void layers_are_apart(const Description<Subject>& description) {
  for_all(cache_uses(description), "a call for one layer changes no other",
          [&](const Scenario& scenario) {
            Subject subject;
            Scenario before = scenario;
            before.steps.clear();
            Outcome outcome = play(description, before, subject);
            only_if(!outcome.refused);
            const auto layers = [&] {
              Outcome look;
              look_inside(description, subject, look);
              return look.seen;
            };
            for (const Step& step : scenario.steps) {
              const auto layer = description.method(step.method)->layer();
              const std::vector<std::string> was = layers();
              take(description, step, subject, outcome);
              const std::vector<std::string> is = layers();
              for (int other = 0; layer && other < kKvLayers; ++other)
                holds_if(other == step.arguments[*layer].numbers[0] || was[other] == is[other],
                         shown(step) + " changed layer " + std::to_string(other));
            }
          });
}

/// Tokens one by one are the same as all of them at once.
template <class Subject>
void one_by_one_is_at_once(const Description<Subject>& description) {
  for_all(scenarios(description, 6, 3), "tokens appended one by one are kept as those at once",
          [&](const Scenario& scenario) {
            Subject at_once, one_by_one;
            play_list(description, scenario, at_once);
            Scenario single = scenario;
            single.rounds.clear();
            for (const int count : scenario.rounds)
              single.rounds.insert(single.rounds.end(), count, 1);
            only_if(!play(description, single, one_by_one).refused);
            holds_list(one_by_one);
          });
}

/// A reset empties every layer.
template <class Subject>
void a_reset_empties(const Description<Subject>& description) {
  for_all(cache_uses(description), "a reset empties every layer", [&](const Scenario& scenario) {
    Subject subject;
    only_if(!play(description, scenario, subject).refused);
    reset_cache(subject);
    for (int layer = 0; layer < kKvLayers; ++layer) {
      holds_if(subject.length(layer) == 0, "layer " + std::to_string(layer) + " keeps " +
                                               seen(subject.length(layer)) + " tokens");
      if constexpr (requires { subject.next_position(layer); })
        holds_if(subject.next_position(layer) == 0, "layer " + std::to_string(layer) +
                                                        " goes on at position " +
                                                        seen(subject.next_position(layer)));
    }
  });
}

/// A cache that takes its memory from a pool holds none of it after a reset, as when it was new.
template <class Subject>
void a_reset_gives_all_blocks_back(const Description<Subject>& description) {
  if constexpr (requires(Subject& subject) { subject.pool.live(); }) {
    for_all(cache_uses(description), "after a reset the pool has all of its blocks back",
            [&](const Scenario& scenario) {
              Subject fresh, subject;
              reset_cache(fresh);
              only_if(fresh.pool.live() == 0);
              only_if(!play(description, scenario, subject).refused);
              reset_cache(subject);
              holds_if(subject.pool.live() == 0,
                       std::to_string(subject.pool.live()) + " blocks are not back");
            });
  } else {
    GTEST_SKIP() << "does not apply: no pool";
  }
}

/// What is kept no longer takes no block: as many are taken as by a cache that was given the rest.
template <class Subject>
void blocks_follow_what_is_kept(const Description<Subject>& description) {
  if constexpr (requires(Subject& subject) {
                  subject.pool.live();
                  subject.truncate(0, 0);
                }) {
    for_all(cache_uses(description), "a cache that was cut takes as many blocks as a shorter one",
            [&](const Scenario& scenario) {
              Subject cut, shorter;
              play_list(description, scenario, cut);
              only_if(cut.kv_list.length(0) > 0);
              const int length = cut.kv_list.length(0) / 2;
              Outcome outcome;
              set_up(description, {scenario.fields, {}, {}}, shorter, outcome);
              for (int layer = 0; layer < kKvLayers; ++layer)
                cut.truncate(layer, layer == 0 ? length : 0);
              append_if_there_is_room(shorter, 0, length);
              holds_if(cut.pool.live() == shorter.pool.live(),
                       "for " + std::to_string(length) + " tokens " +
                           std::to_string(cut.pool.live()) + " blocks in place of " +
                           std::to_string(shorter.pool.live()));
            });
  } else {
    GTEST_SKIP() << "does not apply: no pool, or no truncate()";
  }
}

/// After a reset nothing is left of what was before, not even of another model.
template <class Subject>
void a_second_sequence_is_like_the_first(const Description<Subject>& description) {
  for_all(cache_uses(description), "after a reset the same calls do what they do to a fresh cache",
          [&](const Scenario& scenario) {
            const auto shift = [](Subject& subject, float theta) {
              if constexpr (TurnsKeys<Subject>) subject.model.config.rope_theta = theta;
            };
            Subject fresh, used;
            shift(fresh, 100.0f);
            only_if(!play(description, scenario, fresh).refused);
            shift(used, 10000.0f);
            play(description, scenario, used);
            shift(used, 100.0f);
            play(description, scenario, used);
            Outcome expected, found;
            look_inside(description, fresh, expected);
            look_inside(description, used, found);
            for (int layer = 0; layer < kKvLayers; ++layer)
              holds_if(expected.seen[layer] == found.seen[layer],
                       "fresh: " + expected.seen[layer] + "; after a reset: " + found.seen[layer]);
          });
}

/// copy_keys copies the keys of these slots, for each head one after the other.
template <class Subject>
void a_copy_is_what_is_kept(const Description<Subject>& description) {
  if constexpr (CopiesKeys<Subject> && ShowsRows<Subject>) {
    for_all(cache_uses(description), "a copy of keys is what the slots hold",
            [&](const Scenario& scenario) {
              Subject subject;
              play_list(description, scenario, subject);
              for (int layer = 0; layer < kKvLayers; ++layer) {
                const int length = subject.length(layer), from = length / 3, rows = length - from;
                const auto copy = subject.copy_keys(layer, from, length);
                holds_if(static_cast<int>(copy.size()) == kKvHeads * rows * kKvHeadDim,
                         std::to_string(rows) + " slots are copied to " +
                             std::to_string(copy.size()) + " numbers");
                for (int head = 0; head < kKvHeads; ++head)
                  for (int i = 0; i < rows * kKvHeadDim; ++i)
                    holds_if(
                        copy.data()[head * rows * kKvHeadDim + i] ==
                            row_at(subject, 0, layer, from + i / kKvHeadDim, head)[i % kKvHeadDim],
                        "layer " + std::to_string(layer) + ", slot " +
                            std::to_string(from + i / kKvHeadDim) + " is copied wrong");
              }
            });
  } else {
    GTEST_SKIP() << "does not apply: no copy_keys()";
  }
}

/// What is added to values is what a naive sum says, term by term, over blocks and heads; keys, and
/// values that no term names, stay.
template <class Subject>
void values_are_added_as_told(const Description<Subject>& description) {
  if constexpr (AddsToValues<Subject> && ShowsRows<Subject>) {
    for_all(cache_uses(description), "values are what a naive sum of all terms says",
            [&](const Scenario& scenario) {
              Subject subject;
              play_list(description, scenario, subject);
              for (int layer = 0; layer < kKvLayers; ++layer) {
                holds_list(subject);  // whoever reads copies has them by now
                add_to_values_at(subject, layer, 5 * layer, 2 + subject.length(layer) / 2);
                holds_list(subject);
              }
            });
  } else {
    GTEST_SKIP() << "does not apply: no add_to_values()";
  }
}

/// RoPE by any base, scaled or not, and in both layouts, against double.
template <class Subject>
void turned_keys_are_turned_by_rope(const Description<Subject>& description) {
  if constexpr (TurnsKeys<Subject> && ShowsRows<Subject>) {
    for_all(cache_uses(description), "keys are turned as by RoPE, and nothing else",
            [&](const Scenario& scenario) {
              for (const RopeLayout layout : {RopeLayout::kInterleaved, RopeLayout::kHalfSplit}) {
                Subject subject;
                subject.model.config.rope_layout = layout;
                subject.model.config.rope_theta = 50.0f;
                if (scenario.rounds.size() % 2 == 0)
                  subject.model.config.rope_scaling = {4.0f, 1.0f, 4.0f, 100};
                play_list(description, scenario, subject);
                holds_list(subject);
              }
            });
  } else {
    GTEST_SKIP() << "does not apply: no put_keys_turned() or turn_keys()";
  }
}

/// bytes() counts at least what is kept, and no more than the device gave.
template <class Subject>
void bytes_cover_what_is_kept(const Description<Subject>& description) {
  if constexpr (requires(Subject& subject) { subject.bytes(); }) {
    for_all(cache_uses(description), "bytes() are those of what is kept, and of what was allocated",
            [&](const Scenario& scenario) {
              Subject subject;
              only_if(!play(description, scenario, subject).refused);
              size_t least = 0;
              for (int layer = 0; layer < kKvLayers; ++layer)
                least += sizeof(float) * 2 * kKvHeads * kKvHeadDim * subject.length(layer);
              if constexpr (ShowsRows<Subject>)
                holds_if(subject.bytes() >= least,
                         seen(subject.bytes()) + " bytes, but " + seen(least) + " are kept");
              if constexpr (requires { subject.device.live_bytes; })
                if (subject.device.live_bytes >= least && subject.device.live_bytes > 0)
                  holds_if(subject.bytes() <= subject.device.live_bytes,
                           seen(subject.bytes()) + " bytes, but the device gave " +
                               seen(subject.device.live_bytes));
            });
  } else {
    GTEST_SKIP() << "does not apply: no bytes()";
  }
}

/// As long as no more is kept, no more memory is taken, whether bytes() says so or the device.
template <class Subject>
void steady_use_takes_no_more_memory(const Description<Subject>& description) {
  if constexpr (requires(Subject& subject) {
                  subject.bytes();
                  subject.erase(0, 0, 1);
                }) {
    for_all(scenarios(description, 0, 1, 90), "a token in, a token out: memory does not grow",
            [&](const Scenario& scenario) {
              Subject subject;
              play_list(description, scenario, subject);
              size_t most[2] = {0, 0};
              for (int step = 0; step < 300; ++step) {
                append_if_there_is_room(subject, 0, 1);
                subject.erase(0, step % subject.length(0) / 2, step % subject.length(0) / 2 + 1);
                size_t now = subject.bytes();
                if constexpr (requires { subject.device.live_bytes; })
                  now = std::max(now, subject.device.live_bytes);
                most[step / 150] = std::max(most[step / 150], now);
              }
              holds_if(most[1] <= most[0], "150 steps took " + seen(most[0]) +
                                               " bytes at most, 150 more " + seen(most[1]));
            });
  } else {
    GTEST_SKIP() << "does not apply: no bytes() and erase()";
  }
}

}  // namespace laws
}  // namespace coop::testing
