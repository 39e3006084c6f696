// What only threads do: waiting, failing and owning within one process.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <omp.h>

#include <atomic>
#include <chrono>
#include <ctime>
#include <map>

#include "on_ranks.h"
#include "templates/node/keyed.h"
#include "templates/node/owned.h"

namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::GetCapturedStderr;

template <class Body>
std::string error_of(int ranks, Body body) {
  CaptureStderr();
  EXPECT_EQ(on_ranks(ranks, body), 1);
  return GetCapturedStderr();
}

TEST(Node, TellsOfRanksThatCallDifferentCollectives) {
  const std::string error = error_of(3, [](World& world) {
    all_reduce_sum(world, 1);
    if (world.rank() == 1)
      all_gather(world, std::vector<float>{1.0f});
    else
      all_reduce_max(world, std::vector<double>(8));
  });
  EXPECT_THAT(error, HasSubstr("rank 1's call 2 is all_gather(4 bytes)"));
  EXPECT_THAT(error, HasSubstr("'s call 2 is all_reduce_max(8 x 8 bytes)"));
}

TEST(Node, TellsOfRanksWhosePartsDifferInLength) {
  const std::string error = error_of(2, [](World& world) {
    all_reduce_sum(world, std::vector<float>(static_cast<size_t>(4 + world.rank())));
  });
  EXPECT_EQ(error,
            "error: rank 0's call 1 is all_reduce_sum(4 x 4 bytes), "
            "and rank 1's call 1 is all_reduce_sum(5 x 4 bytes)\n");
}

TEST(Node, TellsOfRanksWhoseElementsDiffer) {
  const std::string error = error_of(2, [](World& world) {
    if (world.rank() == 0)
      all_reduce_sum(world, std::vector<float>(4));
    else
      all_reduce_sum(world, std::vector<double>(4));
  });
  EXPECT_EQ(error,
            "error: rank 0's call 1 is all_reduce_sum(4 x 4 bytes), "
            "and rank 1's call 1 is all_reduce_sum(4 x 8 bytes)\n");
}

TEST(Node, TellsOfARankThatLeavesTheOthersWaiting) {
  const std::string error = error_of(3, [](World& world) {
    if (world.rank() != 2) all_reduce_sum(world, 1);
  });
  EXPECT_THAT(error, HasSubstr("'s call 1 is all_reduce_sum(1 x 4 bytes), "
                               "and rank 2's call 1 is the end of the program"));
}

TEST(Node, NegativeKeysAndLargeOnesHaveARank) {
  for (int key = -9; key < 9; ++key) EXPECT_EQ(rank_of_key(key, 3), (key + 9) % 3) << key;
  EXPECT_EQ(rank_of_key(int8_t{-1}, 200), 199);
  EXPECT_EQ(rank_of_key(INT64_MIN, 7), 6);  // -2^63 is 7 times something, and 6
  EXPECT_EQ(rank_of_key(UINT64_MAX, 7), 1);
  EXPECT_EQ(rank_of_key(short{5}, 1), 0);
}

/// Each key is counted by the rank that owns it.
struct Counts {
  int add(int key) { return ++of_key[key]; }
  std::map<int, int> of_key;
};
struct CountsShares : Shares<Counts> {
  int add(int key) {
    return keyed(key, [&](Counts& share) { return share.add(key); });
  }
  int keys() {
    return call([](Counts& share) { return static_cast<int>(share.of_key.size()); });
  }
};

TEST(Node, EachRankOwnsTheShareOfItsKeys) {
  EXPECT_EQ(on_ranks(3,
                     [](World& world) {
                       CountsShares counts;
                       counts.meet(world);
                       for (int key = -6; key < 7; ++key) {
                         EXPECT_EQ(once(world, counts, [&] { return counts.add(key); }), 1);
                         each(world, counts, [&] { return counts.add(key); });
                         cast(world, counts, [&] { counts.add(key); });
                       }
                       once(world, [] {});
                       for (const auto& [key, count] : counts.owned.of_key) {
                         EXPECT_EQ((key + 6) % 3, world.rank());
                         EXPECT_EQ(count, 5) << key;
                       }
                       EXPECT_EQ(all_reduce_sum(world, counts.keys()), 13);
                       EXPECT_EQ(counts.keys(), world.rank() == 0 ? 5 : 4);
                     }),
            0);
}

TEST(Node, AnExceptionOnOneRankEndsAll) {
  std::atomic<int> others = 0;
  const std::string error = error_of(4, [&](World& world) {
    all_reduce_sum(world, 1);
    if (world.rank() == 2) throw std::runtime_error("the disk is full");
    try {
      for (;;) all_reduce_sum(world, 1);
    } catch (const std::exception& error) {
      EXPECT_STREQ(error.what(), "rank 2: the disk is full");
      ++others;
      throw;
    }
  });
  EXPECT_EQ(error, "error: rank 2: the disk is full\n");
  EXPECT_EQ(others, 3);
}

TEST(Node, AnExceptionOfAMergeEndsAll) {
  const std::string error = error_of(3, [](World& world) {
    all_reduce_merge(world, 1, [](int, int) -> int { throw std::runtime_error("no merge"); });
  });
  EXPECT_THAT(error, HasSubstr(": no merge\n"));
}

TEST(Node, WhatOneRankReturnsIsTheExitCode) {
  int argc = 2;
  char program[] = "program", option[] = "--ranks=3";
  char* argv[] = {program, option, nullptr};
  EXPECT_EQ(launch(argc, argv, [](World& world) { return world.rank() == 1 ? 7 : 0; }), 7);
}

TEST(Node, TakesRanksOutOfTheCommandLine) {
  const auto ranks_of = [](std::vector<std::string> words, std::vector<std::string> rest) {
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    int argc = static_cast<int>(argv.size());
    argv.push_back(nullptr);
    std::atomic<int> size = 0;
    launch(argc, argv.data(), [&](World& world) {
      size = world.size();
      return 0;
    });
    EXPECT_EQ(std::vector<std::string>(argv.data(), argv.data() + argc), rest);
    EXPECT_EQ(argv[static_cast<size_t>(argc)], nullptr);
    return size.load();
  };
  EXPECT_EQ(ranks_of({"p", "a"}, {"p", "a"}), 2);
  EXPECT_EQ(ranks_of({"p", "a", "--ranks", "3", "b"}, {"p", "a", "b"}), 3);
  EXPECT_EQ(ranks_of({"p", "--ranks=1", "b"}, {"p", "b"}), 1);
  for (const std::string wrong : {"0", "-1", "two", "3x", "", "99999999999999999999"})
    EXPECT_THROW(ranks_of({"p", "--ranks", wrong}, {}), std::runtime_error) << wrong;
  EXPECT_THROW(ranks_of({"p", "--ranks"}, {}), std::runtime_error);
}

double seconds(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

TEST(Node, WhoWaitsTakesNoProcessorTime) {
  on_ranks(3, [](World& world) {
    all_reduce_sum(world, 1);
    if (world.rank() == 0) std::this_thread::sleep_for(std::chrono::milliseconds(400));
    const double before = seconds(CLOCK_THREAD_CPUTIME_ID);
    all_reduce_sum(world, 1);
    EXPECT_LT(seconds(CLOCK_THREAD_CPUTIME_ID) - before, 0.05);
  });
}

TEST(Node, DividesTheThreadsOfOpenMp) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(8);
  EXPECT_EQ(on_ranks(3, [](World&) { EXPECT_EQ(omp_get_max_threads(), 2); }), 0);
  EXPECT_EQ(on_ranks(16, [](World&) { EXPECT_EQ(omp_get_max_threads(), 1); }), 0);
  omp_set_num_threads(before);
}

struct Directory {
  std::map<int, int> of;
  int calls = 0;
  int find(int key) {
    ++calls;
    return of.at(key);
  }
};

TEST(Node, AnOwnedArtifactIsCalledOnceByRankZero) {
  Owned<Directory> directory;
  directory.of = {{7, 70}};
  EXPECT_EQ(on_ranks(4,
                     [&](World& world) {
                       EXPECT_EQ(once(world, directory, [&] { return directory.find(7); }), 70);
                       EXPECT_THROW(once(world, directory, [&] { return directory.find(8); }),
                                    std::out_of_range);
                     }),
            0);
  EXPECT_EQ(directory.calls, 2);
}

TEST(Node, EachLocksSoThatCallsDoNotMeet) {
  Owned<Directory> directory;
  std::atomic<bool> inside = false;
  EXPECT_EQ(on_ranks(4,
                     [&](World& world) {
                       for (int i = 0; i < 200; ++i)
                         each(world, directory, [&] {
                           EXPECT_FALSE(inside.exchange(true));
                           std::this_thread::yield();
                           ++directory.calls;
                           inside = false;
                         });
                     }),
            0);
  EXPECT_EQ(directory.calls, 800);
}

TEST(Node, CastIsCalledByRankZeroAndNobodyWaits) {
  Owned<Directory> directory;
  std::atomic<bool> others_went_on = false;
  EXPECT_EQ(on_ranks(2,
                     [&](World& world) {
                       cast(world, directory, [&] {
                         while (!others_went_on) std::this_thread::yield();
                         ++directory.calls;
                       });
                       others_went_on = true;
                     }),
            0);
  EXPECT_EQ(directory.calls, 1);
}

}  // namespace
