// Outcomes that could be accepted → those that are: few enough to be read, and such that small
// mistakes change one of them.
#pragma once

#include <set>
#include <string>
#include <vector>

namespace combiner {

/// A scenario, what comes of it, and what is known of it.
struct Candidate {
  std::string text;                // e.g. "{window 3} rows 10 4"; "{}..." has all initial values
  std::vector<std::string> lines;  // its outcome, e.g. "kv_cache[0..2]: 0 1 11..13"
  std::set<std::string> features;  // e.g. "window at first yes no": what changes the outcome
  std::set<size_t> notices;        // numbers of mistakes with which the outcome is another

  size_t line_count() const { return lines.size() + 1; }
};

/// The places of those to accept, the shorter in front; within `most_lines` lines in all. First
/// comes what says initial values; then those that notice most mistakes that nobody notices yet,
/// for each of their lines; those that show what initial values do, since not every mistake in one
/// stands in a program; a second one for each mistake; and what room is left is for what shows a
/// feature that few others do.
std::vector<size_t> choose_outcomes(const std::vector<Candidate>& candidates, size_t most_lines);

}  // namespace combiner
