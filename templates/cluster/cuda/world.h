// The scale `cluster` on CUDA: ranks are processes, one for each GPU; MPI starts them and exchanges
// values of the host, NCCL adds up what the GPUs hold.
//
// With COOP_CHECK_COLLECTIVES=1 in the environment, ranks that call different collectives on memory
// of the GPU are told which; without it such a program ends at
// its deadline.
#pragma once

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "../../communicator.h"
#include "../exchange.h"

/// One rank, as the program sees it.
struct World : Rank {
  Communicator* gpus = nullptr;
  bool checks = std::getenv("COOP_CHECK_COLLECTIVES") != nullptr;
};

/// The ranks meet, and so does nobody wait for a GPU in vain; it costs the ranks their head start.
inline void check_same_call(World& world, const char* name, size_t bytes, size_t count, int group) {
  if (world.checks) check_collective(world, name, bytes, count, group);
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

/// What `attempt` throws on one rank, on all; empty if it succeeds everywhere.
template <class Attempt>
std::string failure_of_any(Rank& world, Attempt attempt) {
  std::string why;
  try {
    attempt();
  } catch (const std::exception& error) {
    why = "rank " + std::to_string(world.rank()) + ": " + error.what();
  }
  int first = why.empty() ? world.size() : world.rank();
  MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, MPI_COMM_WORLD);
  if (first == world.size()) return "";
  why.resize(400);
  MPI_Bcast(why.data(), static_cast<int>(why.size()), MPI_CHAR, first, MPI_COMM_WORLD);
  return why.c_str();
}

/// Makes `all`, to which each rank brings a GPU of its host. Returns why not, the same on all
/// ranks: when one cannot, the others do not wait for it.
inline std::string join_gpus(Rank& world, ncclComm_t& all) {
  ncclUniqueId id{};
  const std::string why = failure_of_any(world, [&] {
    MPI_Comm host = MPI_COMM_NULL;
    int rank_of_host = 0, gpus = 0;
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, world.rank(), MPI_INFO_NULL, &host);
    MPI_Comm_rank(host, &rank_of_host);
    MPI_Comm_free(&host);
    cuda_check(cudaGetDeviceCount(&gpus), "cudaGetDeviceCount");
    cuda_check(cudaSetDevice(rank_of_host % gpus), "cudaSetDevice");
    if (world.rank() == 0) nccl_check(nullptr, ncclGetUniqueId(&id), "ncclGetUniqueId");
  });
  if (!why.empty()) return why;
  MPI_Bcast(&id, sizeof id, MPI_BYTE, 0, MPI_COMM_WORLD);
  return failure_of_any(world, [&] {
    ncclConfig_t config = NCCL_CONFIG_INITIALIZER;
    config.blocking = 0;  // so that waiting for the others has an end
    const ncclResult_t begun =
        ncclCommInitRankConfig(&all, world.size(), id, world.rank(), &config);
    nccl_check(all, begun, "ncclCommInitRankConfig");
  });
}

/// Runs `run(world)`, which returns an exit code, in each process that `mpirun` or `srun` has
/// started.
template <class Run>
int launch(int& argc, char** argv, Run run) {
  int level = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
  World world;
  MPI_Comm_rank(MPI_COMM_WORLD, &world.index);
  MPI_Comm_size(MPI_COMM_WORLD, &world.count);
  ncclComm_t all = nullptr;
  if (const std::string why = join_gpus(world, all); !why.empty()) {
    if (world.rank() == 0) std::fprintf(stderr, "error: %s\n", why.c_str());
    if (all != nullptr) ncclCommAbort(all);
    MPI_Finalize();
    return 1;
  }
  return run_rank(world, [&] {
    Communicator communicator(all, world.rank(), world.size());
    world.gpus = &communicator;
    try {
      return run(world);
    } catch (...) {
      end_program(world);  // at once: a communicator goes only when all ranks let it go
    }
  });
}
