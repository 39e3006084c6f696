// A mistake that only the body of a third party's template shows is told at the author's line too,
// though Clang instantiates such a body no sooner than it reads the emission.
// RUN: %refused --device=cpu %s 2>&1 | %check
#include <coop/service.h>

#include <memory>
#include <string>
#include <vector>

struct Names : coop::Artifact {
  int count(this auto& self) {
    // CHECK: third_party_body.cpp:[[#@LINE+1]]:{{[0-9]+}}: error: no matching function for call to {{.*}}
    return std::make_shared<std::string>(std::vector<int>{1, 2})->size() + self.base;
  }
  int base = 1;
};

struct Decode : coop::Service {
  Names names;
  int run(this auto& self) { return self.names.count(); }
};
