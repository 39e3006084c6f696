// What GPUs of several ranks do together: NCCL, with an end to every wait.
#pragma once

#include <cuda_runtime.h>
#include <nccl.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>

#include "buffer.h"
#include "device.h"

/// How long ranks wait for each other's GPU, what that computes meanwhile included: ten minutes, or
/// COOP_DEADLINE seconds.
inline std::chrono::seconds deadline() {
  const char* seconds = std::getenv("COOP_DEADLINE");
  return std::chrono::seconds(seconds == nullptr ? 600 : std::atoi(seconds));
}

/// Waits until `nccl` is done with a call that returned `result`, and throws when it has failed.
inline void nccl_check(ncclComm_t nccl, ncclResult_t result, const std::string& what) {
  const auto end = std::chrono::steady_clock::now() + deadline();
  while (result == ncclInProgress && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::microseconds(20));
    ncclCommGetAsyncError(nccl, &result);
  }
  if (result != ncclSuccess)
    throw std::runtime_error(what + " failed: " + ncclGetErrorString(result) + ". " +
                             ncclGetLastError(nccl));
}

template <class T>
constexpr ncclDataType_t nccl_type() {
  if constexpr (std::is_same_v<T, float>) return ncclFloat;
  if constexpr (std::is_same_v<T, double>) return ncclDouble;
  if constexpr (std::is_same_v<T, int>) return ncclInt;
  static_assert(std::is_same_v<T, float> || std::is_same_v<T, double> || std::is_same_v<T, int>,
                "GPUs exchange float, double and int");
}

/// What one rank's GPU has in common with the others'. A rank that waits for its GPU, which waits
/// for another, would never return; so a thread watches, and ends the program.
class Communicator {
 public:
  Communicator(ncclComm_t all, int rank, int size) : all_(all), rank_(rank), size_(size) {
    cuda_check(cudaEventCreateWithFlags(&queued_, cudaEventDisableTiming), "cudaEventCreate");
    watch_ = std::thread([this] { watch(); });
  }
  Communicator(const Communicator&) = delete;
  ~Communicator() {
    {
      const std::lock_guard lock(mutex_);
      ends_ = true;
    }
    changed_.notify_all();
    watch_.join();
    cudaEventDestroy(queued_);
    for (const auto& [size, group] : groups_) ncclCommDestroy(group);
    ncclCommDestroy(all_);
  }

  /// Queues it on the device's stream, in place, for each `group` of consecutive ranks.
  template <class T>
  void all_reduce(Device& device, int group, DeviceSpan<T> part, ncclRedOp_t operation) {
    if (group < 1 || size_ % group != 0)
      throw std::invalid_argument(std::to_string(size_) + " ranks are no groups of " +
                                  std::to_string(group));
    wait_from_now(true);  // NCCL may wait here already, to connect the GPUs
    const ncclComm_t ranks = group_of(group);
    nccl_check(ranks,
               ncclAllReduce(part.data, part.data, part.size, nccl_type<T>(), operation, ranks,
                             device.stream),
               "ncclAllReduce");
    cuda_check(cudaEventRecord(queued_, device.stream), "cudaEventRecord");
    wait_from_now(false);
  }

 private:
  ncclComm_t group_of(int size) {
    if (size == size_) return all_;
    const auto [group, is_new] = groups_.try_emplace(size, nullptr);
    if (is_new) {
      const ncclResult_t made = ncclCommSplit(all_, rank_ / size, rank_, &group->second, nullptr);
      nccl_check(all_, made, "ncclCommSplit");
      ncclResult_t ready = ncclSuccess;
      ncclCommGetAsyncError(group->second, &ready);
      nccl_check(group->second, ready, "ncclCommSplit");
    }
    return group->second;
  }

  void wait_from_now(bool in_call) {
    const std::lock_guard lock(mutex_);
    in_call_ = in_call;
    waits_ = true;
    waits_since_ = std::chrono::steady_clock::now();
  }

  void watch() {
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, std::chrono::milliseconds(100), [this] { return ends_; })) {
      if (waits_ && !in_call_ && cudaEventQuery(queued_) == cudaSuccess) waits_ = false;
      ncclResult_t state = ncclSuccess;
      ncclCommGetAsyncError(all_, &state);
      const bool late = waits_ && std::chrono::steady_clock::now() > waits_since_ + deadline();
      if (!late && (state == ncclSuccess || state == ncclInProgress)) continue;
      std::fprintf(stderr, "error: rank %d waits for another rank's GPU: %s\n", rank_,
                   late ? "the deadline is over" : ncclGetErrorString(state));
      std::_Exit(1);  // whoever has started the other processes ends them
    }
  }

  ncclComm_t all_ = nullptr;
  int rank_ = 0, size_ = 1;
  std::map<int, ncclComm_t> groups_;  // by size: the group of this rank, once it was asked for
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ends_ = false;
  cudaEvent_t queued_ = nullptr;  // what was queued last
  bool waits_ = false;            // for that, or for NCCL to take it
  bool in_call_ = false;
  std::chrono::steady_clock::time_point waits_since_;
  std::thread watch_;
};
