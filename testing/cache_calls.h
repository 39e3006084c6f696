// How a key/value cache is called.
#pragma once

#include <cmath>

#include "testing/kv_list.h"

namespace coop::testing {

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

/// Each head drops another token, and its newest takes the slot; an empty layer has none.
template <class Subject>
void put_newest_at(Subject& subject, int layer, int at) {
  std::vector<KvList::Slot>& rows = subject.kv_list.rows[layer];
  if (rows.empty()) return;
  std::vector<int> slots;
  for (int head = 0; head < kKvHeads; ++head)
    slots.push_back((at + 2 * head) % static_cast<int>(rows.size()));
  subject.put_newest(layer, slots);
  for (int head = 0; head < kKvHeads; ++head) rows[slots[head]][head] = rows.back()[head];
  rows.pop_back();
}

/// `count` terms of the last head, fewer of those before it; some of them add what others changed,
/// or a row to itself, or nothing.
template <class Subject>
void add_to_values_at(Subject& subject, int layer, int at, int count) {
  std::vector<KvList::Slot>& rows = subject.kv_list.rows[layer];
  const int length = static_cast<int>(rows.size());
  std::vector<std::vector<RowTerm>> terms(kKvHeads);
  for (int head = 0; length > 0 && head < kKvHeads; ++head)
    for (int i = 0; i < count * (head + 1) / kKvHeads; ++i)
      terms[head].push_back({(at + 2 * i + head) % length, (at + 3 * i) % length,
                             std::array{0.5f, -0.25f, 0.0f}[(i + head) % 3]});
  subject.add_to_values(layer, terms);
  for (int head = 0; head < kKvHeads; ++head)
    for (const auto& [slot, to_slot, weight] : terms[head]) {
      const KvList::Row from = rows[slot][head];
      KvList::Row& to = rows[to_slot][head];
      to.bound += std::abs(weight) * from.bound;
      for (int d = 0; d < kKvHeadDim; ++d) {
        const double term = weight * kv_value(layer, head, from, d);
        to.added[d] += term;
        to.bound += 0x1p-23 * (std::abs(term) + std::abs(kv_value(layer, head, to, d)));
      }
    }
}

/// Each key by another number of positions, about `by`.
template <class Subject>
void turn_keys_by(Subject& subject, int layer, int by) {
  std::vector<KvList::Slot>& rows = subject.kv_list.rows[layer];
  std::vector<std::vector<int>> turns(kKvHeads);
  for (size_t slot = 0; slot < rows.size(); ++slot)
    for (int head = 0; head < kKvHeads; ++head) {
      turns[head].push_back(by + (static_cast<int>(slot) * 3 + head * 5) % 7 - 3);
      rows[slot][head].turned += turns[head].back();
    }
  subject.turn_keys(layer, turns);
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
  if constexpr (requires(Subject& self) { int(self.capacity(0)); })
    out.push_back(method_of<Subject>(
        "capacity", [](Subject& self, Given& given) { return self.capacity(given.number<int>(0)); },
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
          const int length = self.kv_list.length(layer);
          std::vector<std::vector<int>> kept(kKvHeads);
          std::vector<KvList::Slot> rows((length + every - 1) / every);
          for (size_t i = 0; i < rows.size(); ++i)
            for (int head = 0; head < kKvHeads; ++head) {
              // The last head keeps others, up to the newest, where each may choose.
              const bool is_other = KeepsSlotsOfHeads<Subject> && head == kKvHeads - 1;
              const int slot = static_cast<int>(i) * every + (is_other ? (length - 1) % every : 0);
              kept[head].push_back(slot);
              rows[i][head] = self.kv_list.rows[layer][slot][head];
            }
          if constexpr (KeepsSlotsOfHeads<Subject>)
            self.keep(layer, kept);
          else
            self.keep(layer, kept[0]);
          self.kv_list.rows[layer] = rows;
        },
        {layer, {"every", {0, 4}}}));
  if constexpr (ReplacesRows<Subject>)
    out.push_back(method_of<Subject>(
        "replace",
        [=](Subject& self, Given& given) {
          const int layer = given.number<int>(0), every = given.number<int>(1) + 1;
          std::vector<int> kept;
          std::vector<KvList::Slot> rows;
          for (int slot = self.kv_list.length(layer) - 1; slot >= 0; slot -= every) {
            kept.push_back(slot);  // the newest first
            rows.push_back(self.kv_list.rows[layer][slot]);
          }
          self.replace(layer, rows_of(self, 0, layer, kept), rows_of(self, 1, layer, kept));
          self.kv_list.rows[layer] = rows;
        },
        {layer, {"every", {0, 4}}}));
  if constexpr (PutsNewest<Subject>)
    out.push_back(method_of<Subject>("put_newest",
                                     [](Subject& self, Given& given) {
                                       put_newest_at(self, given.number<int>(0),
                                                     given.number<int>(1));
                                     },
                                     {layer, at}));
  if constexpr (AddsToValues<Subject>)
    out.push_back(method_of<Subject>("add_to_values",
                                     [](Subject& self, Given& given) {
                                       add_to_values_at(self, given.number<int>(0),
                                                        given.number<int>(1), given.number<int>(2));
                                     },
                                     {layer, at, {"count", {0, 7}}}));
  if constexpr (CopiesKeys<Subject>)
    out.push_back(method_of<Subject>("copy_keys",
                                     [=](Subject& self, Given& given) {
                                       const KvSlots which = slots(self, given);
                                       return self.copy_keys(given.number<int>(0), which.from,
                                                             which.to);
                                     },
                                     {layer, at, count}));
  if constexpr (TurnsKeysOfHeads<Subject>)
    out.push_back(method_of<Subject>("turn_keys",
                                     [](Subject& self, Given& given) {
                                       turn_keys_by(self, given.number<int>(0),
                                                    given.number<int>(1));
                                     },
                                     {layer, {"by", {-9, 99}}}));
  if constexpr (PutsKeysTurned<Subject>)
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
                               for (KvList::Row& row : self.kv_list.rows[layer][slot])
                                 row.turned += by;
                           },
                           {layer, at, count, {"by", {-9, 99}}}));
  out.push_back(method_of<Subject>("reset", [](Subject& self, Given&) { reset_cache(self); }));
  return out;
}

}  // namespace coop::testing
