// RoCo: whom queries attend to least on average goes, unless they disagree about it.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <vector>

/// RoCo (Ren and Zhu, 2024, "On the Efficacy of Eviction Policy for Key-Value Constrained
/// Generative Language Model Inference"): a token scores the mean of what it was given since it
/// came, so that age alone is no merit. The `uneven` tokens of largest deviation are safe: who is
/// sometimes needed badly has a low mean, too. The newest are safe because their means say little
/// yet.
/// ties: newer
/// example: {budget 3, recent 1, uneven 0} rows 4 scores 5 1 9 0 -> keeps 0 2 3
/// example: {budget 3, recent 0, uneven 0} rows 4 scores 5 1 9 0 -> keeps 0 1 2
/// example: {budget 3, recent 0, uneven 0} rows 3 1 scores 4 5 6 5 -> keeps 1 2 3
/// example: rows 65 scores 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2
///   2 2 2 2 2 2 2 2 1 0 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 2 -> keeps 0..39 41..64
struct RoCo : coop::Artifact {
  int budget = 64;  ///< Tokens that a layer keeps; range 1..4096.
  int recent = 16;  ///< Newest tokens that stay, as far as the budget goes; range 0..1024.
  int uneven = 8;   ///< Older tokens of largest deviation that stay; range 0..1024.

  void after_reset(this auto& self) { self.tallies.clear(); }

  /// given  what the newest queries gave each token of `layer`, over all heads
  void after_attention(this auto& self, int layer, const std::vector<float>& given) {
    const int length = self.kv_cache.length(layer);
    COOP_EXPECTS(static_cast<int>(given.size()) == length);
    std::vector<Tally>& tallies = self.tallies[layer];
    tallies.resize(length);
    for (int slot = 0; slot < length; ++slot) tallies[slot].add(given[slot]);

    const int over = length - self.budget;
    if (over <= 0) return;
    const int older = length - std::min(self.recent, self.budget);
    const int safe = std::min(self.uneven, older - over);
    std::vector<int> order(older);
    std::iota(order.begin(), order.end(), 0);
    const auto first = order.begin() + safe;
    std::partial_sort(order.begin(), first, order.end(), [&](int a, int b) {
      const double of_a = tallies[a].variance(), of_b = tallies[b].variance();
      return of_a != of_b ? of_a > of_b : a > b;
    });
    std::partial_sort(first, first + over, order.end(), [&](int a, int b) {
      return tallies[a].mean != tallies[b].mean ? tallies[a].mean < tallies[b].mean : a < b;
    });
    std::sort(first, first + over);
    for (int i = over - 1; i >= 0; --i) {  // from the back, so that slots in front stay as they are
      self.kv_cache.erase(layer, first[i], first[i] + 1);
      tallies.erase(tallies.begin() + first[i]);
    }
    COOP_ENSURES(self.kv_cache.length(layer) == self.budget);
  }

 private:
  /// Mean and variance, one number at a time (Welford, 1962): equal numbers have none, exactly.
  struct Tally {
    int times = 0;
    double mean = 0.0;
    double squares = 0.0;  // of distances to the mean, added up

    void add(double given) {
      const double before = given - mean;
      mean += before / ++times;
      squares += before * (given - mean);
    }
    double variance() const { return squares / times; }
  };

  std::map<int, std::vector<Tally>> tallies;  // by layer, then by slot
};
