// The only listener gets the argument as it is written: moved into it, or as a reference.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 0 3 6

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <utility>
#include <vector>

struct Kv : coop::Artifact {
  int run(this auto& self) {
    std::vector<int> rows{1, 2, 3};
    int count = 5;
    self.hooks.after_append(std::move(rows));
    self.hooks.after_count(count);
    std::printf("%zu ", rows.size());
    return count;
  }
};
struct Listener : coop::Artifact {
  int seen = 0;
  void after_append(this auto& self, std::vector<int> rows) {
    self.seen = static_cast<int>(rows.size());
  }
  void after_count(this auto&, int& count) { ++count; }
};
struct T : coop::Service {
  Kv kv;
  Listener listener;
  int run(this auto& self) {
    const int count = self.kv.run();
    std::printf("%d %d\n", self.listener.seen, count);
    return 0;
  }
};
