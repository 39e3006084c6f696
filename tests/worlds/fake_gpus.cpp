// As much of CUDA and NCCL as the larger scales call, on the CPU: what is queued on a stream is
// done later, by a thread, and a GPU that waits for another one waits for ever. So they can be
// tried without a GPU: the calls, their arguments and what happens when a rank fails. The memory is
// the host's.
//   FAKE_GPUS=2 program                          as many are visible; 4 without it
//   FAKE_GPUS_NOT_ON_RANK=1 mpirun ... program    that rank sees none
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <nccl.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#ifdef COOP_TEST_CLUSTER
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>
#endif

namespace {

thread_local int current = 0;

int gpus() {
#ifdef COOP_TEST_CLUSTER
  const char* not_on = std::getenv("FAKE_GPUS_NOT_ON_RANK");
  int rank = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  if (not_on != nullptr && std::atoi(not_on) == rank) return 0;
#endif
  const char* count = std::getenv("FAKE_GPUS");
  return count == nullptr ? 4 : std::atoi(count);
}

}  // namespace

// ---- Streams and events
// --------------------------------------------------------------------------

struct CUstream_st {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> work;
  bool busy = false, ends = false;
  std::thread thread{[this] {
    std::unique_lock lock(mutex);
    for (;;) {
      changed.wait(lock, [this] { return ends || !work.empty(); });
      if (work.empty()) return;
      const std::function<void()> next = std::move(work.front());
      work.pop_front();
      busy = true;
      lock.unlock();
      next();
      lock.lock();
      busy = false;
      changed.notify_all();
    }
  }};

  cudaError_t queue(std::function<void()> next) {
    const std::lock_guard lock(mutex);
    work.push_back(std::move(next));
    changed.notify_all();
    return cudaSuccess;
  }
  cudaError_t wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return work.empty() && !busy; });
    return cudaSuccess;
  }
  ~CUstream_st() {
    {
      const std::lock_guard lock(mutex);
      ends = true;
    }
    changed.notify_all();
    thread.join();
  }
};

struct CUevent_st {
  std::mutex mutex;
  int recorded = 0, reached = 0;
};

extern "C" {

const char* cudaGetErrorString(cudaError_t error) {
  return error == cudaSuccess ? "no error" : "an error of the fake GPUs";
}
cudaError_t cudaGetDeviceCount(int* count) {
  *count = gpus();
  return *count > 0 ? cudaSuccess : cudaErrorNoDevice;
}
cudaError_t cudaGetDevice(int* device) {
  *device = current;
  return gpus() > 0 ? cudaSuccess : cudaErrorNoDevice;
}
cudaError_t cudaSetDevice(int device) {
  current = device;
  return device < gpus() ? cudaSuccess : cudaErrorInvalidDevice;
}
cudaError_t cudaDeviceGetAttribute(int* value, cudaDeviceAttr, int) {
  *value = 1;
  return cudaSuccess;
}
cudaError_t cudaStreamCreate(cudaStream_t* stream) {
  *stream = new CUstream_st;
  return cudaSuccess;
}
cudaError_t cudaStreamDestroy(cudaStream_t stream) {
  delete stream;
  return cudaSuccess;
}
cudaError_t cudaStreamSynchronize(cudaStream_t stream) { return stream->wait(); }
cudaError_t cudaMalloc(void** data, size_t bytes) {
  *data = std::malloc(bytes);
  return cudaSuccess;
}
cudaError_t cudaFree(void* data) {
  std::free(data);
  return cudaSuccess;
}
cudaError_t cudaMallocAsync(void** data, size_t bytes, cudaStream_t) {
  return cudaMalloc(data, bytes);
}
cudaError_t cudaFreeAsync(void* data, cudaStream_t stream) {
  return stream->queue([data] { std::free(data); });
}
cudaError_t cudaMemsetAsync(void* data, int value, size_t bytes, cudaStream_t stream) {
  return stream->queue([=] { std::memset(data, value, bytes); });
}
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind,
                            cudaStream_t stream) {
  return stream->queue([=] { std::memcpy(to, from, bytes); });
}
cudaError_t cudaEventCreateWithFlags(cudaEvent_t* event, unsigned) {
  *event = new CUevent_st;
  return cudaSuccess;
}
cudaError_t cudaEventDestroy(cudaEvent_t event) {
  delete event;
  return cudaSuccess;
}
cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream) {
  const std::lock_guard lock(event->mutex);
  const int number = ++event->recorded;
  return stream->queue([=] {
    const std::lock_guard reached(event->mutex);
    event->reached = number;
  });
}
cudaError_t cudaEventQuery(cudaEvent_t event) {
  const std::lock_guard lock(event->mutex);
  return event->reached == event->recorded ? cudaSuccess : cudaErrorNotReady;
}

cublasStatus_t cublasCreate_v2(cublasHandle_t*) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasDestroy_v2(cublasHandle_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetStream_v2(cublasHandle_t, cudaStream_t) { return CUBLAS_STATUS_SUCCESS; }
cublasStatus_t cublasSetMathMode(cublasHandle_t, cublasMath_t) { return CUBLAS_STATUS_SUCCESS; }
const char* cublasGetStatusString(cublasStatus_t) { return ""; }

}  // extern "C"

// ---- NCCL
// ----------------------------------------------------------------------------------------

namespace {

template <class T>
void reduce(T* whole, const T* part, size_t count, ncclRedOp_t operation) {
  for (size_t i = 0; i < count; ++i)
    whole[i] = operation == ncclSum   ? static_cast<T>(whole[i] + part[i])
               : operation == ncclMax ? std::max(whole[i], part[i])
                                      : std::min(whole[i], part[i]);
}

void reduce_any(void* whole, const void* part, size_t count, ncclDataType_t type,
                ncclRedOp_t operation) {
  if (type == ncclFloat) reduce((float*)whole, (const float*)part, count, operation);
  if (type == ncclDouble) reduce((double*)whole, (const double*)part, count, operation);
  if (type == ncclInt) reduce((int*)whole, (const int*)part, count, operation);
}

size_t bytes_of(ncclDataType_t type) { return type == ncclDouble ? 8 : 4; }

/// Where the streams of a communicator's GPUs meet.
struct Meeting {
  std::mutex mutex;
  std::condition_variable changed;
  std::vector<void*> parts;  // by rank; null: not there
  size_t round = 0;

  using Part = std::pair<std::shared_ptr<Meeting>, int>;  // and the rank there
  std::map<int, int> colors;                              // of the ranks that split
  std::map<int, Part> split_parts;
  size_t splits = 0;

  explicit Meeting(int size) : parts(static_cast<size_t>(size)) {}

  Part split(int rank, int color) {
    std::unique_lock lock(mutex);
    colors[rank] = color;
    const size_t before = splits;
    if (colors.size() == parts.size()) {
      std::map<int, int> sizes;
      std::map<int, std::shared_ptr<Meeting>> meetings;
      for (const auto& [other, its] : colors) split_parts[other].second = sizes[its]++;
      for (const auto& [other, its] : colors) {
        if (!meetings[its]) meetings[its] = std::make_shared<Meeting>(sizes[its]);
        split_parts[other].first = meetings[its];
      }
      colors.clear();
      ++splits;
      changed.notify_all();
    }
    changed.wait(lock, [&] { return splits != before; });
    return split_parts[rank];
  }

  void all_reduce(int rank, void* part, size_t count, ncclDataType_t type, ncclRedOp_t operation) {
    std::unique_lock lock(mutex);
    parts[static_cast<size_t>(rank)] = part;
    if (std::count(parts.begin(), parts.end(), nullptr) == 0) {
      for (size_t other = 1; other < parts.size(); ++other)
        reduce_any(parts[0], parts[other], count, type, operation);
      for (size_t other = 1; other < parts.size(); ++other)
        std::memcpy(parts[other], parts[0], count * bytes_of(type));
      std::fill(parts.begin(), parts.end(), nullptr);
      ++round;
      changed.notify_all();
      return;
    }
    const size_t before = round;
    changed.wait(lock, [&] { return round != before; });
  }
};

}  // namespace

struct ncclComm {
  std::shared_ptr<Meeting> meeting;
  int rank = 0, size = 1;
  bool blocking = true;
  int polls = 0;  // until a call that does not block is done
#ifdef COOP_TEST_CLUSTER
  MPI_Comm ranks = MPI_COMM_NULL;
#endif

  ncclResult_t begun() {
    polls = blocking ? 0 : 3;
    return blocking ? ncclSuccess : ncclInProgress;
  }
};

extern "C" {

const char* ncclGetErrorString(ncclResult_t result) {
  return result == ncclSuccess ? "no error" : "an error of the fake NCCL";
}
const char* ncclGetLastError(ncclComm_t) { return ""; }
ncclResult_t ncclGetUniqueId(ncclUniqueId* id) {
  std::strcpy(id->internal, "fake");
  return ncclSuccess;
}
ncclResult_t ncclCommInitAll(ncclComm_t* all, int size, const int*) {
  const auto meeting = std::make_shared<Meeting>(size);
  for (int rank = 0; rank < size; ++rank) all[rank] = new ncclComm{meeting, rank, size};
  return ncclSuccess;
}
ncclResult_t ncclCommGetAsyncError(ncclComm_t comm, ncclResult_t* result) {
  *result = comm->polls > 0 && comm->polls-- > 0 ? ncclInProgress : ncclSuccess;
  return ncclSuccess;
}
ncclResult_t ncclCommDestroy(ncclComm_t comm) {
  delete comm;
  return ncclSuccess;
}
ncclResult_t ncclCommAbort(ncclComm_t comm) { return ncclCommDestroy(comm); }

#ifdef COOP_TEST_CLUSTER

ncclResult_t ncclCommInitRankConfig(ncclComm_t* comm, int size, ncclUniqueId id, int rank,
                                    ncclConfig_t* config) {
  if (std::strcmp(id.internal, "fake") != 0) return ncclInvalidArgument;
  *comm = new ncclComm{nullptr, rank, size, config->blocking != 0};
  MPI_Comm_dup(MPI_COMM_WORLD, &(*comm)->ranks);
  return (*comm)->begun();
}
ncclResult_t ncclCommSplit(ncclComm_t comm, int color, int key, ncclComm_t* part, ncclConfig_t*) {
  *part = new ncclComm{nullptr, 0, 1, comm->blocking};
  MPI_Comm_split(comm->ranks, color, key, &(*part)->ranks);
  return (*part)->begun(), comm->begun();
}
/// MPI may be called by one thread alone, so this one does not wait for its turn.
ncclResult_t ncclAllReduce(const void* send, void* receive, size_t count, ncclDataType_t type,
                           ncclRedOp_t operation, ncclComm_t comm, cudaStream_t stream) {
  if (send != receive) return ncclInvalidArgument;
  stream->wait();
  int size = 1;
  MPI_Comm_size(comm->ranks, &size);
  const size_t bytes = count * bytes_of(type);
  std::vector<char> parts(bytes * static_cast<size_t>(size));
  MPI_Allgather(send, static_cast<int>(bytes), MPI_BYTE, parts.data(), static_cast<int>(bytes),
                MPI_BYTE, comm->ranks);
  std::memcpy(receive, parts.data(), bytes);
  for (size_t other = bytes; other < parts.size(); other += bytes)
    reduce_any(receive, parts.data() + other, count, type, operation);
  return comm->begun();
}

#else

ncclResult_t ncclCommSplit(ncclComm_t comm, int color, int, ncclComm_t* part, ncclConfig_t*) {
  const auto [meeting, rank] = comm->meeting->split(comm->rank, color);
  *part = new ncclComm{meeting, rank, static_cast<int>(meeting->parts.size())};
  return ncclSuccess;
}
ncclResult_t ncclAllReduce(const void* send, void* receive, size_t count, ncclDataType_t type,
                           ncclRedOp_t operation, ncclComm_t comm, cudaStream_t stream) {
  if (send != receive) return ncclInvalidArgument;
  stream->queue([=] { comm->meeting->all_reduce(comm->rank, receive, count, type, operation); });
  return ncclSuccess;
}

#endif

}  // extern "C"
