// Collectives among threads of one process, of which none waits for ever.
//
// What a program does at the scale `node`, a rank a thread, can be tried without a GPU: ranks meet
// in calls, and a call that does not meet its like is an error that says which rank called what:
//
//   rank 0's call 3 is all_reduce(sum, 8 floats) at decode.cpp:120, and rank 1's is barrier() at
//   ...
//
// Ranks block while they wait, they never spin. Sums are taken in the order of the ranks, so that
// two runs give the same bits.
#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

namespace coop::testing {

/// Ranks that did not call the same collectives, in the same order.
struct CollectiveError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

class FakeCommunicator {
 public:
  using Where = std::source_location;
  class Rank;

  /// A rank that waits longer than `deadline` for the others is an error.
  explicit FakeCommunicator(int ranks, std::chrono::milliseconds deadline = std::chrono::seconds(9))
      : deadline_(deadline), waiting_(ranks), made_(ranks), has_ended_(ranks) {}

  /// Runs `body` on a thread for each rank, and returns when all have ended. Throws what the first
  /// of them threw, a CollectiveError among others. A body that computes for ever is not ended.
  void run(const std::function<void(Rank&)>& body);

  int size() const { return static_cast<int>(waiting_.size()); }

  /// What a rank has called so far, each as "all_reduce(sum, 8 floats)".
  const std::vector<std::string>& calls(int rank) const { return made_.at(rank); }

 private:
  struct Call {
    std::string words;  // equal for ranks that may meet, e.g. broadcast(1 int from rank 0)
    std::string where;  // e.g. decode.cpp:120
    void* data = nullptr;
  };

  /// Blocks until every rank is in such a call. The last one does the work for all: `work` gets
  /// their data, by rank.
  template <class Work>
  void meet(int rank, Call call, Work work) {
    std::unique_lock lock(mutex_);
    fail_with(failure_);
    made_[rank].push_back(call.words);
    waiting_[rank] = std::move(call);
    fail_with(disagreement(rank));
    fail_with(missing());
    if (std::all_of(waiting_.begin(), waiting_.end(), [](const auto& one) { return one; })) {
      std::vector<void*> data;
      for (std::optional<Call>& one : waiting_) data.push_back(one->data);
      work(data);
      for (std::optional<Call>& one : waiting_) one.reset();
      ++round_;
      changed_.notify_all();
      return;
    }
    const size_t round = round_;
    const bool in_time =
        changed_.wait_for(lock, deadline_, [&] { return round_ != round || !failure_.empty(); });
    if (round_ != round) return;
    fail_with(in_time ? failure_ : late());
  }

  /// Everybody who waits gets the first failure.
  void fail_with(const std::string& words) {
    if (words.empty()) return;
    if (failure_.empty()) failure_ = words;
    changed_.notify_all();
    throw CollectiveError(failure_);
  }

  void end(int rank) {
    const std::lock_guard lock(mutex_);
    has_ended_[rank] = true;
    if (const std::string words = missing(); !words.empty() && failure_.empty()) failure_ = words;
    changed_.notify_all();
  }

  void end_by(int rank, const std::string& what) {
    const std::lock_guard lock(mutex_);
    if (failure_.empty()) failure_ = named(rank) + " has thrown: " + what;
    changed_.notify_all();
  }

  static std::string named(int rank) { return "rank " + std::to_string(rank); }

  std::string call_of(int rank) const {
    return "call " + std::to_string(made_[rank].size()) + " is " + waiting_[rank]->words + " at " +
           waiting_[rank]->where;
  }

  /// Of the rank that came last, and another that waits.
  std::string disagreement(int rank) const {
    for (int other = 0; other < size(); ++other) {
      if (!waiting_[other] || waiting_[other]->words == waiting_[rank]->words) continue;
      const int first = std::min(rank, other), second = std::max(rank, other);
      return named(first) + "'s " + call_of(first) + ", and " + named(second) + "'s " +
             call_of(second);
    }
    return "";
  }

  /// Who waits for whom has ended.
  std::string missing() const {
    for (int rank = 0; rank < size(); ++rank)
      for (int other = 0; other < size(); ++other)
        if (waiting_[rank] && has_ended_[other])
          return named(rank) + "'s " + call_of(rank) + ", and " + named(other) +
                 " has ended after " + std::to_string(made_[other].size()) +
                 (made_[other].size() == 1 ? " call" : " calls");
    return "";
  }

  std::string late() const {
    std::string out = "nothing happens for " + std::to_string(deadline_.count()) + " ms:";
    for (int rank = 0; rank < size(); ++rank) {
      out += (rank ? "; " : " ") + named(rank);
      if (waiting_[rank])
        out += " waits, its " + call_of(rank);
      else
        out += " calls nothing behind its call " + std::to_string(made_[rank].size());
    }
    return out;
  }

  const std::chrono::milliseconds deadline_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::optional<Call>> waiting_;  // by rank: the call that it is in
  std::vector<std::vector<std::string>> made_;
  std::vector<char> has_ended_;
  size_t round_ = 0;  // collectives that are over
  std::string failure_;
};

/// What one rank sees: the `world` of an artifact, and the collectives that its calls become.
class FakeCommunicator::Rank {
 public:
  Rank(FakeCommunicator& all, int rank) : all_(all), rank_(rank) {}

  int rank() const { return rank_; }
  int size() const { return all_.size(); }

  template <class T>
  void all_reduce_sum(T* data, size_t count, Where where = Where::current()) {
    all_reduce("sum", data, count, [](T& a, const T& b) { a += b; }, where);
  }
  template <class T>
  void all_reduce_max(T* data, size_t count, Where where = Where::current()) {
    all_reduce("max", data, count, [](T& a, const T& b) { a = std::max(a, b); }, where);
  }
  template <class T>
  void all_reduce_min(T* data, size_t count, Where where = Where::current()) {
    all_reduce("min", data, count, [](T& a, const T& b) { a = std::min(a, b); }, where);
  }

  /// By a merge of one's own, `merge(a, b)` into a, which has that name.
  template <class T, class Merge>
  void all_reduce(const std::string& name, T* data, size_t count, Merge merge,
                  Where where = Where::current()) {
    const std::string words = "all_reduce(" + name + ", " + elements<T>(count) + ")";
    all_.meet(rank_, {words, place(where), data}, [&](const std::vector<void*>& of) {
      std::vector<T> whole(static_cast<T*>(of[0]), static_cast<T*>(of[0]) + count);
      for (size_t rank = 1; rank < of.size(); ++rank)
        for (size_t i = 0; i < count; ++i) merge(whole[i], static_cast<T*>(of[rank])[i]);
      for (void* each : of) std::copy(whole.begin(), whole.end(), static_cast<T*>(each));
    });
  }

  /// `all` (ranks, count) gets what each rank has in `mine` (count).
  template <class T>
  void all_gather(const T* mine, T* all, size_t count, Where where = Where::current()) {
    struct Both {
      const T* mine;
      T* all;
    } both{mine, all};
    const std::string words = "all_gather(" + elements<T>(count) + ")";
    all_.meet(rank_, {words, place(where), &both}, [&](const std::vector<void*>& of) {
      std::vector<T> whole;
      for (void* each : of) {
        const T* part = static_cast<Both*>(each)->mine;
        whole.insert(whole.end(), part, part + count);
      }
      for (void* each : of) std::copy(whole.begin(), whole.end(), static_cast<Both*>(each)->all);
    });
  }

  template <class T>
  void broadcast(T* data, size_t count, int root, Where where = Where::current()) {
    const std::string words = "broadcast(" + elements<T>(count) + " from " + named(root) + ")";
    if (root < 0 || root >= size()) throw CollectiveError(words + ": there is no such rank");
    all_.meet(rank_, {words, place(where), data}, [&](const std::vector<void*>& of) {
      const T* from = static_cast<T*>(of[root]);
      for (void* each : of)
        if (each != from) std::copy(from, from + count, static_cast<T*>(each));
    });
  }

  void barrier(Where where = Where::current()) {
    all_.meet(rank_, {"barrier()", place(where)}, [](const std::vector<void*>&) {});
  }

 private:
  static std::string place(const Where& where) {
    const std::string path = where.file_name();
    return path.substr(path.rfind('/') + 1) + ":" + std::to_string(where.line());
  }

  template <class T>
  static std::string elements(size_t count) {
    static_assert(std::is_trivially_copyable_v<T>, "collectives move plain values");
    const std::string name = std::is_same_v<T, float>    ? "float"
                             : std::is_same_v<T, double> ? "double"
                             : std::is_same_v<T, int>    ? "int"
                                                         : "element";
    const std::string size = name == "element" ? " of " + std::to_string(sizeof(T)) + " bytes" : "";
    return std::to_string(count) + " " + name + (count == 1 ? "" : "s") + size;
  }

  FakeCommunicator& all_;
  int rank_;
};

inline void FakeCommunicator::run(const std::function<void(Rank&)>& body) {
  std::vector<std::exception_ptr> thrown;  // in time; whoever was left waiting comes later
  std::mutex mutex;
  const auto note = [&] {
    const std::lock_guard lock(mutex);
    thrown.push_back(std::current_exception());
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < size(); ++i) {
    threads.emplace_back([&, i] {
      Rank rank(*this, i);
      try {
        body(rank);
        end(i);
      } catch (const std::exception& error) {
        note();
        end_by(i, error.what());
      } catch (...) {
        note();
        end_by(i, "no std::exception");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (!thrown.empty()) std::rethrow_exception(thrown.front());
  if (!failure_.empty()) throw CollectiveError(failure_);
}

}  // namespace coop::testing
