// A third party's template that is given an artifact calls its methods, though no text does: they
// stay members. One that reaches a peer cannot, and is refused.
// RUN: %split && %same services/s.h | FileCheck %s --check-prefix=SAYS
// SAYS:      5 1
// SAYS-NEXT: 6
// SAYS-NEXT: 1
// SAYS-NEXT: 11
// SAYS-NEXT: 3
// SAYS-NEXT: 6
// SAYS-NEXT: 3
// SAYS-NEXT: 8
// SAYS-NEXT: 2 1 3 log4
// RUN: FileCheck %s --input-file=%t/out.cpp --implicit-check-not='operator[]' --implicit-check-not='unused'
// CHECK: bool operator()(int a, int b) const
// RUN: sed -i 's/return reverse ?/return self.latch.held ?/; s/(int a, int b) const/(this auto\& self, int a, int b)/' services/s.h
// RUN: not %combine --device=cpu services/s.h -o refused.cpp 2>&1 | FileCheck %s --check-prefix=REFUSED
// REFUSED: services/s.h:23:8: error: 'operator()' reaches a peer, and it is no ordinary method [special-member-reaches-peer]

//--- services/s.h
#include <coop/service.h>
#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <mutex>
#include <numeric>
#include <ranges>
#include <string>
#include <variant>
#include <vector>

struct Rows : coop::Artifact {
  std::vector<int> data = {3, 1, 2};
  auto begin() const { return data.begin(); }
  auto end() const { return data.end(); }
  int size() const { return static_cast<int>(data.size()); }
  bool unused() const { return data.empty(); }
  int operator[](int i) const { return data[i]; }
};
struct Compare : coop::Artifact {
  bool reverse = true;
  bool operator()(int a, int b) const { return reverse ? a > b : a < b; }
};
struct Visitor : coop::Artifact {
  int scale = 2;
  int operator()(int x) const { return x * scale; }
  int operator()(const std::string& s) const { return static_cast<int>(s.size()) * scale; }
};
struct Latch : coop::Artifact {
  int held = 0;
  void lock() { ++held; }
  void unlock() { held += 10; }
};
struct Logger : coop::Artifact {
  int level = 4;
  std::string name() const { return "log"; }
  friend std::ostream& operator<<(std::ostream& out, const Logger& logger) {
    return out << logger.name() << logger.level;
  }
};
struct S : coop::Service {
  Rows rows;
  Compare compare;
  Visitor visitor;
  Latch latch;
  Logger logger;
  int run(this auto& self) {
    std::vector<int> v = {1, 5, 3};
    std::sort(v.begin(), v.end(), std::ref(self.compare));
    std::printf("%d %d\n", v[0], v[2]);
    std::variant<int, std::string> x = std::string("abc");
    std::printf("%d\n", std::visit(self.visitor, x));
    { std::lock_guard guard(self.latch); std::printf("%d\n", self.latch.held); }
    std::printf("%d\n", self.latch.held);
    std::printf("%d\n", static_cast<int>(std::ranges::size(self.rows)));
    std::printf("%d\n", std::accumulate(std::begin(self.rows), std::end(self.rows), 0));
    std::printf("%d\n", std::ranges::max(self.rows));
    std::printf("%d\n", std::invoke(self.visitor, 4));
    for (int r : self.rows | std::views::reverse) std::printf("%d ", r);
    std::cout << self.logger << "\n";
    return 0;
  }
};
