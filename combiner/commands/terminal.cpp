#include "combiner/commands/terminal.h"

#include <unistd.h>

#include <cstdlib>

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

constexpr auto kSilent = std::chrono::seconds(1);
constexpr auto kFrame = std::chrono::milliseconds(100);

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

}  // namespace

bool wants_colour(int descriptor) {
  return isatty(descriptor) && environment("NO_COLOR").empty() && environment("TERM") != "dumb";
}

ProgressLine::ProgressLine() {
  if (isatty(2) && environment("TERM") != "dumb")
    thread_ = std::thread([this] { draw_until_the_end(); });
}

ProgressLine::~ProgressLine() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    done_ = true;
  }
  changed_.notify_one();
  thread_.join();
  if (drawn_) llvm::errs() << "\r\033[K";
}

void ProgressLine::stage(const std::string& name) {
  const std::lock_guard lock(mutex_);
  stage_ = name;
}

void ProgressLine::draw_until_the_end() {
  std::unique_lock lock(mutex_);
  const auto done = [this] { return done_; };
  if (changed_.wait_until(lock, start_ + kSilent, done)) return;
  do {
    const double seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    llvm::errs() << llvm::formatv("\r\033[Kcombine: {0}, {1:F1} s", stage_, seconds);
    drawn_ = true;
  } while (!changed_.wait_for(lock, kFrame, done));
}

}  // namespace combiner
