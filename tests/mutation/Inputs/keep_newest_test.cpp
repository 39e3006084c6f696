// What could be derived from KeepNewest, written by hand.
#include "artifacts/keep_newest.h"

#include <gtest/gtest.h>

#include <stdexcept>

struct Rows {
  std::vector<int> kept;
  int length() const { return static_cast<int>(kept.size()); }
  void erase(int from, int to) {
    if (from < 0 || to < from || to > length()) throw std::out_of_range("rows");
    kept.erase(kept.begin() + from, kept.begin() + to);
  }
};

struct Subject : KeepNewest {
  Rows rows;
};

Subject trimmed(int length, int most, int slack) {
  Subject out;
  out.most = most;
  out.slack = slack;
  for (int i = 0; i < length; ++i) out.rows.kept.push_back(i);
  out.trim();
  return out;
}

TEST(KeepNewest_smoke, boundary_values) {
  for (const int length : {0, 1, 9}) trimmed(length, 1, 0);
}

TEST(KeepNewest_law, newest_survive) {
  EXPECT_EQ(trimmed(9, 3, 1).rows.kept, (std::vector{6, 7, 8}));
  EXPECT_EQ(trimmed(4, 3, 1).rows.kept, (std::vector{0, 1, 2, 3}));
  EXPECT_EQ(trimmed(5, 3, 1).rows.kept, (std::vector{2, 3, 4}));
}

TEST(KeepNewest_counts, dropped) {
  Subject subject = trimmed(9, 3, 1);
  EXPECT_EQ(subject.count(), 6);
}
