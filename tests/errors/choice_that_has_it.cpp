// A slot's choice lacks what another artifact asks for: the note says which choice has it, once for
// all that it lacks.
// RUN: rm -rf %t && split-file %s %t && cd %t && not %combine --device=cpu -o out.cpp services/t.h 2>&1 | FileCheck services/t.h
// RUN: %combine --device=cpu -o %t/out.cpp --with Cache=Ragged %t/services/t.h

//--- artifacts/even.h
#include <coop/artifact.h>
struct Even : coop::Artifact {
  int length(this auto& self) { return self.counted(); }

 private:
  int counted(this auto&) { return 2; }
};

//--- artifacts/ragged.h
#include <coop/artifact.h>
struct Longer : coop::Artifact {
  int length(this auto&) { return 3; }
};
struct Ragged : Longer {
  int head_length(this auto& self, int head) { return self.length() + head; }
  int heads(this auto&) { return 4; }
};

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/even.h"

struct Reader : coop::Artifact {
  int read(this auto& self) { return self.kv_cache.head_length(1) + self.kv_cache.heads(); }
  int again(this auto& self) { return self.kv_cache.head_length(2); }
};
template <class Cache = Even>
struct T : coop::Service {
  Cache kv_cache;
  Reader reader;
  int run(this auto& self) {
    std::printf("%d\n", self.reader.read() + self.reader.again());
    return 0;
  }
};
// CHECK: services/t.h:8:52: error: kv_cache (Even) has no member named 'head_length' [unknown-member]
// CHECK: note: it has length{{$}}
// CHECK: note: Ragged has it: --with Cache=Ragged
// CHECK: services/t.h:8:{{.*}} note: and no 'heads'
// CHECK-NOT: {{error|note}}:
