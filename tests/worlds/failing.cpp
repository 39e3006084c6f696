// Programs that fail on one rank, in the way that the first argument says; fail_test.py runs them.
#include <cstring>

#include "world.h"

namespace {

/// The others wait for the one that fails, or try to.
void sum_for_ever(World& world) {
  for (;;) all_reduce_sum(world, 1);
}

/// Where the device is a GPU, it is the GPU that waits.
void sum_on_device(World& world) {
  Device device;
  Buffer<float> buffer(device, 8);
  all_reduce_sum(world, device, buffer.first(8));
  device.synchronize();
}

int fail(World& world, const std::string& how) {
  const int rank = world.rank(), last = world.size() - 1;
  all_reduce_sum(world, 1);
  if (how == "throws") {
    if (rank == last) throw std::runtime_error("the disk is full");
    sum_for_ever(world);
  } else if (how == "throws_int") {
    if (rank == last) throw 7;
    sum_for_ever(world);
  } else if (how == "merge_throws") {
    all_reduce_merge(world, 1, [](int, int) -> int { throw std::runtime_error("no merge"); });
  } else if (how == "differs") {
    if (rank == last)
      all_gather(world, std::vector<float>(3));
    else
      all_reduce_max(world, std::vector<double>(8));
  } else if (how == "differs_in_length") {
    all_reduce_sum(world, std::vector<float>(rank == last ? 5 : 4));
  } else if (how == "leaves") {
    if (rank != last) sum_for_ever(world);
  } else if (how == "gpu_throws") {
    if (rank == last) throw std::runtime_error("the disk is full");
    sum_on_device(world);
  } else if (how == "gpu_leaves") {
    if (rank != last) sum_on_device(world);
  } else if (how == "gpu_differs") {
    Device device;
    Buffer<float> buffer(device, 8);
    if (rank == last)
      all_reduce_max(world, device, buffer.first(8));
    else
      all_reduce_sum(world, device, buffer.first(8));
    device.synchronize();
  } else if (how == "returns_7") {
    return rank == last ? 7 : 0;
  } else {
    throw std::invalid_argument(how);
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) try {
  return launch(argc, argv, [&](World& world) { return fail(world, argv[1]); });
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
