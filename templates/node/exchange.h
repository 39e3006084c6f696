// Ranks that are threads of one process: they meet in collectives, and exchange values of the host.
//
//   rank 0: all_reduce_sum(world, 1)   → 3
//   rank 1: all_reduce_sum(world, 2)   → 3
//
// Who waits is blocked, and never spins. Ranks that call different collectives are told which; when
// one fails, all fail. The `World` of a device stands in cpu/world.h and cuda/world.h.
#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

/// What a rank calls. Ranks meet only in calls that are equal; groups may differ in their `count`.
struct Collective {
  std::string_view name;  // e.g. all_reduce_sum; empty: the rank is in no collective
  size_t bytes = 0;       // of an element
  size_t count = 0;       // of elements
  int group = 0;          // so many consecutive ranks share a result
};

/// Where ranks meet.
class Ranks {
 public:
  explicit Ranks(int size) : calls_(size), parts_(size), made_(size) {}

  int size() const { return static_cast<int>(calls_.size()); }

  /// Blocks until all ranks are in this call. The last to come does `work` for all, on their parts,
  /// by rank. Throws when the ranks disagree, or one has failed.
  template <class Work>
  void meet(int rank, const Collective& call, void* part, Work work) {
    std::unique_lock lock(mutex_);
    calls_[rank] = call;
    parts_[rank] = part;
    ++made_[rank];
    for (int other = 0; other < size(); ++other) compare(rank, other);
    if (!failure_.empty()) throw std::runtime_error(failure_);
    if (++waiting_ == size()) {
      work(parts_);
      waiting_ = 0;
      for (Collective& one : calls_) one.name = "";
      ++round_;
      changed_.notify_all();
      return;
    }
    const size_t round = round_;
    changed_.wait(lock, [&] { return round_ != round || !failure_.empty(); });
    if (round_ == round) throw std::runtime_error(failure_);
  }

  /// Ends the waiting of all. The first cause is the one that is told.
  void fail(const std::string& why) {
    const std::lock_guard lock(mutex_);
    note(why);
  }

  /// The first cause; empty if there is none.
  std::string failure() {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

 private:
  void compare(int rank, int other) {
    const Collective &a = calls_[std::min(rank, other)], &b = calls_[std::max(rank, other)];
    if (a.name.empty() || b.name.empty()) return;
    const bool share = a.group == 0 || rank / a.group == other / a.group;
    if (a.name == b.name && a.bytes == b.bytes && a.group == b.group &&
        (a.count == b.count || !share))
      return;
    note(told(std::min(rank, other)) + ", and " + told(std::max(rank, other)));
  }

  std::string told(int rank) const {  // e.g. rank 0's call 3 is all_reduce_sum(8 x 4 bytes)
    const auto& [name, bytes, count, group] = calls_[rank];
    const std::string elements = count == 0 ? "" : std::to_string(count) + " x ";
    return "rank " + std::to_string(rank) + "'s call " + std::to_string(made_[rank]) + " is " +
           std::string(name) +
           (bytes == 0 ? "" : "(" + elements + std::to_string(bytes) + " bytes)");
  }

  void note(const std::string& why) {
    if (failure_.empty()) failure_ = why;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Collective> calls_;  // by rank, as are these
  std::vector<void*> parts_;
  std::vector<size_t> made_;  // calls so far
  int waiting_ = 0;
  size_t round_ = 0;  // meetings that are over
  std::string failure_;
};

/// One of the threads, as the program sees it.
struct Rank {
  Ranks* all = nullptr;
  int index = 0;

  int rank() const { return index; }
  int size() const { return all->size(); }
};

/// Puts into the parts of each `group` of ranks what `merge` makes of them, from the lowest rank
/// on: the same bits on all of them, run after run.
template <class T, class Merge>
void all_reduce(Rank& world, const char* name, int group, std::span<T> part, Merge merge) {
  if (group < 1 || world.size() % group != 0)
    throw std::invalid_argument(std::to_string(world.size()) + " ranks are no groups of " +
                                std::to_string(group));
  const Collective call = {name, sizeof(T), part.size(), group};
  world.all->meet(world.index, call, &part, [&](const std::vector<void*>& parts) {
    for (size_t first = 0; first < parts.size(); first += group) {
      const std::span<T> whole = *static_cast<std::span<T>*>(parts[first]);
      for (size_t rank = first + 1; rank < first + group; ++rank) {
        const std::span<T> other = *static_cast<std::span<T>*>(parts[rank]);
        for (size_t i = 0; i < whole.size(); ++i) whole[i] = merge(whole[i], other[i]);
      }
      for (size_t rank = first + 1; rank < first + group; ++rank)
        std::copy(whole.begin(), whole.end(), static_cast<std::span<T>*>(parts[rank])->begin());
    }
  });
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
T all_reduce_merge(Rank& world, T part, Merge merge) {
  all_reduce(world, "all_reduce_merge", world.size(), std::span(&part, 1), merge);
  return part;
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

/// All ranks' parts, one behind the other; they may differ in length.
template <class T>
std::vector<T> all_gather(Rank& world, std::vector<T> part) {
  if (world.size() == 1) return part;
  struct Both {
    const std::vector<T>& part;
    std::vector<T> whole;
  } both{part, {}};
  world.all->meet(world.index, {"all_gather", sizeof(T)}, &both,
                  [](const std::vector<void*>& parts) {
                    std::vector<T> whole;
                    for (void* one : parts) {
                      const std::vector<T>& part = static_cast<Both*>(one)->part;
                      whole.insert(whole.end(), part.begin(), part.end());
                    }
                    for (void* one : parts) static_cast<Both*>(one)->whole = whole;
                  });
  return std::move(both.whole);
}

/// Rank 0 calls. All ranks get its result, or what it throws.
template <class F>
auto once(Rank& world, F call) {
  using Result = std::decay_t<decltype(call())>;
  constexpr bool returns = !std::is_void_v<Result>;
  struct Answer {
    std::optional<std::conditional_t<returns, Result, bool>> value;
    std::exception_ptr thrown;
  } answer;
  if (world.rank() == 0) {
    try {
      if constexpr (returns)
        answer.value = call();
      else
        call();
    } catch (...) {
      answer.thrown = std::current_exception();
    }
  }
  world.all->meet(world.index, {"once"}, &answer, [](const std::vector<void*>& answers) {
    for (size_t rank = 1; rank < answers.size(); ++rank)
      *static_cast<Answer*>(answers[rank]) = *static_cast<Answer*>(answers[0]);
  });
  if (answer.thrown) std::rethrow_exception(answer.thrown);
  if constexpr (returns) return *std::move(answer.value);
}

/// Takes `--name N` or `--name=N` out of the command line; without it, `count`.
inline int take_count(int& argc, char** argv, const std::string& name, int count) {
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    const bool apart = word == name;
    if (!apart && word.rfind(name + "=", 0) != 0) continue;
    const std::string text = !apart         ? word.substr(name.size() + 1)
                             : i + 1 < argc ? argv[i + 1]
                                            : "";
    char* end = nullptr;
    const long number = std::strtol(text.c_str(), &end, 10);
    if (*end != '\0' || number < 1 || number > 1024)
      throw std::runtime_error(name + " takes a number from 1 to 1024, not '" + text + "'");
    const int taken = apart ? 2 : 1;
    std::copy(argv + i + taken, argv + argc + 1, argv + i);  // with the null behind the last
    argc -= taken;
    return static_cast<int>(number);
  }
  return count;
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

/// Runs `run(rank)` on a thread for each rank. Returns the program's exit code, having said why
/// when a rank failed.
template <class Run>
int run_ranks(Ranks& ranks, Run run) {
  std::vector<int> codes(ranks.size());
  std::vector<std::thread> threads;
  for (int rank = 0; rank < ranks.size(); ++rank) {
    threads.emplace_back([&, rank] {
      try {
        codes[rank] = run(rank);
        // Others that wait in a collective would wait for ever.
        ranks.meet(rank, {"the end of the program"}, nullptr, [](const std::vector<void*>&) {});
      } catch (...) {
        ranks.fail("rank " + std::to_string(rank) + ": " + words_of_exception());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string failure = ranks.failure();
  if (failure.empty()) return *std::max_element(codes.begin(), codes.end());
  std::fprintf(stderr, "error: %s\n", failure.c_str());
  return 1;
}
