// Rules on what they make no whole of: at every scale, of every method that is reached.
// RUN: %refused %s 2>&1 | %check
// RUN: %refused --scale=node %s 2>&1 | %check
#include <coop/service.h>

#include <string>
#include <utility>
#include <vector>

inline int larger(int a, int b) { return a > b ? a : b; }

struct Numbers : coop::Artifact {
  // CHECK-DAG: refused_types.cpp:[[#@LINE+2]]:5: error: sum makes no whole of what 'text' returns: std::string [cannot-combine]
  // CHECK-DAG: note: sum takes a number, or a std::vector or a DeviceSpan of numbers; of a struct of your own, {{.*}}merge(f)
  [[coop::sum]] std::string text(this auto&) { return ""; }
  // CHECK-DAG: refused_types.cpp:[[#@LINE+2]]:5: error: concat makes no whole of what 'one' returns: int [cannot-combine]
  // CHECK-DAG: note: concat takes a std::vector of numbers
  [[coop::concat]] int one(this auto&) { return 1; }
  // CHECK-DAG: refused_types.cpp:[[#@LINE+1]]:5: error: argmax makes no whole of what 'best' returns: std::vector<int> [cannot-combine]
  [[coop::argmax]] std::vector<int> best(this auto&) { return {}; }
  // CHECK-DAG: refused_types.cpp:[[#@LINE+1]]:5: error: merge makes no whole of what 'merged' returns: std::vector<int> [cannot-combine]
  [[coop::merge(larger)]] std::vector<int> merged(this auto&) { return {}; }
  // CHECK-DAG: refused_types.cpp:[[#@LINE+2]]:5: error: 'nothing' returns nothing of which max could make a whole [rule-without-value]
  // CHECK-DAG: note: return this rank's part, or take the rule out
  [[coop::max]] void nothing(this auto&) {}
  // CHECK-DAG: refused_types.cpp:[[#@LINE+1]]:5: error: 'still' returns nothing of which same could make a whole [rule-without-value]
  [[coop::same]] void still(this auto&) {}
  // Nobody calls it, so nobody knows what it returns.
  [[coop::sum]] auto unused(this auto&) { return std::string(); }
};

struct Report : coop::Service {
  coop::Sharded<Numbers, coop::Heads> numbers;
  int run(this auto& self) {
    self.numbers.nothing();
    self.numbers.still();
    return static_cast<int>(self.numbers.text().size() + self.numbers.best().size() +
                            self.numbers.merged().size()) +
           self.numbers.one();
  }
};
