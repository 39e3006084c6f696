// Beside the emission: which of its lines come from which of the author's.
// RUN: %split && %combine --device=cpu services/t.h -o out.cpp && python3 %root/tests/combine/check_map.py out.cpp out.cpp.map.json . | FileCheck %s
// CHECK-DAG: artifacts/kv.h:4 struct Kv
// CHECK-DAG: artifacts/kv.h:7 int kv_far
// CHECK-DAG: services/t.h:9 int t_run

//--- artifacts/kv.h
#pragma once
#include <coop/artifact.h>

struct Kv : coop::Artifact {
  int tokens = 3;

  /// Above the function.
  int far(this auto& self) { return self.tokens + self.other.tokens; }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/kv.h"
struct T : coop::Service {
  Kv kv;
  Kv other;
  int run(this auto& self) {
    std::printf("%d\n", self.kv.far());
    return 0;
  }
};
