// The scale `cluster` on the CPU: ranks are processes, on one host or on several.
#pragma once

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
