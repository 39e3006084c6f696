// An artifact inside of another type has no name of its own.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

#include <array>

struct Layer : coop::Artifact {
  int width = 3;
};

struct Decode : coop::Service {
  // CHECK: artifact_in_container.cpp:[[#@LINE+1]]:24: error: 'layers' is an artifact inside of another type [artifact-in-container]
  std::array<Layer, 2> layers;
  int run(this auto& self) { return self.layers[0].width; }
};
