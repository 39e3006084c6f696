// A toy: keeps what came last.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <vector>

struct KeepNewest : coop::Artifact {
  int most = 3;   ///< Rows kept.
  int slack = 1;  ///< Rows more before any is dropped.

  void trim(this auto& self) {
    const int length = self.rows.length();
    if (length <= self.most + self.slack) return;
    self.rows.erase(0, length - self.most);
    self.dropped += length - self.most;
  }

  int count(this auto& self) { return std::max(self.dropped, 0); }

 private:
  int dropped = 0;
};
