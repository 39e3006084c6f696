// An artifact: one unit of a system, in one struct. It is written as if everything that a service
// registers were at hand, and read alone; it includes what it uses itself, never a peer.
//
//   self.step                     its own members
//   self.kv_cache.length(layer)   a peer, by the name under which the service registers it
//   self.hooks.after_count(n)     whoever defines the method; with nobody, the call leaves no trace
//   self.world, self.device       always there
//
// `combine list SERVICE` prints all that there is to reach, with its comments.
#pragma once

#include <coop/artifact.h>

/// Counts what happens.
struct NewArtifact : coop::Artifact {
  int step = 1;  ///< Added for each event. Public, with an initializer: a flag of the program.

  /// Adds `events`, and returns how much there is now.
  int count(this auto& self, int events = 1) {
    self.total += self.step * events;
    self.hooks.after_count(self.total);
    return self.total;
  }

 private:
  int total = 0;  // what changes while the program runs is private
};
