// A header that one author includes under a condition and another without stands without. Under a
// condition on the compiler it stays there, with the branch that Clang skipped: g++ takes that one.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 4
// RUN: FileCheck %s --check-prefix=EMITTED --match-full-lines --input-file=out.cpp '--implicit-check-not={{.*}}windows{{.*}}' '--implicit-check-not={{.*}}<thread>{{.*}}'
// EMITTED-DAG:  #include <map>        // one, t, two
// EMITTED-DAG:  #include <set>        // t, two
// EMITTED:      #include <vector>     // flags
// EMITTED-EMPTY:
// EMITTED-NEXT: #ifdef __clang__
// EMITTED-NEXT: #include <deque>
// EMITTED-NEXT: #else
// EMITTED-NEXT: #include <list>
// EMITTED-NEXT: #endif

//--- artifacts/one.h
#pragma once
#include <coop/artifact.h>
#if COOP_CPU
#include <map>
#else
#include <thread>
#endif
#ifdef __CUDACC__
#include <set>
#endif
#ifdef _MSC_VER
#include <windows.h>
#endif

struct One : coop::Artifact {
  std::map<int, int> rows = {{1, 1}};
};
//--- artifacts/two.h
#pragma once
#include <coop/artifact.h>
#include <map>
#include <set>
#ifdef __clang__
#include <deque>
#else
#include <list>
#endif

struct Two : coop::Artifact {
  std::set<int> ids = {2};
#ifdef __clang__
  std::deque<int> queue = {4};
#else
  std::list<int> queue = {4};
#endif
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/one.h"
#include "artifacts/two.h"

struct T : coop::Service {
  One one;
  Two two;
  int run(this auto& self) {
    std::printf("%d %d %d\n", self.one.rows.at(1), *self.two.ids.begin(), self.two.queue.front());
    return 0;
  }
};
