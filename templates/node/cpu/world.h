// The scale `node` on the CPU: ranks are threads, which share the cores and the memory. What they
// have in common is ../owned.h, if there is any.
#pragma once

#include <omp.h>

#include <algorithm>

#include "../../host_memory.h"
#include "../exchange.h"

/// One rank, as the program sees it.
struct World : Rank {};

/// Runs `run(world)`, which returns an exit code, on `--ranks N` threads, 2 without it; they divide
/// the threads of OpenMP among them.
template <class Run>
int launch(int& argc, char** argv, Run run) {
  Ranks ranks(take_count(argc, argv, "--ranks", 2));
  const int threads = std::max(1, omp_get_max_threads() / ranks.size());
  return run_ranks(ranks, [&](int rank) {
    omp_set_num_threads(threads);
    World world{{&ranks, rank}};
    return run(world);
  });
}
