// A disk without room: the error says so, the old output stays, and nothing is left beside it.
// RUN: %scratch && python3 %S/full_disk.py --combine %combine %s
#include <coop/service.h>

struct S : coop::Service {
  int run(int, char**) { return 0; }
};
