// What is added to a row of a cache.
#pragma once

/// `weight` times the row `from` is added to the row `to`.
struct RowTerm {
  int from = 0;
  int to = 0;
  float weight = 0.0f;
};
