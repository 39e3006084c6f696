#include "combiner/commands/accept_outcomes.h"

#include <cstdlib>

#include "combiner/commands/processes.h"
#include "combiner/write_file.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

namespace combiner {

namespace fs = llvm::sys::fs;

namespace {

/// Of processor time; $COOP_ACCEPT_SECONDS is for who has more of it.
long seconds_allowed() {
  constexpr long kSeconds = 300;
  const char* given = std::getenv("COOP_ACCEPT_SECONDS");
  const long seconds = given ? std::strtol(given, nullptr, 10) : kSeconds;
  return seconds > 0 ? seconds : kSeconds;
}

}  // namespace

std::string accept_outcomes(const std::string& program, const std::string& path) {
  const long seconds = seconds_allowed();
  llvm::SmallString<128> recorded;
  if (fs::createTemporaryFile("combine-accept", "golden", recorded))
    return "cannot make a temporary file\n";
  const Ended ended = run_to_its_end(
      {program, "--gtest_filter=*_golden.*"},
      {"COOP_ACCEPT=" + recorded.str().str(), "ASAN_OPTIONS=detect_leaks=0", "OMP_NUM_THREADS=1"},
      static_cast<double>(seconds));
  const std::string text = read_file(recorded.str().str()).value_or("");
  fs::remove(recorded);
  if (ended.timed_out)
    return "its outcomes cannot be accepted: after " + std::to_string(seconds) +
           " seconds, scenarios to choose from were still being run\n"
           "give what takes long a smaller range (///< range 1..64), or more time "
           "(COOP_ACCEPT_SECONDS=1500)\n";
  if (!ended.is_fine()) return "its outcomes cannot be accepted:\n" + ended.output;
  if (text.empty()) return "it has no outcomes that could be accepted: no method can be called\n";
  const std::string error = write_file(path, text);
  return error.empty() ? "" : error + "\n";
}

}  // namespace combiner
