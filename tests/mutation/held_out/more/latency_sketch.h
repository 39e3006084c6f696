// Quantiles of latencies, in little memory and to a relative accuracy.
#pragma once

#include <coop/artifact.h>

#include <cmath>
#include <iterator>
#include <map>
#include <stdexcept>

/// DDSketch (Masson et al., 2019): latencies are counted in buckets whose bounds grow by a constant
/// factor, so that any quantile is off by at most `accuracy` of itself. When there are too many
/// buckets the two of the shortest latencies become one, since long ones are what is asked about.
struct LatencySketch : coop::Artifact {
  double accuracy = 0.01;  ///< Largest relative error of a quantile; range 0.001..0.5.
  int buckets = 2048;      ///< Most buckets that are kept; range 1..65536.

  COOP_INVARIANT(self.held() <= self.buckets);

  /// seconds  a latency; below a nanosecond it counts as none; range 0.0..100000.0
  /// example: add(-1) -> refuses
  /// example: {accuracy 0} add(1) -> refuses
  /// example: {buckets 0} add(1) -> refuses
  void add(this auto& self, double seconds) {
    if (!(seconds >= 0.0) || std::isinf(seconds)) throw std::runtime_error("no such latency");
    if (!(self.accuracy > 0.0 && self.accuracy < 1.0) || self.buckets < 1) {
      throw std::runtime_error("accuracy must be in (0, 1), and buckets above 0");
    }
    ++self.total;
    if (seconds < 1e-9) {
      ++self.none;
      return;
    }
    ++self.counts[static_cast<int>(std::ceil(std::log(seconds) / std::log(self.growth())))];
    while (self.held() > self.buckets) {
      const auto shortest = self.counts.begin();
      std::next(shortest)->second += shortest->second;
      self.counts.erase(shortest);
    }
  }

  /// The latency of which `share` of all are no longer; 0 of none.
  /// share  range 0.0..1.0
  /// example: quantile(0.5) -> 0
  /// example: add(1); quantile(1) -> 0.99
  /// example: {accuracy 0.5} add(1); add(3); add(9); quantile(0.5) -> 1.5
  /// example: {accuracy 0.5} add(1); add(3); add(9); quantile(1) -> 4.5
  /// example: {accuracy 0.5} add(0); add(0); add(9); quantile(0.5) -> 0
  /// example: {accuracy 0.5, buckets 1} add(1); add(9); quantile(0) -> 4.5
  /// example: quantile(1.5) -> refuses
  double quantile(this auto& self, double share) {
    if (!(share >= 0.0 && share <= 1.0)) throw std::runtime_error("no such share");
    if (self.total == 0) return 0.0;
    const double rank = share * static_cast<double>(self.total - 1);
    long seen = self.none;
    double latency = 0.0;
    for (auto at = self.counts.begin(); at != self.counts.end() && seen <= rank; ++at) {
      latency = 2.0 * std::pow(self.growth(), at->first) / (self.growth() + 1.0);
      seen += at->second;
    }
    COOP_ENSURES(seen > rank);
    return latency;
  }

  /// Latencies that were added.
  /// example: add(0); add(2); count() -> 2
  long count(this auto& self) { return self.total; }

  /// Buckets that are in use.
  /// example: add(1); add(1); add(2); held() -> 2
  int held(this auto& self) { return static_cast<int>(self.counts.size()); }

 private:
  double growth(this auto& self) { return (1.0 + self.accuracy) / (1.0 - self.accuracy); }

  std::map<int, long> counts;  // by i: latencies above growth^(i - 1), up to growth^i
  long none = 0;               // shorter than a nanosecond
  long total = 0;
};
