// std::vector through another header, macros, sizes: the emission includes what defines them, so
// that it does not depend on what a library's header happens to include.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 19
// RUN: FileCheck %s --check-prefix=EMITTED --input-file=out.cpp
// EMITTED-DAG: #include <vector>
// EMITTED-DAG: #include <cassert>
// EMITTED-DAG: #include <climits>
// EMITTED-DAG: #include <memory>

//--- artifacts/common.h
#pragma once
#include <cassert>
#include <cerrno>
#include <climits>
#include <cstdarg>
#include <cstdint>
#include <map>
#include <memory>
#include <numeric>
#include <vector>
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/common.h"

inline int sum(int n, ...) {
  va_list arguments;
  va_start(arguments, n);
  int total = 0;
  for (int i = 0; i < n; ++i) total += va_arg(arguments, int);
  va_end(arguments);
  return total;
}
struct Kv : coop::Artifact {
  std::map<int, std::unique_ptr<int>> rows;
  uint32_t most = UINT32_MAX;
  size_t width = 2;
};
struct Comp : coop::Artifact {
  int most = INT_MAX;
  int get(this auto& self) {
    errno = 0;
    assert(self.most > 0 && self.kv.width == 2);
    self.kv.rows[1] = std::make_unique<int>(4);
    const std::vector<int> more{1, 2};
    return std::accumulate(more.begin(), more.end(), 0) + *self.kv.rows.at(1) + sum(3, 3, 4, 5) +
           errno;
  }
};
struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d\n", self.comp.get());
    return EXIT_SUCCESS;
  }
};
