// A key/value cache that knows what each of its rows is.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>

#include "buffer.h"
#include "narrow_rows.h"
#include "paged_rows.h"
#include "paired_rows.h"
#include "quantized_rows.h"
#include "row_term.h"
#include "testing/fakes.h"

namespace coop::testing {

inline constexpr int kAll = -1;

/// Tokens of one layer, or of all, are given other keys and values as long as this lives.
class OtherContents {
 public:
  explicit OtherContents(int layer) { current() = layer; }
  ~OtherContents() { current() = kNone; }
  static int& current() {
    static int layer = kNone;
    return layer;
  }

 private:
  static constexpr int kNone = -2;
};

/// Heads of keys and values are given other heads' keys, values, weights and queries as long as
/// this lives: each what the other is given else, or all what the first is.
class HeadsGiven {
 public:
  enum class As { kThemselves, kOneAnother, kTheFirst };
  explicit HeadsGiven(As as) { current() = as; }
  ~HeadsGiven() { current() = As::kThemselves; }
  static As& current() {
    static As as = As::kThemselves;
    return as;
  }
  /// Of `heads` heads, whose `head` is given.
  static int to(int head, int heads) {
    return current() == As::kOneAnother ? heads - 1 - head : current() == As::kTheFirst ? 0 : head;
  }
};

/// Tokens are alike, all but one, as long as this lives: nothing but their order tells them apart.
class Alike {
 public:
  explicit Alike(int other = kAll, bool more = true) : other_(other), more_(more) {
    current() = this;
  }
  ~Alike() { current() = nullptr; }
  Alike(const Alike&) = delete;
  static const Alike*& current() {
    static const Alike* alike = nullptr;
    return alike;
  }
  /// -1 or 1 for the other one, 0 for all that are alike.
  int rank_of(int id) const { return id != other_ ? 0 : more_ ? 1 : -1; }

 private:
  const int other_;
  const bool more_;
};

/// What arrays of hooks say of each token, by the parameter's name, and what its keys and values
/// hold in each of their channels, as long as this lives.
class ToldOfTokens {
 public:
  using Told = std::map<std::string, std::vector<double>>;
  explicit ToldOfTokens(Told told) { current() = std::move(told); }
  ~ToldOfTokens() { current().clear(); }
  static Told& current() {
    static Told told;
    return told;
  }
};

/// The reference for the peer `kv_cache`: rows in slots, each with an identity that outlives every
/// move. Keys and values are small integers, so that sums are exact in any order.
///
/// It does what artifacts/cache/contiguous.h and ragged.h do and some more (keep, evict, truncate,
/// ...), checks what it is asked, and turns no key: how far RoPE was to turn one is noted beside
/// it.
class FakeKvCache : public Peer {
 public:
  static constexpr int kLayers = 3, kKvHeads = 2, kHeadDim = 4;
  static constexpr int kSpare = 3;           // rows of memory that no token has
  static constexpr float kNoToken = 777.0f;  // what they hold

  struct Row {
    int id = 0;  // of the token, in the order of appending: that of head 0
    int position = 0;
    std::array<int, kKvHeads> of_heads;  // of the token that each head keeps in this slot
    std::array<int, kKvHeads> turned{};  // by how many positions its key was
    bool operator==(const Row&) const = default;
  };

 private:
  using Heads = std::array<std::vector<int>, kKvHeads>;  // of each its tokens

  struct Layer {
    std::vector<Row> rows;  // of heads that keep different numbers of tokens, as many as on average
    std::optional<Heads> ragged;   // what such heads keep
    std::vector<float> memory[2];  // keys, values: (kv_heads, capacity, head_dim)
    int next_position = 0;
    int newest = 0;  // tokens that came last
    int calls = 0;
  };

  template <class In>
  static auto& cell(In& in, int side, int head, int slot, int d) {
    const int rows = static_cast<int>(in.memory[side].size()) / (kKvHeads * kHeadDim);
    return in.memory[side][(head * rows + slot) * kHeadDim + d];
  }

 public:
  explicit FakeKvCache(Device& device) : Peer("kv_cache"), device_(device), layers_(kLayers) {}

  // ---- what is asked --------------------------------------------------------------------------

  int layers() const { return told("layers", static_cast<int>(layers_.size())); }
  int kv_heads() const { return kKvHeads; }
  int head_dim() const { return kHeadDim; }
  int length(int layer) const {
    return told("length", static_cast<int>(at(layer, "length").rows.size()));
  }
  int size(int layer) const {
    return told("size", static_cast<int>(at(layer, "size").rows.size()));
  }
  int next_position(int layer) const {
    return told("next_position", at(layer, "next_position").next_position);
  }
  int capacity(int layer) const {
    asks(!at(layer, "capacity").ragged, "capacity", "heads that keep equally many tokens");
    return static_cast<int>(at(layer, "capacity").memory[0].size()) / (kKvHeads * kHeadDim);
  }
  int position(int layer, int slot) const {
    check_slots("position", layer, slot, slot + 1);
    return told("position", layers_[layer].rows[slot].position);
  }
  std::vector<int> positions(int layer) const {
    std::vector<int> out;
    for (const Row& row : at(layer, "positions").rows)
      out.push_back(told("positions", row.position));
    return out;
  }
  size_t bytes() const {
    size_t rows = 0;
    for (const Layer& layer : layers_) rows += layer.rows.size();
    return rows * 2 * kKvHeads * kHeadDim * sizeof(float);
  }

  /// (kv_heads, capacity, head_dim), from `slot` on; as in the real cache, valid until rows move.
  float* keys(int layer, int slot = 0) {
    float* keys = memory(layer, slot, 0, "keys");
    return lies("keys") ? others(layer, slot, 0) : keys;
  }
  float* values(int layer, int slot = 0) {
    float* values = memory(layer, slot, 1, "values");
    return lies("values") ? others(layer, slot, 1) : values;
  }

  /// As a cache of which each head may keep as many tokens as it likes has them.
  int head_length(int layer, int head) const {
    return told("head_length", static_cast<int>(heads(at(layer, "head_length"))[head].size()));
  }
  float* head_keys(int layer, int head) {
    float* all = memory(layer, 0, 0, "head_keys");
    if (lies("head_keys")) all = others(layer, 0, 0);
    return all + layers_[layer].memory[0].size() / kKvHeads * head;
  }
  int room(int layer) const { return told("room", capacity(layer) - length(layer)); }
  const int* begins(int layer) {
    begins_.clear();
    for (int head = 0; head <= kKvHeads; ++head)
      begins_.push_back(told("begins", head * capacity(layer)));
    return begins_.data();
  }

  /// As a cache that quantizes has them: these are all too new.
  QuantizedRows quantized(int layer) {
    return {.format = {.bits = 8, .group = 4, .head_dim = kHeadDim},
            .keys = memory(layer, 0, 0, "quantized"),
            .values = memory(layer, 0, 1, "quantized"),
            .length = length(layer),
            .capacity = capacity(layer)};
  }

  /// As a cache whose older keys may be narrow has them: these are all too new.
  NarrowRows narrow_rows(int layer) {
    return {.keys = memory(layer, 0, 0, "narrow_rows"),
            .values = memory(layer, 0, 1, "narrow_rows"),
            .length = length(layer),
            .capacity = capacity(layer)};
  }

  /// As a cache whose layers may share directions has them: nothing is merged.
  PairedRows paired_rows(int layer) {
    return {.keys = memory(layer, 0, 0, "paired_rows"),
            .values = memory(layer, 0, 1, "paired_rows"),
            .length = length(layer),
            .capacity = capacity(layer),
            .kv_heads = kKvHeads,
            .head_dim = kHeadDim};
  }

  /// As a cache in blocks has them: of two rows each; the first row of all is no token's.
  PagedRows blocks(int layer) {
    const float* sides[] = {memory(layer, 0, 0, "blocks"), memory(layer, 0, 1, "blocks")};
    const bool others = lies("blocks");
    const int rows = capacity(layer), end = static_cast<int>(layers_[layer].rows.size());
    paged_.assign((end + 2) / 2, std::vector<float>(2 * kKvHeads * 2 * kHeadDim, kNoToken));
    for (int slot = 0; slot < end; ++slot)
      for (int at = 0; at < 2 * kKvHeads * kHeadDim; ++at) {
        const int side = at / kHeadDim / kKvHeads, head = at / kHeadDim % kKvHeads;
        const int d = at % kHeadDim;
        const float number = sides[side][(head * rows + slot) * kHeadDim + d];
        paged_[(slot + 1) / 2][(at / kHeadDim * 2 + (slot + 1) % 2) * kHeadDim + d] =
            others ? 5 - number : number;
      }
    table_.clear();
    for (std::vector<float>& block : paged_) table_.push_back(block.data());
    return {table_.data(), 1, end, 2, kKvHeads, kHeadDim};
  }

  // ---- what is done ---------------------------------------------------------------------------

  void reset(int layers, int, int) {
    asks(layers > 0, "reset", "a layer at least");
    layers_ = std::vector<Layer>(layers);
  }

  /// As a model: keys and values (count, kv_heads, head_dim).
  void append(int layer, const float* keys, const float* values, int count) {
    Layer& into = at(layer, "append");
    asks(count >= 0, call_of("append", {double(layer), double(count)}), "a count from 0");
    const int before = static_cast<int>(into.rows.size());
    grow(layer, count);
    for (int i = 0; i < count; ++i)
      for (int head = 0; head < kKvHeads; ++head)
        for (int d = 0; d < kHeadDim; ++d) {
          const int source = (i * kKvHeads + head) * kHeadDim + d;
          cell(into, 0, head, before + i, d) = keys[source];
          cell(into, 1, head, before + i, d) = values[source];
        }
  }

  /// Drops the slots [from, to).
  void erase(int layer, int from, int to) {
    check_slots("erase", layer, from, to);
    gather(layer, {{0, from}, {to, static_cast<int>(layers_[layer].rows.size())}});
  }
  void erase(int layer, int slot) { erase(layer, slot, slot + 1); }
  void evict(int layer, int slot) { erase(layer, slot, slot + 1); }
  void drop(int layer, int from, int to) { erase(layer, from, to); }
  void truncate(int layer, int length) {
    check_slots("truncate", layer, 0, length);
    erase(layer, length, static_cast<int>(layers_[layer].rows.size()));
  }

  /// Of each head the newest token takes the slot of another, which goes.
  void put_newest(int layer, const std::vector<int>& slots) {
    Layer& in = at(layer, "put_newest");
    asks(!in.ragged && slots.size() == kKvHeads, "put_newest",
         "a slot of each of " + std::to_string(kKvHeads) + " heads");
    const int newest = static_cast<int>(in.rows.size()) - 1;
    for (int head = 0; head < kKvHeads; ++head) {
      const int slot = slots[head];
      asks(0 <= slot && slot <= newest, "put_newest", "slots up to " + std::to_string(newest));
      in.rows[slot].of_heads[head] = in.rows[newest].of_heads[head];
      in.rows[slot].turned[head] = in.rows[newest].turned[head];
      if (head == 0) in.rows[slot].id = in.rows[newest].id;
      for (int side = 0; side < 2; ++side)
        for (int d = 0; d < kHeadDim; ++d)
          cell(in, side, head, slot, d) = cell(in, side, head, newest, d);
    }
    erase(layer, newest, newest + 1);
  }

  /// Of each head, term by term: adds `weight` times the value in slot `from` to that in slot `to`.
  void add_to_values(int layer, const std::vector<std::vector<RowTerm>>& terms) {
    Layer& in = at(layer, "add_to_values");
    asks(terms.size() == kKvHeads, "add_to_values",
         "terms of each of " + std::to_string(kKvHeads) + " heads");
    const Heads kept = heads(in);
    for (int head = 0; head < kKvHeads; ++head)
      for (const auto& [from, to, weight] : terms[head]) {
        const int length = static_cast<int>(kept[head].size());
        asks(0 <= std::min(from, to) && std::max(from, to) < length, "add_to_values",
             "slots below " + std::to_string(length));
        for (int d = 0; d < kHeadDim; ++d)
          cell(in, 1, head, to, d) += weight * cell(in, 1, head, from, d);
      }
    in.calls += 1;
    may_be_written_to_ = true;
  }

  /// Keeps these slots, which ascend, and drops the others.
  template <class Slots>
  void keep(int layer, const Slots& slots) {
    const Layer& from = at(layer, "keep");
    std::vector<std::pair<int, int>> pieces;
    for (const auto slot : slots) {
      asks(slot >= 0 && slot < static_cast<int>(from.rows.size()), "keep",
           "slots below " + std::to_string(from.rows.size()) + ", not " + std::to_string(slot));
      asks(pieces.empty() || pieces.back().second <= static_cast<int>(slot), "keep",
           "slots that ascend, each once");
      if (pieces.empty() || pieces.back().second < static_cast<int>(slot))
        pieces.push_back({static_cast<int>(slot), static_cast<int>(slot)});
      ++pieces.back().second;
    }
    gather(layer, pieces);
  }

  /// Keeps these slots of each head, which ascend, equally many of each.
  void keep(int layer, const std::vector<std::vector<int>>& slots) {
    asks(slots.size() == kKvHeads, "keep", "slots of " + std::to_string(kKvHeads) + " heads");
    const Layer before = at(layer, "keep");
    keep(layer, slots[0]);
    Layer& in = layers_[layer];
    for (int head = 1; head < kKvHeads; ++head) {
      asks(slots[head].size() == slots[0].size(), "keep", "as many slots of each head");
      for (size_t i = 0; i < slots[head].size(); ++i) {
        const int slot = slots[head][i], last = i == 0 ? -1 : slots[head][i - 1];
        asks(last < slot && slot < static_cast<int>(before.rows.size()), "keep",
             "slots that ascend, each once, below " + std::to_string(before.rows.size()));
        in.rows[i].of_heads[head] = before.rows[slot].of_heads[head];
        in.rows[i].turned[head] = before.rows[slot].turned[head];
        for (int side = 0; side < 2; ++side)
          for (int d = 0; d < kHeadDim; ++d)
            cell(in, side, head, static_cast<int>(i), d) = cell(before, side, head, slot, d);
      }
    }
  }

  /// Keeps these slots of each head, which ascend, `length` on average.
  void keep_ragged(int layer, const std::vector<std::vector<int>>& slots, int length) {
    asks(slots.size() == kKvHeads, "keep_ragged",
         "slots of " + std::to_string(kKvHeads) + " heads");
    const Layer before = at(layer, "keep_ragged");
    const Heads were = heads(before);
    Heads kept;
    size_t longest = 0, all = 0;
    for (int head = 0; head < kKvHeads; ++head) {
      for (const int slot : slots[head]) {
        const int least = kept[head].empty() ? 0 : kept[head].back() + 1;
        asks(slot >= 0 && slot < static_cast<int>(were[head].size()) && were[head][slot] >= least,
             "keep_ragged", "slots that ascend, each once, that the head has");
        kept[head].push_back(were[head][slot]);
      }
      longest = std::max(longest, kept[head].size());
      all += kept[head].size();
    }
    asks(static_cast<int>(all) == length * kKvHeads, "keep_ragged",
         "a length that is the mean of " + std::to_string(all) + " slots");
    Layer& in = layers_[layer];
    in.rows.resize(length);
    in.ragged = kept;
    in.calls += 1;
    for (int side = 0; side < 2; ++side) {
      in.memory[side].assign((longest + kSpare) * kKvHeads * kHeadDim, kNoToken);
      for (int head = 0; head < kKvHeads; ++head)
        for (size_t i = 0; i < slots[head].size(); ++i)
          for (int d = 0; d < kHeadDim; ++d)
            cell(in, side, head, static_cast<int>(i), d) =
                cell(before, side, head, slots[head][i], d);
    }
  }

  /// (kv_heads, to - from, head_dim).
  Buffer<float> copy_keys(int layer, int from, int to) { return copy(layer, from, to, 0); }
  Buffer<float> copy_values(int layer, int from, int to) { return copy(layer, from, to, 1); }

  void put_keys_turned(int layer, int from, int to, const Buffer<float>& keys, int by) {
    check_slots("put_keys_turned", layer, from, to);
    asks(keys.size() == static_cast<size_t>(kKvHeads) * (to - from) * kHeadDim, "put_keys_turned",
         "as many keys as slots");
    for (int head = 0; head < kKvHeads; ++head)
      for (int slot = from; slot < to; ++slot)
        for (int d = 0; d < kHeadDim; ++d)
          cell(layers_[layer], 0, head, slot, d) =
              keys.data()[(head * (to - from) + slot - from) * kHeadDim + d];
    for (int slot = from; slot < to; ++slot) layers_[layer].rows[slot].turned.fill(by);
    layers_[layer].calls += 1;
  }

  /// Turns the keys of each head further, each by a number of positions of its own.
  void turn_keys(int layer, const std::vector<std::vector<int>>& by) {
    Layer& in = at(layer, "turn_keys");
    asks(!in.ragged && by.size() == kKvHeads, "turn_keys",
         "turns of each of " + std::to_string(kKvHeads) + " heads");
    for (int head = 0; head < kKvHeads; ++head) {
      asks(by[head].size() == in.rows.size(), "turn_keys",
           "as many turns as slots, " + std::to_string(in.rows.size()));
      for (size_t slot = 0; slot < in.rows.size(); ++slot)
        in.rows[slot].turned[head] += by[head][slot];
    }
    in.calls += 1;
  }

  // ---- for tests ------------------------------------------------------------------------------

  /// `count` new tokens, of which no two are alike.
  void grow(int layer, int count) {
    Layer& into = layers_.at(layer);
    into.newest = count;
    const Heads were = heads(into);
    size_t longest = 0;
    for (const std::vector<int>& of_head : were) longest = std::max(longest, of_head.size());
    for (int side = 0; side < 2; ++side) {
      const int capacity = static_cast<int>(longest) + count + kSpare;
      std::vector<float> memory(static_cast<size_t>(kKvHeads) * capacity * kHeadDim, kNoToken);
      for (int head = 0; head < kKvHeads; ++head) {
        const int before = static_cast<int>(were[head].size());
        for (int slot = 0; slot < before + count; ++slot)
          for (int d = 0; d < kHeadDim; ++d)
            memory[(head * capacity + slot) * kHeadDim + d] =
                slot < before ? cell(into, side, head, slot, d)
                              : content(layer, side, head, into.next_position + slot - before, d);
      }
      into.memory[side] = std::move(memory);
      if (side == 0) continue;
      for (int i = 0; i < count; ++i) {
        const int id = into.next_position++;
        into.rows.push_back({id, id, {}});
        into.rows.back().of_heads.fill(id);
        for (int head = 0; into.ragged && head < kKvHeads; ++head)
          (*into.ragged)[head].push_back(id);
      }
    }
  }

  const std::vector<Row>& rows(int layer) const { return layers_.at(layer).rows; }
  std::vector<int> ids(int layer, int head = 0) const { return heads(layers_.at(layer))[head]; }
  /// Tokens that a layer was given so far, those that it dropped among them.
  int given(int layer) const { return layers_.at(layer).next_position; }
  /// Tokens that a layer was given last.
  int newest(int layer) const { return layers_.at(layer).newest; }
  /// Did anybody ask for keys() or values(), or add to values?
  bool may_be_written_to() const { return may_be_written_to_; }
  int layer_count() const { return static_cast<int>(layers_.size()); }
  /// Changes that were asked for so far, also those that changed nothing.
  int calls(int layer) const { return layers_.at(layer).calls; }
  /// Is what stands in this slot what its token was given?
  bool is_as_appended(int layer, int slot, bool keys_too) const {
    const Layer& in = layers_.at(layer);
    for (int side = keys_too ? 0 : 1; side < 2; ++side)
      for (int head = 0; head < kKvHeads; ++head)
        for (int d = 0; d < kHeadDim; ++d)
          if (cell(in, side, head, slot, d) !=
              content(layer, side, head, in.rows[slot].of_heads[head], d))
            return false;
    return true;
  }

  void look(std::vector<std::string>& out) const {
    for (size_t layer = 0; layer < layers_.size(); ++layer) {
      std::string line = "kv_cache[" + std::to_string(layer) + "]:";
      const Layer& in = layers_[layer];
      for (int head = 0; in.ragged && head < kKvHeads; ++head) {
        for (const int id : (*in.ragged)[head]) line += " " + std::to_string(id);
        line += ";";
      }
      for (size_t slot = 0; !in.ragged && slot < in.rows.size(); ++slot) {
        line += " " + std::to_string(in.rows[slot].id);
        for (int head = 1; head < kKvHeads; ++head)
          if (in.rows[slot].of_heads[head] != in.rows[slot].id)
            line += "/" + std::to_string(in.rows[slot].of_heads[head]);
        const auto& turned = in.rows[slot].turned;
        if (turned != std::array<int, kKvHeads>{}) line += "+" + std::to_string(turned[0]);
        for (int head = 1; head < kKvHeads; ++head)
          if (turned[head] != turned[0]) line += "/" + std::to_string(turned[head]);
        if (!is_as_appended(static_cast<int>(layer), static_cast<int>(slot), true)) {
          line += "(";
          for (int side = 0; side < 2; ++side)
            for (int head = 0; head < kKvHeads; ++head)
              line += shown(cell(in, side, head, static_cast<int>(slot), 0)) + " ";
          line += ")";
        }
      }
      out.push_back(std::move(line));
    }
  }

 private:
  static float content(int layer, int side, int head, int id, int d) {
    const auto told = ToldOfTokens::current().find(side == 0 ? "keys" : "values");
    if (told != ToldOfTokens::current().end())
      return static_cast<float>(told->second.at(static_cast<size_t>(id) * kHeadDim + d));
    head = HeadsGiven::to(head, kKvHeads);
    if (const Alike* alike = Alike::current()) {
      const float factor = alike->rank_of(id) == 0 ? 1.0f : alike->rank_of(id) > 0 ? 4.0f : 0.25f;
      return static_cast<float>(head * 5 + d * 3 + side * 17 + 1) * factor;
    }
    // Neighbours differ, and no head or side is like another.
    const int other =
        OtherContents::current() == layer || OtherContents::current() == kAll ? 29 : 0;
    return static_cast<float>((id * (7 + other) + head * 5 + d * 3 + side * 17 + other) % 64 - 32);
  }

  static Heads heads(const Layer& layer) {
    if (layer.ragged) return *layer.ragged;
    Heads out;
    for (const Row& row : layer.rows) {
      out[0].push_back(row.id);
      for (int head = 1; head < kKvHeads; ++head) out[head].push_back(row.of_heads[head]);
    }
    return out;
  }

  Layer& at(int layer, const char* call) {
    asks(0 <= layer && layer < static_cast<int>(layers_.size()), call_of(call, {double(layer)}),
         "a layer from 0 to " + std::to_string(layers_.size() - 1));
    return layers_[layer];
  }
  const Layer& at(int layer, const char* call) const {
    return const_cast<FakeKvCache*>(this)->at(layer, call);
  }

  void check_slots(const char* call, int layer, int from, int to) const {
    const int length = static_cast<int>(at(layer, call).rows.size());
    asks(0 <= from && from <= to && to <= length,
         call_of(call, {double(layer), double(from), double(to)}),
         "slots from 0 to " + std::to_string(length) + ", in order");
  }

  float* memory(int layer, int slot, int side, const char* call) {
    check_slots(call, layer, slot, slot);
    may_be_written_to_ = true;
    return layers_[layer].memory[side].data() + static_cast<size_t>(slot) * kHeadDim;
  }

  /// Where it lies: other keys or values than those that are kept.
  float* others(int layer, int slot, int side) {
    others_ = layers_[layer].memory[side];
    for (float& number : others_) number = 5 - number;  // of other norms, too
    return others_.data() + static_cast<size_t>(slot) * kHeadDim;
  }

  Buffer<float> copy(int layer, int from, int to, int side) {
    const char* call = side == 0 ? "copy_keys" : "copy_values";
    check_slots(call, layer, from, to);
    Buffer<float> out(device_, static_cast<size_t>(kKvHeads) * (to - from) * kHeadDim);
    for (int head = 0; head < kKvHeads; ++head)
      for (int slot = from; slot < to; ++slot)
        for (int d = 0; d < kHeadDim; ++d)
          out.data()[(head * (to - from) + slot - from) * kHeadDim + d] =
              told(call, cell(layers_[layer], side, head, slot, d));
    return out;
  }

  /// Keeps the slots [from, to) of each piece. In pieces, since some artifacts drop many tokens one
  /// by one.
  void gather(int layer, const std::vector<std::pair<int, int>>& pieces) {
    Layer& in = layers_[layer];
    asks(!in.ragged, "keep", "heads that keep equally many tokens");
    Layer out;
    out.next_position = in.next_position;
    out.newest = in.newest;
    for (const auto& [from, to] : pieces)
      out.rows.insert(out.rows.end(), in.rows.begin() + from, in.rows.begin() + to);
    const size_t capacity = out.rows.size() + kSpare;
    for (int side = 0; side < 2; ++side) {
      out.memory[side].resize(capacity * kKvHeads * kHeadDim, kNoToken);
      for (int head = 0; head < kKvHeads; ++head) {
        auto row = out.memory[side].begin() + head * capacity * kHeadDim;
        for (const auto& [from, to] : pieces)
          if (from < to)
            row = std::copy_n(&cell(in, side, head, from, 0), (to - from) * kHeadDim, row);
      }
    }
    out.calls = in.calls + 1;
    in = std::move(out);
  }

  Device& device_;
  std::vector<Layer> layers_;
  bool may_be_written_to_ = false;
  std::vector<float> others_;
  std::vector<std::vector<float>> paged_;  // blocks, as blocks() gave them last
  std::vector<float*> table_;              // where they lie
  std::vector<int> begins_;
};

}  // namespace coop::testing
