// One body for the ranks of either scale: of `node`, some numbers of threads are tried; of
// `cluster`, the processes that `mpirun` has started.
#pragma once

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
/// Runs `body` on `ranks` ranks; the exit code of such a program.
template <class Body>
int on_ranks(int ranks, Body body) {
  std::vector<std::string> words = {"program", "--ranks", std::to_string(ranks)};
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
  for (const int ranks : {1, 2, 3, 4}) {
    SCOPED_TRACE(std::to_string(ranks) + " ranks");
    EXPECT_EQ(on_ranks(ranks, body), 0);
  }
}
#endif
