// What reading a cache through a block table costs: attend_paged beside attend, in one run.
//   g++ -std=c++20 -O3 -march=native -fopenmp -Ikernels/cpu tests/benchmarks/paged_attention.cpp
//     -lopenblas -o paged_attention && OMP_NUM_THREADS=1 ./paged_attention
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include "attend.h"
#include "attend_paged.h"
#include "buffer.h"

namespace {

template <class Function>
double seconds(Function function) {
  const auto start = std::chrono::steady_clock::now();
  function();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

struct Shape {
  int heads, kv_heads, head_dim;
};

/// Several layers, so that none is found in a cache of the CPU, each in both layouts.
void compare(Device& device, const Shape& s, int length, int rows, int block) {
  const size_t floats = size_t{2} * s.kv_heads * s.head_dim;  // of a token
  const int layers = static_cast<int>(std::max<size_t>(2, (size_t{64} << 20) / (floats * length)));
  std::vector<Buffer<float>> contiguous, blocks;
  std::vector<std::vector<float*>> tables(layers);
  for (int layer = 0; layer < layers; ++layer) contiguous.emplace_back(device, floats * length);
  for (int at = 0; at < length; at += block) {  // as a cache grows: layer after layer
    for (int layer = 0; layer < layers; ++layer) {
      blocks.emplace_back(device, floats * block);
      tables[layer].push_back(blocks.back().data());
    }
  }
  Buffer<float> q(device, static_cast<size_t>(rows) * s.heads * s.head_dim);
  Buffer<float> out(device, q.size());
  double best = 1e9, best_paged = 1e9;
  for (int round = 0; round < 7; ++round) {
    best = std::min(best, seconds([&] {
                      for (const Buffer<float>& kv : contiguous) {
                        attend(device, out.data(), q.data(), kv.data(), kv.data() + kv.size() / 2,
                               rows, s.heads, s.kv_heads, s.head_dim, length, length);
                      }
                    }));
    best_paged =
        std::min(best_paged, seconds([&] {
                   for (const auto& table : tables) {
                     attend_paged(device, out.data(), q.data(), rows, s.heads,
                                  {table.data(), 0, length, block, s.kv_heads, s.head_dim});
                   }
                 }));
  }
  const double bytes = static_cast<double>(layers) * floats * length * sizeof(float);
  std::printf("%2d heads on %2d of %3d, %5d slots, %2d rows, block %3d: %5.1f %5.1f GB/s, %.2f\n",
              s.heads, s.kv_heads, s.head_dim, length, rows, block, bytes / best / 1e9,
              bytes / best_paged / 1e9, best / best_paged);
}

}  // namespace

int main() {
  Device device;
  for (const Shape& shape : {Shape{12, 12, 64}, Shape{8, 4, 8}, Shape{32, 8, 128}}) {
    for (const int rows : {1, 64}) {
      for (const int length : {1024, 8192}) {
        for (const int block : {16, 32, 64, 128}) compare(device, shape, length, rows, block);
      }
    }
  }
}
