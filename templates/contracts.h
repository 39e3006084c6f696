// What `combine --contracts` makes of contracts.
#pragma once

#include <cstdio>
#include <cstdlib>

/// Ends the program where a contract is broken.
inline void check_contract(bool holds, const char* contract) {
  if (holds) return;
  std::fprintf(stderr, "broken contract: %s\n", contract);
  std::abort();
}
