// One body for the ranks of any scale: of `node`, some numbers of threads are tried; of `cluster`,
// the processes that `mpirun` has started.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "world.h"

#ifdef COOP_TEST_CLUSTER
inline World* all_ranks = nullptr;  // set by main

template <class Body>
void on_ranks(Body body) {
  body(*all_ranks);
}
#else
#ifdef COOP_TEST_GPUS
constexpr const char* kOption = "--gpus";
inline int most_ranks() {
  int gpus = 0;
  return cudaGetDeviceCount(&gpus) == cudaSuccess ? std::min(gpus, 4) : 0;
}
#else
constexpr const char* kOption = "--ranks";
inline int most_ranks() { return 4; }
#endif

/// Runs `body` on `ranks` ranks; the exit code of such a program.
template <class Body>
int on_ranks(int ranks, Body body) {
  std::vector<std::string> words = {"program", kOption, std::to_string(ranks)};
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  int argc = static_cast<int>(argv.size());
  argv.push_back(nullptr);
  return launch(argc, argv.data(), [&](World& world) {
    body(world);
    return 0;
  });
}

template <class Body>
void on_ranks(Body body) {
  if (most_ranks() == 0) GTEST_SKIP() << "no GPU is at hand";
  for (int ranks = 1; ranks <= most_ranks(); ++ranks) {
    SCOPED_TRACE(std::to_string(ranks) + " ranks");
    EXPECT_EQ(on_ranks(ranks, body), 0);
  }
}
#endif
