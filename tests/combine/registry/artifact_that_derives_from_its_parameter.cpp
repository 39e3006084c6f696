// A slot holds a template whose base is its parameter: the headers of both are found, and flags,
// hooks and methods of both are the artifact's. Without arguments, the parameter's default counts.
// RUN: %split && %same services/t.h --with "Compressor=Every<Half>" -- --compressor.divisor=5 \
// RUN:   | FileCheck %s --check-prefix=HALF
// RUN: %combine --device=cpu --with "Compressor=Every<Half>" --dump=registry services/t.h \
// RUN:   | FileCheck %s --check-prefix=LISTED
// RUN: %same services/t.h --with "Compressor=Every<>" | FileCheck %s --check-prefix=THIRD
// HALF: 20
// LISTED: artifact compressor: Every<Half>
// LISTED-NEXT: flag --compressor.divisor = 2
// LISTED-NEXT: flag --compressor.interval = 3
// LISTED: hook after_step: compressor
// THIRD: 99

//--- artifacts/none.h
#pragma once
#include <coop/artifact.h>

struct None : coop::Artifact {};
//--- artifacts/third.h
#pragma once
#include <coop/artifact.h>

struct Third : coop::Artifact {
  int keep(this auto&, int length) { return length / 3 * 3; }
};
//--- artifacts/deep/half.h
#pragma once
#include <coop/artifact.h>

struct Half : coop::Artifact {
  int divisor = 2;
  int keep(this auto& self, int length) { return length / self.divisor; }
};
//--- artifacts/every.h
#pragma once
#include <coop/artifact.h>

#include <cstdio>

#include "artifacts/third.h"

template <class Scorer = Third>
struct Every : Scorer {
  int interval = 3;
  void after_step(this auto& self, int step) {
    if (step % self.interval == 0) std::printf("%d\n", self.keep(self.loop.length));
  }
};
//--- services/t.h
#include <coop/service.h>

#include "artifacts/none.h"

struct Loop : coop::Artifact {
  int length = 100;
  void go(this auto& self) { self.hooks.after_step(3); }
};
template <class Compressor = None>
struct T : coop::Service {
  coop::Sharded<Compressor, coop::Heads> compressor;
  Loop loop;
  int run(this auto& self) {
    self.loop.go();
    return 0;
  }
};
