// Registered and reached by nobody: what its construction and destruction do is kept, and only
// that.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: hello
// SAYS-NEXT: run
// SAYS-NEXT: bye

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Hello : coop::Artifact {
  Hello() { std::printf("hello\n"); }
};
struct Bye : coop::Artifact {
  ~Bye() { std::printf("bye\n"); }
};
struct Data : coop::Artifact {
  int tokens = 3;
};
struct Nothing : coop::Artifact {};
struct T : coop::Service {
  Hello hello;
  Bye bye;
  Data data;
  Nothing nothing;
  int run(this auto&) {
    std::printf("run\n");
    return 0;
  }
};
