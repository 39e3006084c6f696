// Runs of a key/value cache, and what they leave in it.
#pragma once

#include <cmath>
#include <map>

#include "testing/cache_calls.h"

namespace coop::testing {

template <class Subject>
  requires KvCache<Subject>
void make_ready(const Description<Subject>&, Subject& subject) {
  reset_cache(subject);
}

/// So many new tokens in every layer.
template <class Subject>
  requires KvCache<Subject>
void round_of(const Description<Subject>&, int count, Subject& subject, Outcome&) {
  for (int layer = 0; layer < kKvLayers; ++layer) append_tokens(subject, layer, count);
}

template <class Subject>
  requires KvCache<Subject>
void play_rounds(const Description<Subject>& description, const Scenario& scenario, size_t from,
                 size_t to, Subject& subject, Outcome& outcome) {
  try {
    for (size_t i = from; i < std::min(to, scenario.rounds.size()); ++i)
      round_of(description, scenario.rounds[i], subject, outcome);
  } catch (const std::exception& error) {
    outcome.refused = true;  // it is full
  }
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
          line += " " + shown(told_apart(row_at(subject, 0, layer, slot, head))) + " / " +
                  shown(told_apart(row_at(subject, 1, layer, slot, head)));
    } else {
      line += " length " + seen(subject.length(layer));
    }
    outcome.seen.push_back(std::move(line));
  }
  if constexpr (requires { subject.bytes(); })
    outcome.seen.push_back("bytes = " + seen(subject.bytes()));
}

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

/// Where tokens are told by their values: nothing is added to those.
template <class Subject>
rc::Gen<Scenario> uses_that_add_nothing(const Description<Subject>& description) {
  return rc::gen::map(cache_uses(description), [](Scenario drawn) {
    std::erase_if(drawn.steps, [](const Step& step) { return step.method == "add_to_values"; });
    return drawn;
  });
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

/// Keys and values that a head keeps in this slot are those of this token, turned as far as they
/// were told to be, and with what was added.
template <class Subject>
void holds_row(Subject& subject, int layer, int slot, int head, KvList::Row row,
               bool keys_too = true) {
  const std::string where = "layer " + std::to_string(layer) + ", slot " + std::to_string(slot);
  const float* values = row_at(subject, 1, layer, slot, head);
  for (int d = 0; d < kKvHeadDim; ++d)
    holds_if(std::abs(values[d] - kv_value(layer, head, row, d)) <= row.bound,
             where + ": not the values of token " + std::to_string(row.id) +
                 (row.bound == 0 ? "" : " and what was added to them"));
  if (!keys_too) return;
  const float* keys = row_at(subject, 0, layer, slot, head);
  const std::vector<double> wanted = turned_keys(subject, layer, head, row);
  const double largest = kv_content(0, layer, head, row.id, kKvHeadDim - 1);
  const double bound = row.turned == 0 ? largest * 2e-6 : largest * 3e-5;  // floats that turn
  for (int d = 0; d < kKvHeadDim; ++d)
    holds_if(std::abs(keys[d] - wanted[d]) <= bound,
             where + ": not the keys of token " + std::to_string(row.id) +
                 (row.turned == 0 ? "" : " turned by " + std::to_string(row.turned)));
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
        for (int head = 0; head < kKvHeads; ++head)
          holds_row(subject, layer, slot, head, subject.kv_list.rows[layer][slot][head]);
  }
}

}  // namespace coop::testing
