// Ranks that are processes, which `mpirun` or `srun` has started: over MPI they exchange values of
// the host. The `World` of a device stands in cpu/world.h and cuda/world.h.
//
//   rank 0: all_reduce_sum(world, 1)   → 3
//   rank 1: all_reduce_sum(world, 2)   → 3
//
// Ranks that call different collectives are told which: MPI would wait for ever, or mix them up.
#pragma once

#define OMPI_SKIP_MPICXX 1  // of MPI only the C functions
#include <mpi.h>

#include <algorithm>
#include <climits>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <map>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "wire.h"

/// One of the processes, as the program sees it.
struct Rank {
  int index = 0, count = 1;

  int rank() const { return index; }
  int size() const { return count; }
};

/// Collectives that this rank has called.
inline unsigned long calls_so_far = 0;

/// Throws on all ranks unless all call the same, and those of a `group` with as many elements.
inline void check_collective(Rank& world, const char* name, size_t bytes = 0, size_t count = 0,
                             int group = 1) {
  if (group < 1 || world.size() % group != 0)
    throw std::invalid_argument(std::to_string(world.size()) + " ranks are no groups of " +
                                std::to_string(group));
  if (world.size() == 1) return;  // there is nobody to disagree with
  struct Call {
    char name[40] = "";
    unsigned long call = 0, bytes = 0, count = 0;
    int group = 0;
    std::string words(int rank) const {
      const std::string elements = count == 0 ? "" : std::to_string(count) + " x ";
      return "rank " + std::to_string(rank) + "'s call " + std::to_string(call) + " is " + name +
             (bytes == 0 ? "" : "(" + elements + std::to_string(bytes) + " bytes)");
    }
  } mine;
  std::string(name).copy(mine.name, sizeof mine.name - 1);
  mine.call = ++calls_so_far, mine.bytes = bytes, mine.count = count, mine.group = group;
  std::vector<Call> calls(world.size());
  MPI_Allgather(&mine, sizeof mine, MPI_BYTE, calls.data(), sizeof mine, MPI_BYTE, MPI_COMM_WORLD);
  for (int rank = 1; rank < world.size(); ++rank) {
    const Call &a = calls[rank - 1], &b = calls[rank];
    if (std::string(a.name) == b.name && a.bytes == b.bytes && a.group == b.group &&
        (a.count == b.count || rank % b.group == 0))
      continue;
    throw std::runtime_error(a.words(rank - 1) + ", and " + b.words(rank));
  }
}

/// The `group` consecutive ranks to which this one belongs.
inline MPI_Comm group_of(Rank& world, int group) {
  if (group == world.size()) return MPI_COMM_WORLD;
  static std::map<int, MPI_Comm> groups;  // by size: once this rank has asked for it
  const auto [found, is_new] = groups.try_emplace(group, MPI_COMM_NULL);
  if (is_new) MPI_Comm_split(MPI_COMM_WORLD, world.rank() / group, world.rank(), &found->second);
  return found->second;
}

/// `size` bytes, as MPI counts them.
inline int mpi_count(Rank& world, size_t size) {
  if (size <= static_cast<size_t>(INT_MAX / world.size())) return static_cast<int>(size);
  throw std::length_error("MPI cannot gather " + std::to_string(size) + " bytes of each rank");
}

/// Merges parts of equal size, which stand one behind the other, into the first.
template <class T, class Merge>
void merge_parts(std::span<T> parts, size_t size, Merge merge) {
  for (size_t next = size; next < parts.size(); next += size)
    for (size_t i = 0; i < size; ++i) parts[i] = merge(parts[i], parts[next + i]);
}

/// Each rank merges a share of the elements, and hands it to the others: nobody receives all parts.
template <class T, class Merge>
void reduce_by_shares(Rank& world, MPI_Comm ranks, int group, std::span<T> part, Merge merge) {
  std::vector<int> bytes(group), starts(group);
  const auto cut = [&](size_t rank) { return part.size() * rank / group; };
  for (int rank = 0; rank < group; ++rank) {
    starts[rank] = static_cast<int>(cut(rank) * sizeof(T));
    bytes[rank] = static_cast<int>((cut(rank + 1) - cut(rank)) * sizeof(T));
  }
  const int own = bytes[world.rank() % group];
  const size_t size = own / sizeof(T);
  std::vector<T> shares(size * group);
  std::vector<int> owns(group, own), places(group);
  for (int rank = 0; rank < group; ++rank) places[rank] = rank * own;
  MPI_Alltoallv(part.data(), bytes.data(), starts.data(), MPI_BYTE, shares.data(), owns.data(),
                places.data(), MPI_BYTE, ranks);
  merge_parts(std::span<T>(shares), size, merge);
  MPI_Allgatherv(shares.data(), own, MPI_BYTE, part.data(), bytes.data(), starts.data(), MPI_BYTE,
                 ranks);
}

/// Puts into the parts of each `group` of ranks what `merge` makes of them. MPI would merge in an
/// order of its own; here it goes from the lowest rank on, so that all ranks, and runs at other
/// scales, have the same bits.
template <class T, class Merge>
void all_reduce(Rank& world, const char* name, int group, std::span<T> part, Merge merge) {
  const size_t many = 64 << 10;  // bytes, of which a message more costs less than what it saves
  check_collective(world, name, sizeof(T), part.size(), group);
  if (group == 1) return;
  const MPI_Comm ranks = group_of(world, group);
  const int bytes = mpi_count(world, part.size_bytes());
  if (group > 2 && part.size_bytes() >= many)
    return reduce_by_shares(world, ranks, group, part, merge);
  std::vector<T> parts(part.size() * group);
  MPI_Allgather(part.data(), bytes, MPI_BYTE, parts.data(), bytes, MPI_BYTE, ranks);
  merge_parts(std::span<T>(parts), part.size(), merge);
  std::copy_n(parts.begin(), part.size(), part.begin());
}

/// All ranks' parts, one behind the other; they may differ in length.
template <class T>
std::vector<T> all_gather(Rank& world, std::vector<T> part) {
  static_assert(std::is_trivially_copyable_v<T>, "all_gather takes plain values");
  check_collective(world, "all_gather", sizeof(T));
  if (world.size() == 1) return part;
  std::vector<int> sizes(world.size()), starts(world.size());
  const int size = mpi_count(world, part.size() * sizeof(T));
  MPI_Allgather(&size, 1, MPI_INT, sizes.data(), 1, MPI_INT, MPI_COMM_WORLD);
  std::exclusive_scan(sizes.begin(), sizes.end(), starts.begin(), 0);
  std::vector<T> whole((starts.back() + sizes.back()) / sizeof(T));
  MPI_Allgatherv(part.data(), size, MPI_BYTE, whole.data(), sizes.data(), starts.data(), MPI_BYTE,
                 MPI_COMM_WORLD);
  return whole;
}

/// The sum of all ranks' parts: of numbers, or element by element.
template <class T>
T all_reduce_sum(Rank& world, T part) {
  all_reduce(world, "all_reduce_sum", world.size(), std::span(&part, 1), std::plus<T>());
  return part;
}
template <class T>
std::vector<T> all_reduce_sum(Rank& world, int group, std::vector<T> part) {
  all_reduce(world, "all_reduce_sum", group, std::span(part), std::plus<T>());
  return part;
}
template <class T>
std::vector<T> all_reduce_sum(Rank& world, std::vector<T> part) {
  return all_reduce_sum(world, world.size(), std::move(part));
}

/// The largest of all ranks' parts: of numbers, or element by element.
template <class T>
T all_reduce_max(Rank& world, T part) {
  all_reduce(world, "all_reduce_max", world.size(), std::span(&part, 1),
             [](T a, T b) { return std::max(a, b); });
  return part;
}
template <class T>
std::vector<T> all_reduce_max(Rank& world, int group, std::vector<T> part) {
  all_reduce(world, "all_reduce_max", group, std::span(part),
             [](T a, T b) { return std::max(a, b); });
  return part;
}
template <class T>
std::vector<T> all_reduce_max(Rank& world, std::vector<T> part) {
  return all_reduce_max(world, world.size(), std::move(part));
}

/// The smallest of all ranks' parts: of numbers, or element by element.
template <class T>
T all_reduce_min(Rank& world, T part) {
  all_reduce(world, "all_reduce_min", world.size(), std::span(&part, 1),
             [](T a, T b) { return std::min(a, b); });
  return part;
}
template <class T>
std::vector<T> all_reduce_min(Rank& world, int group, std::vector<T> part) {
  all_reduce(world, "all_reduce_min", group, std::span(part),
             [](T a, T b) { return std::min(a, b); });
  return part;
}
template <class T>
std::vector<T> all_reduce_min(Rank& world, std::vector<T> part) {
  return all_reduce_min(world, world.size(), std::move(part));
}

/// What an associative `merge(a, b)` makes of all ranks' parts, from rank 0 on.
template <class T, class Merge>
T all_reduce_merge(Rank& world, const T& part, Merge merge) {
  Bytes mine;
  Wire<T>::put(mine, part);
  const std::vector<char> all = all_gather(world, std::vector<char>(mine.begin(), mine.end()));
  Reader reader{{all.data(), all.size()}};
  T whole = Wire<T>::get(reader);
  for (int rank = 1; rank < world.size(); ++rank) whole = merge(whole, Wire<T>::get(reader));
  return whole;
}

/// The pair of the largest value, of equals that of the lowest index.
template <class Value, class Index>
std::pair<Value, Index> all_reduce_argmax(Rank& world, std::pair<Value, Index> part) {
  using Pair = std::pair<Value, Index>;
  all_reduce(world, "all_reduce_argmax", world.size(), std::span(&part, 1), [](Pair a, Pair b) {
    return b.first > a.first || (b.first == a.first && b.second < a.second) ? b : a;
  });
  return part;
}

/// Rank 0 calls. All ranks get its result; if it throws, all throw an error of that text.
template <class F>
auto once(Rank& world, F call) {
  using Result = std::decay_t<decltype(call())>;
  check_collective(world, "once");
  Bytes bytes;
  unsigned long told[] = {0, 0};  // bytes, and whether they are what was thrown
  if (world.rank() == 0) {
    try {
      if constexpr (std::is_void_v<Result>)
        call();
      else
        Wire<Result>::put(bytes, call());
    } catch (const std::exception& error) {
      bytes = error.what();
      told[1] = 1;
    }
    told[0] = static_cast<unsigned long>(mpi_count(world, bytes.size()));
  }
  MPI_Bcast(told, 2, MPI_UNSIGNED_LONG, 0, MPI_COMM_WORLD);
  bytes.resize(told[0]);
  MPI_Bcast(bytes.data(), static_cast<int>(told[0]), MPI_BYTE, 0, MPI_COMM_WORLD);
  if (told[1] != 0) throw std::runtime_error(bytes);
  if constexpr (!std::is_void_v<Result>) {
    Reader reader{bytes};
    return Wire<Result>::get(reader);
  }
}

/// What the exception says that is being handled.
inline std::string words_of_exception() {
  try {
    throw;
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception that is no std::exception";
  }
}

/// Ends the whole program for the exception that is being handled: the others would wait for this
/// rank for ever.
[[noreturn]] inline void end_program(Rank& world) {
  std::fprintf(stderr, "error: rank %d: %s\n", world.rank(), words_of_exception().c_str());
  MPI_Abort(MPI_COMM_WORLD, 1);
  std::abort();  // MPI_Abort does not come back
}

/// Runs `run()` between MPI's start, which was, and its end.
template <class Run>
int run_rank(Rank& world, Run run) {
  try {
    const int code = run();
    check_collective(world, "the end of the program");
    MPI_Finalize();
    return code;
  } catch (...) {
    end_program(world);
  }
}
