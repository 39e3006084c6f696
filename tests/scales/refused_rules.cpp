// A rule that nobody knows, that contradicts another, or that stands where it says nothing. None of
// it waits for the scale at which it would matter.
// RUN: %refused %s 2>&1 | %check
// RUN: %refused --scale=node %s 2>&1 | %check
#include <coop/service.h>

#include <utility>
#include <vector>

inline int larger(int a, int b) { return a > b ? a : b; }

struct Plain {
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+2]]:5: error: [[BRACKETS:..]]coop::sum]] says nothing here [misplaced-rule]
  // CHECK-DAG: note: 'Plain' is no artifact: derive it from coop::Artifact
  [[coop::sum]] int f() { return 1; }
};

struct Numbers : coop::Artifact {
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+2]]:5: error: there is no rule 'summ' [unknown-rule]
  // CHECK-DAG: note: did you mean sum?
  [[coop::summ]] long misspelled(this auto&) { return 0; }
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+2]]:5: error: there is no rule 'everything' [unknown-rule]
  // CHECK-DAG: note: rules are sum, max, min, concat, argmax, merge, same, keyed
  [[coop::everything]] long unknown(this auto&) { return 0; }
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+1]]:5: error: [[BRACKETS]]coop::merge]] takes the function that makes one of two ranks' values [rule-argument]
  [[coop::merge]] int merged(this auto&) { return 0; }
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+1]]:5: error: [[BRACKETS]]coop::max]] takes no argument [rule-argument]
  [[coop::max(larger)]] int largest(this auto&) { return 0; }
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+1]]:5: error: [[BRACKETS]]coop::keyed]] takes what gives the key: a parameter, or a method of the artifact [rule-argument]
  [[coop::keyed]] int keyless(this auto&, int number) { return number; }
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+1]]:26: error: 'both' has two rules, keyed and sum [several-rules]
  [[coop::keyed(number), coop::sum]] int both(this auto&, int number) { return number; }
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+1]]:5: error: nothing can be handed over to 'copied': it takes nothing by && [nothing-moves]
  [[coop::move]] int copied(this auto&, const std::vector<int>& numbers) { return numbers[0]; }
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+2]]:17: error: nothing can be handed over to 'thrown': nobody waits for a cast, or would know who has what it takes [nothing-moves]
  // CHECK-DAG: note: what is handed over is taken as `std::vector<Block>&& blocks`
  [[coop::cast, coop::move]] void thrown(this auto&, std::vector<int>&& numbers) {}
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+1]]:16: error: 'two' has two rules, sum and max [several-rules]
  [[coop::sum, coop::max]] int two(this auto&) { return 0; }

  [[coop::sum]] int part(this auto&) { return 0; }
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+2]]:21: error: 'part' has the rule max here, and the rule sum elsewhere in Numbers [rules-differ]
  // CHECK-DAG: refused_rules.cpp:[[#@LINE-2]]:21: note: this one has the rule sum
  [[coop::max]] int part(this auto&, int) { return 0; }
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+1]]:7: error: 'part' has no rule here, and the rule sum elsewhere in Numbers [rules-differ]
  int part(this auto&, float) { return 0; }

  // CHECK-DAG: refused_rules.cpp:[[#@LINE+1]]:5: error: [[BRACKETS]]coop::sum]] says nothing here [misplaced-rule]
  [[coop::sum]] int field = 0;
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+2]]:38: error: [[BRACKETS]]coop::sum]] says nothing here [misplaced-rule]
  // CHECK-DAG: note: it stands in front of a method of an artifact
  int behind(this auto& self, int) [[coop::sum]] { return self.field; }
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+1]]:16: error: [[BRACKETS]]coop::sum]] says nothing here [misplaced-rule]
  int inside [[coop::sum]] (this auto& self) { return self.field; }
};

struct Report : coop::Service {
  coop::Sharded<Numbers, coop::Heads> numbers;
  // CHECK-DAG: refused_rules.cpp:[[#@LINE+2]]:5: error: [[BRACKETS]]coop::sum]] says nothing here [misplaced-rule]
  // CHECK-DAG: note: all ranks run a service's methods alike
  [[coop::sum]] int total(this auto&) { return 1; }
  int run(this auto& self) { return self.total(); }
};
