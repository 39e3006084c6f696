// What Clang finds deep inside of a library is told at the call that asked for it, once.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

#include <algorithm>
#include <list>
#include <vector>

struct Move {
  Move() = default;
  Move(Move&&) = default;
};

struct KvCache : coop::Artifact {
  int get(this auto& self) {
    std::list<int> list = {3, self.tokens};
    // CHECK: inside_of_a_library.cpp:[[#@LINE+3]]:10: error: invalid operands to binary expression {{.*}} [cpp]
    // CHECK-NEXT: {{^}}    std::sort(
    // CHECK-NEXT: {{^}}         ^
    std::sort(list.begin(), list.end());
    // CHECK-NEXT: note: found in {{.*}}stl_algo.h, line {{[0-9]+}}
    std::vector<Move> to, from;
    // CHECK: inside_of_a_library.cpp:[[#@LINE+1]]:8: error: {{.*}}[{{[a-z-]+}}]
    to = from;
    return list.front();
  }
  int tokens = 3;
};

struct Decode : coop::Service {
  KvCache kv_cache;
  int run(this auto& self) { return self.kv_cache.get(); }
};
