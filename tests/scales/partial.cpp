// The nearest program to refused_partial.cpp that is right: who calls adds what parts make.
// RUN: %scratch
// RUN: %combine --device=cpu %s -o single.cpp && %combine --device=cpu --scale=node %s -o node.cpp
// RUN: %gxx single.cpp -o single -lopenblas && ./single | FileCheck %s
// RUN: %gxx node.cpp -o node -lopenblas && ./node --ranks=1 | FileCheck %s
// RUN: ./node --ranks=2 | FileCheck %s && ./node --ranks=4 | FileCheck %s
#include <coop/service.h>

#include <cstddef>
#include <cstdio>
#include <vector>

#include "add.h"
#include "buffer.h"

struct Model : coop::Artifact {
  int size = 4;

  void load(this auto& self) {
    const std::vector<float> own(self.size, 8.0f / self.world.size());
    self.residual = Buffer<float>(self.device, self.size);
    self.normed = Buffer<float>(self.device, self.size);
    self.normed.upload(own.data(), own.size());
  }
  void forward(this auto& self) {
    self.add_to_residual(self.attention_block());
    self.sums = self.scores();
  }
  [[coop::sum]] DeviceSpan<float> attention_block(this auto& self) {
    return self.normed.first(self.size);
  }
  /// What is set here first is this rank's own again.
  [[coop::sum]] std::vector<float> scores(this auto& self) {
    self.sums.assign(self.size, 0.0f);
    for (int i = 0; i < self.size; ++i) self.sums[i] += 4.0f / self.world.size();
    return self.sums;
  }
  [[coop::max]] float newest(this auto& self) {
    std::vector<float> host(self.size);
    self.residual.download(host.data(), host.size());
    return host[0];
  }
  float score(this auto& self) { return self.sums[0]; }

 private:
  void add_to_residual(this auto& self, DeviceSpan<float> block) {
    add(self.device, self.residual.data(), block.data, block.size);
  }

  Buffer<float> residual, normed;
  std::vector<float> sums;
};

struct Run : coop::Service {
  coop::Sharded<Model, coop::Heads> model;
  int run(this auto& self) {
    self.model.load();
    self.model.forward();
    const float newest = self.model.newest();
    if (self.world.rank() == 0) std::printf("%g %g\n", newest, self.model.score());
    return 0;
  }
};
// CHECK: 8 4
