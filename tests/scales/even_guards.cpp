// The nearest program to refused_guards.cpp that is right: what differs has passed a rule, or is
// said to be the same, or decides nothing that others wait for.
// RUN: %scratch
// RUN: %combine --device=cpu %s -o single.cpp && %combine --device=cpu --scale=node %s -o node.cpp
// RUN: %combine --device=cpu --scale=cluster %s -o cluster.cpp
// RUN: %gxx single.cpp -o single -lopenblas && ./single | FileCheck %s
// RUN: %gxx node.cpp -o node -lopenblas && ./node --ranks=1 | FileCheck %s && ./node --ranks=3 | FileCheck %s --check-prefix=THREE
#include <coop/service.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

#include "buffer.h"

struct Numbers : coop::Artifact {
  [[coop::sum]] int sum(this auto& self) { return self.part; }
  [[coop::min]] int free_blocks(this auto& self) { return 5 - self.part; }
  [[coop::same]] int layers(this auto& self) { return self.part > 9 ? 2 : 3; }
  [[coop::max]] float score(this auto& self) {
    std::vector<float> host(4);
    self.values.download(host.data(), host.size());
    if (host[0] < 0.0f) return 0.0f;  // nobody waits in here
    return host[0];
  }
  /// What differs may end the program.
  void fill(this auto& self) {
    self.part = self.world.rank() + 1;
    if (self.part > 100) throw std::runtime_error("too many ranks");
    self.values = Buffer<float>(self.device, 4);
  }
  /// How many there are is the same; what they are is not.
  int sum_of_each(this auto& self) {
    std::vector<int> own(3);
    for (size_t i = 0; i < own.size(); ++i) own[i] = self.part;
    std::sort(own.begin(), own.end());
    int out = 0;
    for (const int one : own) out += one > 0 ? self.sign(one) : 0;
    for (size_t i = 0; i < own.size(); ++i) out += self.sum();
    return out;
  }

 private:
  int sign(this auto&, int number) { return number > 0; }
  int part = 0;
  Buffer<float> values;
};

/// What is passed to a function decides only for those who pass it.
inline int half(int number) { return number / 2; }

struct Report : coop::Service {
  coop::Sharded<Numbers, coop::Heads> numbers;

  int run(this auto& self) {
    const auto start = std::chrono::steady_clock::now();
    self.numbers.fill();
    const int sum = self.numbers.sum();
    int total = 0;
    if (self.world.rank() == 0) total += sum;
    if (self.numbers.free_blocks() > 0) total += self.numbers.sum();
    if (self.numbers.score() >= 0.0f) total += self.numbers.sum();
    for (int layer = 0; layer < self.numbers.layers(); ++layer) total += self.numbers.sum();
    const int own = half(self.world.rank()), all = half(4);
    for (int i = 0; i < all; ++i) total += self.numbers.sum();
    for (int i = 0; i < 2; ++i) {
      total += self.numbers.sum();
      if (self.world.rank() != 0) continue;  // nothing is behind that others wait for
      std::fprintf(stderr, "%d\n", own);
    }
    if (self.world.size() > 7) total += self.numbers.sum();
    total += self.numbers.sum_of_each();
    self.print(total);
    self.numbers.sum();
    if (self.world.rank() != 0) return 0;
    const auto took = std::chrono::steady_clock::now() - start;
    if (took < std::chrono::hours(1)) std::printf("total %d\n", total);
    return 0;
  }

 private:
  void print(this auto& self, int number) {
    if (self.world.rank() != 0) return;
    const std::string text = std::to_string(number);
    std::printf("print %s\n", text.c_str());
  }
};
// CHECK: print 16
// CHECK-NEXT: total 16
// THREE: print 81
// THREE-NEXT: total 81
