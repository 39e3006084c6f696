// Commands → their ends: programs that are waited for, and that never outlive this one.
#pragma once

#include <string>
#include <vector>

namespace combiner {

struct Ended {
  int status = 0;                // what it exited with
  int signal = 0;                // what ended it instead; 0 for none
  bool timed_out = false;        // it was ended for taking too long
  std::string output;            // of both descriptors, the last mebibyte of it
  double seconds = 0;            // of a clock
  double processor_seconds = 0;  // of its own and of those that it waited for

  bool is_fine() const { return status == 0 && signal == 0 && !timed_out; }
};

/// Runs `words`, the first a path, with `environment` (NAME=VALUE) added to this one's. It is
/// killed after `limit` seconds of processor time, or five times as many of a clock, and with this
/// process.
Ended run_to_its_end(const std::vector<std::string>& words,
                     const std::vector<std::string>& environment, double limit);

}  // namespace combiner
