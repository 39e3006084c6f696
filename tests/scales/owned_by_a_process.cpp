// An owned artifact where ranks are processes: calls are messages.
// REQUIRES: mpi
// RUN: %scratch
// RUN: %combine --device=cpu --scale=cluster %S/Inputs/visits.h -o cluster.cpp
// RUN: %mpicxx cluster.cpp -lzmq -o cluster
// RUN: %mpirun -np 1 ./cluster --guests=2 | FileCheck %S/owned.cpp --check-prefixes=TWO
// RUN: %mpirun -np 3 ./cluster --guests=2 | FileCheck %S/owned.cpp --check-prefixes=TWO
// RUN: %mpirun -np 3 ./cluster --guests=3 --book.pages=2 | FileCheck %S/owned.cpp --check-prefixes=FULL
// RUN: FileCheck %s --implicit-check-not=burn --implicit-check-not=coop:: < cluster.cpp

// What every rank has, with the methods that are called, and what the owner does with a call.
// CHECK: {{^}}struct GuestBookCalls : Calls {
// CHECK-NEXT: GuestBook owned;
// CHECK: GuestBookCalls() : Calls("book", 0x{{[0-9a-f]+}}) {}
// CHECK-NEXT: void sign(const std::string& name, Visit visit) { call<void>(0, name, visit); }
// CHECK-NEXT: std::optional<Visit> find(const std::string& name) {
// CHECK-NEXT: return call<std::optional<Visit>>({1, milliseconds(5000), true}, name);
// CHECK: std::vector<std::string> names() { return call<std::vector<std::string>>(2); }
// CHECK: inline Bytes dispatch(GuestBook& owned, const Request& request) {
// CHECK: return answer(request, [&](const std::string& name) { return owned.find(name); });
// CHECK: return answer(request, [&] { return owned.names(); });
// CHECK: {{^}}  GuestBookCalls book;
// CHECK: each(self.world, self.book,
// CHECK: self.book.owned.pages
// CHECK: flags.option("--book.pages", visits.book.owned.pages, "Names at most.");
// CHECK: network.add_flags(flags);
// CHECK: const Ownership book(world, network, visits.book
// CHECK: return dispatch(visits.book.owned, request);
