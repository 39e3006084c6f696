// Collectives of every scale against what one rank computes that knows all parts.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>

#include "on_ranks.h"
#include "testing/fake_communicator.h"

namespace {

/// What rank `rank` contributes: every rank can tell what the others do.
template <class T>
std::vector<T> part_of(int rank, size_t size, unsigned seed = 0) {
  std::mt19937 random(1000 * seed + static_cast<unsigned>(rank));
  std::vector<T> part;
  for (size_t i = 0; i < size; ++i) {
    const int value = static_cast<int>(random() % 20001) - 10000;
    if constexpr (std::is_integral_v<T>)
      part.push_back(static_cast<T>(value));
    else
      part.push_back(std::ldexp(static_cast<T>(value), -static_cast<int>(random() % 20)));
  }
  return part;
}

/// From rank `first` on, one after the other: sums of floats depend on the order.
template <class T, class Op>
std::vector<T> folded(int first, int ranks, size_t size, Op op) {
  std::vector<T> whole = part_of<T>(first, size);
  for (int rank = first + 1; rank < first + ranks; ++rank) {
    const std::vector<T> part = part_of<T>(rank, size);
    for (size_t i = 0; i < size; ++i) whole[i] = op(whole[i], part[i]);
  }
  return whole;
}

template <class T>
bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return false;
  return a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0;
}

template <class T>
T larger(T a, T b) {
  return a > b ? a : b;
}
template <class T>
T smaller(T a, T b) {
  return a < b ? a : b;
}

template <class T>
void reduces_vectors(World& world) {
  for (const size_t size : {0, 1, 2, 3, 7, 1000, 4099, 20011}) {
    SCOPED_TRACE(size);
    const std::vector<T> part = part_of<T>(world.rank(), size);
    const int all = world.size();
    EXPECT_TRUE(same_bits(all_reduce_sum(world, part), folded<T>(0, all, size, std::plus<T>())));
    EXPECT_TRUE(same_bits(all_reduce_max(world, part), folded<T>(0, all, size, larger<T>)));
    EXPECT_TRUE(same_bits(all_reduce_min(world, part), folded<T>(0, all, size, smaller<T>)));
  }
}

TEST(Collectives, ReduceVectorsInTheOrderOfRanks) {
  on_ranks([](World& world) {
    reduces_vectors<float>(world);
    reduces_vectors<double>(world);
    reduces_vectors<int>(world);
    reduces_vectors<int64_t>(world);
    reduces_vectors<uint8_t>(world);
  });
}

TEST(Collectives, ReduceNumbers) {
  on_ranks([](World& world) {
    const int rank = world.rank(), size = world.size();
    EXPECT_EQ(all_reduce_sum(world, rank + 1), size * (size + 1) / 2);
    EXPECT_EQ(all_reduce_sum(world, 0.5), 0.5 * size);
    EXPECT_EQ(all_reduce_max(world, 10 - rank), 10);
    EXPECT_EQ(all_reduce_min(world, 10 - rank), 11 - size);
    EXPECT_EQ(all_reduce_min(world, -1.5f * static_cast<float>(rank)),
              -1.5f * static_cast<float>(size - 1));
  });
}

/// Why a debug session of two runs can be compared, and why ranks never part at a condition.
TEST(Collectives, GiveTheSameBitsOnAllRanksAndInEveryRun) {
  on_ranks([](World& world) {
    const std::vector<float> part = part_of<float>(world.rank(), 513, 3);
    const std::vector<float> once_more = all_reduce_sum(world, part);
    for (int run = 0; run < 20; ++run) {
      const std::vector<float> sum = all_reduce_sum(world, part);
      EXPECT_TRUE(same_bits(sum, once_more));
      const std::vector<float> all = all_gather(world, sum);
      for (int rank = 0; rank < world.size(); ++rank)
        EXPECT_EQ(std::memcmp(all.data() + rank * sum.size(), sum.data(), 4 * sum.size()), 0);
    }
  });
}

TEST(Collectives, ReduceInGroupsOfNeighbours) {
  on_ranks([](World& world) {
    for (int group = 1; group <= world.size(); ++group) {
      if (world.size() % group != 0) continue;
      SCOPED_TRACE(group);
      const int first = world.rank() - world.rank() % group;
      const size_t size = 5 + static_cast<size_t>(first);  // groups may differ
      const std::vector<float> part = part_of<float>(world.rank(), size);
      EXPECT_TRUE(same_bits(all_reduce_sum(world, group, part),
                            folded<float>(first, group, size, std::plus<float>())));
      EXPECT_TRUE(same_bits(all_reduce_max(world, group, part),
                            folded<float>(first, group, size, larger<float>)));
      EXPECT_TRUE(same_bits(all_reduce_min(world, group, part),
                            folded<float>(first, group, size, smaller<float>)));
    }
  });
}

TEST(Collectives, RefuseGroupsThatLeaveARankAlone) {
  on_ranks([](World& world) {
    const int group = world.size() + 1;
    EXPECT_THROW(all_reduce_sum(world, group, std::vector<int>{1}), std::invalid_argument);
    EXPECT_THROW(all_reduce_sum(world, 0, std::vector<int>{1}), std::invalid_argument);
    Device device;
    Buffer<float> buffer(device, 8);
    EXPECT_THROW(all_reduce_sum(world, group, device, buffer.first(8)), std::invalid_argument);
  });
}

TEST(Collectives, ReduceMemoryOfTheDeviceInPlace) {
  on_ranks([](World& world) {
    Device device;
    const std::vector<float> part = part_of<float>(world.rank(), 100);
    const auto reduced = [&](auto reduce) {
      Buffer<float> buffer(device, 120);  // what lies behind the span stays
      buffer.upload(part.data(), 100);
      const DeviceSpan<float> span = reduce(buffer.first(100));
      EXPECT_EQ(span.data, buffer.data());
      EXPECT_EQ(span.size, 100u);
      std::vector<float> result(120);
      buffer.download(result.data(), 120);
      EXPECT_EQ(result[100], 0.0f);
      result.resize(100);
      return result;
    };
    const int all = world.size();
    EXPECT_TRUE(same_bits(reduced([&](auto span) { return all_reduce_sum(world, device, span); }),
                          folded<float>(0, all, 100, std::plus<float>())));
    EXPECT_TRUE(same_bits(reduced([&](auto span) { return all_reduce_max(world, device, span); }),
                          folded<float>(0, all, 100, larger<float>)));
    EXPECT_TRUE(same_bits(reduced([&](auto span) { return all_reduce_min(world, device, span); }),
                          folded<float>(0, all, 100, smaller<float>)));
    EXPECT_TRUE(same_bits(
        reduced([&](auto span) { return all_reduce_sum(world, 1, device, span); }), part));
  });
}

TEST(Collectives, GatherPartsOfAnyLengthInTheOrderOfRanks) {
  on_ranks([](World& world) {
    const auto length = [](int rank) { return static_cast<size_t>(rank == 1 ? 0 : 3 * rank + 1); };
    std::vector<int64_t> expected;
    for (int rank = 0; rank < world.size(); ++rank) {
      const std::vector<int64_t> part = part_of<int64_t>(rank, length(rank));
      expected.insert(expected.end(), part.begin(), part.end());
    }
    const int rank = world.rank();
    EXPECT_EQ(all_gather(world, part_of<int64_t>(rank, length(rank))), expected);
    EXPECT_TRUE(all_gather(world, std::vector<float>()).empty());
  });
}

TEST(Collectives, ArgmaxTakesTheLargestAndOfEqualsTheLowestIndex) {
  on_ranks([](World& world) {
    const int rank = world.rank(), size = world.size();
    using Best = std::pair<float, int>;
    EXPECT_EQ(all_reduce_argmax(world, Best(static_cast<float>(rank), 100 * rank)),
              Best(static_cast<float>(size - 1), 100 * (size - 1)));
    EXPECT_EQ(all_reduce_argmax(world, Best(2.0f, 7 - rank)), Best(2.0f, 8 - size));
    EXPECT_EQ(all_reduce_argmax(world, Best(2.0f, 7 + rank)), Best(2.0f, 7));
    const float least = -std::numeric_limits<float>::infinity();
    EXPECT_EQ(all_reduce_argmax(world, Best(least, rank)), Best(least, 0));
    // Two share the largest, of which the higher rank has the lower index.
    const bool top = rank == 0 || rank == size - 1;
    EXPECT_EQ(all_reduce_argmax(world, Best(top ? 5.0f : 1.0f, 50 - rank)), Best(5.0f, 51 - size));
  });
}

/// Attention over keys that are split by position: the larger maximum scales the other's sum.
struct Softmax {
  float max = 0, sum = 0;
};

TEST(Collectives, MergeByTheAuthorsFunctionInTheOrderOfRanks) {
  on_ranks([](World& world) {
    const Softmax mine{static_cast<float>(world.rank() % 2), 1.0f};
    const Softmax whole = all_reduce_merge(world, mine, [](const Softmax& a, const Softmax& b) {
      const float max = std::max(a.max, b.max);
      return Softmax{max, a.sum * std::exp(a.max - max) + b.sum * std::exp(b.max - max)};
    });
    const int size = world.size(), odd = size / 2;
    EXPECT_EQ(whole.max, odd > 0 ? 1.0f : 0.0f);
    EXPECT_NEAR(whole.sum, odd > 0 ? odd + (size - odd) * std::exp(-1.0) : 1.0, 1e-6);

    struct Digits {
      int64_t value, ten;
    };  // "append" keeps the order
    const Digits digits = all_reduce_merge(
        world, Digits{world.rank() + 1, 10},
        [](Digits a, Digits b) { return Digits{a.value * b.ten + b.value, a.ten * b.ten}; });
    EXPECT_EQ(digits.value, (std::vector<int64_t>{1, 12, 123, 1234})[size - 1]);
  });
}

TEST(Collectives, OnceCallsOnRankZeroAndAllGetTheResult) {
  on_ranks([](World& world) {
    int calls = 0;
    EXPECT_EQ(once(world,
                   [&] {
                     ++calls;
                     return 100 + world.rank();
                   }),
              100);
    EXPECT_EQ(calls, world.rank() == 0 ? 1 : 0);
    once(world, [&] { ++calls; });
    EXPECT_EQ(calls, world.rank() == 0 ? 2 : 0);
    EXPECT_EQ(once(world, [&] { return std::string(300, 'x'); }), std::string(300, 'x'));
    EXPECT_EQ(once(world, [&] { return std::vector<int>{3, 1}; }), (std::vector<int>{3, 1}));
    EXPECT_EQ(once(world, [&] { return std::optional<int>(); }), std::nullopt);
    EXPECT_EQ(once(world, [&] { return std::optional<int>(9); }), 9);
  });
}

TEST(Collectives, OnceThrowsOnAllRanksWhatItThrewOnRankZero) {
  on_ranks([](World& world) {
    for (int round = 0; round < 3; ++round) {
      try {
        once(world, [&]() -> int { throw std::out_of_range("prefix 7 is unknown"); });
        ADD_FAILURE() << "nothing was thrown";
      } catch (const std::exception& error) {
        EXPECT_STREQ(error.what(), "prefix 7 is unknown");
      }
      EXPECT_EQ(once(world, [&] { return 4; }), 4);  // and the ranks are still in step
    }
  });
}

/// What derived tests and differential runs believe of collectives must hold here.
TEST(Collectives, DoWhatTheFakeCommunicatorDoes) {
  const size_t size = 37;
  on_ranks([&](World& world) {
    std::vector<float> sum, max, min, gathered;
    coop::testing::FakeCommunicator(world.size()).run([&](auto& fake) {
      std::vector<float> a = part_of<float>(fake.rank(), size), b = a, c = a;
      std::vector<float> all(size * static_cast<size_t>(fake.size()));
      fake.all_gather(a.data(), all.data(), size);
      fake.all_reduce_sum(a.data(), size);
      fake.all_reduce_max(b.data(), size);
      fake.all_reduce_min(c.data(), size);
      if (fake.rank() == 0) sum = a, max = b, min = c, gathered = all;
    });
    const std::vector<float> part = part_of<float>(world.rank(), size);
    EXPECT_TRUE(same_bits(all_reduce_sum(world, part), sum));
    EXPECT_TRUE(same_bits(all_reduce_max(world, part), max));
    EXPECT_TRUE(same_bits(all_reduce_min(world, part), min));
    EXPECT_TRUE(same_bits(all_gather(world, part), gathered));
  });
}

}  // namespace
