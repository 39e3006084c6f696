// The exponential function, in a form that compilers vectorize.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>

/// e^x within 2e-7 of its value for x in [-87, 88], and beyond, that of the nearest end. std::exp
/// would not be vectorized. Method and polynomial of Cephes (Moshier): 2^n e^r, |r| <= ln(2) / 2.
inline float exp_float(float x) {
  x = std::min(std::max(x, -87.0f), 88.0f);
  const float shifted = x * 1.44269504f + 12582912.0f;  // 1.5 * 2^23: n is in the lowest bits
  const float n = shifted - 12582912.0f;
  const float r = x - n * 0.693359375f + n * 2.12194440e-4f;  // ln(2) in two parts
  float p = (1.9875691500e-4f * r + 1.3981999507e-3f) * r + 8.3334519073e-3f;
  p = ((p * r + 4.1665795894e-2f) * r + 1.6666665459e-1f) * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  return p * std::bit_cast<float>((std::bit_cast<uint32_t>(shifted) + 127u) << 23);
}
