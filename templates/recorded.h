// What `combine test --scale` has a program write down: each call that crosses ranks, with what it
// gave, one line each in the file $COOP_RECORD, and what a rank was told that all are told alike:
//
//   all_ranks model.attention_block 0x1.8p+1 -0x1p-3 ...
//   this_rank kv_cache.length 0x1.8p+4
//   owner     metrics.count
#pragma once

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string>
#include <utility>

/// The calls of one rank, which is a thread, in their order. They are written when it ends.
class Record {
 public:
  ~Record() {
    static std::mutex one_by_one;
    const std::lock_guard lock(one_by_one);
    std::FILE* file = std::fopen(std::getenv("COOP_RECORD"), "a");
    std::fprintf(file, "rank%s\n", text_.c_str());
    std::fclose(file);
  }

  void begin(const char* who, const char* call) { text_ += std::string("\n") + who + " " + call; }

  /// Numbers, and whatever has some: vectors, pairs, optional ones, spans of the CPU's memory.
  template <class Value>
  void add(const Value& value) {
    if constexpr (requires { +value; }) {
      char number[40];
      std::snprintf(number, sizeof number, " %a", static_cast<double>(value));
      text_ += number;
    } else if constexpr (requires { value.has_value(); }) {
      add(value.has_value());
      if (value.has_value()) add(*value);
    } else if constexpr (requires { value.first; }) {
      add(value.first);
      add(value.second);
    } else if constexpr (requires { value.begin(); }) {
      for (const auto& each : value) add(each);
    } else if constexpr (requires { +value.size; }) {
      for (size_t i = 0; i < static_cast<size_t>(value.size); ++i) add(value.data[i]);
    }
  }

 private:
  std::string text_;
};

inline Record& record_of_rank() {
  thread_local Record record;
  return record;
}

/// What ranks made together.
template <class Value>
Value recorded(const char* call, Value&& value) {
  record_of_rank().begin("all_ranks", call);
  record_of_rank().add(value);
  return std::forward<Value>(value);
}

/// What a rank found by itself, and is to be the same on all.
template <class Value>
Value recorded_alone(const char* call, Value&& value) {
  record_of_rank().begin("this_rank", call);
  record_of_rank().add(value);
  return std::forward<Value>(value);
}

/// A call of what all ranks have in common.
inline void recorded_call(const char* call) { record_of_rank().begin("owner", call); }
