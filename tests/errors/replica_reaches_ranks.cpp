// A replica works for itself: what all ranks do together it cannot reach.
// RUN: rm -f %t.out.cpp && not %combine --device=cpu --scale=node -o %t.out.cpp %s 2>&1 | FileCheck %s --implicit-check-not=error:
// RUN: test ! -e %t.out.cpp
// RUN: %combine --device=cpu -o %t.out.cpp %s
#include <coop/service.h>

struct Weights : coop::Artifact {
  int part(this auto& self) { return 12 / self.world.size(); }
};
struct Table : coop::Artifact {
  [[coop::sum]] int rows(this auto& self) { return self.world.rank(); }
};
struct Tally : coop::Artifact {
  int calls = 0;
  int add(this auto& self) { return ++self.calls; }
};
struct Engine : coop::Artifact {
  int run(this auto& self) {
    const int alone = self.world.size();  // one
    return self.helper.part() + self.table.rows() + self.tally.add() + alone;
  }
};
struct Helper : coop::Artifact {
  int part(this auto& self) { return self.weights.part(); }
};
struct Serve : coop::Service {
  Weights weights;
  coop::Sharded<Table, coop::Heads> table;
  coop::Owned<Tally> tally;
  Helper helper;
  coop::Replicas<Engine> engine;
  int run(this auto& self) { return self.engine.run(); }
};

// CHECK: replica_reaches_ranks.cpp:24:51: error: 'helper.part' belongs to a replica, which works for itself, and reaches weights.part, which follows self.world [replica-reaches-ranks]
// CHECK: replica_reaches_ranks.cpp:20:44: error: 'engine.run' belongs to a replica, which works for itself, and reaches table.rows, a part of which every rank has [replica-reaches-ranks]
// CHECK: note: register it as coop::Replicas<...> too, or call it where all ranks do the same
