// Collectives among threads give what they must; ranks that call different ones are told, and none
// of them waits for ever.
#include "testing/fake_communicator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ctime>
#include <random>

namespace {

using coop::testing::CollectiveError;
using coop::testing::FakeCommunicator;
using Rank = FakeCommunicator::Rank;
using std::chrono::milliseconds;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

TEST(FakeCommunicator, ReducesGathersAndBroadcasts) {
  FakeCommunicator all(3);
  all.run([](Rank& rank) {
    std::vector<float> x = {1.0f, static_cast<float>(rank.rank())};
    rank.all_reduce_sum(x.data(), 2);
    EXPECT_THAT(x, ElementsAre(3.0f, 3.0f));
    int most = 7 - rank.rank(), least = most;
    rank.all_reduce_max(&most, 1);
    rank.all_reduce_min(&least, 1);
    EXPECT_EQ(most, 7);
    EXPECT_EQ(least, 5);
    const int mine[] = {rank.rank(), -rank.rank()};
    std::vector<int> everyones(6);
    rank.all_gather(mine, everyones.data(), 2);
    EXPECT_THAT(everyones, ElementsAre(0, 0, 1, -1, 2, -2));
    double told = rank.rank() == 2 ? 0.5 : 0.0;
    rank.broadcast(&told, 1, 2);
    EXPECT_EQ(told, 0.5);
    rank.barrier();
  });
  for (int rank = 0; rank < 3; ++rank) {
    EXPECT_THAT(all.calls(rank), ElementsAre("all_reduce(sum, 2 floats)", "all_reduce(max, 1 int)",
                                             "all_reduce(min, 1 int)", "all_gather(2 ints)",
                                             "broadcast(1 double from rank 2)", "barrier()"));
  }
}

/// (value, index), as a greedy sampler needs it: of equals the lower index.
TEST(FakeCommunicator, ReducesByAMergeOfOnesOwn) {
  struct Best {
    float value;
    int index;
  };
  FakeCommunicator(4).run([](Rank& rank) {
    Best best{rank.rank() % 2 ? 3.0f : 1.0f, rank.rank()};
    rank.all_reduce("argmax", &best, 1, [](Best& a, const Best& b) {
      if (b.value > a.value) a = b;
    });
    EXPECT_EQ(best.index, 1);
  });
}

/// Why integers in floats: a matrix whose columns are sharded gives the same bits on any number of
/// ranks.
TEST(FakeCommunicator, SumsOfIntegersAreThoseOfOneRank) {
  const int d_in = 24, d_out = 7;
  std::mt19937 random(1);
  std::vector<float> x, weight;
  for (int i = 0; i < d_in; ++i) x.push_back(static_cast<float>(random() % 7) - 3.0f);
  for (int i = 0; i < d_in * d_out; ++i) weight.push_back(static_cast<float>(random() % 7) - 3.0f);
  std::vector<std::vector<float>> results;
  for (const int ranks : {1, 2, 3, 4}) {
    FakeCommunicator(ranks).run([&](Rank& rank) {
      std::vector<float> out(d_out);
      const int begin = d_in * rank.rank() / ranks, end = d_in * (rank.rank() + 1) / ranks;
      for (int i = 0; i < d_out; ++i)
        for (int j = begin; j < end; ++j) out[i] += weight[i * d_in + j] * x[j];
      rank.all_reduce_sum(out.data(), d_out);
      if (rank.rank() == 0) results.push_back(out);
    });
  }
  for (const std::vector<float>& result : results) EXPECT_EQ(result, results[0]);
}

/// What is said when ranks do not meet.
std::string failure(int ranks, const std::function<void(Rank&)>& body,
                    milliseconds deadline = std::chrono::seconds(60)) {
  try {
    FakeCommunicator(ranks, deadline).run(body);
  } catch (const CollectiveError& error) {
    return error.what();
  }
  return "";
}

TEST(FakeCommunicator, AnotherCollectiveIsToldWithRanksAndPlaces) {
  const std::string said = failure(2, [](Rank& rank) {
    float x[8] = {};
    rank.barrier();
    if (rank.rank() == 0) rank.all_reduce_sum(x, 8);
    if (rank.rank() == 1) rank.barrier();
  });
  EXPECT_THAT(said, AllOf(StartsWith("rank 0's call 2 is all_reduce(sum, 8 floats) at "),
                          HasSubstr("fake_communicator_test.cpp:"),
                          HasSubstr(", and rank 1's call 2 is barrier() at ")));
}

TEST(FakeCommunicator, WhatMustAgreeIsOperationCountTypeAndRoot) {
  float x[4] = {};
  double y[4] = {};
  const std::function<void(Rank&)> calls[] = {
      [&](Rank& rank) { rank.all_reduce_sum(x, 4); },
      [&](Rank& rank) { rank.all_reduce_max(x, 4); },
      [&](Rank& rank) { rank.all_reduce_sum(x, 3); },
      [&](Rank& rank) { rank.all_reduce_sum(y, 4); },
      [&](Rank& rank) { rank.broadcast(x, 4, 0); },
      [&](Rank& rank) { rank.broadcast(x, 4, 1); },
      [&](Rank& rank) { rank.all_gather(x, x, 1); },
  };
  for (const auto& first : calls) {
    for (const auto& second : calls) {
      if (&first == &second) continue;
      const std::string said =
          failure(2, [&](Rank& rank) { rank.rank() == 0 ? first(rank) : second(rank); });
      EXPECT_THAT(said, StartsWith("rank 0's call 1 is "));
    }
  }
}

TEST(FakeCommunicator, TheOrderMatters) {
  const std::string said = failure(3, [](Rank& rank) {
    int x = 0, y = 0;
    if (rank.rank() == 2) rank.all_reduce_max(&y, 1);
    rank.all_reduce_sum(&x, 1);
    if (rank.rank() != 2) rank.all_reduce_max(&y, 1);
  });
  EXPECT_THAT(said, AllOf(HasSubstr("call 1 is all_reduce(sum, 1 int)"),
                          HasSubstr("rank 2's call 1 is all_reduce(max, 1 int)")));
}

/// A branch on what only one rank knows around a collective.
TEST(FakeCommunicator, ARankThatEndsWhileOthersWaitIsTold) {
  for (const bool early : {false, true}) {
    const std::string said = failure(2, [&](Rank& rank) {
      rank.barrier();
      if (rank.rank() == 1) return;
      if (early) std::this_thread::sleep_for(milliseconds(20));
      rank.barrier();
    });
    EXPECT_THAT(said, AllOf(StartsWith("rank 0's call 2 is barrier() at "),
                            HasSubstr("and rank 1 has ended after 1 call")));
  }
}

TEST(FakeCommunicator, ADeadlineTellsWhoWaitsAndWhoDoesNot) {
  const std::string said = failure(
      2,
      [](Rank& rank) {
        if (rank.rank() == 1) std::this_thread::sleep_for(milliseconds(300));
        rank.barrier();
      },
      milliseconds(50));
  EXPECT_THAT(said, AllOf(StartsWith("nothing happens for 50 ms: rank 0 waits, its call 1 is "),
                          HasSubstr("rank 1 calls nothing behind its call 0")));
}

TEST(FakeCommunicator, WhatARankThrowsEndsTheOthersAndComesOut) {
  FakeCommunicator all(3);
  try {
    all.run([](Rank& rank) {
      if (rank.rank() == 1) throw std::out_of_range("no such token");
      rank.barrier();
    });
    FAIL() << "nothing was thrown";
  } catch (const std::out_of_range& error) {
    EXPECT_STREQ(error.what(), "no such token");
  }
}

TEST(FakeCommunicator, ABroadcastFromNobodyIsRefused) {
  int x = 0;
  EXPECT_EQ(failure(2, [&](Rank& rank) { rank.broadcast(&x, 1, 2); }),
            "broadcast(1 int from rank 2): there is no such rank");
}

TEST(FakeCommunicator, RanksThatWaitTakeNoTimeOfACore) {
  const std::clock_t before = std::clock();
  FakeCommunicator(4).run([](Rank& rank) {
    if (rank.rank() == 3) std::this_thread::sleep_for(milliseconds(400));
    rank.barrier();
  });
  EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 0.2);
}

TEST(FakeCommunicator, ManyCollectivesInARow) {
  FakeCommunicator(4).run([](Rank& rank) {
    float sum = 1.0f;
    for (int i = 0; i < 2000; ++i) {
      sum = static_cast<float>(rank.rank() + i);
      rank.all_reduce_sum(&sum, 1);
      ASSERT_EQ(sum, static_cast<float>(6 + 4 * i));
    }
  });
}

}  // namespace
