// The nearest program to refused_owned.cpp that is right: who calls passes what is needed, and what
// differs between ranks decides about what each does alone. What one is asked, all are told.
// RUN: %scratch
// RUN: %combine --device=cpu %s -o single.cpp && %combine --device=cpu --scale=node %s -o node.cpp
// RUN: %gxx single.cpp -o single && ./single | FileCheck %s
// RUN: %gxx node.cpp -o node && ./node --ranks=1 | FileCheck %s && ./node --ranks=3 | FileCheck %s
#include <coop/service.h>

#include <cstdio>

struct Index : coop::Artifact {
  int least = 2;
  int from(this auto& self) { return self.least; }
};

struct Book : coop::Artifact {
  int count(this auto& self, int bytes) { return bytes + self.index.from(); }
  [[coop::cast]] void note(this auto& self, int token) { self.last = token; }

 private:
  int last = 0;
};

struct Model : coop::Artifact {
  [[coop::max]] int bytes(this auto&) { return 1; }
};

struct Report : coop::Service {
  coop::Owned<Book> book;
  coop::Owned<Index> index;
  coop::Sharded<Model, coop::Heads> model;
  int run(this auto& self) {
    int bytes = self.model.bytes();
    const int count = self.book.count(bytes);
    for (int i = 0; i < count; ++i) bytes += self.model.bytes();
    self.book.note(bytes);
    if (self.world.rank() == 0) std::printf("%d bytes\n", bytes);
    return 0;
  }
};
// CHECK: 4 bytes
