// Laws of key/value caches, against a plain list of what was given.
#pragma once

#include <cmath>
#include <map>

#include "testing/fake_model.h"
#include "testing/universal.h"

namespace coop::testing {

// ---- what is given and kept ---------------------------------------------------------------------

inline constexpr int kKvLayers = 3, kKvHeads = 2, kKvHeadDim = 4;

/// What a cache was told to keep, slot by slot. A derived Subject has one beside the artifact.
struct KvList {
  struct Row {
    int id = 0;      // of the token, in the order of appending
    int turned = 0;  // positions that put_keys_turned added
    bool operator==(const Row&) const = default;
  };
  std::vector<std::vector<Row>> rows = std::vector<std::vector<Row>>(kKvLayers);
  std::vector<int> given = std::vector<int>(kKvLayers, 0);

  int length(int layer) const { return static_cast<int>(rows[layer].size()); }
};

/// Keys (side 0) and values (side 1) are whole numbers, of which no two are alike.
inline float kv_content(int side, int layer, int head, int id, int d) {
  const int row = (id * kKvLayers + layer) * kKvHeads + head;
  return static_cast<float>((row * 2 + side) * kKvHeadDim + d + 1);
}

/// (count, kv_heads, head_dim), as a model gives them.
inline std::vector<float> kv_rows(int side, int layer, int first, int count) {
  std::vector<float> out;
  for (int id = first; id < first + count; ++id)
    for (int head = 0; head < kKvHeads; ++head)
      for (int d = 0; d < kKvHeadDim; ++d) out.push_back(kv_content(side, layer, head, id, d));
  return out;
}

/// Which of the numbers that an artifact tells of a layer is its length: the one that counts what
/// it is given, from 0 on, in the layer that it is given to. The first, if a mistake hides it.
template <class Subject>
size_t length_among(const Subject&) {
  static std::optional<size_t> known;
  if (known) return *known;
  known = 0;  // as long as nobody knows: append may ask for it
  const auto counts = [](size_t i) {
    Subject fresh;
    fresh.reset(2, 1, 1);
    const float row = 1;
    bool out = fresh.numbers_of(1)[i] == 0;
    for (int length = 1; out && length < 4; ++length) {
      fresh.append(1, &row, &row, 1);
      out = fresh.numbers_of(1)[i] == length && fresh.numbers_of(0)[i] == 0;
    }
    return out;
  };
  Subject any;
  any.reset(2, 1, 1);
  const size_t count = any.numbers_of(0).size();
  for (size_t i = 0; i < count; ++i)
    if (counts(i)) return *(known = i);
  return 0;
}

template <class Subject>
concept KvCache = requires(Subject& subject, const float* rows) {
  subject.kv_list;
  subject.reset(1, 1, 1);
  subject.append(0, rows, rows, 1);
  { subject.length(0) } -> std::convertible_to<int>;
};

template <class Subject>
concept ShowsRows = requires(Subject& subject) {
  { subject.keys(0) } -> std::convertible_to<const float*>;
  { subject.values(0) } -> std::convertible_to<const float*>;
  { subject.capacity(0) } -> std::convertible_to<int>;
};

template <class Subject>
concept KeepsSlots = requires(Subject& subject) { subject.keep(0, std::vector<int>()); };

template <class Subject>
concept KeepsSlotsOfHeads =
    requires(Subject& subject) { subject.keep(0, std::vector<std::vector<int>>()); };

template <class Subject>
concept ReplacesRows = ShowsRows<Subject> && requires(Subject& subject, const Buffer<float>& rows) {
  subject.replace(0, rows, rows);
};

template <class Subject>
concept CopiesKeys = requires(Subject& subject) { subject.copy_keys(0, 0, 1).data(); };

template <class Subject>
concept TurnsKeys = CopiesKeys<Subject> && requires(Subject& subject) {
  subject.put_keys_turned(0, 0, 1, subject.copy_keys(0, 0, 1), 1);
  subject.model.config.rope_theta;
};

template <class Subject>
void append_tokens(Subject& subject, int layer, int count) {
  KvList& list = subject.kv_list;
  const std::vector<float> keys = kv_rows(0, layer, list.given[layer], count);
  const std::vector<float> values = kv_rows(1, layer, list.given[layer], count);
  subject.append(layer, keys.data(), values.data(), count);
  for (int i = 0; i < count; ++i) list.rows[layer].push_back({list.given[layer]++, 0});
}

/// As append_tokens, where a cache may be full: that says nothing.
template <class Subject>
void append_if_there_is_room(Subject& subject, int layer, int count) {
  try {
    append_tokens(subject, layer, count);
  } catch (const std::exception&) {
    throw Discarded();
  }
}

template <class Subject>
void reset_cache(Subject& subject) {
  subject.reset(kKvLayers, kKvHeads, kKvHeadDim);
  subject.kv_list = KvList();
}

template <class Subject>
  requires KvCache<Subject>
void make_ready(const Description<Subject>&, Subject& subject) {
  reset_cache(subject);
}

template <class Subject>
  requires KvCache<Subject>
void play_rounds(const Description<Subject>&, const Scenario& scenario, size_t from, size_t to,
                 Subject& subject, Outcome& outcome) {
  try {
    for (size_t i = from; i < std::min(to, scenario.rounds.size()); ++i)
      for (int layer = 0; layer < kKvLayers; ++layer)
        append_tokens(subject, layer, scenario.rounds[i]);
  } catch (const std::exception& error) {
    outcome.refused = true;  // it is full
  }
}

/// Keys or values of one head in one slot. Rows lie as (kv_heads, capacity, head_dim), or as they
/// were given, if that is how this cache shows them.
template <class Subject>
const float* row_at(Subject& subject, int side, int layer, int slot, int head) {
  static const bool as_given = [] {
    Subject fresh;
    reset_cache(fresh);
    append_tokens(fresh, 0, 2);
    return fresh.values(0)[kKvHeadDim] == kv_content(1, 0, 1, 0, 0);
  }();
  const float* rows = side == 0 ? subject.keys(layer) : subject.values(layer);
  const size_t row = as_given ? slot * kKvHeads + head : head * subject.capacity(layer) + slot;
  return rows + row * kKvHeadDim;
}

/// The token in this slot, told by the values of the first head.
template <class Subject>
int token_at(Subject& subject, int layer, int slot) {
  const float first = *row_at(subject, 1, layer, slot, 0);
  return static_cast<int>(first - kv_content(1, layer, 0, 0, 0)) /
         static_cast<int>(kv_content(0, 0, 0, 1, 0) - kv_content(0, 0, 0, 0, 0));
}

template <class Subject>
std::vector<int> tokens_of(Subject& subject, int layer) {
  std::vector<int> out;
  for (int slot = 0; slot < subject.length(layer); ++slot)
    out.push_back(token_at(subject, layer, slot));
  return out;
}

/// One number for a whole row: another row has another.
inline double told_apart(const float* row) {
  double out = 0;
  for (int d = 0; d < kKvHeadDim; ++d) out += (d + 1) * double(row[d]);
  return out;
}

template <class Subject>
  requires KvCache<Subject>
void look_inside(const Description<Subject>&, Subject& subject, Outcome& outcome) {
  for (int layer = 0; layer < kKvLayers; ++layer) {
    std::string line = "layer " + std::to_string(layer) + ":";
    if constexpr (requires { subject.next_position(layer); })
      line += " next " + seen(subject.next_position(layer)) + ",";
    if constexpr (ShowsRows<Subject>) {
      for (int slot = 0; slot < subject.length(layer); ++slot)
        for (int head = 0; head < kKvHeads; ++head)
          line += " " + shown(told_apart(row_at(subject, 0, layer, slot, head))) + "/" +
                  shown(told_apart(row_at(subject, 1, layer, slot, head)));
    } else {
      line += " length " + seen(subject.length(layer));
    }
    outcome.seen.push_back(std::move(line));
  }
  if constexpr (requires { subject.bytes(); })
    outcome.seen.push_back("bytes = " + seen(subject.bytes()));
}

// ---- what is called -----------------------------------------------------------------------------

/// The part [from, to) of the slots that a call is about: any two numbers mean some.
struct KvSlots {
  int from = 0, to = 0;
  KvSlots(const KvList& list, int layer, int at, int count) {
    from = at % (list.length(layer) + 1);
    to = std::min(list.length(layer), from + count);
  }
};

/// Keys (side 0) or values (side 1) of these slots, as they lie there: (kv_heads, slots, head_dim).
template <class Subject>
Buffer<float> rows_of(Subject& subject, int side, int layer, const std::vector<int>& slots) {
  std::vector<float> numbers;
  for (int head = 0; head < kKvHeads; ++head)
    for (const int slot : slots) {
      const float* row = row_at(subject, side, layer, slot, head);
      numbers.insert(numbers.end(), row, row + kKvHeadDim);
    }
  Buffer<float> out(subject.device, numbers.size());
  out.upload(numbers.data(), numbers.size());
  return out;
}

/// How those methods are called that a key/value cache is known for, as far as this one has them.
template <class Subject>
std::vector<Method<Subject>> cache_methods() {
  const Parameter layer{"layer", {0, kKvLayers - 1}};
  const Parameter at{"at", {0, 24}}, count{"count", {0, 24}}, some{"count", {1, 24}};
  const auto slots = [](Subject& self, Given& given) {
    return KvSlots(self.kv_list, given.number<int>(0), given.number<int>(1), given.number<int>(2));
  };
  const auto drop = [](Subject& self, int layer, int from, int to) {
    auto& rows = self.kv_list.rows[layer];
    rows.erase(rows.begin() + from, rows.begin() + to);
  };
  std::vector<Method<Subject>> out;
  out.push_back(method_of<Subject>("append",
                                   [](Subject& self, Given& given) {
                                     append_tokens(self, given.number<int>(0),
                                                   given.number<int>(1));
                                   },
                                   {layer, some}));
  out.push_back(method_of<Subject>(
      "length", [](Subject& self, Given& given) { return self.length(given.number<int>(0)); },
      {layer}));
  if constexpr (requires(Subject& self) { self.next_position(0); })
    out.push_back(method_of<Subject>(
        "next_position",
        [](Subject& self, Given& given) { return self.next_position(given.number<int>(0)); },
        {layer}));
  if constexpr (requires(Subject& self) { self.erase(0, 0, 0); })
    out.push_back(method_of<Subject>("erase",
                                     [=](Subject& self, Given& given) {
                                       const KvSlots which = slots(self, given);
                                       self.erase(given.number<int>(0), which.from, which.to);
                                       drop(self, given.number<int>(0), which.from, which.to);
                                     },
                                     {layer, at, count}));
  if constexpr (requires(Subject& self) { self.truncate(0, 0); })
    out.push_back(method_of<Subject>("truncate",
                                     [=](Subject& self, Given& given) {
                                       const int layer = given.number<int>(0);
                                       const int length =
                                           given.number<int>(1) % (self.kv_list.length(layer) + 1);
                                       self.truncate(layer, length);
                                       self.kv_list.rows[layer].resize(length);
                                     },
                                     {layer, at}));
  if constexpr (KeepsSlots<Subject> || KeepsSlotsOfHeads<Subject>)
    out.push_back(method_of<Subject>(
        "keep",
        [=](Subject& self, Given& given) {
          const int layer = given.number<int>(0), every = given.number<int>(1) + 1;
          std::vector<int> kept;
          std::vector<KvList::Row> rows;
          for (int slot = 0; slot < self.kv_list.length(layer); slot += every) {
            kept.push_back(slot);
            rows.push_back(self.kv_list.rows[layer][slot]);
          }
          if constexpr (KeepsSlotsOfHeads<Subject>)
            self.keep(layer, std::vector<std::vector<int>>(kKvHeads, kept));
          else
            self.keep(layer, kept);
          self.kv_list.rows[layer] = rows;
        },
        {layer, {"every", {0, 4}}}));
  if constexpr (ReplacesRows<Subject>)
    out.push_back(method_of<Subject>(
        "replace",
        [=](Subject& self, Given& given) {
          const int layer = given.number<int>(0), every = given.number<int>(1) + 1;
          std::vector<int> kept;
          std::vector<KvList::Row> rows;
          for (int slot = self.kv_list.length(layer) - 1; slot >= 0; slot -= every) {
            kept.push_back(slot);  // the newest first
            rows.push_back(self.kv_list.rows[layer][slot]);
          }
          self.replace(layer, rows_of(self, 0, layer, kept), rows_of(self, 1, layer, kept));
          self.kv_list.rows[layer] = rows;
        },
        {layer, {"every", {0, 4}}}));
  if constexpr (CopiesKeys<Subject>)
    out.push_back(method_of<Subject>("copy_keys",
                                     [=](Subject& self, Given& given) {
                                       const KvSlots which = slots(self, given);
                                       return self.copy_keys(given.number<int>(0), which.from,
                                                             which.to);
                                     },
                                     {layer, at, count}));
  if constexpr (TurnsKeys<Subject>)
    out.push_back(
        method_of<Subject>("put_keys_turned",
                           [=](Subject& self, Given& given) {
                             const int layer = given.number<int>(0), by = given.number<int>(3);
                             const KvSlots which = slots(self, given);
                             const auto keys = self.copy_keys(layer, which.from, which.to);
                             // What was there is replaced, however it was turned.
                             self.put_keys_turned(layer, which.from, which.to, keys, by + 7);
                             self.put_keys_turned(layer, which.from, which.to, keys, by);
                             for (int slot = which.from; slot < which.to; ++slot)
                               self.kv_list.rows[layer][slot].turned += by;
                           },
                           {layer, at, count, {"by", {-9, 99}}}));
  out.push_back(method_of<Subject>("reset", [](Subject& self, Given&) { reset_cache(self); }));
  return out;
}

// ---- laws ---------------------------------------------------------------------------------------

/// Is this configuration one that never drops a token by itself, and is never full?
template <class Subject>
bool keeps_everything(const Description<Subject>& description, const Scenario& scenario) {
  static std::map<std::vector<double>, bool> known;  // by fields
  if (const auto found = known.find(scenario.fields); found != known.end()) return found->second;
  Subject subject;
  Outcome outcome;
  set_up(description, scenario, subject, outcome);
  bool& keeps = known[scenario.fields] = false;
  if (outcome.refused) return false;
  try {
    for (int i = 0; i < 2; ++i) append_tokens(subject, 0, 200);
  } catch (const std::exception&) {
    return false;
  }
  return keeps = subject.length(0) == subject.kv_list.length(0);
}

/// A run of a configuration that keeps everything.
template <class Subject>
void play_list(const Description<Subject>& description, const Scenario& scenario,
               Subject& subject) {
  only_if(keeps_everything(description, scenario));
  only_if(!play(description, scenario, subject).refused);
}

template <class Subject>
rc::Gen<Scenario> cache_uses(const Description<Subject>& description) {
  return scenarios(description, 16, 2, 24);
}

/// The keys of one head, turned by RoPE by as many positions.
template <class Subject>
std::vector<double> turned_keys(const Subject& subject, int layer, int head, KvList::Row row) {
  std::vector<double> out;
  for (int d = 0; d < kKvHeadDim; ++d) out.push_back(kv_content(0, layer, head, row.id, d));
  if constexpr (TurnsKeys<Subject>) {
    const LlamaConfig& config = subject.model.config;
    const bool neighbours = config.rope_layout == RopeLayout::kInterleaved;
    for (int i = 0; i < kKvHeadDim / 2; ++i) {
      const double angle = row.turned * turn_of(config, i, kKvHeadDim);
      double& x = out[neighbours ? 2 * i : i];
      double& y = out[neighbours ? 2 * i + 1 : i + kKvHeadDim / 2];
      const double first = x * std::cos(angle) - y * std::sin(angle);
      y = x * std::sin(angle) + y * std::cos(angle);
      x = first;
    }
  }
  return out;
}

/// Keys and values in this slot are those of this token, turned as far as they were told to be.
template <class Subject>
void holds_row(Subject& subject, int layer, int slot, KvList::Row row, bool keys_too = true) {
  const std::string where = "layer " + std::to_string(layer) + ", slot " + std::to_string(slot);
  for (int head = 0; head < kKvHeads; ++head) {
    const float* values = row_at(subject, 1, layer, slot, head);
    for (int d = 0; d < kKvHeadDim; ++d)
      holds_if(values[d] == kv_content(1, layer, head, row.id, d),
               where + ": not the values of token " + std::to_string(row.id));
    if (!keys_too) continue;
    const float* keys = row_at(subject, 0, layer, slot, head);
    const std::vector<double> wanted = turned_keys(subject, layer, head, row);
    const double largest = kv_content(0, layer, head, row.id, kKvHeadDim - 1);
    const double bound = row.turned == 0 ? largest * 2e-6 : largest * 3e-5;  // floats that turn
    for (int d = 0; d < kKvHeadDim; ++d)
      holds_if(std::abs(keys[d] - wanted[d]) <= bound,
               where + ": not the keys of token " + std::to_string(row.id) +
                   (row.turned == 0 ? "" : " turned by " + std::to_string(row.turned)));
  }
}

template <class Subject>
void holds_list(Subject& subject) {
  for (int layer = 0; layer < kKvLayers; ++layer) {
    holds_if(subject.length(layer) == subject.kv_list.length(layer),
             "layer " + std::to_string(layer) + " says that it keeps " +
                 seen(subject.length(layer)) + " tokens, not " +
                 std::to_string(subject.kv_list.length(layer)));
    if constexpr (ShowsRows<Subject>)
      for (int slot = 0; slot < subject.length(layer); ++slot)
        holds_row(subject, layer, slot, subject.kv_list.rows[layer][slot]);
  }
}

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
    for_all(cache_uses(description), "every slot holds one token that this layer was given",
            [&](const Scenario& scenario) {
              Subject subject;
              play(description, scenario, subject);
              for (int layer = 0; layer < kKvLayers; ++layer) {
                std::vector<int> ids = tokens_of(subject, layer);
                for (size_t slot = 0; slot < ids.size(); ++slot) {
                  holds_if(0 <= ids[slot] && ids[slot] < subject.kv_list.given[layer],
                           "layer " + std::to_string(layer) + ", slot " + std::to_string(slot) +
                               ": no token that it was given");
                  holds_row(subject, layer, static_cast<int>(slot), {ids[slot], 0},
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
    for_all(cache_uses(description), "the newest token is kept", [&](const Scenario& scenario) {
      Subject subject;
      only_if(!play(description, scenario, subject).refused);
      for (int layer = 0; layer < kKvLayers; ++layer) {
        append_if_there_is_room(subject, layer, 1);
        const std::vector<int> ids = tokens_of(subject, layer);
        holds_if(std::ranges::find(ids, subject.kv_list.given[layer] - 1) != ids.end(),
                 "layer " + std::to_string(layer) + " was given token " +
                     std::to_string(subject.kv_list.given[layer] - 1) + " and keeps " + seen(ids));
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

/// RoPE by any base, scaled or not, and in both layouts, against double.
template <class Subject>
void turned_keys_are_turned_by_rope(const Description<Subject>& description) {
  if constexpr (TurnsKeys<Subject> && ShowsRows<Subject>) {
    for_all(cache_uses(description), "put_keys_turned turns as RoPE, and nothing else",
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
    GTEST_SKIP() << "does not apply: no put_keys_turned()";
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

// ---- laws for whoever asks for them -------------------------------------------------------------

namespace laws {  // not listed by the generator: `/// law: memory_follows_what_is_kept`

/// When nearly all is erased, most memory is given back,
/// and a cache is never much larger than what it keeps.
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
              subject.erase(0, 1, subject.length(0) - 1);
              holds_if(subject.bytes() <= few + kept / 4, "of " + seen(most) + " bytes " +
                                                              seen(subject.bytes()) +
                                                              " stay when two tokens are kept");
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
  if constexpr (ReplacesRows<Subject>) {
    const Buffer<float> more(subject.device, (length + 1) * kKvHeads * kKvHeadDim);
    holds_if(refuses([&] { subject.replace(0, more, more); }),
             "in place of " + std::to_string(length) + " rows it puts one more");
  }
}

/// For a cache that refuses slots which it does not keep: then nothing is changed.
template <class Subject>
void what_is_refused_changes_nothing(const Description<Subject>& description) {
  if constexpr (requires(Subject& subject) { subject.erase(0, 0, 1); }) {
    for_all(
        cache_uses(description), "slots that are not kept are refused, and nothing is changed",
        [&](const Scenario& scenario) {
          Subject subject;
          play_list(description, scenario, subject);
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

}  // namespace laws
}  // namespace coop::testing
