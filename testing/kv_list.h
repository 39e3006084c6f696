// What a key/value cache is told to keep, as a plain list, and what it shows of it.
#pragma once

#include <array>
#include <map>

#include "row_term.h"
#include "testing/fake_model.h"
#include "testing/universal.h"

namespace coop::testing {

inline constexpr int kKvLayers = 3, kKvHeads = 2, kKvHeadDim = 4;

/// What a cache was told to keep, slot by slot. A derived Subject has one beside the artifact.
struct KvList {
  struct Row {
    int id = 0;                              // of the token, in the order of appending
    int turned = 0;                          // positions that its key was turned by
    std::array<double, kKvHeadDim> added{};  // to its values
    double bound = 0;                        // how far off floats may be that added it up
  };
  using Slot = std::array<Row, kKvHeads>;  // heads may keep different tokens
  std::vector<std::vector<Slot>> rows = std::vector<std::vector<Slot>>(kKvLayers);
  std::vector<int> given = std::vector<int>(kKvLayers, 0);

  int length(int layer) const { return static_cast<int>(rows[layer].size()); }
};

/// Keys (side 0) and values (side 1) are whole numbers, of which no two are alike.
inline float kv_content(int side, int layer, int head, int id, int d) {
  const int row = (id * kKvLayers + layer) * kKvHeads + head;
  return static_cast<float>((row * 2 + side) * kKvHeadDim + d + 1);
}

/// A value as it is to be when all was added that was told.
inline double kv_value(int layer, int head, const KvList::Row& row, int d) {
  return kv_content(1, layer, head, row.id, d) + row.added[d];
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
concept PutsNewest = requires(Subject& subject) { subject.put_newest(0, std::vector<int>()); };

template <class Subject>
concept AddsToValues =
    requires(Subject& subject) { subject.add_to_values(0, std::vector<std::vector<RowTerm>>()); };

template <class Subject>
concept PutsKeysTurned = CopiesKeys<Subject> && requires(Subject& subject) {
  subject.put_keys_turned(0, 0, 1, subject.copy_keys(0, 0, 1), 1);
  subject.model.config.rope_theta;
};

template <class Subject>
concept TurnsKeysOfHeads = requires(Subject& subject) {
  subject.turn_keys(0, std::vector<std::vector<int>>());
  subject.model.config.rope_theta;
};

template <class Subject>
concept TurnsKeys = PutsKeysTurned<Subject> || TurnsKeysOfHeads<Subject>;

// ---- what it is given ---------------------------------------------------------------------------

template <class Subject>
void append_tokens(Subject& subject, int layer, int count) {
  KvList& list = subject.kv_list;
  const std::vector<float> keys = kv_rows(0, layer, list.given[layer], count);
  const std::vector<float> values = kv_rows(1, layer, list.given[layer], count);
  subject.append(layer, keys.data(), values.data(), count);
  for (int i = 0; i < count; ++i) {
    KvList::Slot& slot = list.rows[layer].emplace_back();
    slot.fill({list.given[layer]++, 0});
  }
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

// ---- what it shows ------------------------------------------------------------------------------

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

/// The token that a head keeps in this slot, told by its values.
template <class Subject>
int token_at(Subject& subject, int layer, int slot, int head) {
  const float first = *row_at(subject, 1, layer, slot, head);
  return static_cast<int>(first - kv_content(1, layer, head, 0, 0)) /
         static_cast<int>(kv_content(0, 0, 0, 1, 0) - kv_content(0, 0, 0, 0, 0));
}

template <class Subject>
std::vector<int> tokens_of(Subject& subject, int layer, int head) {
  std::vector<int> out;
  for (int slot = 0; slot < subject.length(layer); ++slot)
    out.push_back(token_at(subject, layer, slot, head));
  return out;
}

/// One number for a whole row: another row has another.
inline double told_apart(const float* row) {
  double out = 0;
  for (int d = 0; d < kKvHeadDim; ++d) out += (d + 1) * double(row[d]);
  return out;
}

}  // namespace coop::testing
