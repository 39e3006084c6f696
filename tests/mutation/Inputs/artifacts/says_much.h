// A toy whose author says a lot to tests.
#pragma once

#include <coop/artifact.h>

/// example: add(1); add(2);
///   add(3) -> 6
/// What adds up.
struct SaysMuch : coop::Artifact {
  int most = 9;  ///< Where it ends; range 1..99.

  int add(this auto& self, int more) {
    COOP_EXPECTS(more > 0);
    self.sum += more;
    COOP_ENSURES(self.sum >= more &&  //
                 self.sum > 0);
    return self.sum < self.most ? self.sum : self.most;
  }

 private:
  int sum = 0;
};
