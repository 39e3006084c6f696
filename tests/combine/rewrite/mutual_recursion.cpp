// Two artifacts that call each other: prototypes stand behind the state, with the default
// arguments.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp
// SAYS: 41
// CHECK-LABEL: int first_count(T& self, int n, int by = 1);
// CHECK-LABEL: int second_count(T& self, int n, int by = 1) {
// CHECK-NEXT:   return n <= 0 ? 0 : self.second.step + first_count(self, n - by - 0 * by);
// CHECK-NEXT: }

//--- artifacts/first.h
#pragma once
#include <coop/artifact.h>

struct First : coop::Artifact {
  int step = 1;
  int count(this auto& self, int n, int by = 1) {
    return n <= 0 ? 0 : self.step + self.second.count(n - by);
  }
};
//--- artifacts/second.h
#pragma once
#include <coop/artifact.h>

struct Second : coop::Artifact {
  int step = 10;
  int count(this auto& self, int n, int by = 1) {
    return n <= 0 ? 0 : self.step + self.first.count(n - by - 0 * by);
  }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/first.h"
#include "artifacts/second.h"

struct T : coop::Service {
  First first;
  Second second;
  int run(this auto& self) {
    std::printf("%d\n", self.second.count(7, 1) - 2);
    return 0;
  }
};
