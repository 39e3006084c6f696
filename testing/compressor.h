// Laws of what makes a key/value cache smaller.
#pragma once

#include <map>
#include <set>

#include "testing/compressor_budget.h"
#include "testing/compressor_heads.h"
#include "testing/compressor_told.h"

namespace coop::testing {

template <class Subject>
void check_newest(const Description<Subject>& description) {
  for_all(configurations(description, 6), "the newest token is never dropped",
          [&](const Scenario& scenario) {
            for (const double field : scenario.fields) only_if(field > 0);  // of 0 newest, none
            Subject subject;
            const Outcome outcome = play(description, scenario, subject);
            only_if(!outcome.refused);
            int given = 0;
            for (const int count : scenario.rounds) given += count;
            for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer) {
              const std::vector<int> ids = subject.kv_cache.ids(layer);
              holds_if(std::count(ids.begin(), ids.end(), given - 1) == 1,
                       "layer " + std::to_string(layer) + " was given tokens 0 to " +
                           std::to_string(given - 1) + " and keeps " + seen(ids));
            }
          });
}

namespace laws {

/// What is kept was there, once each, in its order.
template <class Subject>
void kept_rows_keep_their_order(const Description<Subject>& description) {
  for_all(scenarios(description, 4, 6), "rows that stay keep their order, and none comes twice",
          [&](const Scenario& scenario) {
            Subject subject;
            play(description, scenario, subject);
            for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer) {
              const std::vector<int> ids = subject.kv_cache.ids(layer);
              holds_if(std::is_sorted(ids.begin(), ids.end()) &&
                           std::adjacent_find(ids.begin(), ids.end()) == ids.end(),
                       "layer " + std::to_string(layer) + " keeps tokens " + seen(ids));
            }
          });
}

/// The token that came last is there.
template <class Subject>
void newest_row_survives(const Description<Subject>& description) {
  if (!keeps_pieces(description))
    GTEST_SKIP() << "does not apply: what is kept depends on what rows hold, or is not in one "
                    "piece; `/// law: contents_or_not_the_newest_row_survives` asks for it";
  check_newest(description);
}

/// A call for one layer changes no other.
template <class Subject>
void other_layers_are_left_alone(const Description<Subject>& description) {
  if (std::none_of(description.methods.begin(), description.methods.end(),
                   [](const auto& method) { return is_trigger(method) && method.layer(); }))
    GTEST_SKIP() << "does not apply: no method is called for one layer";
  for_all(configurations(description, 3), "a call for one layer changes no other",
          [&](const Scenario& scenario) {
            Subject subject;
            Outcome outcome = play(description, scenario, subject);
            only_if(!outcome.refused);
            bool called = false;
            for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer) {
              for (int each = 0; each < subject.kv_cache.layer_count(); ++each)
                grow(description, each, 9, subject, outcome);
              std::vector<std::vector<int>> before;
              for (int each = 0; each < subject.kv_cache.layer_count(); ++each)
                before.push_back(subject.kv_cache.ids(each));
              for (const auto& method : description.methods) {
                if (!is_trigger(method) || !method.layer() || comes_with_tokens(method)) continue;
                take(description, call_for(method, layer, subject), subject, outcome);
                called = true;
              }
              for (int each = 0; each < subject.kv_cache.layer_count(); ++each)
                holds_if(each == layer || before[each] == subject.kv_cache.ids(each),
                         "a call for layer " + std::to_string(layer) + " changed layer " +
                             std::to_string(each));
            }
            only_if(called);
          });
}

/// However little may be kept, a token is.
template <class Subject>
void something_is_always_kept(const Description<Subject>& description) {
  for_all(configurations(description, 1, 40, 3), "no layer is ever emptied",
          [&](const Scenario& scenario) {
            Subject subject;
            compress_once(description, scenario, scenario.rounds[0], subject);
            for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer)
              holds_if(!subject.kv_cache.rows(layer).empty(),
                       "layer " + std::to_string(layer) + " keeps nothing");
          });
}

/// Of two settings only the last counts. A setting is a method of numbers alone that returns
/// nothing, and that is the same said once or twice.
template <class Subject>
void last_setting_wins(const Description<Subject>& description) {
  Description<Subject> settings = description;
  std::erase_if(settings.methods, [](const Method<Subject>& method) {
    return method.role != Role::kPlain || !method.is_void || method.parameters.empty() ||
           method.layer() ||
           std::any_of(method.parameters.begin(), method.parameters.end(),
                       [](const Parameter& p) { return p.form != Parameter::kNumber; });
  });
  const auto said = [&](Scenario scenario, std::vector<Step> steps) {
    Subject subject;
    scenario.steps = std::move(steps);
    compress_once(description, scenario, kLong, subject);
    Outcome outcome;
    look_at(description, subject, outcome);
    return outcome;
  };
  const auto drawn = rc::gen::exec([&] {
    Scenario out = *configurations(description);
    const auto method = *rc::gen::elementOf(settings.methods);
    out.steps = {step_of(method), step_of(method)};
    return out;
  });
  if (settings.methods.empty()) GTEST_SKIP() << "does not apply: nothing is a setting";
  for (uint64_t i = 0; i < 60; ++i) {
    const Scenario scenario = drawn(rc::Random(kSeed + i), 100).value();
    try {
      if (said(scenario, {scenario.steps[0]}) !=
          said(scenario, {scenario.steps[0], scenario.steps[0]}))
        GTEST_SKIP() << "does not apply: " << scenario.steps[0].method << " adds up";
    } catch (const Discarded&) {
    } catch (const Broken&) {
    }
  }
  for_all(drawn, "of two settings only the last counts", [&](const Scenario& scenario) {
    holds_if(said(scenario, {scenario.steps[1]}) == said(scenario, scenario.steps),
             "what was set before is still felt");
  });
}

/// If n tokens are left alone, so are fewer; and the cache is asked for nothing then.
template <class Subject>
void within_budget_is_left_alone(const Description<Subject>& description) {
  for_all(configurations(description), "what is within the budget is left alone",
          [&](const Scenario& scenario) {
            const int budget = left_alone(description, scenario);
            only_if(budget > 0);
            for (const int count : {1, budget / 2, budget - 1, budget}) {
              if (count < 1) continue;
              Subject subject;
              compress_once(description, scenario, count, subject);
              const int kept = static_cast<int>(subject.kv_cache.rows(0).size());
              holds_if(kept == count, std::to_string(budget) + " tokens are left alone, of " +
                                          std::to_string(count) + " only " + std::to_string(kept) +
                                          " stay");
            }
          });
}

/// A sequence begins: what was kept of the one before, and what was told of it, has no say in it.
template <class Subject>
void a_second_sequence_begins_anew(const Description<Subject>& description) {
  if (!description.method("after_reset"))
    GTEST_SKIP() << "does not apply: nobody tells it that a sequence begins; `after_reset` would";
  const auto rounds = [&](const std::vector<int>& counts, Subject& subject) {
    Outcome outcome;
    take(description, {"after_reset", {}}, subject, outcome);
    for (const int count : counts) {
      only_if(!outcome.refused);
      round_of(description, count, subject, outcome);
    }
    only_if(!outcome.refused);
    subject.kv_cache.look(outcome.seen);
    return outcome;
  };
  for_all(configurations(description, 4), "a second sequence is as it is for a fresh artifact",
          [&](const Scenario& scenario) {
            Subject fresh, used;
            set_fields(description, scenario, fresh);
            set_fields(description, scenario, used);
            const Outcome alone = rounds(scenario.rounds, fresh);
            rounds({60, 7}, used);
            used.kv_cache.reset(FakeKvCache::kLayers, FakeKvCache::kKvHeads, FakeKvCache::kHeadDim);
            const Outcome second = rounds(scenario.rounds, used);
            for (size_t i = 0; i < std::min(alone.seen.size(), second.seen.size()); ++i)
              holds_if(alone.seen[i] == second.seen[i],
                       "alone " + alone.seen[i] + ", behind another " + second.seen[i]);
            holds_if(alone == second, "behind another it tells more, or less");
          });
}

/// A longer input never leaves fewer tokens.
template <class Subject>
void longer_input_never_keeps_fewer(const Description<Subject>& description) {
  if (goes_by_stretches(description)) GTEST_SKIP() << "does not apply: whole stretches go at once";
  for_all(configurations(description, 1, 60), "of a longer input no fewer tokens are kept",
          [&](const Scenario& scenario) {
            const int count = scenario.rounds[0];
            const int kept = kept_of(description, scenario, count);
            only_if(kept < count);
            const int longer = kept_of(description, scenario, count + 1);
            holds_if(longer >= kept, "of " + std::to_string(count) + " tokens " +
                                         std::to_string(kept) + " are kept, of one more " +
                                         std::to_string(longer));
          });
}

/// One round more, without new tokens, changes nothing.
template <class Subject>
void twice_is_once(const Description<Subject>& description) {
  for_all(configurations(description, 4),
          "compressing again what was just compressed changes nothing",
          [&](const Scenario& scenario) {
            only_if(has_a_budget(description, scenario));
            Subject subject;
            Outcome outcome = play(description, scenario, subject);
            only_if(!outcome.refused);
            std::vector<std::string> before, after;
            subject.kv_cache.look(before);
            round_of(description, 0, subject, outcome);
            subject.kv_cache.look(after);
            for (size_t i = 0; i < before.size(); ++i)
              holds_if(before[i] == after[i], "before " + before[i] + ", after " + after[i]);
          });
}

/// Who asks the cache for nothing while an input is short, asks for nothing as long as nothing is
/// dropped.
template <class Subject>
void within_budget_nothing_is_asked(const Description<Subject>& description) {
  for_all(configurations(description),
          "as long as nothing is dropped, the cache is asked for nothing",
          [&](const Scenario& scenario) {
            const int budget = left_alone(description, scenario);
            only_if(1 < budget && budget < kLong);
            const auto calls = [&](int count) {
              Subject subject;
              compress_once(description, scenario, count, subject);
              return subject.kv_cache.calls(0);
            };
            only_if(calls(1) == 0);
            const int asked = calls(budget);
            holds_if(asked == 0, "of " + std::to_string(budget) + " tokens none is dropped, by " +
                                     std::to_string(asked) + " calls");
          });
}

/// Far more tokens than any budget: something is dropped.
template <class Subject>
void a_long_input_is_compressed(const Description<Subject>& description) {
  for_some(configurations(description), "no configuration ever drops a token",
           [&](const Scenario& scenario) {
             Scenario many = scenario;
             many.rounds = std::vector<int>(8, kLong / 8);
             Subject subject;
             play(description, many, subject);
             bool is_compressed = false;
             for (int layer = 0; layer < FakeKvCache::kLayers; ++layer)
               is_compressed |= static_cast<int>(subject.kv_cache.rows(layer).size()) < kLong;
             return is_compressed;
           });
}

/// Growing a field changes what is kept of a long input in one direction, if at all.
template <class Subject>
void fields_work_in_one_direction(const Description<Subject>& description) {
  if (goes_by_stretches(description)) GTEST_SKIP() << "does not apply: whole stretches go at once";
  std::map<size_t, std::set<int>> directions;
  for_all(configurations(description),
          "growing a field keeps more, or fewer, but not now the one and now the other",
          [&](const Scenario& scenario) {
            const int kept = kept_of(description, scenario, kLong);
            for (size_t i = 0; i < description.fields.size(); ++i) {
              Scenario grown = scenario;
              const Range& range = description.fields[i].range;
              grown.fields[i] += range.whole ? 1 : (range.high - range.low) / 8;
              if (grown.fields[i] > range.high) continue;
              const int other = kept_of(description, grown, kLong);
              if (other != kept) directions[i].insert(other < kept ? -1 : 1);
              holds_if(directions[i].size() < 2, "growing " + description.fields[i].name +
                                                     " from " + shown(scenario.fields[i]) +
                                                     " keeps " + std::to_string(other) +
                                                     " in place of " + std::to_string(kept) +
                                                     ", and elsewhere it is reverse");
            }
          });
}

/// Values stay as they were given, and so do keys unless somebody turns them.
template <class Subject>
void kept_rows_keep_their_content(const Description<Subject>& description) {
  for_all(scenarios(description, 4, 6), "what is kept of a token is what it was given",
          [&](const Scenario& scenario) {
            Subject subject;
            play(description, scenario, subject);
            only_if(!subject.kv_cache.may_be_written_to());
            for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer)
              for (size_t slot = 0; slot < subject.kv_cache.rows(layer).size(); ++slot)
                holds_if(subject.kv_cache.is_as_appended(layer, static_cast<int>(slot), true),
                         "layer " + std::to_string(layer) + ", slot " + std::to_string(slot) +
                             " holds what was not given to token " +
                             std::to_string(subject.kv_cache.rows(layer)[slot].id));
          });
}

/// Keys that are turned stand where a neighbour without a gap would: position + turn + distance.
template <class Subject>
void turned_keys_close_the_gap(const Description<Subject>& description) {
  for_all(scenarios(description, 0, 6),
          "a turned key stands as near to what follows as its slot does",
          [&](const Scenario& scenario) {
            Subject subject;
            play(description, scenario, subject);
            bool any = false;
            for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer) {
              const auto& rows = subject.kv_cache.rows(layer);
              const int length = static_cast<int>(rows.size()), heads = subject.kv_cache.kv_heads();
              for (int i = 0; i < length * heads; ++i) {
                const int slot = i / heads, head = i % heads;
                if (rows[slot].turned[head] == 0) continue;
                any = true;
                const auto stands = [&](int at) {
                  return rows[at].of_heads[head] + rows[at].turned[head];
                };
                const int distance = stands(length - 1) - stands(slot);
                holds_if(distance == length - 1 - slot,
                         "layer " + std::to_string(layer) + ", slot " + std::to_string(slot) +
                             " is " + std::to_string(distance) + " positions before the newest, " +
                             std::to_string(length - 1 - slot) + " slots");
              }
            }
            only_if(any);
          });
}

/// What a layer keeps is decided by what that layer holds.
template <class Subject>
void a_layer_reads_its_own(const Description<Subject>& description) {
  if (is_positional(description)) GTEST_SKIP() << "does not apply: what rows hold decides nothing";
  for_all(configurations(description, 4), "other contents of one layer change nothing in another",
          [&](const Scenario& scenario) {
            Subject subject, other;
            play(description, scenario, subject);
            const OtherContents contents(1);
            play(description, scenario, other);
            for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer)
              holds_if(layer == 1 || subject.kv_cache.ids(layer) == other.kv_cache.ids(layer),
                       "layer 1 holds something else, and layer " + std::to_string(layer) +
                           " keeps " + seen(other.kv_cache.ids(layer)) + "in place of " +
                           seen(subject.kv_cache.ids(layer)));
          });
}

/// In every layer, some contents decide what is kept.
template <class Subject>
void contents_of_every_layer_matter(const Description<Subject>& description) {
  if (is_positional(description)) GTEST_SKIP() << "does not apply: what rows hold decides nothing";
  for (int layer = 0; layer < FakeKvCache::kLayers; ++layer)
    for_some(configurations(description, 4),
             "what layer " + std::to_string(layer) + " holds never matters",
             [&](const Scenario& scenario) {
               Subject subject, other;
               play(description, scenario, subject);
               const OtherContents contents(layer);
               play(description, scenario, other);
               return subject.kv_cache.ids(layer) != other.kv_cache.ids(layer);
             });
}

/// Tokens that are kept were attended more than those that are dropped, taken all together.
template <class Subject>
void attention_is_kept(const Description<Subject>& description) {
  const auto is_attention = [](const std::string& name) {
    for (const char* word : {"weight", "score", "attention", "prob"})
      if (name.find(word) != std::string::npos) return true;
    return false;
  };
  const auto is_told = [&](const auto& method) {
    return std::any_of(method.parameters.begin(), method.parameters.end(),
                       [&](const Parameter& parameter) {
                         return parameter.form == Parameter::kArray &&
                                (is_attention(parameter.name) || is_attention(method.name));
                       });
  };
  if (std::none_of(description.methods.begin(), description.methods.end(), is_told))
    GTEST_SKIP() << "does not apply: nobody tells it of attention";
  double kept = 0, dropped = 0;
  int kept_tokens = 0, dropped_tokens = 0;
  for (uint64_t i = 0; i < 100; ++i) {
    const Scenario scenario = configurations(description)(rc::Random(kSeed + i), 100).value();
    const int count = 20 + static_cast<int>(i);
    Subject subject;
    try {
      compress_once(description, scenario, count, subject);
    } catch (const Discarded&) {
      continue;
    }
    const std::vector<int> ids = subject.kv_cache.ids(1);
    for (int id = 0; id < count; ++id) {
      const bool is_kept = std::binary_search(ids.begin(), ids.end(), id);
      (is_kept ? kept : dropped) += weight_of(1, id, count);
      (is_kept ? kept_tokens : dropped_tokens) += 1;
    }
  }
  if (kept_tokens == 0 || dropped_tokens == 0) GTEST_SKIP() << "does not apply: nothing is dropped";
  EXPECT_GT(kept / kept_tokens, dropped / dropped_tokens)
      << "what is kept was attended less than what is dropped";
}

/// Layers that are given the same keep the same, also when only one of its methods is called.
/// Not asked where a field's comment says: layers.
template <class Subject>
void layers_are_alike(const Description<Subject>& description) {
  if (!keeps_pieces(description))
    GTEST_SKIP() << "does not apply: no two layers hold the same, or each draws its own";
  const auto check = [](const Description<Subject>& part, const std::string& words) {
    for_all(configurations(part, 6), words, [&](const Scenario& scenario) {
      bool own_budgets = true, differ = false;  // as PyramidKV's
      for (int layer = 0; layer < FakeKvCache::kLayers; ++layer) {
        const int kept = kept_of(part, scenario, kLong, layer);
        own_budgets =
            own_budgets && kept < kLong && kept == kept_of(part, scenario, kLong / 2, layer);
        differ = differ || kept != kept_of(part, scenario, kLong, 0);
      }
      only_if(!own_budgets || !differ);
      Subject subject;
      play(part, scenario, subject);
      for (int layer = 1; layer < subject.kv_cache.layer_count(); ++layer)
        holds_if(subject.kv_cache.rows(layer) == subject.kv_cache.rows(0),
                 "layer 0 keeps " + seen(subject.kv_cache.ids(0)) + ", layer " +
                     std::to_string(layer) + " " + seen(subject.kv_cache.ids(layer)));
    });
  };
  check(description, "layers that are given the same keep the same");
  for (const Method<Subject>& alone : description.methods) {
    if (!is_trigger(alone) || alone.layer()) continue;
    Description<Subject> part = description;
    std::erase_if(part.methods, [&](const Method<Subject>& method) {
      return is_trigger(method) && !comes_with_tokens(method) && method.name != alone.name;
    });
    check(part, alone.name + "() does the same to layers that are given the same");
  }
}

/// Where a beginning is kept, it is from the first token on.
template <class Subject>
void a_beginning_begins_at_the_first(const Description<Subject>& description) {
  if (!is_positional(description)) GTEST_SKIP() << "does not apply: what rows hold decides";
  for_all(configurations(description, 3), "who keeps a beginning keeps the first token",
          [&](const Scenario& scenario) {
            Subject subject;
            compress_once(description, scenario, kLong, subject);
            const std::vector<int> ids = subject.kv_cache.ids(0);
            size_t second = 1;  // where the second of exactly two runs begins
            while (second < ids.size() && ids[second] == ids[second - 1] + 1) ++second;
            only_if(second > 1 && second < ids.size() && ids[0] < 2 && ids.back() == kLong - 1 &&
                    ids.back() - ids[second] == static_cast<int>(ids.size() - 1 - second));
            holds_if(ids[0] == 0, "of " + std::to_string(kLong) + " tokens it keeps " + seen(ids));
          });
}

/// A setting that is told a share and of how many: so many are kept, or all but so many.
template <class Subject>
void a_share_is_what_is_kept(const Description<Subject>& description) {
  const auto is_share = [](const Method<Subject>& method) {
    const auto& given = method.parameters;
    return method.role == Role::kPlain && method.is_void && given.size() == 2 &&
           given[0].form == Parameter::kNumber && given[1].form == Parameter::kNumber &&
           !given[0].range.whole && given[0].range.low >= 0 && given[0].range.high <= 1 &&
           given[1].range.whole;
  };
  const auto setting =
      std::find_if(description.methods.begin(), description.methods.end(), is_share);
  if (setting == description.methods.end()) GTEST_SKIP() << "does not apply: it is told no share";
  const auto off = [&](Scenario scenario, double share, bool is_dropped) {
    for (double& field : scenario.fields) field = std::min(field, 4.0);
    scenario.steps = {{setting->name, {share, static_cast<double>(kLong)}}};
    Subject subject;
    compress_once(description, scenario, kLong, subject);
    double kept = 0;  // layers may share it out unevenly
    for (int layer = 0; layer < FakeKvCache::kLayers; ++layer)
      kept += static_cast<double>(subject.kv_cache.rows(layer).size()) / FakeKvCache::kLayers;
    return std::abs(kept - (is_dropped ? 1 - share : share) * kLong);
  };
  constexpr double kClose = 3, kSlack = 7;  // beginnings may come on top
  bool is_kept = false, is_dropped = false;
  for (uint64_t i = 0; i < 40; ++i) {
    const Scenario scenario = configurations(description)(rc::Random(kSeed + i), 100).value();
    const auto is_close = [&](bool dropped) {
      return off(scenario, 0.25, dropped) < kClose && off(scenario, 0.75, dropped) < kClose;
    };
    is_kept = is_kept || is_close(false);
    is_dropped = is_dropped || is_close(true);
  }
  if (!is_kept && !is_dropped) {
    const std::string words = setting->name + " " + setting->parameters[0].name;
    for (const char* word : {"ratio", "share", "fraction", "portion"})
      EXPECT_EQ(words.find(word), std::string::npos)
          << setting->name << "(0.25, " << kLong << ") and " << setting->name << "(0.75, " << kLong
          << "): no configuration keeps so much of " << kLong << " tokens, or drops so much";
    GTEST_SKIP() << "does not apply: what " << setting->name << "() is told is no share of tokens";
  }
  for_all(configurations(description), "the share that is asked for is kept",
          [&](const Scenario& scenario) {
            for (const double share : {0.25, 0.5, 0.75})
              holds_if(off(scenario, share, is_dropped && !is_kept) < kSlack,
                       setting->name + "(" + shown(share) + ", " + std::to_string(kLong) + ")");
          });
}

}  // namespace laws

namespace laws {  // not listed by the generator, but for who asks for them

/// The token that came last is there, whatever it holds.
/// Asked for where a field's comment says: newest, recent, latest, last.
template <class Subject>
void contents_or_not_the_newest_row_survives(const Description<Subject>& description) {
  check_newest(description);
}

}  // namespace laws
}  // namespace coop::testing
