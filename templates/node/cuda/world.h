// The scale `node` on CUDA: ranks are threads, one for each GPU; NCCL adds up what the GPUs hold.
//
// With COOP_CHECK_COLLECTIVES=1 in the environment, ranks that call different collectives on memory
// of the GPU are told which; without it such a program ends at
// its deadline. What ranks have in
// common is ../owned.h, if there is any.
#pragma once

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "../../communicator.h"
#include "../exchange.h"

/// One rank, as the program sees it.
struct World : Rank {
  Communicator* gpus = nullptr;
  bool checks = std::getenv("COOP_CHECK_COLLECTIVES") != nullptr;
};

/// The ranks meet, and so does nobody wait for a GPU in vain; it costs the ranks their head start.
inline void check_same_call(World& world, const char* name, size_t bytes, size_t count, int group) {
  if (!world.checks) return;
  world.all->meet(world.index, {name, bytes, count, group}, nullptr,
                  [](const std::vector<void*>&) {});
}

/// Memory of the GPU, in place, in the order of the device's stream.
template <class T>
DeviceSpan<T> all_reduce_sum(World& world, int group, Device& device, DeviceSpan<T> part) {
  check_same_call(world, "all_reduce_sum", sizeof(T), part.size, group);
  world.gpus->all_reduce(device, group, part, ncclSum);
  return part;
}
template <class T>
DeviceSpan<T> all_reduce_sum(World& world, Device& device, DeviceSpan<T> part) {
  return all_reduce_sum(world, world.size(), device, part);
}
template <class T>
DeviceSpan<T> all_reduce_max(World& world, int group, Device& device, DeviceSpan<T> part) {
  check_same_call(world, "all_reduce_max", sizeof(T), part.size, group);
  world.gpus->all_reduce(device, group, part, ncclMax);
  return part;
}
template <class T>
DeviceSpan<T> all_reduce_max(World& world, Device& device, DeviceSpan<T> part) {
  return all_reduce_max(world, world.size(), device, part);
}
template <class T>
DeviceSpan<T> all_reduce_min(World& world, int group, Device& device, DeviceSpan<T> part) {
  check_same_call(world, "all_reduce_min", sizeof(T), part.size, group);
  world.gpus->all_reduce(device, group, part, ncclMin);
  return part;
}
template <class T>
DeviceSpan<T> all_reduce_min(World& world, Device& device, DeviceSpan<T> part) {
  return all_reduce_min(world, world.size(), device, part);
}

/// Ends the program for the exception that is being handled: nobody can wake a rank whose GPU waits
/// for another's.
[[noreturn]] inline void end_program(Ranks& ranks, int rank) {
  static std::mutex one_at_a_time;
  ranks.fail("rank " + std::to_string(rank) + ": " + words_of_exception());
  one_at_a_time.lock();
  std::fprintf(stderr, "error: %s\n", ranks.failure().c_str());
  std::_Exit(1);
}

/// Runs `run(world)`, which returns an exit code, on a thread for each GPU: `--gpus N`, or all.
template <class Run>
int launch(int& argc, char** argv, Run run) {
  int visible = 0;
  const cudaError_t found = cudaGetDeviceCount(&visible);
  const int gpus = take_count(argc, argv, "--gpus", std::max(1, visible));
  if (gpus > std::max(1, visible))
    throw std::runtime_error("--gpus " + std::to_string(gpus) + ", but " + std::to_string(visible) +
                             " are visible: " + cudaGetErrorString(found));
  std::vector<ncclComm_t> all(gpus);
  if (visible > 0)  // else whoever asks for the GPU says so; help needs none
    nccl_check(nullptr, ncclCommInitAll(all.data(), gpus, nullptr), "ncclCommInitAll");
  Ranks ranks(gpus);
  return run_ranks(ranks, [&](int rank) {
    World world{{&ranks, rank}};
    if (visible == 0) return run(world);
    std::optional<Communicator> communicator;
    try {
      cuda_check(cudaSetDevice(rank), "cudaSetDevice");
      world.gpus = &communicator.emplace(all[rank], rank, gpus);
      return run(world);
    } catch (...) {
      end_program(ranks, rank);
    }
  });
}
