// How near the CPU kernels that decoding spends its time in come to the memory's read bandwidth.
//   g++ -std=c++20 -O3 -march=native -fopenmp -Ikernels/cpu tests/benchmarks/decode_kernels.cpp
//     -lopenblas -o decode_kernels && OMP_NUM_THREADS=4 ./decode_kernels
// On an idle machine: a busy core halves every figure of several threads.
#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>

#include "attend.h"
#include "buffer.h"
#include "matmul.h"

namespace {

/// The best of some calls, in seconds.
template <class Function>
double best_seconds(Function function) {
  double best = 1e9;
  for (int round = 0; round < 5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    function();
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
    best = std::min(best, passed.count());
  }
  return best;
}

float sum_of(const float* values, size_t count) {
  float sum = 0.0f;
#pragma omp simd reduction(+ : sum)
  for (size_t i = 0; i < count; ++i) sum += values[i];
  return sum;
}

/// Bytes a second that the threads read, each in one stream.
double bandwidth(const Buffer<float>& data) {
  volatile float sink = 0.0f;
  const size_t part = data.size() / 256;
  const double seconds = best_seconds([&] {
    float total = 0.0f;
#pragma omp parallel for schedule(static) reduction(+ : total)
    for (int i = 0; i < 256; ++i) total += sum_of(data.data() + i * part, part);
    sink = total;
  });
  return static_cast<double>(data.bytes()) / seconds;
}

struct Shape {
  int heads, kv_heads, head_dim;
};

}  // namespace

int main() {
  Device device;
  const Buffer<float> data(device, size_t{128} << 20);  // 512 MiB: far more than any cache
  Buffer<float> x(device, 1 << 20), out(device, 1 << 23);
  const double peak = bandwidth(data);
  std::printf("%d threads, read bandwidth %.1f GB/s\n", omp_get_max_threads(), peak / 1e9);

  const int sizes[][2] = {{768, 768}, {768, 2048}, {2048, 768}, {768, 32000}, {4096, 4096}};
  for (const auto& [d_in, d_out] : sizes) {
    const size_t weights = static_cast<size_t>(d_in) * d_out;
    const int copies = static_cast<int>(data.size() / weights);
    const double seconds = best_seconds([&] {
      for (int copy = 0; copy < copies; ++copy) {
        matmul(device, out.data(), x.data(), data.data() + copy * weights, 1, d_in, d_out);
      }
    });
    const double rate = copies * weights * sizeof(float) / seconds;
    std::printf("matmul %5d to %5d: %5.1f GB/s, %3.0f %%\n", d_in, d_out, rate / 1e9,
                100 * rate / peak);
  }
  for (const int rows : {1, 2, 3, 4, 8, 16, 32, 64, 128, 256}) {
    const size_t weights = size_t{768} * 2048;
    const double seconds = best_seconds([&] {
      for (int copy = 0; copy < 20; ++copy) {
        matmul(device, out.data(), x.data(), data.data() + copy * weights, rows, 768, 2048);
      }
    });
    std::printf("matmul   768 to  2048, %3d rows: %6.1f us for each row, %5.1f GFLOP/s\n", rows,
                seconds / 20 / rows * 1e6, 2.0 * weights * rows * 20 / seconds / 1e9);
  }
  for (const Shape& shape : {Shape{12, 12, 64}, Shape{32, 8, 128}, Shape{8, 1, 64}}) {
    for (const int length : {256, 2048, 16384}) {
      const size_t floats = static_cast<size_t>(shape.kv_heads) * length * shape.head_dim;
      const int copies = static_cast<int>(data.size() / 2 / floats);
      const double seconds = best_seconds([&] {
        for (int copy = 0; copy < copies; ++copy) {
          const float* keys = data.data() + copy * 2 * floats;
          attend(device, out.data(), x.data(), keys, keys + floats, 1, shape.heads, shape.kv_heads,
                 shape.head_dim, length, length);
        }
      });
      const double rate = copies * 2 * floats * sizeof(float) / seconds;
      std::printf(
          "attend %2d heads, %2d of keys, of %3d channels, %5d slots: %5.1f GB/s, %3.0f %%\n",
          shape.heads, shape.kv_heads, shape.head_dim, length, rate / 1e9, 100 * rate / peak);
    }
  }
}
