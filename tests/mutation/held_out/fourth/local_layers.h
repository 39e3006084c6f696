// Local and global layers: most layers need no more than a window.
#pragma once

#include <coop/artifact.h>

#include <algorithm>

/// Most layers are local, as in Gemma 3 (Gemma Team, 2025): they keep a window. Each `period`th is
/// global and keeps all tokens, and so do the first layers, which attend widely. For models that
/// were not trained so, local layers keep their first tokens, too; positions stay as they were.
/// example: rows 1030 -> layer 0 keeps 0..1029
/// example: rows 1030 -> layer 2 keeps 0..3 10..1029
/// example: {dense 0, sinks 1, window 2, period 2} rows 6 -> layer 0 keeps 0 4 5
/// example: {dense 0, sinks 1, window 2, period 2} rows 6 -> layer 1 keeps 0..5
/// example: {dense 1, sinks 1, window 2, period 3} rows 6 -> layer 0 keeps 0..5
/// example: {dense 1, sinks 1, window 2, period 3} rows 3 1 1 1 -> layer 1 keeps 0 4 5
/// example: {dense 0, sinks 0, window 2, period 9} rows 2 -> keeps 0 1
/// example: {dense 0, sinks 0, window 1, period 9} rows 2 5 -> keeps 6
/// example: {dense 0, period 1} rows 2000 -> keeps 0..1999
/// except: layers_are_alike (some are global)
/// except: a_long_input_is_compressed (global layers keep all)
struct LocalLayers : coop::Artifact {
  int window = 1020;  ///< Newest tokens that a local layer keeps; range 1..8192.
  int sinks = 4;      ///< First tokens that a local layer keeps; range 0..64.
  int period = 6;     ///< The last of so many layers is global; 1: all are; range 1..64.
  int dense = 2;      ///< First layers, all global; range 0..64.

  void after_append(this auto& self, int layer) {
    const int length = self.kv_cache.length(layer);
    const int kept = self.tokens_kept(layer, length);
    if (kept < length) self.kv_cache.erase(layer, self.sinks, self.sinks + length - kept);
    COOP_ENSURES(self.kv_cache.length(layer) == kept);
  }

  /// Of a text of so many tokens, how many `layer` keeps: who plans memory asks.
  /// layer  which one; range 0..128
  /// tokens  length of the text; range 0..
  /// example: tokens_kept(0, 5000) -> 5000
  /// example: tokens_kept(2, 5000) -> 1024
  /// example: tokens_kept(2, 1023) -> 1023
  /// example: tokens_kept(4, 5000) -> 1024
  /// example: tokens_kept(5, 5000) -> 5000
  /// example: tokens_kept(6, 5000) -> 1024
  /// example: tokens_kept(11, 5000) -> 5000
  int tokens_kept(this auto& self, int layer, int tokens) {
    COOP_EXPECTS(layer >= 0 && tokens >= 0);
    if (layer < self.dense || layer % self.period == self.period - 1) return tokens;
    return std::min(tokens, self.sinks + self.window);
  }
};
