// Where ranks are processes, an owned artifact is alone with its arguments.
// REQUIRES: mpi
// RUN: not %combine --device=cpu --scale=cluster %s -o %t.cpp 2>&1 | FileCheck %s --implicit-check-not=error:
// RUN: %combine --device=cpu --scale=node %s -o %t.cpp && %gxx %t.cpp -o %t && %t --ranks=3
#include <coop/service.h>

struct Shelf : coop::Artifact {
  // CHECK: [[@LINE+1]]:7: error: 'shelf.who' runs where 'shelf' is owned, and reaches what is not there [owned-reaches-peer]
  int who(this auto& self) { return self.clerk.number; }
};

struct Clerk : coop::Artifact {
  int number = 7;
};

struct Library : coop::Service {
  coop::Owned<Shelf> shelf;
  Clerk clerk;

  int run(this auto& self) { return self.shelf.who() == 7 ? 0 : 1; }
};
