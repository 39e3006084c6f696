// What a generated test sees of contracts; an ordinary parse only compiles them.
// RUN: %scratch && %clangxx -DCOOP_TESTING %s -o test && ./test
// RUN: %clangxx %s -o plain && ./plain
// RUN: not %clangxx -DMISTAKE -fsyntax-only %s 2>&1 | FileCheck %s
#include <coop/artifact.h>

#include <cstdio>
#include <string>

struct Window : coop::Artifact {
  int sinks = 4;

  COOP_INVARIANT(sinks >= 0);
  COOP_INVARIANT(self.kv_cache.length(0) >= sinks && self.sinks < 9);

  int shrink(this auto& self, int by) {
    COOP_EXPECTS(by >= 0 && by <= self.kv_cache.length(0));
    self.sinks -= by;
    COOP_ENSURES(self.sinks >= 0);
    return self.sinks;
  }
  int broken(this auto& self) {
#ifdef MISTAKE
    // CHECK-DAG: contracts_under_test.cpp:[[#@LINE+1]]:23: error: no member named 'sink' in 'Subject'
    COOP_EXPECTS(self.sink > 0);
    // CHECK-DAG: contracts_under_test.cpp:[[#@LINE+1]]:18: error: use of undeclared identifier 'sinks_'
    COOP_ENSURES(sinks_ > 0);
#endif
    return self.sinks;
  }
};

struct FakeKvCache {
  int rows = 4;
  int length(int) { return rows; }
};
struct Subject : Window {
  FakeKvCache kv_cache;
};

std::string said;

#ifdef COOP_TESTING
void coop::testing::contract_broken(const char* kind, const char* condition, const char* file,
                                    int line) {
  said += std::string(kind) + " " + condition + " " +
          std::string(file).substr(std::string(file).rfind('/') + 1) + ":" + std::to_string(line);
}

static_assert(coop::testing::count_invariants<Window, Subject>() == 2);

std::string broken_invariant(Subject& subject) {
  const char* broken = coop::testing::broken_invariant<Window>(subject);
  return broken ? broken : "";
}
#endif

#define CHECK(condition) \
  if (!(condition)) return std::printf("line %d: %s\n", __LINE__, said.c_str()), 1

int main() {
  Subject subject;
  subject.broken();
  CHECK(subject.shrink(1) == 3 && said.empty());
  CHECK(subject.shrink(4) == -1);
#ifdef COOP_TESTING
  CHECK(said == "ensures self.sinks >= 0 contracts_under_test.cpp:19");
  CHECK(broken_invariant(subject) == "sinks >= 0");
  subject.sinks = 5;
  CHECK(broken_invariant(subject) == "self.kv_cache.length(0) >= sinks && self.sinks < 9");
  subject.kv_cache.rows = 7;
  CHECK(broken_invariant(subject).empty());
  said.clear();
  subject.shrink(-1);
  CHECK(said == "expects by >= 0 && by <= self.kv_cache.length(0) contracts_under_test.cpp:17");
#else
  CHECK(said.empty());
#endif
}
