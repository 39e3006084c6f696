// What is handed over, where ranks are processes: in two phases, to one owner or to that of a key.
// REQUIRES: mpi
// RUN: %scratch
// RUN: %combine --device=cpu --scale=cluster %S/Inputs/stores.h -o cluster.cpp
// RUN: %mpicxx cluster.cpp -lzmq -o cluster
// RUN: %mpirun -np 1 ./cluster | FileCheck %S/moved.cpp --check-prefix=SAME
// RUN: %mpirun -np 3 ./cluster | FileCheck %S/moved.cpp --check-prefix=SAME
// RUN: FileCheck %s --implicit-check-not=coop:: < cluster.cpp

// CHECK: {{^}}struct StoreCalls : Calls {
// CHECK: {{^}}  Moves moves;  // what was given and is not taken yet
// CHECK: int take(const std::string& text, std::vector<Block>&& blocks) {
// CHECK-NEXT: return hand_over<int>(*this, {0, milliseconds(5000)}, text, std::move(blocks));
// CHECK: return answer(request, [&](const std::string& text, std::vector<Block>& blocks) {
// CHECK-NEXT: return owned.take(text, std::move(blocks));
// CHECK: void put(int number, std::string&& word) {
// CHECK-NEXT: hand_over<void>(owner_of(number), 0, number, std::move(word));
// CHECK: return post.store.moves.run(
// CHECK-NEXT: request, [&](const Request& call) { return dispatch(post.store.owned, call); });
