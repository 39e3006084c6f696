// One source, every rule: on any number of ranks, threads or processes, it prints what it prints on
// one GPU.
// RUN: %scratch
// RUN: %combine --device=cpu %s -o single-gpu.cpp && %combine --device=cpu --scale=node %s -o node.cpp
// RUN: %gxx single-gpu.cpp -o single && ./single > expected
// RUN: FileCheck %s < expected
// RUN: %gxx node.cpp -o node
// RUN: ./node --ranks=1 | diff expected -
// RUN: ./node | diff expected -
// RUN: ./node --ranks=3 | diff expected -
// RUN: ./node --ranks=4 | diff expected -
// RUN: FileCheck %s --check-prefix=SINGLE --implicit-check-not=coop --implicit-check-not=world < single-gpu.cpp
// RUN: FileCheck %s --check-prefix=NODE --implicit-check-not=coop:: < node.cpp
#include <coop/service.h>

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

inline int larger(int a, int b) { return std::max(a, b); }

/// Numbers 0 to 23, of which each rank has a part.
struct Numbers : coop::Artifact {
  int numbers = 24;

  [[coop::sum]] long sum(this auto& self) {
    long out = 0;
    for (const int number : self.part()) out += number;
    return out;
  }
  /// Of each remainder modulo 3, how many.
  [[coop::sum]] std::vector<int> histogram(this auto& self) {
    std::vector<int> out(3);
    for (const int number : self.part()) ++out[number % 3];
    return out;
  }
  [[coop::max]] int largest(this auto& self) { return self.part().back(); }
  [[nodiscard, coop::min]] int smallest(this auto& self) { return self.part().front(); }
  [[coop::concat]] std::vector<int> all(this auto& self) { return self.part(); }
  /// The number whose square modulo 23 is largest; of equals, the first.
  [[coop::argmax]] std::pair<int, int> best(this auto& self) {
    std::pair<int, int> out = {-1, -1};
    for (const int number : self.part())
      if (number * number % 23 > out.first) out = {number * number % 23, number};
    return out;
  }
  [[coop::merge(larger)]] int merged(this auto& self) { return self.largest() + 1; }
  [[coop::same]] int count(this auto& self) { return self.numbers; }

  /// A rule holds for calls from methods without one, of the same artifact as well.
  double mean(this auto& self) { return static_cast<double>(self.sum()) / self.count(); }

 private:
  std::vector<int> part(this auto& self) {
    std::vector<int> out;
    const int rank = self.world.rank(), size = self.world.size();
    for (int i = self.numbers * rank / size; i < self.numbers * (rank + 1) / size; ++i)
      out.push_back(i);
    return out;
  }
};

struct Report : coop::Service {
  coop::Sharded<Numbers, coop::Heads> numbers;

  int run(this auto& self) {
    const std::vector<int> histogram = self.numbers.histogram(), all = self.numbers.all();
    const long sum = self.numbers.sum();
    const int smallest = self.numbers.smallest(), largest = self.numbers.largest();
    const auto best = self.numbers.best();
    const int merged = self.numbers.merged();
    const double mean = self.numbers.mean();
    if (self.world.rank() != 0) return 0;
    std::printf("sum %ld, from %d to %d, mean %.2f\n", sum, smallest, largest, mean);
    std::printf("histogram %d %d %d\n", histogram[0], histogram[1], histogram[2]);
    std::printf("best %d of %d, merged %d\n", best.first, best.second, merged);
    for (size_t i = 0; i < all.size(); ++i) std::printf("%s%d", i == 0 ? "all" : " ", all[i]);
    std::printf("\n");
    return 0;
  }
};

// CHECK: sum 276, from 0 to 23, mean 11.50
// CHECK-NEXT: histogram 8 8 8
// CHECK-NEXT: best 18 of 8, merged 24
// CHECK-NEXT: all0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23

// Of rules and ranks nothing is left on one GPU.
// SINGLE: {{^}}  long sum() {
// SINGLE: {{^}}  int count() { return numbers; }
// SINGLE: const long sum = self.numbers.sum();

// NODE: {{^}}long numbers_sum(Report& self) {
// NODE: {{^}}{{\[\[nodiscard\]\]}} int numbers_smallest(Report& self)
// NODE: {{^}}int numbers_merged(Report& self) { return numbers_largest(self) + 1; }
// NODE: static_cast<double>(all_reduce_sum(self.world, numbers_sum(self))) / self.numbers.count();
// NODE: const std::vector<int> histogram = all_reduce_sum(self.world, numbers_histogram(self)),
// NODE: all_gather(self.world, numbers_all(self));
// NODE: all_reduce_min(self.world, numbers_smallest(self))
// NODE: const auto best = all_reduce_argmax(self.world, numbers_best(self));
// NODE: const int merged = all_reduce_merge(self.world, numbers_merged(self), larger);
