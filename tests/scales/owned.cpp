// An owned artifact where ranks are threads: one instance, a lock around each call.
// RUN: %scratch
// RUN: %combine --device=cpu %S/Inputs/visits.h -o single-gpu.cpp
// RUN: %combine --device=cpu --scale=node %S/Inputs/visits.h -o node.cpp
// RUN: %gxx single-gpu.cpp -o single && %gxx node.cpp -o node
// RUN: ./single --guests=2 | FileCheck %s --check-prefixes=TWO,OWN
// RUN: ./node --guests=2 --ranks=1 | FileCheck %s --check-prefixes=TWO
// RUN: ./node --guests=2 --ranks=4 | FileCheck %s --check-prefixes=TWO
// RUN: ./node --guests=3 --ranks=3 --book.pages=2 | FileCheck %s --check-prefixes=FULL
// RUN: FileCheck %s --check-prefix=NODE --implicit-check-not=burn --implicit-check-not=coop:: < node.cpp
// RUN: FileCheck %s --check-prefix=SINGLE --implicit-check-not=once( --implicit-check-not=Owned --implicit-check-not=burn < single-gpu.cpp

// TWO: 2 of {{[03]}} pages, guest 1, 0.0 hours, nobody
// FULL: 2 of {{[02]}} pages, guest 1, 0.0 hours, nobody
// FULL-NEXT: told: {{(book.sign: )?}}the book is full at 2
// OWN-NOT: told

// SINGLE: {{^}}  GuestBook book;
// SINGLE: self.book.sign("guest "

// NODE: {{^}}  static inline Owned<GuestBook> book;  // one for all ranks
// NODE: each(self.world, self.book,
// NODE-NEXT: [&] { self.book.sign("guest " + std::to_string(i), {self.world.rank(), 0.5 * i}); });
// NODE: once(self.world, self.book, [&] { return self.book.names(); });
// NODE: cast(self.world, self.book, [&] { self.book.close(); });
