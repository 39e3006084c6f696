// An include is kept for what its names are used for, and says who needs it; what only cropped code
// needs is dropped; the authors' headers are inlined.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 4
// RUN: FileCheck %s --check-prefix=EMITTED --input-file=out.cpp '--implicit-check-not={{thread|deque|#include ["]|coop/}}'
// EMITTED-DAG: #include <cmath> {{ *}}// comp
// EMITTED-DAG: #include <map> {{ *}}// kv

//--- artifacts/kv.h
#pragma once
#include <coop/artifact.h>

#include <deque>
#include <map>
#include <thread>

struct Kv : coop::Artifact {
  std::map<int, int> rows = {{1, 2}};
  std::deque<int> unreached(this auto&) { return {}; }
  int get(this auto& self) {
    if (self.world.size() > 1) std::thread([] {}).join();
    return self.rows.at(1);
  }
};
//--- artifacts/comp.h
#pragma once
#include <coop/artifact.h>

#include <cmath>
#include <deque>

struct Comp : coop::Artifact {
  int get(this auto& self) { return static_cast<int>(std::sqrt(4.0)) * self.kv.get(); }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/comp.h"
#include "artifacts/kv.h"

struct T : coop::Service {
  Kv kv;
  Comp comp;
  int run(this auto& self) {
    std::printf("%d\n", self.comp.get());
    return 0;
  }
};
