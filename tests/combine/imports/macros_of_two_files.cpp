// A macro ends where its file undefines it, and may have another value in the next one.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 112

//--- artifacts/first.h
#pragma once
#include <coop/artifact.h>
#define LIMIT 4
struct First : coop::Artifact {
  int get(this auto& self) { return LIMIT + self.second.tokens; }
};
#undef LIMIT
//--- artifacts/second.h
#pragma once
#include <coop/artifact.h>
#define LIMIT 100
struct Second : coop::Artifact {
  int tokens = 1;
  int get(this auto& self) { return LIMIT + self.first.get(); }
};
#undef LIMIT
//--- artifacts/third.h
#pragma once
#include <coop/artifact.h>
struct Third : coop::Artifact {
  int get(this auto& self) {
    constexpr int LIMIT = 7;
    return LIMIT + self.second.get();
  }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/first.h"
#include "artifacts/second.h"
#include "artifacts/third.h"

struct T : coop::Service {
  First first;
  Second second;
  Third third;
  int run(this auto& self) {
    std::printf("%d\n", self.third.get());
    return 0;
  }
};
