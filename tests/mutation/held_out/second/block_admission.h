// Which sequences run, so that their keys and values fit.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <deque>
#include <stdexcept>
#include <vector>

/// The scheduler of vLLM (Kwon et al., 2023, 4.5): first come, first served. When memory runs out,
/// who was let in last waits again, in front of all others, and is then read from its beginning.
/// example: {blocks 4, block 4, watermark 0} submit(8); submit(8); submit(1); admit() -> 0 1
/// example: {blocks 4, block 4, watermark 0.5} submit(4); submit(4); submit(4); admit() -> 0 1
/// example: {blocks 4, block 4, watermark 0.5} submit(16); admit() -> 0
/// example: {blocks 4, block 4, watermark 0} submit(8); submit(8); admit(); grow(0) -> 1
/// example: {blocks 4, block 4, watermark 0} submit(8); submit(8); admit(); grow(1) -> 1
/// example: submit(17); admit(); free_blocks() -> 1022
/// example: submit(16); submit(16208); admit() -> 0 1
/// example: submit(16); submit(16209); admit() -> 0
/// example: submit(16385) -> refuses
struct BlockAdmission : coop::Artifact {
  int blocks = 1024;        ///< Blocks of memory; range 1..100000.
  int block = 16;           ///< Tokens of a block; range 1..1024.
  float watermark = 0.01f;  ///< Share of the blocks left free by whom is let in; range 0.0..1.0.

  /// Asks to run a sequence, and returns its number. Throws if it would never fit.
  /// tokens  how many it has; range 1..4096
  int submit(this auto& self, int tokens) {
    if (self.block < 1) throw std::runtime_error("admission.block is below 1");
    if (tokens < 1) throw std::runtime_error("a sequence has no tokens");
    if (self.blocks_of(tokens) > self.blocks) throw std::runtime_error("a sequence is too long");
    self.waiting.push_back(static_cast<int>(self.tokens.size()));
    self.tokens.push_back(tokens);
    return self.waiting.back();
  }

  /// Lets in who waits, in order, as far as there is room: their numbers. Who is alone may fill it.
  std::vector<int> admit(this auto& self) {
    std::vector<int> admitted;
    while (!self.waiting.empty()) {
      const int next = self.waiting.front();
      const float share = self.running.empty() ? 0.0f : self.watermark;
      const int room = self.free_blocks() - static_cast<int>(self.blocks * share);
      if (self.blocks_of(self.tokens[next]) > room) break;
      self.waiting.pop_front();
      self.running.push_back(next);
      admitted.push_back(next);
    }
    COOP_ENSURES(self.free_blocks() >= 0);
    return admitted;
  }

  /// One token more. Returns who has to wait again for it, maybe the sequence itself.
  /// sequence  one that runs; range 0..7
  std::vector<int> grow(this auto& self, int sequence) {
    COOP_EXPECTS(self.runs(sequence));
    if (self.blocks_of(self.tokens[sequence] + 1) > self.blocks) {
      throw std::runtime_error("a sequence is too long");
    }
    ++self.tokens[sequence];
    std::vector<int> preempted;
    for (; self.free_blocks() < 0; self.running.pop_back()) {
      preempted.push_back(self.running.back());
      self.waiting.push_front(self.running.back());
    }
    return preempted;
  }

  /// A sequence that runs is done, and gives its blocks back.
  void finish(this auto& self, int sequence) {
    COOP_EXPECTS(self.runs(sequence));
    std::erase(self.running, sequence);
  }

  bool runs(this auto& self, int sequence) {
    return std::find(self.running.begin(), self.running.end(), sequence) != self.running.end();
  }

  int free_blocks(this auto& self) {
    int free = self.blocks;
    for (const int sequence : self.running) free -= self.blocks_of(self.tokens[sequence]);
    return free;
  }

 private:
  int blocks_of(this auto& self, int tokens) { return (tokens + self.block - 1) / self.block; }

  std::vector<int> tokens;   // by sequence
  std::deque<int> waiting;   // who comes next in front
  std::vector<int> running;  // in the order in which they were let in
};
