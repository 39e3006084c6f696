// `requires { self.prefix; }`: with the peer its branch stays without the `if`; without it nothing
// is left, not even what it included.
// RUN: %split && %same services/with.h | FileCheck %s --check-prefix=SAYS-WITH
// RUN: FileCheck %s --check-prefix=WITH --input-file=out.cpp '--implicit-check-not=requires { self'
// RUN: %same services/without.h | FileCheck %s --check-prefix=SAYS-WITHOUT
// RUN: FileCheck %s --check-prefix=WITHOUT --input-file=out.cpp --implicit-check-not=prefix --implicit-check-not=mutex '--implicit-check-not=requires { self'
// SAYS-WITH: 12
// SAYS-WITHOUT: 2
// WITH: #include <mutex>
// WITH: int model_step(
// WITH-NEXT: static std::mutex busy;
// WITH-NEXT: const int hits = self.prefix.hits + busy.try_lock() - 1;
// WITH-NEXT: return hits + token;
// WITH-NEXT: }
// WITHOUT: struct Model
// WITHOUT-NEXT: int step(int token) { return token; }

//--- artifacts/model.h
#pragma once
#include <coop/artifact.h>

#include <mutex>

struct Model : coop::Artifact {
  int step(this auto& self, int token) {
    if constexpr (requires { self.prefix; }) {
      static std::mutex busy;
      const int hits = self.prefix.hits + busy.try_lock() - 1;
      return hits + token;
    } else {
      return token;
    }
  }
};
//--- services/with.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/model.h"

struct Prefix : coop::Artifact {
  int hits = 10;
};
struct T : coop::Service {
  Model model;
  Prefix prefix;
  int run(this auto& self) {
    std::printf("%d\n", self.model.step(2));
    return 0;
  }
};
//--- services/without.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/model.h"

struct T : coop::Service {
  Model model;
  int run(this auto& self) {
    std::printf("%d\n", self.model.step(2));
    return 0;
  }
};
