// An artifact inside of another type has no name of its own; in an array it has its number.
// RUN: %refused %s 2>&1 | %check
#include <coop/service.h>

#include <optional>

struct Layer : coop::Artifact {
  int width = 3;
};

struct Decode : coop::Service {
  // CHECK: artifact_in_container.cpp:[[#@LINE+1]]:24: error: 'layer' is an artifact inside of another type [artifact-in-container]
  std::optional<Layer> layer;
  // CHECK: artifact_in_container.cpp:[[#@LINE+1]]:9: error: 'grid' is an artifact inside of another type [artifact-in-container]
  Layer grid[2][3];
  int run(this auto& self) { return self.layer->width; }
};
