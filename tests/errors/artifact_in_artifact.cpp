// The class of an artifact stands at the top of a file; inside of another nobody could register it.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

struct Outer : coop::Artifact {
  int window = 2;
  // CHECK: artifact_in_artifact.cpp:[[#@LINE+1]]:10: error: 'Inner' is an artifact inside of another type [artifact-in-container]
  struct Inner : coop::Artifact {
    int value(this auto&) { return 1; }
  };
  // CHECK: note: write it beside Outer, and register it in the service; or derive it from nothing
  int sum(this auto& self) { return self.window; }
};

struct Decode : coop::Service {
  Outer outer;
  int run(this auto& self) { return self.outer.sum(); }
};
