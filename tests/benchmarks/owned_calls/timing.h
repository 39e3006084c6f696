// What a call costs: the median of many, in microseconds, and how many there are in a second.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <vector>

/// With a header of 40 bytes it makes messages of 104.
using Words = std::array<char, 64>;

/// Prints "78.1 12345": microseconds, calls a second.
template <class Call>
void time_calls(Call call) {
  constexpr int kCalls = 5000;
  std::vector<double> times;
  for (int i = 0; i < 500; ++i) call();
  const auto begin = std::chrono::steady_clock::now();
  for (auto start = begin; times.size() < kCalls;) {
    call();
    const auto now = std::chrono::steady_clock::now();
    times.push_back(std::chrono::duration<double, std::micro>(now - start).count());
    start = now;
  }
  const std::chrono::duration<double> all = std::chrono::steady_clock::now() - begin;
  std::nth_element(times.begin(), times.begin() + kCalls / 2, times.end());
  std::printf("%.3f %.0f\n", times[kCalls / 2], kCalls / all.count());
}
