// Floats that are computed at once.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>

/// Numbers that are computed at once, in a form that GCC and Clang have in common.
using Lanes __attribute__((vector_size(8 * sizeof(float)))) = float;
constexpr int kLanes = sizeof(Lanes) / sizeof(float);

/// The sum of all lanes.
inline float sum_of(const Lanes& x) {
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

/// The largest of x (count), -INFINITY if there is none. Compilers do not vectorize std::max.
inline float largest_of(const float* x, int count) {
  Lanes largest = Lanes{} - INFINITY, next;
  int i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    std::memcpy(&next, x + i, sizeof(Lanes));
    largest = next > largest ? next : largest;
  }
  float result = -INFINITY;
  for (int lane = 0; lane < kLanes; ++lane) result = std::max(result, largest[lane]);
  for (; i < count; ++i) result = std::max(result, x[i]);
  return result;
}

/// Where in x (count) a number is met first; count - 1 if it is not.
inline int first_place(const float* x, int count, float number) {
  int i = 0;
  for (int met = 0; i + 64 <= count; i += 64) {
#pragma omp simd reduction(+ : met)
    for (int k = 0; k < 64; ++k) met += x[i + k] == number;
    if (met > 0) break;
  }
  while (i < count - 1 && x[i] != number) ++i;
  return i;
}
