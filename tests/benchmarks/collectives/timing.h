// What a collective costs: the median of many calls, in microseconds, on rank 0.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <vector>

constexpr int kCalls = 1000;

/// Rank 0 prints "16 23.1": KiB, and the median of the times that `call(floats)` takes.
template <class Call>
void time_calls(int rank, Call call) {
  for (const int kib : {16, 128}) {
    const size_t floats = 1024 * static_cast<size_t>(kib) / sizeof(float);
    std::vector<double> times;
    for (int i = 0; i < kCalls + 100; ++i) {
      const auto start = std::chrono::steady_clock::now();
      call(floats);
      const std::chrono::duration<double, std::micro> passed =
          std::chrono::steady_clock::now() - start;
      if (i >= 100) times.push_back(passed.count());
    }
    std::nth_element(times.begin(), times.begin() + kCalls / 2, times.end());
    if (rank == 0) std::printf("%d %.2f\n", kib, times[kCalls / 2]);
  }
}
