#include "combiner/commands/fuzz_test.h"

#include <algorithm>
#include <cmath>

#include "combiner/commands/processes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Regex.h"

namespace combiner {
namespace {

namespace fs = llvm::sys::fs;

constexpr int kLawIsBroken = 70;      // as testing/fuzz.h has it
constexpr double kSlice = 15;         // seconds, until somebody who watches hears of it
constexpr double kMinimize = 120;     // seconds to make a crash's input small
constexpr double kPatience = 60 + 5;  // beyond the time that libFuzzer was given, to start and end

/// The first, or last, that the pattern's parenthesis matches.
std::string found_in(llvm::StringRef text, const char* pattern, bool last = false) {
  const llvm::Regex regex(pattern, llvm::Regex::Newline);
  std::string out;
  llvm::SmallVector<llvm::StringRef, 2> found;
  for (; regex.match(text, &found); text = text.substr(found[0].end() - text.begin())) {
    out = found[1].str();
    if (!last) break;
  }
  return out;
}

size_t number_in(llvm::StringRef text, const char* pattern) {
  size_t out = 0;
  const std::string found = found_in(text, pattern, true);
  return llvm::StringRef(found).getAsInteger(10, out) ? 0 : out;
}

class Fuzz {
 public:
  Fuzz(std::string program, const FuzzOptions& options)
      : program_(std::move(program)), options_(options) {}

  Search run(const std::function<void(const Search&)>& goes_on) {
    fs::create_directories(options_.corpus);
    while (out_.problem.empty() && !is_over_) {
      slice();
      goes_on(out_);
      is_over_ |= out_.seconds >= options_.seconds || excepted_.size() == out_.outcomes.size();
    }
    return std::move(out_);
  }

 private:
  void slice() {
    const double seconds = std::ceil(std::clamp(options_.seconds - out_.seconds, 1.0, kSlice));
    const Ended ended =
        run_target({"-max_total_time=" + std::to_string(static_cast<int>(seconds)), "-max_len=96",
                    "-timeout=" + std::to_string(static_cast<int>(std::ceil(options_.limit))),
                    "-seed=" + std::to_string(options_.seed + slices_++),
                    "-artifact_prefix=" + options_.corpus + ".", options_.corpus},
                   "", seconds + options_.limit + kPatience);
    out_.seconds += ended.seconds;
    out_.scenarios += number_in(ended.output, "^#([0-9]+)");
    out_.places = std::max(out_.places, number_in(ended.output, " cov: ([0-9]+)"));
    if (out_.outcomes.empty()) list_laws(ended.output);
    if (ended.status == kLawIsBroken)
      note_broken(ended.output);
    else if (!ended.is_fine())
      note_crash(ended);
  }

  Ended run_target(std::vector<std::string> words, const std::string& variable, double limit) {
    words.insert(words.begin(), program_);
    std::vector<std::string> environment = {"COOP_FUZZ_EXCEPT=" + llvm::join(excepted_, ","),
                                            "OMP_NUM_THREADS=1", "ASAN_OPTIONS=detect_leaks=0",
                                            "UBSAN_OPTIONS=print_stacktrace=0:halt_on_error=1"};
    if (!variable.empty()) environment.push_back(variable);
    return run_to_its_end(words, environment, limit);
  }

  void list_laws(llvm::StringRef output) {
    for (llvm::StringRef line : llvm::split(output, '\n'))
      if (line.consume_front("fuzzed: "))
        out_.outcomes.push_back({options_.artifact + "_fuzz", line.rtrim().str()});
    is_over_ = out_.outcomes.empty();
  }

  TestOutcome* outcome_of(const std::string& law) {
    const auto found = std::find_if(out_.outcomes.begin(), out_.outcomes.end(),
                                    [&](const TestOutcome& one) { return one.name == law; });
    return found == out_.outcomes.end() ? nullptr : &*found;
  }

  /// What is broken once is not asked again: the search goes on for the others.
  void note_broken(llvm::StringRef output) {
    const std::string law = found_in(output, "^broken: ([a-z_0-9]+)$");
    TestOutcome* outcome = outcome_of(law);
    if (!outcome) return note_problem(output);
    outcome->what = TestOutcome::What::kFailed;
    outcome->output = output.substr(output.find("broken: " + law)).split('\n').second.str();
    excepted_.push_back(law);
  }

  void note_crash(const Ended& ended) {
    is_over_ = true;
    const std::string input = found_in(ended.output, "Test unit written to (.*)$");
    if (input.empty()) return note_problem(ended.output);
    const bool hung = llvm::StringRef(input).starts_with(options_.corpus + ".timeout-");
    const Ended told = run_target({input}, "COOP_FUZZ_TELL=1", kMinimize + options_.limit);
    TestOutcome* outcome = outcome_of(found_in(told.output, "^asked: ([a-z_0-9]+)$"));
    fs::remove(input);
    if (!outcome) return note_problem(ended.output);
    outcome->what = hung ? TestOutcome::What::kHung : TestOutcome::What::kCrashed;
    outcome->output = told.output;
    outcome->seconds = options_.limit;
  }

  void note_problem(llvm::StringRef output) {
    out_.problem = "the search ended without a word of why:\n" + output.take_back(2000).str();
  }

  const std::string program_;
  const FuzzOptions options_;
  std::vector<std::string> excepted_;
  unsigned slices_ = 0;
  bool is_over_ = false;
  Search out_;
};

}  // namespace

Search fuzz_test(const std::string& program, const FuzzOptions& options,
                 const std::function<void(const Search&)>& goes_on) {
  return Fuzz(program, options).run(goes_on);
}

}  // namespace combiner
