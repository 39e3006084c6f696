// A slot that is not filled holds its default; one that is filled holds what was named.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=DEFAULT
// RUN: %combine --device=cpu --dump=registry services/t.h | FileCheck %s --check-prefix=LISTED
// RUN: %same services/t.h --with Compressor=Half | FileCheck %s --check-prefix=CHOSEN
// RUN: FileCheck %s --check-prefix=EMITTED --input-file=out.cpp --implicit-check-not=Full
// DEFAULT: 100
// LISTED: slot Compressor = Full
// LISTED: artifact compressor: Full
// CHOSEN: 50
// EMITTED: Emitted by `combine --scale=single-gpu --device=cpu --with Compressor=Half services/t.h`
// EMITTED: Half compressor;

//--- artifacts/full.h
#pragma once
#include <coop/artifact.h>

struct Full : coop::Artifact {
  int keep(this auto&, int length) { return length; }
};
//--- artifacts/deep/half.h
#pragma once
#include <coop/artifact.h>

struct Half : coop::Artifact {
  int divisor = 2;
  int keep(this auto& self, int length) { return length / self.divisor; }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/full.h"

template <class Compressor = Full>
struct T : coop::Service {
  Compressor compressor;
  int run(this auto& self) {
    std::printf("%d\n", self.compressor.keep(100));
    return 0;
  }
};
