// The tests of collectives in each process of `mpirun`: rank 0 prints all, the others what fails.
#include <gtest/gtest.h>

#include "on_ranks.h"

int main(int argc, char** argv) {
  return launch(argc, argv, [&](World& world) {
    all_ranks = &world;
    testing::InitGoogleTest(&argc, argv);
    if (world.rank() != 0) testing::GTEST_FLAG(brief) = true;
    return RUN_ALL_TESTS();
  });
}
