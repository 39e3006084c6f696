// What a method with the rule `sum` returns is added up over the ranks; what each of them holds
// whole would be added once for each. The residual stream of a transformer is the classic.
// RUN: %refused --scale=node %s 2>&1 | %check
#include <coop/service.h>

#include <cstddef>
#include <vector>

#include "add.h"
#include "buffer.h"

struct Model : coop::Artifact {
  int size = 4;

  void load(this auto& self) {
    self.residual = Buffer<float>(self.device, self.size);
    self.normed = Buffer<float>(self.device, self.size);
    self.stream = Buffer<float>(self.device, self.size);
    self.sums.resize(self.size);
  }
  void forward(this auto& self) {
    self.add_to_residual(self.attention_block());
    // CHECK-DAG: refused_partial.cpp:[[#@LINE+1]]:5: note: here it takes what a collective returned, which is the same on all ranks
    self.feed_forward_block();
    self.sums = self.scores();
  }

  [[coop::sum]] DeviceSpan<float> attention_block(this auto& self) {
    // CHECK-DAG: refused_partial.cpp:[[#@LINE+1]]:5: error: 'attention_block' is a sum over ranks, and this adds to residual, which every rank holds whole [sum-of-wholes]
    add(self.device, self.residual.data(), self.normed.data(), self.size);
    return self.normed.first(self.size);
  }
  /// In place, through a helper of its own.
  [[coop::sum]] DeviceSpan<float> feed_forward_block(this auto& self) {
    self.add_normed();
    return self.stream.first(self.size);
  }
  [[coop::sum]] std::vector<float> scores(this auto& self) {
    // CHECK-DAG: refused_partial.cpp:[[#@LINE+1]]:41: error: 'scores' is a sum over ranks, and this adds to sums, which every rank holds whole [sum-of-wholes]
    for (int i = 0; i < self.size; ++i) self.sums[i] += 1.0f;
    return self.sums;
  }

 private:
  void add_to_residual(this auto& self, DeviceSpan<float> block) {
    // CHECK-DAG: refused_partial.cpp:[[#@LINE+1]]:22: note: here it takes what a collective returned, which is the same on all ranks
    add(self.device, self.residual.data(), block.data, block.size);
  }
  void add_normed(this auto& self) {
    // CHECK-DAG: refused_partial.cpp:[[#@LINE+2]]:5: error: 'feed_forward_block' is a sum over ranks, and this adds to stream, which every rank holds whole [sum-of-wholes]
    // CHECK-DAG: note: return this rank's part alone, and let who calls it add what the ranks' parts make
    add(self.device, self.stream.data(), self.normed.data(), self.size);
  }

  Buffer<float> residual, normed, stream;
  std::vector<float> sums;
};

struct Run : coop::Service {
  coop::Sharded<Model, coop::Heads> model;
  int run(this auto& self) {
    self.model.load();
    self.model.forward();
    return 0;
  }
};
