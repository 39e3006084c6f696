// As much of a cluster's world as owned calls need.
#pragma once

#include <mpi.h>

#include <cstdio>
#include <exception>

#include "templates/cluster/wire.h"

struct World {
  int index = 0, count = 1;
  int rank() const { return index; }
  int size() const { return count; }
};

/// Rank 0 calls. All ranks get its result, or what it throws.
template <class F>
auto once(World& world, F call) {
  using R = decltype(call());
  bool failed = false;
  Bytes bytes;
  if (world.rank() == 0) {
    try {
      if constexpr (std::is_void_v<R>) {
        call();
      } else {
        Wire<R>::put(bytes, call());
      }
    } catch (const std::exception& error) {
      failed = true;
      bytes = error.what();
    }
  }
  unsigned long size[2] = {bytes.size(), failed};
  MPI_Bcast(size, 2, MPI_UNSIGNED_LONG, 0, MPI_COMM_WORLD);
  bytes.resize(size[0]);
  MPI_Bcast(bytes.data(), static_cast<int>(size[0]), MPI_BYTE, 0, MPI_COMM_WORLD);
  if (size[1]) throw std::runtime_error(bytes);
  if constexpr (!std::is_void_v<R>) {
    Reader reader{bytes};
    return Wire<R>::get(reader);
  }
}

template <class Run>
int launch(int argc, char** argv, Run run) {
  int level = 0;
  MPI_Init_thread(&argc, &argv, MPI_THREAD_FUNNELED, &level);
  World world;
  MPI_Comm_rank(MPI_COMM_WORLD, &world.index);
  MPI_Comm_size(MPI_COMM_WORLD, &world.count);
  int code = 1;
  try {
    code = run(world);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "rank %d: %s\n", world.index, error.what());
    MPI_Abort(MPI_COMM_WORLD, 1);
  }
  MPI_Finalize();
  return code;
}
