// What is shown only to somebody who looks: colour and progress.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace combiner {

/// The descriptor is a terminal, and neither $NO_COLOR nor TERM=dumb asks for plain text.
bool wants_colour(int descriptor);

/// A line on standard error that says which stage has been at work for how long; it appears once a
/// second has passed, and goes at the end. Nothing at all where that is no terminal.
class ProgressLine {
 public:
  ProgressLine();
  ~ProgressLine();
  void stage(const std::string& name);

 private:
  void draw_until_the_end();

  using Clock = std::chrono::steady_clock;
  const Clock::time_point start_ = Clock::now();
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string stage_;
  bool done_ = false, drawn_ = false;
  std::thread thread_;
};

}  // namespace combiner
