// A template registers nothing; Clang says why it cannot be a member.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct Kv : coop::Artifact {
  int length(this auto&) { return 1; }
};

struct Decode : coop::Service {
  template <class T>
  // CHECK: template_member.cpp:[[#@LINE+1]]:6: error: {{.*}} cannot be declared as a template [cpp]
  Kv kv;
  int run(this auto&) { return 0; }
};
