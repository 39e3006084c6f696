// Numbers that several ranks report, in one place.
#pragma once

#include <coop/artifact.h>

#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

/// Adds up what is counted under a name, e.g. tokens.
/// example: count("b", 2); count("a", 1); count("b", 3); report() -> "a 1 b 5"
/// example: {names 1} count("a", 1); count("b", 1) -> refuses
/// example: {names 1} count("a", 1); count("a", 2); report() -> "a 3"
struct Metrics : coop::Artifact {
  int names = 1000;  ///< Different names at most; range 1..100000.

  /// Throws std::runtime_error when the name is one too many.
  [[coop::each]] void count(this auto& self, const std::string& name, double amount) {
    if (static_cast<int>(self.totals.size()) >= self.names && self.totals.count(name) == 0) {
      throw std::runtime_error("metrics: no room for " + name + "; raise metrics.names");
    }
    self.totals[name] += amount;
  }

  /// Every name with its total, sorted.
  std::vector<std::pair<std::string, double>> report(this auto& self) {
    return {self.totals.begin(), self.totals.end()};
  }

 private:
  std::map<std::string, double> totals;
};
