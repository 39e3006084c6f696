// The same by hand: threads and std::barrier. Each thread adds up its share for all.
#include <barrier>
#include <thread>

#include "timing.h"

int main(int, char** argv) {
  const size_t ranks = std::strtoul(argv[2], nullptr, 10);  // --ranks N
  std::barrier meet(static_cast<std::ptrdiff_t>(ranks));
  std::vector<std::vector<float>> parts(ranks, std::vector<float>(32768));
  std::vector<float> sum(32768);
  std::vector<std::thread> threads;
  for (size_t rank = 0; rank < ranks; ++rank)
    threads.emplace_back([&, rank] {
      time_calls(static_cast<int>(rank), [&](size_t floats) {
        meet.arrive_and_wait();
        for (size_t i = floats * rank / ranks; i < floats * (rank + 1) / ranks; ++i) {
          sum[i] = parts[0][i];
          for (size_t other = 1; other < ranks; ++other) sum[i] += parts[other][i];
        }
        meet.arrive_and_wait();
        std::copy_n(sum.begin(), floats, parts[rank].begin());
      });
    });
  for (std::thread& thread : threads) thread.join();
}
