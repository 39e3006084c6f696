// Guesses the next tokens from the text itself, for speculative decoding.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <vector>

/// Prompt lookup (Saxena, 2023): if the last tokens stood in the text before, what followed there
/// is the draft that the model is to check. A draft is 2 tokens longer when the last one was
/// accepted whole, and 1 shorter when not, as the heuristic schedule of transformers has it.
struct PromptLookup : coop::Artifact {
  int longest = 3;   ///< Last tokens that are looked up first; range 1..16.
  int shortest = 1;  ///< Last tokens that are looked up in the end; range 1..16.
  int start = 5;     ///< Tokens of the first draft; range 1..64.
  int most = 20;     ///< Tokens of a draft at most; range 1..64.

  COOP_INVARIANT(proposed >= 0 && proposed <= most);

  /// What may follow `tokens`, the whole text so far; nothing if its end is new. A longer match
  /// goes before a shorter one; of equally long ones, the latest: a text goes on as it last did.
  /// example: propose(1 2 3 4 5 6 7 8 9 1 2 3) -> 4 5 6 7 8
  /// example: propose(1 2 3 4) -> nothing
  /// example: propose(7) -> nothing
  /// example: propose(5 1 6 2 1) -> 6 2 1
  /// example: propose(1 5 1 6 1) -> 6 1
  /// example: propose(9 1 2 3 4 7 8 2 3 4 5 1 2 3 4) -> 5 1 2 3 4
  /// example: {longest 4} propose(9 1 2 3 4 7 8 2 3 4 5 1 2 3 4) -> 7 8 2 3 4
  /// example: {longest 2} propose(1 2 3 7 8 9 2 3 6 1 2 3) -> 6 1 2 3
  /// example: propose(1 2 3 7 8 9 2 3 6 1 2 3) -> 7 8 9 2 3
  /// example: {shortest 2} propose(1 2 1) -> nothing
  /// example: {shortest 2} propose(1 2 3 1 2) -> 3 1 2
  /// example: {start 2} propose(1 2 3 1) -> 2 3
  /// example: {start 9, most 1} propose(1 2 3 1) -> 2
  std::vector<int> propose(this auto& self, const std::vector<int>& tokens) {
    const int length = static_cast<int>(tokens.size());
    const auto end = tokens.end();
    self.proposed = 0;
    for (int n = std::min(self.longest, length - 1); n >= self.shortest; --n) {
      for (int at = length - n - 1; at >= 0; --at) {
        if (!std::equal(end - n, end, tokens.begin() + at)) continue;
        self.proposed = std::min(self.draft_length(), length - at - n);
        const auto draft = tokens.begin() + at + n;
        return {draft, draft + self.proposed};
      }
    }
    return {};
  }

  /// How many tokens of the last draft the model accepted; of no draft, nothing is learned.
  /// count  from the first on; range 0..64
  /// example: {start 1} propose(1 2 3 4 1); accepted(1); propose(1 2 3 4 1) -> 2 3 4
  /// example: {start 3} propose(1 2 3 4 1); accepted(2); propose(1 2 3 4 1) -> 2 3
  /// example: {start 1} propose(1 2 3 4 1); accepted(0); propose(1 2 3 4 1) -> 2
  /// example: {start 1, most 2} propose(1 2 3 4 1); accepted(1); propose(1 2 3 4 1) -> 2 3
  /// example: {start 2} propose(1 2 3); accepted(0); propose(1 2 3 4 1) -> 2 3
  void accepted(this auto& self, int count) {
    COOP_EXPECTS(count >= 0 && count <= self.proposed);
    if (self.proposed == 0) return;
    const bool whole = count == self.proposed;
    self.change += whole ? std::min(2, self.most - self.draft_length())
                         : std::max(-1, 1 - self.draft_length());
    self.proposed = 0;
  }

  /// Tokens of the next draft, if so many follow.
  /// example: draft_length() -> 5
  int draft_length(this auto& self) { return std::min(self.start, self.most) + self.change; }

 private:
  int proposed = 0;  // tokens of the last draft, until it is known what became of them
  int change = 0;    // of a draft's length since the first
};
