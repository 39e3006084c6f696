// What is sharded by keys, where ranks are processes: each is called for the keys that it owns.
// REQUIRES: mpi
// RUN: %scratch
// RUN: %combine --device=cpu --scale=cluster %S/Inputs/shelves.h -o cluster.cpp
// RUN: %mpicxx cluster.cpp -lzmq -o cluster
// RUN: %mpirun -np 1 ./cluster | FileCheck %S/keyed.cpp --check-prefix=SAME
// RUN: %mpirun -np 2 ./cluster | FileCheck %S/keyed.cpp --check-prefix=SAME
// RUN: %mpirun -np 3 ./cluster | FileCheck %S/keyed.cpp --check-prefix=SAME
// RUN: %mpirun -np 3 ./cluster --directory.block=20 --shelves.places=7 | FileCheck %S/keyed.cpp --check-prefix=FLAGS
// RUN: FileCheck %s --implicit-check-not=coop:: < cluster.cpp

// CHECK: {{^}}struct ShelvesCalls : KeyedCalls {
// CHECK-NEXT: Shelves owned;  // the share of this rank
// CHECK: void put(int number, Book book) { keyed<void>(owned.shelf_of(number), 0, number, book); }
// CHECK: return keyed<std::optional<Book>>(number, {1, milliseconds(5000), true}, number);
// CHECK: int size() { return call<int>(4); }
// CHECK: inline Bytes dispatch(Shelves& owned, const Request& request) {
// CHECK: {{^}}  ShelvesCalls shelves;
// CHECK: const KeyedOwnership shelves(
