// Processes that are started one by one: what one owns, others call; either begins first.
// RUN: %scratch
// RUN: %combine --device=cpu --scale=cluster --engine=zmq %S/Inputs/visits.h -o cluster.cpp
// RUN: %gxx cluster.cpp -lzmq -o cluster
// RUN: ./cluster --guests=2 | FileCheck %S/owned.cpp --check-prefixes=TWO
// RUN: python3 %S/Inputs/start_apart.py ./cluster | FileCheck %s --check-prefix=APART
// RUN: ./cluster --help | FileCheck %s --check-prefix=HELP
// RUN: FileCheck %s --implicit-check-not=mpi --implicit-check-not=MPI < cluster.cpp
// RUN: not %combine --device=cpu --engine=zmq %S/Inputs/visits.h 2>&1 | FileCheck %s --check-prefix=ALONE
// RUN: not %combine --device=cpu --scale=cluster --engine=zmq %S/rules.cpp 2>&1 | FileCheck %s --check-prefix=SHARDED

// CHECK: // Visits as processes that call each other
// CHECK: --scale=cluster --device=cpu --engine=zmq
// CHECK: // Build: g++ {{.*}} -lzmq -o visits
// CHECK: if (flags.finish(world.rank() == 0, !network.only_serves())) return 0;
// CHECK: network.begin();

// The guest book is in the process that serves; who brings no guests finds those
// of the caller before.
// APART: 2 of 3 pages, guest 1, 0.0 hours, nobody
// APART-NEXT: 2 of 3 pages, guest 1, 0.0 hours, nobody

// HELP: --serve

// ALONE: combine: error: --engine=zmq is an engine of --scale=cluster [engine-without-cluster]
// SHARDED: rules.cpp:{{[0-9]+}}:{{[0-9]+}}: error: 'numbers' is sharded, and --engine=zmq has no collectives that would make a whole of its parts [sharded-without-mpi]
