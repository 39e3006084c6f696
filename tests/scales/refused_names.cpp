// Names that main and calls are written with.
// REQUIRES: mpi
// RUN: %refused --scale=cluster %s 2>&1 | %check
// RUN: %combine --device=cpu %s -o %t.single.cpp
#include <coop/service.h>

// CHECK-DAG: refused_names.cpp:[[#@LINE+2]]:8: error: 'Bytes' means something else in the emission at this scale [name-of-ours]
// CHECK-DAG: note: this is the other
struct Bytes {
  int count = 1;
};

struct Book : coop::Artifact {
  // CHECK-DAG: refused_names.cpp:[[#@LINE+2]]:7: error: 'call' means something else in the emission at this scale [name-of-ours]
  // CHECK-DAG: note: give it another name
  int call(this auto&, int number) { return number; }
};

struct Library : coop::Service {
  coop::Owned<Book> book;
  int run(this auto& self) { return self.book.call(Bytes().count); }
};
