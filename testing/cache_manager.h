// Laws of what keeps entries by key, and has a block of a pool for each.
#pragma once

#include <map>
#include <set>

#include "testing/cache_keys.h"

namespace coop::testing {

namespace laws {

/// No block is lost, and none is held for what is gone.
template <class Subject>
void blocks_are_those_of_what_is_kept(const Description<Subject>& description) {
  for_entries(description, "there are as many blocks taken as keys are kept", 14, true,
              [&](const auto& entries, const std::vector<Step>& steps) {
                const int each = roles_of(description).blocks;
                const int one = entries.blocks({entries.put(0)});
                const int two = entries.blocks({entries.put(0), entries.put(1)});
                only_if(one == each && two % each == 0);
                const int kept = entries.count(steps), blocks = entries.blocks(steps);
                holds_if(blocks == kept * each, std::to_string(kept) + " keys are kept, " +
                                                    std::to_string(blocks) + " blocks taken");
              });
}

/// As long as there is room, what was put in is there.
template <class Subject>
void nothing_is_lost_while_there_is_room(const Description<Subject>& description) {
  for_entries(description, "what was put in is there as long as there is room", 14, false,
              [&](const auto& entries, const std::vector<Step>& steps) {
                const int room = entries.room();
                std::set<int> keys;
                std::vector<Step> some;
                for (const Step& step : steps) {
                  const int number = key_of(description, step);
                  if (step.method == roles_of(description).put) {
                    if (static_cast<int>(keys.size()) == room && !keys.count(number)) continue;
                    keys.insert(number);
                  }
                  some.push_back(step);
                }
                only_if(!keys.empty());
                for (const int key : keys)
                  holds_if(entries.has(some, key), "there is room for " + std::to_string(room) +
                                                       " keys, but after " + named(some) + " key " +
                                                       std::to_string(key) + " is not there");
              });
}

/// Never more than there is room for.
template <class Subject>
void room_is_never_exceeded(const Description<Subject>& description) {
  for_entries(description, "never are more keys kept than there is room for", 16, true,
              [&](const auto& entries, const std::vector<Step>& steps) {
                only_if(entries.room() < kKeys);
                const int kept = entries.count(steps);
                holds_if(kept <= entries.room(), "there is room for " +
                                                     std::to_string(entries.room()) + " keys, " +
                                                     std::to_string(kept) + " are kept");
              });
}

/// Where one field alone says how much room there is: it is as much as it says.
template <class Subject>
void there_is_as_much_room_as_a_field_says(const Description<Subject>& description) {
  for_entries(description, "there is room for as many keys as the field says", 0, false,
              [&](const auto& entries, const std::vector<Step>&) {
                const int room = entries.room();
                only_if(0 < room && room < kKeys - 1);
                size_t one = description.fields.size();
                for (size_t i = 0; i < description.fields.size(); ++i) {
                  std::vector<double> fields = entries.fields();
                  fields[i] += description.fields[i].range.whole ? 1 : 0.125;
                  const int grown = Entries<Subject>(description, Scenario{fields, {}, {}}).room();
                  if (grown == room) continue;
                  only_if(grown == room + 1 && one == description.fields.size());
                  one = i;
                }
                only_if(one < description.fields.size());
                holds_if(room == entries.fields()[one],
                         description.fields[one].name + " is " + shown(entries.fields()[one]) +
                             ", and there is room for " + std::to_string(room));
              });
}

/// Where a field is called `capacity`, no more keys are kept: each of them takes something of it.
template <class Subject>
void capacity_is_never_exceeded(const Description<Subject>& description) {
  const auto capacity = std::ranges::find(description.fields, "capacity", &Field<Subject>::name);
  if (capacity == description.fields.end()) GTEST_SKIP() << "does not apply: no field `capacity`";
  for_entries(description, "never are more keys kept than capacity says", 16, true,
              [&](const auto& entries, const std::vector<Step>& steps) {
                const double most = entries.fields()[capacity - description.fields.begin()];
                only_if(most >= 1);
                const int kept = entries.count(steps);
                holds_if(kept <= most, "capacity is " + shown(most) + ", and " +
                                           std::to_string(kept) + " keys are kept");
              });
}

/// What counts the first keys that are put in, goes on counting those that are there.
template <class Subject>
void a_count_is_of_what_is_kept(const Description<Subject>& description) {
  for_entries(description, "what counts keys counts those that are kept", 14, true,
              [&](const auto& entries, const std::vector<Step>& steps) {
                bool counted = false;
                for (const auto& method : description.methods) {
                  if (!method.parameters.empty()) continue;
                  const Step call = about(description, method, 0);
                  const auto counts = [&](std::vector<Step> calls, int wanted) {
                    calls.push_back(call);
                    return entries.last(calls).ends_with(" = " + std::to_string(wanted));
                  };
                  const std::vector<Step> one = {entries.put(0)}, two = all_puts(entries, 0, 2);
                  if (!counts({}, 0) || !counts(one, 1) || !counts(two, entries.count(two)))
                    continue;
                  counted = true;
                  holds_if(counts(steps, entries.count(steps)),
                           std::to_string(entries.count(steps)) + " keys are kept, and " +
                               method.name + " says otherwise");
                }
                only_if(counted);
              });
}

/// What is there already takes no second block.
template <class Subject>
void put_twice_is_once(const Description<Subject>& description) {
  for_entries(description, "a key that is there is not put in a second time", 10, true,
              [&](const auto& entries, const std::vector<Step>& steps) {
                for (int key = 0; key < kKeys; ++key) {
                  if (!entries.has(steps, key)) continue;
                  const std::vector<Step> again = then(steps, {entries.put(key)});
                  holds_if(entries.blocks(again) == entries.blocks(steps),
                           "key " + std::to_string(key) +
                               " again: " + std::to_string(entries.blocks(again)) +
                               " blocks in place of " + std::to_string(entries.blocks(steps)));
                  holds_if(entries.has(again, key),
                           "put in again, key " + std::to_string(key) + " is not there");
                }
              });
}

/// To look for a key, to put it in again, or to touch it, never makes it go earlier. Of other
/// methods that is true only if they ever help.
template <class Subject>
void a_use_never_hurts(const Description<Subject>& description) {
  std::map<std::string, int> helps;
  std::map<std::string, std::string> hurts;
  for_entries(description, "to use a key never makes it go earlier", 8, false,
              [&](const auto& entries, const std::vector<Step>& steps) {
                const Roles& roles = roles_of(description);
                std::vector<std::string> uses = roles.uses;
                uses.push_back(roles.put);
                for (int key = 0; key < 3; ++key) {
                  if (!entries.has(steps, key)) continue;
                  for (const std::string& use : uses) {
                    const std::vector<Step> used = then(steps, {entries.call(use, key)});
                    const bool is_replaced =
                        use == roles.put && !roles.tells.empty() &&
                        entries.answer(used, key) != entries.answer(steps, key);
                    if (is_replaced) continue;  // as one that is new
                    for (int more = 1; more < 4; ++more) {
                      const std::vector<Step> rest = all_puts(entries, 5, 5 + more);
                      const bool without = entries.has(then(steps, rest), key);
                      const bool with = entries.has(then(used, rest), key);
                      helps[use] += with && !without;
                      if (without && !with)
                        hurts[use] = use + " of key " + std::to_string(key) + " makes it go when " +
                                     std::to_string(more) + " more are put in";
                    }
                    const bool known = use == roles.put || use == roles.tells || use == "touch";
                    holds_if(hurts[use].empty() || (!known && helps[use] == 0), hurts[use]);
                  }
                }
              });
}

/// What one key is told is told again, and never of another, until it goes or is put in again.
template <class Subject>
void answers_stay_with_their_key(const Description<Subject>& description) {
  for_entries(description, "what is told of a key stays as it is, and is of no other", 10, false,
              [&](const auto& entries, const std::vector<Step>& steps) {
                const std::vector<Step> two = {entries.put(0), entries.put(1)};
                only_if(entries.has(two, 0) && entries.has(two, 1) &&
                        entries.answer(two, 0) != entries.answer(two, 1));
                std::vector<Step> calls = {entries.put(0)};
                std::string first = entries.answer(calls, 0);
                for (const Step& step : steps) {
                  calls.push_back(step);
                  const std::string now = entries.answer(calls, 0);
                  if (now == roles_of(description).absent) return;
                  if (step == entries.put(0)) first = now;
                  holds_if(now == first,
                           "key 0: " + first + ", and after " + shown(step) + " " + now);
                  for (int other = 1; other < 4; ++other)
                    holds_if(entries.answer(calls, other) != now,
                             "keys 0 and " + std::to_string(other) + " both: " + now);
                }
              });
}

/// Where new keys drive out old ones, they come in.
template <class Subject>
void a_full_one_takes_new_keys(const Description<Subject>& description) {
  if constexpr (HasPool<Subject>) {
    const Roles& roles = roles_of(description);
    if (roles.tells.empty()) GTEST_SKIP() << "does not apply: nothing tells what is there";
    bool drives_out = false, full = false;
    const auto gen = key_uses(description, 0, false);
    const auto try_it = [&](const Scenario& scenario) {
      const Entries<Subject> entries(description, scenario);
      const int room = entries.room();
      if (room == 0 || room >= kKeys) return false;
      full = true;
      const std::vector<Step> more = all_puts(entries, 0, room + 1);
      for (int key = 0; key < room; ++key) drives_out |= !entries.has(more, key);
      return entries.has(more, room);
    };
    bool shown = false;
    for (uint64_t i = 0; i < 60 && !shown; ++i) {
      try {
        shown = try_it(gen(rc::Random(kSeed + i), 100).value());
      } catch (const Discarded&) {
      }
    }
    if (!full || !drives_out) GTEST_SKIP() << "does not apply: new keys drive out none";
    EXPECT_TRUE(shown) << "a key that is new drives out another, and is not there itself";
  } else {
    GTEST_SKIP() << "does not apply: no pool";
  }
}

/// What is taken out, or driven out one by one, leaves no block behind.
template <class Subject>
void all_blocks_come_back(const Description<Subject>& description) {
  for_entries(description, "when all is taken out, all blocks are back", 12, false,
              [&](const auto& entries, std::vector<Step> steps) {
                const Roles& roles = roles_of(description);
                only_if(!roles.gives.empty() || !roles.evicts.empty());
                // Of other calls one may say that a key is to stay.
                std::erase_if(steps, [&](const Step& step) { return step.method != roles.put; });
                for (const std::string& give : roles.gives) {
                  std::vector<Step> calls = steps;
                  for (int key = 0; key < kKeys; ++key)
                    if (entries.has(calls, key)) calls.push_back(entries.call(give, key));
                  holds_if(entries.blocks(calls) == 0, "after " + give + " of every key " +
                                                           std::to_string(entries.blocks(calls)) +
                                                           " blocks are taken");
                }
                const int kept = entries.blocks(all_puts(entries, 0, 4));
                for (const std::string& evict : roles.evicts) {
                  std::vector<Step> calls = all_puts(entries, 0, 4);
                  for (int i = 0; i < 4; ++i) calls.push_back(entries.call(evict, 0));
                  holds_if(
                      entries.blocks(calls) < kept || kept == 0,
                      "four calls of " + evict + " leave all " + std::to_string(kept) + " blocks");
                }
              });
}

/// Where methods answer about keys: one of them answers otherwise of a key that was put in.
template <class Subject>
void some_answer_tells_what_is_there(const Description<Subject>& description) {
  if constexpr (HasPool<Subject>) {
    const Roles& roles = roles_of(description);
    int asked = 0, told = 0;
    for (const auto& method : description.methods) {
      if (roles.put.empty() || method.name == roles.put || !is_keyed(method) || method.is_void)
        continue;
      const Step put = about(description, *description.method(roles.put), 1);
      const Step call = about(description, method, 1);
      ++asked;
      told += after(description, {}, {call}).answer != after(description, {}, {put, call}).answer;
    }
    if (asked == 0) GTEST_SKIP() << "does not apply: nothing answers about keys";
    if (asked > 0 && told == 0)
      ADD_FAILURE() << "of a key that was put in, every method answers as of one that was not";
  } else {
    GTEST_SKIP() << "does not apply: no pool";
  }
}

/// Whether a key is there, as true or false, or as something or nothing, is not said the wrong way
/// round; but for those that ask for what is missing, by their names.
template <class Subject>
void what_is_there_is_not_denied(const Description<Subject>& description) {
  const auto denies = [](const Method<Subject>& method, const std::string& answer) {
    return answer.ends_with(method.is_bool ? " = 0" : " = -1") || answer.ends_with(" = nothing");
  };
  const auto asks_for_the_missing = [](const std::string& name) {
    for (const char* word : {"miss", "absent", "lack", "free", "empty", "new", "can", "gone"})
      if (name.find(word) != std::string::npos) return true;
    return false;
  };
  for_entries(description, "of what is there nobody says that it is not, and the other way round",
              0, false, [&](const auto& entries, const std::vector<Step>&) {
                int asked = 0;
                for (const auto& method : description.methods) {
                  if (method.name == roles_of(description).put || !is_keyed(method) ||
                      method.is_void || asks_for_the_missing(method.name))
                    continue;
                  const Step call = entries.call(method.name, 1);
                  const std::string absent = entries.last({call}),
                                    present = entries.last({entries.put(1), call});
                  asked += denies(method, present) != denies(method, absent);
                  holds_if(!denies(method, present) || denies(method, absent),
                           present + " of a key that was put in, " + absent + " of another");
                }
                only_if(asked > 0);
              });
}

/// Who takes out what is there, by his name, gives its block back.
template <class Subject>
void what_is_removed_is_gone(const Description<Subject>& description) {
  const auto removes = [](const std::string& name) {
    return name.starts_with("remove") || name.starts_with("erase") || name.starts_with("delete");
  };
  for_entries(description, "what is removed is gone", 8, false,
              [&](const auto& entries, const std::vector<Step>& steps) {
                for (const auto& method : description.methods) {
                  if (!removes(method.name) || !is_keyed(method)) continue;
                  const std::vector<Step> there = then(steps, {entries.put(0)});
                  const std::vector<Step> gone = then(there, {entries.call(method.name, 0)});
                  only_if(entries.blocks({entries.put(0)}) > 0);
                  holds_if(entries.blocks(gone) < entries.blocks(there),
                           "behind " + method.name + " of key 0, which was just put in, " +
                               std::to_string(entries.blocks(gone)) +
                               " blocks are taken as before");
                  return;
                }
                only_if(false);
              });
}

/// Who is asked about keys has more than one answer.
template <class Subject>
void an_answer_tells_something(const Description<Subject>& description) {
  std::map<std::string, std::map<std::string, int>> answers;
  for (uint64_t i = 0; i < 200; ++i) {
    const Scenario scenario = usual(description)(rc::Random(kSeed + i), 100).value();
    const Trying trying(scenario);
    try {
      for (const std::string& line : play(description, scenario).seen)
        if (const size_t end = line.find("() = "); end != std::string::npos)
          answers[line.substr(0, end)][line.substr(end)] += 1;
    } catch (const Broken&) {
    }
  }
  for (const Method<Subject>& method : description.methods) {
    const auto& given = answers[method.name];
    constexpr int kMany = 60;  // more calls than by which a rare answer is missed
    if (method.is_void || !is_keyed(method) || given.size() != 1) continue;
    if (given.begin()->second >= kMany)
      ADD_FAILURE() << method.name << given.begin()->first
                    << ", whatever it is asked: " << given.begin()->second << " times";
  }
}

}  // namespace laws

/// Which of the first keys a new one drives out of a full artifact, after these calls.
template <class Subject>
std::vector<int> driven_out(const Entries<Subject>& entries, std::vector<Step> steps, int room) {
  steps.push_back(entries.put(room));
  std::vector<int> out;
  for (int key = 0; key < room; ++key)
    if (!entries.has(steps, key)) out.push_back(key);
  return out;
}

/// For artifacts that are full: `goes(used, full, room)` is to be the one key that goes, where one
/// goes, and for some method with which keys are used.
template <class Subject, class Goes>
void for_full(const Description<Subject>& description, const std::string& words, Goes goes) {
  for_entries(description, words, 0, false, [&](const auto& entries, const std::vector<Step>&) {
    const Roles& roles = roles_of(description);
    const int room = entries.room();
    only_if(2 <= room && room < kKeys);
    const std::vector<Step> full = all_puts(entries, 0, room);
    only_if(entries.count(full) == room && driven_out(entries, full, room).size() == 1);
    std::vector<std::string> uses = roles.uses;
    uses.push_back(roles.put);
    goes(entries, full, room, uses);
  });
}

namespace laws {  // not listed by the generator, but for who asks for them

/// Of a full artifact the key goes that was used longest ago; to put a key in is a use, and so are
/// some other calls.
/// Asked for where a comment says: least recently used, lru.
template <class Subject>
void the_least_recently_used_goes_first(const Description<Subject>& description) {
  for_full(description, "the key goes that was used longest ago",
           [&](const auto& entries, const std::vector<Step>& full, int room, const auto& uses) {
             const int first = driven_out(entries, full, room)[0];
             holds_if(first == 0, "of " + std::to_string(room) + " keys, put in one after the " +
                                      "other, key " + std::to_string(first) + " goes");
             bool any = false;
             for (const std::string& use : uses)
               any |= driven_out(entries, then(full, {entries.call(use, 0)}), room) ==
                      std::vector<int>{1};
             holds_if(any, "no call for key 0, of " + seen(uses) + "makes the next key go");
           });
}

/// Of a full artifact the key goes that was used least often.
/// Asked for where a comment says: least frequently used, lfu.
template <class Subject>
void the_least_frequently_used_goes_first(const Description<Subject>& description) {
  for_full(description, "the key goes that was used least often",
           [&](const auto& entries, const std::vector<Step>& full, int room, const auto& uses) {
             for (const int least : {0, room - 1}) {
               bool any = false;
               for (const std::string& use : uses) {
                 std::vector<Step> used = full;
                 for (int i = 0; i < 3 * room; ++i)
                   if (i % room != least) used.push_back(entries.call(use, i % room));
                 any |= driven_out(entries, used, room) == std::vector<int>{least};
               }
               holds_if(any, "all keys but " + std::to_string(least) + " were used, by one of " +
                                 seen(uses) + "and another goes");
             }
           });
}

}  // namespace laws
}  // namespace coop::testing
