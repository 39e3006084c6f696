// The scale `cluster` on the CPU: ranks are processes, on one host or on several.
#pragma once

#include "../../host_memory.h"
#include "../exchange.h"

/// One rank, as the program sees it.
struct World : Rank {};

/// Runs `run(world)`, which returns an exit code, in each process that `mpirun -np N` has started.
/// OMP_NUM_THREADS says how many threads each has.
template <class Run>
int launch(int& argc, char** argv, Run run) {
  int level = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
  World world;
  MPI_Comm_rank(MPI_COMM_WORLD, &world.index);
  MPI_Comm_size(MPI_COMM_WORLD, &world.count);
  return run_rank(world, [&] { return run(world); });
}
