// All ranks must call a collective, so what decides whether it is called is the same on all of
// them, or a rule has made it so.
// RUN: %refused --scale=node %s 2>&1 | %check
// RUN: %refused --scale=cluster %s 2>&1 | %check
// RUN: %combine --device=cpu %s -o %t.single.cpp
#include <coop/service.h>

#include <chrono>
#include <cstdio>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "buffer.h"

struct Numbers : coop::Artifact {
  [[coop::sum]] int sum(this auto& self) { return self.part; }
  [[coop::max]] int most(this auto& self) { return self.part; }

  void fill(this auto& self) {
    self.part = self.world.rank();
    self.values = Buffer<float>(self.device, 4);
  }
  int free_blocks(this auto& self) { return 5 - self.part; }
  float score(this auto& self) {
    std::vector<float> host(4);
    self.values.download(host.data(), host.size());
    return host[0];
  }
  /// The sum, where this rank has something to add.
  int sum_if_any(this auto& self) {
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+2]]:9: error: this may differ from rank to rank, and decides whether numbers.sum is called, which all ranks must call [uneven-collective]
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:32: note: numbers.sum is called here
    if (self.part == 0) return self.sum();
    return 0;
  }

 private:
  // CHECK-DAG: refused_guards.cpp:[[#@LINE-18]]:17: note: what differs: the number of this rank
  int part = 0;
  Buffer<float> values;
};

struct Report : coop::Service {
  coop::Sharded<Numbers, coop::Heads> numbers;

  int run(this auto& self) {
    self.numbers.fill();
    int total = self.numbers.sum_if_any();
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+2]]:9: error: {{.*}}decides whether numbers.sum is called{{.*}}[uneven-collective]
    // CHECK-DAG: note: make one value of the ranks' (a rule on the method that returns it:
    if (self.world.rank() == 0) total += self.numbers.sum();
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:12: error: {{.*}}decides whether numbers.most{{.*}}[uneven-collective]
    while (self.numbers.free_blocks() > total) total += self.numbers.most();
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:9: error: {{.*}}decides whether numbers.sum{{.*}}[uneven-collective]
    if (self.numbers.score() > 0.0f) total += self.reached();
    total += self.by_clock() + self.by_chance() + self.by_input() + self.early();
    total += self.by_memory() + self.by_loop() + self.by_alone() + self.by_choice();
    return total;
  }

 private:
  int reached(this auto& self) { return self.numbers.sum(); }

  int by_clock(this auto& self) {
    const auto start = std::chrono::steady_clock::now();
    int out = 0;
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+2]]:12: error: {{.*}}[uneven-collective]
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:12: note: what differs: a clock
    while (std::chrono::steady_clock::now() - start < std::chrono::seconds(1))
      out += self.numbers.sum();
    return out;
  }
  int by_chance(this auto& self) {
    std::random_device device;
    std::mt19937 engine(device());
    // CHECK-DAG: refused_guards.cpp:[[#@LINE-1]]:25: note: what differs: a random number of this rank
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:12: error: {{.*}}[uneven-collective]
    return engine() % 2 == 0 ? self.numbers.sum() : 0;
  }
  int by_input(this auto& self) {
    std::string line;
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:{{[0-9]+}}: note: what differs: what this rank reads of the standard input
    std::getline(std::cin, line);
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:12: error: {{.*}}[uneven-collective]
    return line.empty() || self.numbers.sum() == 0 ? 1 : 2;
  }
  /// Those that leave do not meet the others.
  int early(this auto& self) {
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:9: error: {{.*}}decides whether numbers.sum{{.*}}[uneven-collective]
    if (self.world.rank() != 0) return 0;
    return self.numbers.sum();
  }
  int by_memory(this auto& self) {
    int out = 0;
    for (int i = 0; i < 3; ++i) {
      out += self.numbers.sum();
      // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:11: error: {{.*}}[uneven-collective]
      if (self.device.live_bytes > 1000) break;
    }
    return out;
  }
  int by_loop(this auto& self) {
    int out = 0;
    for (int i = 0; i < 3; ++i) {
      // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:11: error: {{.*}}[uneven-collective]
      if (self.world.rank() == i) continue;
      out += self.numbers.sum();
    }
    return out;
  }
  /// What one rank alone was told, the others do not know.
  int by_alone(this auto& self) {
    int times = 0;
    if (self.world.rank() == 0) times = 2;
    int out = 0;
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:21: error: {{.*}}[uneven-collective]
    for (int i = 0; i < times; ++i) out += self.numbers.sum();
    return out;
  }
  int by_choice(this auto& self) {
    // CHECK-DAG: refused_guards.cpp:[[#@LINE+1]]:13: error: {{.*}}[uneven-collective]
    switch (self.world.rank()) {
      case 0:
        return self.numbers.sum();
      default:
        return 0;
    }
  }
};
