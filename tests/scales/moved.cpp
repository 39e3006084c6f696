// What is handed over is gone from its caller, and from all ranks that would have given the same.
// RUN: %scratch
// RUN: %combine --device=cpu %S/Inputs/stores.h -o single-gpu.cpp
// RUN: %combine --device=cpu --scale=node %S/Inputs/stores.h -o node.cpp
// RUN: %gxx single-gpu.cpp -o single && %gxx node.cpp -o node
// RUN: ./single | FileCheck %s --check-prefix=SAME
// RUN: ./node --ranks=1 | FileCheck %s --check-prefix=SAME
// RUN: ./node --ranks=3 | FileCheck %s --check-prefix=SAME
// RUN: FileCheck %s --check-prefix=NODE --implicit-check-not=coop:: --implicit-check-not=Moves < node.cpp
// RUN: FileCheck %s --check-prefix=SINGLE --implicit-check-not=give( --implicit-check-not=emptied < single-gpu.cpp

// SAME: 2 taken, nothing left, 9 kept back, word 2! temporary, weight 4.0
// SAME-NEXT: told: {{(store.take: )?}}no place for b

// SINGLE: const int taken = self.store.take("a", std::move(letter.blocks));

// NODE: const int taken = give(
// NODE-NEXT: self.world, self.store, [&] { return self.store.take("a", std::move(letter.blocks)); },
// NODE-NEXT: [&] { emptied(std::move(letter.blocks)); });
// NODE: once(self.world, self.shelf, [&] { self.shelf.put(4, std::string("temporary")); });
// NODE: each(self.world, self.shelf, [&] { self.shelf.add(2, std::move(mine)); });
