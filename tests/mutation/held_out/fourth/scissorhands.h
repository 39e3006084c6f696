// Scissorhands: who was attended to goes on being attended to.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

/// Scissorhands (Liu et al., 2023): a token is pivotal in a step that gives it more than an average
/// one. When a layer has too many, those go that were pivotal least often in the last steps.
/// ties: newer
/// example: rows 512 -> keeps 0..511
/// example: {recent 385} rows 513 -> keeps 128..512
/// example: {budget 20} rows 21 -> keeps 5..20
/// example: {budget 4, recent 1, drop 1} rows 4 1 scores 9 0 9 0 0 -> keeps 0 2 3 4
/// example: {budget 4, recent 1, drop 3} rows 4 1 scores 9 0 9 0 0 -> keeps 2 4
/// example: {budget 4, recent 3, drop 4} rows 4 1 scores 0 9 0 0 0 -> keeps 2 3 4
/// example: {budget 2, recent 2, drop 1} rows 5 scores 9 9 0 0 0 -> keeps 3 4
/// example: {budget 2, recent 1, history 2, drop 1} rows 2 1 scores 2 1 9 -> keeps 0 2
/// example: {budget 2, recent 1, history 1, drop 1} rows 2 1 scores 2 1 9 -> keeps 1 2
struct Scissorhands : coop::Artifact {
  int budget = 512;  ///< Tokens that a layer keeps at most; range 1..4096.
  int recent = 16;   ///< Newest tokens, which stay, as far as the budget goes; range 1..1024.
  int history = 64;  ///< Last steps in which it counts who was pivotal; range 1..4096.
  int drop = 128;    ///< Tokens that go at once, but for the newest; range 1..4096.

  void after_reset(this auto& self) { self.steps.clear(); }

  /// What the newest tokens gave to each token of `layer`, over all heads.
  void after_scores(this auto& self, int layer, const std::vector<float>& scores) {
    COOP_EXPECTS(scores.size() == static_cast<size_t>(self.kv_cache.length(layer)));
    const double average = std::accumulate(scores.begin(), scores.end(), 0.0) / scores.size();
    std::vector<char> pivotal;
    for (float score : scores) pivotal.push_back(score > average);
    std::deque<std::vector<char>>& steps = self.steps[layer];
    steps.push_back(std::move(pivotal));
    while (steps.size() > static_cast<size_t>(self.history)) steps.pop_front();
  }

  void after_append(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    if (length <= self.budget) return;
    const int old = length - std::min(self.recent, self.budget);  // of these some go
    const int go = std::min(std::max(length - self.budget, self.drop), old);

    std::vector<int> pivotal(length);  // in how many steps
    for (const std::vector<char>& step : self.steps[layer]) {
      for (size_t slot = 0; slot < step.size(); ++slot) pivotal[slot] += step[slot];
    }
    std::vector<int> order(old);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return pivotal[a] < pivotal[b]; });
    order.resize(go);
    std::sort(order.rbegin(), order.rend());
    for (int slot : order) {  // the last first, so that the others stand where they stood
      self.kv_cache.erase(layer, slot, slot + 1);
      for (std::vector<char>& step : self.steps[layer]) {
        if (static_cast<size_t>(slot) < step.size()) step.erase(step.begin() + slot);
      }
    }
    COOP_ENSURES(self.kv_cache.length(layer) <= self.budget);
  }

 private:
  std::map<int, std::deque<std::vector<char>>> steps;  // by layer: who was pivotal, by slot
};
