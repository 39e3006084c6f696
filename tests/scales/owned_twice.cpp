// Two artifacts of one class, each of which a rank owns, called with a default argument; and an
// array of them, which no rank can own.
// REQUIRES: mpi
// RUN: %scratch
// RUN: %combine --device=cpu --scale=cluster %s -o cluster.cpp && %mpicxx cluster.cpp -lzmq -o cluster
// RUN: %mpirun -np 2 ./cluster | FileCheck %s
// RUN: sed 's/Owned<Book> book;/Owned<Book> book; coop::Owned<std::array<Book, 2>> shelf;/' %s > array.cpp
// RUN: %combine --device=cpu array.cpp -o single.cpp
// RUN: not %combine --device=cpu --scale=node array.cpp -o x.cpp 2>&1 | FileCheck %s --check-prefix=ARRAY
#include <coop/service.h>

#include <array>
#include <cstdio>

struct Book : coop::Artifact {
  int pages = 3;
  int count(this auto& self, int more = 2) { return self.pages += more; }
  int read(this auto& self) { return self.pages; }
};

struct Library : coop::Service {
  coop::Owned<Book> book;
  coop::Owned<Book> other;

  int run(this auto& self) {
    const int counted = self.other.count(), read = self.book.read(), again = self.other.read();
    if (self.world.rank() == 0) std::printf("%d %d %d\n", counted, read, again);
    return 0;
  }
};
// CHECK: 5 3 5
// ARRAY: error: 'shelf' is an array of artifacts, which others cannot call where they are owned [owned-array]
