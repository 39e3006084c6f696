// Guesses the next tokens from what stood behind the same words before.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <vector>

/// Prompt lookup decoding (Saxena, 2023): the last tokens of a text are looked for further in
/// front, as many of them as can be found, and the newest such place is the one that counts. What
/// stood behind it is a guess that a model can verify in one step.
struct PromptLookup : coop::Artifact {
  int longest = 3;   ///< Tokens at the end that are looked for at first; range 1..16.
  int guessed = 10;  ///< Most tokens of a guess; range 1..64.

  /// The guess behind `tokens`; empty if not even the last of them stands further in front.
  /// example: draft(1 2 3) -> ""
  /// example: draft(5 6 7 8 5 6) -> 7 8 5 6
  /// example: draft(7) -> ""
  /// example: draft(1 2 3 8 2 3 9 1 2 3) -> 8 2 3 9 1 2 3
  /// example: draft(4 1 2 3 8 9 1 2 3 7 4 1 2 3) -> 7 4 1 2 3
  /// example: {longest 1} draft(1 2 3 8 2 3 9 1 2 3) -> 9 1 2 3
  /// example: {guessed 1} draft(5 6 7 8 5 6) -> 7
  /// example: draft(0 1 2 3 4 5 6 7 8 9 10 11 12 0) -> 1 2 3 4 5 6 7 8 9 10
  std::vector<int> draft(this auto& self, const std::vector<int>& tokens) {
    const int length = static_cast<int>(tokens.size());
    for (int size = std::min(self.longest, length - 1); size > 0; --size) {
      const auto sought = tokens.end() - size;
      // Without the last token: the sought must not be found where it stands itself.
      const auto found = std::find_end(tokens.begin(), tokens.end() - 1, sought, tokens.end());
      if (found == tokens.end() - 1) continue;
      const auto from = found + size;
      const auto to = from + std::min<long>(self.guessed, tokens.end() - from);
      COOP_ENSURES(from < to);
      return {from, to};
    }
    return {};
  }

  /// How many of `guess` the model says, too: those in front of the first that differs.
  /// example: accepted(1 2 3, 1 2 9 3) -> 2
  /// example: accepted(1 2, 1 2 3) -> 2
  int accepted(this auto&, const std::vector<int>& guess, const std::vector<int>& said) {
    const auto [differs, ignored] =
        std::mismatch(guess.begin(), guess.end(), said.begin(), said.end());
    return static_cast<int>(differs - guess.begin());
  }
};
