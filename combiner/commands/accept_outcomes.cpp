#include "combiner/commands/accept_outcomes.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>

#include "combiner/commands/choose_outcomes.h"
#include "combiner/commands/mutant_program.h"
#include "combiner/commands/processes.h"
#include "combiner/commands/side_by_side.h"
#include "combiner/write_file.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"

namespace combiner {
namespace {

namespace fs = llvm::sys::fs;

constexpr size_t kLines = 168;  // a diff of more is read by nobody
constexpr size_t kEnough = 40;  // outcomes that notice a mistake: there is choice enough
constexpr int kCrashes = 6;     // of one mistake
constexpr int kGuesses = 40;    // crashes outside of what is meant
constexpr double kBeyond = 10;  // seconds for one such run
constexpr double kShortest =
    2;  // seconds of the processor for a mistake, whatever the clean run takes
const char* const kOutcomes = "--gtest_filter=*_golden.*";

/// Of processor time, for the scenarios and then for the mistakes; $COOP_ACCEPT_SECONDS is for who
/// has more of it.
long seconds_allowed() {
  constexpr long kSeconds = 300;
  const char* given = std::getenv("COOP_ACCEPT_SECONDS");
  const long seconds = given ? std::strtol(given, nullptr, 10) : kSeconds;
  return seconds > 0 ? seconds : kSeconds;
}

/// A file that goes with this.
class Temporary {
 public:
  Temporary() { fs::createTemporaryFile("combine-accept", "golden", path_); }
  ~Temporary() { fs::remove(path_); }
  Temporary(const Temporary&) = delete;
  std::string path() const { return path_.str().str(); }
  std::string text() const { return read_file(path()).value_or(""); }

 private:
  llvm::SmallString<128> path_;
};

/// As testing/golden.h writes them. What several have in common is taken once.
std::vector<Candidate> read_candidates(const std::string& text) {
  std::vector<Candidate> out;
  std::set<std::string> known;
  for (const llvm::StringRef line : llvm::split(text, '\n')) {
    if (line.starts_with("{")) {
      if (!out.empty() && !known.insert(out.back().text).second) out.pop_back();
      out.emplace_back().text = line.str();
    } else if (line.starts_with("  ") && !out.empty()) {
      out.back().lines.push_back(line.drop_front(2).str());
    } else if (line.starts_with("+ ") && !out.empty()) {
      out.back().features.insert(line.drop_front(2).str());
    }
  }
  if (!out.empty() && known.count(out.back().text)) out.pop_back();
  return out;
}

/// Was the last thing that was tried outside of what is meant?
bool is_beyond(const std::string& text) {
  const llvm::StringRef last = llvm::StringRef(text).substr(text.rfind("@ "));
  return last.split('\n').first.ends_with(" beyond");
}

/// All that may be accepted, in the test's own words.
std::string candidates_of(const std::string& program, std::string& problem) {
  const auto seconds = static_cast<double>(seconds_allowed());
  const Temporary recorded;
  for (int crashes = 0; crashes <= kGuesses; ++crashes) {
    const Ended ended = run_to_its_end(
        {program, kOutcomes},
        {"COOP_ACCEPT=" + recorded.path(),
         "ASAN_OPTIONS=detect_leaks=0:max_allocation_size_mb=2048", "OMP_NUM_THREADS=1"},
        crashes > 0 ? std::min(kBeyond, seconds) : seconds);
    if (ended.is_fine()) break;
    if (is_beyond(recorded.text()) && !ended.timed_out) continue;
    if (is_beyond(recorded.text())) break;
    problem = "its outcomes cannot be accepted:\n" + ended.output;
    if (ended.timed_out)
      problem = "its outcomes cannot be accepted: after " + std::to_string(seconds_allowed()) +
                " seconds, scenarios to choose from were still being run\n"
                "give what takes long a smaller range (///< range 1..64), or more time "
                "(COOP_ACCEPT_SECONDS=1500)\n";
    return "";
  }
  return recorded.text();
}

std::string in_file(const Candidate& candidate) {
  return candidate.text + "\n  " + llvm::join(candidate.lines, "\n  ") + "\n";
}

/// Runs the candidates with one mistake each.
class Trials {
 public:
  Trials(const std::string& program, const std::vector<Candidate>& candidates)
      : program_(program), count_(candidates.size()) {
    std::string text;
    for (const Candidate& one : candidates) text += in_file(one);
    write_file(all_.path(), text);
  }

  /// For each candidate `x` if it notices this mistake, else `.`; shorter if enough do. One that
  /// crashes, or takes too long, notices it.
  std::string run(unsigned id, size_t enough, double limit) {
    const Temporary told;
    for (int crashes = 1;; ++crashes) {
      const Ended ended = run_mutant(program_, id, {kOutcomes},
                                     {"COOP_GOLDEN=" + all_.path(), "COOP_DIFFERING=" + told.path(),
                                      "COOP_ENOUGH=" + std::to_string(enough)},
                                     limit);
      seconds_ += ended.processor_seconds;
      std::string out = told.text();
      if (ended.is_fine() || out.size() >= count_) return out;
      write_file(told.path(), out += 'x');
      if (ended.timed_out || crashes == kCrashes) return out;
    }
  }

  /// Of the processor, by all of them so far.
  double seconds() const { return seconds_; }

 private:
  const std::string program_;
  const size_t count_;
  const Temporary all_;
  std::atomic<double> seconds_ = 0;
};

/// Finds which candidates notice which mistakes; returns what is to be said of it.
std::string look_for_mistakes(const MutantProgram& built, std::vector<Candidate>& candidates,
                              const std::function<void(const std::string&)>& stage, size_t& tried) {
  Trials trials(built.program, candidates);
  const std::string clean =
      trials.run(0, candidates.size(), static_cast<double>(seconds_allowed()));
  if (clean.size() < candidates.size()) return "their program does not do what the artifact does";
  const double limit = std::max(kShortest, 3 * trials.seconds());
  const double most = trials.seconds() + static_cast<double>(seconds_allowed());
  std::vector<std::string> told(built.mutants.size());
  std::mutex mutex;
  side_by_side(told.size(), [&](size_t i) {
    if (trials.seconds() > most) return;
    std::string one = trials.run(built.mutants[i].id, kEnough, limit);
    const std::lock_guard lock(mutex);
    told[i] = std::move(one);
    stage("outcomes with mistake " + std::to_string(++tried) + " of " +
          std::to_string(told.size()));
  });
  for (size_t mistake = 0; mistake < told.size(); ++mistake)
    for (size_t i = 0; i < told[mistake].size(); ++i)
      if (told[mistake][i] == 'x') candidates[i].notices.insert(mistake);
  // What is another each time is nothing to accept.
  for (size_t i = candidates.size(); i-- > 0;)
    if (clean[i] == 'x') candidates.erase(candidates.begin() + static_cast<long>(i));
  return tried < told.size() ? "time was over (COOP_ACCEPT_SECONDS=1500 gives more)" : "";
}

}  // namespace

Accepted accept_outcomes(const Request& request, const SourceTree& sources, const DerivedTest& test,
                         const std::string& program,
                         const std::function<void(const std::string&)>& stage) {
  Accepted out;
  std::vector<Candidate> candidates = read_candidates(candidates_of(program, out.problem));
  if (!out.problem.empty()) return out;
  if (candidates.empty()) {
    out.problem = "it has no outcomes that could be accepted: no method can be called\n";
    return out;
  }
  stage("build the mistakes of " + test.facts.name);
  const MutantProgram built = build_mutants(request, sources, test);
  size_t tried = 0;
  const std::string problem =
      built.problem.empty()
          ? look_for_mistakes(built, candidates, stage, tried)
          : "they cannot be built: " + llvm::StringRef(built.problem).split('\n').first.str();
  std::string text = "# What " + test.facts.name +
                     " did when `combine test --accept` was last asked.\n"
                     "# Calls are made behind the first round and behind the last one, half of "
                     "them each.\n";
  const std::vector<size_t> chosen = choose_outcomes(candidates, kLines);
  std::set<size_t> noticed;
  for (const size_t i : chosen) {
    text += in_file(candidates[i]);
    noticed.insert(candidates[i].notices.begin(), candidates[i].notices.end());
  }
  out.bought = "  accepted: " + std::to_string(chosen.size()) + " outcomes";
  if (tried > 0)
    out.bought += ", which notice " + std::to_string(noticed.size()) + " of " +
                  std::to_string(tried) + " small mistakes";
  if (!problem.empty())
    out.bought +=
        (tried > 0 ? "; no more were tried, since " : "; no small mistakes, since ") + problem;
  out.bought += "\n";
  const std::string error = write_file(test.golden_path, text);
  if (!error.empty()) out.problem = error + "\n";
  return out;
}

}  // namespace combiner
