// A process that others may call, and that nobody started together with them: rank 0 of 1.
#pragma once

#include <cstdio>
#include <exception>

struct World {
  int rank() const { return 0; }
  int size() const { return 1; }
};

/// Who is alone calls for all.
template <class F>
auto once(World&, F call) {
  return call();
}

/// Runs `run(world)`, which returns the program's exit code.
template <class Run>
int launch(int&, char**, Run run) try {
  World world;
  return run(world);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
