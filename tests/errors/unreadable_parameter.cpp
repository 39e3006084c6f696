// A parameter of run that no flag can set.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

#include <vector>

struct Decode : coop::Service {
  // CHECK: unreadable_parameter.cpp:[[#@LINE+1]]:28: error: 'tokens' of run has type 'std::vector<int>', which no flag can set [unreadable-parameter]
  int run(this auto& self, std::vector<int> tokens) { return static_cast<int>(tokens.size()); }
};
// CHECK: note: a flag sets bool, int, long, float, double{{.*}}std::string; or take the raw command line
