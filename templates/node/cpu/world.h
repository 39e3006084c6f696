// The scale `node` on the CPU: ranks are threads, which share the cores and the memory. What they
// have in common is ../owned.h, if there is any.
#pragma once

#include <omp.h>

#include <algorithm>
#include <functional>
#include <span>

#include "../exchange.h"
#include "buffer.h"
#include "device.h"

/// One rank, as the program sees it.
struct World : Rank {};

/// Device memory is the host's here.
template <class T>
DeviceSpan<T> all_reduce_sum(World& world, int group, Device&, DeviceSpan<T> part) {
  all_reduce(world, "all_reduce_sum", group, std::span(part.data, part.size), std::plus<T>());
  return part;
}
template <class T>
DeviceSpan<T> all_reduce_sum(World& world, Device& device, DeviceSpan<T> part) {
  return all_reduce_sum(world, world.size(), device, part);
}
template <class T>
DeviceSpan<T> all_reduce_max(World& world, int group, Device&, DeviceSpan<T> part) {
  all_reduce(world, "all_reduce_max", group, std::span(part.data, part.size),
             [](T a, T b) { return std::max(a, b); });
  return part;
}
template <class T>
DeviceSpan<T> all_reduce_max(World& world, Device& device, DeviceSpan<T> part) {
  return all_reduce_max(world, world.size(), device, part);
}
template <class T>
DeviceSpan<T> all_reduce_min(World& world, int group, Device&, DeviceSpan<T> part) {
  all_reduce(world, "all_reduce_min", group, std::span(part.data, part.size),
             [](T a, T b) { return std::min(a, b); });
  return part;
}
template <class T>
DeviceSpan<T> all_reduce_min(World& world, Device& device, DeviceSpan<T> part) {
  return all_reduce_min(world, world.size(), device, part);
}

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
