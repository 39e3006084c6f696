#include "combiner/commands/accept_outcomes.h"

#include "combiner/commands/processes.h"
#include "combiner/write_file.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/FileSystem.h"

namespace combiner {

namespace fs = llvm::sys::fs;

std::string accept_outcomes(const std::string& program, const std::string& path) {
  constexpr double kSeconds = 300;
  llvm::SmallString<128> recorded;
  if (fs::createTemporaryFile("combine-accept", "golden", recorded))
    return "cannot make a temporary file\n";
  const Ended ended = run_to_its_end(
      {program, "--gtest_filter=*_golden.*"},
      {"COOP_ACCEPT=" + recorded.str().str(), "ASAN_OPTIONS=detect_leaks=0", "OMP_NUM_THREADS=1"},
      kSeconds);
  const std::string text = read_file(recorded.str().str()).value_or("");
  fs::remove(recorded);
  if (!ended.is_fine()) return "its outcomes cannot be accepted:\n" + ended.output;
  if (text.empty()) return "it has no outcomes that could be accepted: no method can be called\n";
  const std::string error = write_file(path, text);
  return error.empty() ? "" : error + "\n";
}

}  // namespace combiner
