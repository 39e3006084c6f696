// What is sharded by keys, where ranks are threads: a call goes to the share that has its key, and
// what all shares return makes a whole. The numbers are those of one rank.
// RUN: %scratch
// RUN: %combine --device=cpu %S/Inputs/shelves.h -o single-gpu.cpp
// RUN: %combine --device=cpu --scale=node %S/Inputs/shelves.h -o node.cpp
// RUN: %gxx single-gpu.cpp -o single && %gxx node.cpp -o node
// RUN: ./single | FileCheck %s --check-prefix=SAME
// RUN: ./node --ranks=1 | FileCheck %s --check-prefix=SAME
// RUN: ./node --ranks=2 | FileCheck %s --check-prefix=SAME
// RUN: ./node --ranks=3 | FileCheck %s --check-prefix=SAME
// RUN: ./single --directory.block=20 --shelves.places=7 | FileCheck %s --check-prefix=ONE
// RUN: ./node --ranks=3 --directory.block=20 --shelves.places=7 | FileCheck %s --check-prefix=FLAGS
// RUN: FileCheck %s --check-prefix=NODE --implicit-check-not=coop:: < node.cpp
// RUN: FileCheck %s --check-prefix=SINGLE --implicit-check-not=once( --implicit-check-not=hare --implicit-check-not=key --implicit-check-not=shelf_of < single-gpu.cpp
// RUN: not %combine --scale=cluster --engine=zmq --device=cpu %S/Inputs/shelves.h 2>&1 | FileCheck %s --check-prefix=ZMQ

// SAME: 19 of 100 books, 30 blocks of 16 known, marks right, book -3 has 17 pages, nobody
// SAME-NEXT: told: {{(shelves.put: )?}}a book of 0
// ONE: 19 of 7 books, 21 blocks of 20 known, marks right
// FLAGS: 19 of 7 books, 21 blocks of 20 known, marks right

// SINGLE: {{^}}  Shelves shelves;
// SINGLE: self.shelves.put(i, {10 + i + books, 0.5 * i});

// NODE: {{^}}int rank_of_key(Key key, int ranks) {
// NODE: {{^}}struct PrefixDirectoryShares : Shares<PrefixDirectory> {
// NODE-NEXT: int find(const std::vector<int>& tokens) {
// NODE-NEXT: return keyed(owned.beginning(tokens),
// NODE-NEXT: [&](PrefixDirectory& share) { return share.find(tokens); });
// NODE: int size() {
// NODE-NEXT: return call([&](Shelves& share) { return share.size(); });
// NODE: {{^}}  PrefixDirectoryShares directory;
// NODE: once(self.world, self.shelves, [&] { return self.shelves.find(-3); })
// NODE: each(self.world, self.shelves, [&] { self.shelves.mark(-5, 0); });
// NODE: cast(self.world, self.shelves, [&] { self.shelves.drop(-1); });
// NODE: all_reduce_sum(self.world, self.shelves.size())
// NODE: flags.option("--shelves.places", library.shelves.owned.places, "Books at most.");
// NODE: library.directory.meet(world);

// ZMQ: error: 'directory' is sharded, and --engine=zmq has no collectives
