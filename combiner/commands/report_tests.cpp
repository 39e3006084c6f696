#include "combiner/commands/report_tests.h"

#include <algorithm>

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Regex.h"

namespace combiner {
namespace {

using What = TestOutcome::What;

/// "StreamingLlm_law" → "law": what a group of tests is called.
std::string step_of(const TestOutcome& outcome, const std::string& artifact) {
  llvm::StringRef out = outcome.suite;
  out.consume_front(artifact + "_");
  return out.str();
}

/// kv_cache{erase,length}
std::string peer_line(const PeerFacts& peer) {
  std::vector<std::string> members;
  for (const PeerMember& member : peer.members) members.push_back(member.name);
  return peer.name + "{" + llvm::join(members, ",") + "}";
}

std::string first_line(const TestReport& report) {
  const ArtifactFacts& facts = report.test->facts;
  std::vector<std::string> peers;
  for (const PeerFacts& peer : facts.peers) peers.push_back(peer_line(peer));
  std::string out = facts.name + " · ";
  out += facts.kind == ArtifactKind::kNone ? "of no known kind: what holds of any artifact"
                                           : name_of(facts.kind);
  if (!peers.empty()) out += " · peers " + llvm::join(peers, " ");
  return out + " · seed " + report.seed + "\n";
}

/// "smoke 1 ok · relevance 6 ok · law 14 ok, 1 FAILED, 2 do not apply"
std::string counts_line(const TestReport& report) {
  struct Count {
    std::string step;
    size_t passed = 0, failed = 0, skipped = 0;
  };
  std::vector<Count> counts;
  for (const TestOutcome& outcome : report.outcomes) {
    const std::string step = step_of(outcome, report.test->facts.name);
    if (counts.empty() || counts.back().step != step) counts.push_back({step});
    Count& count = counts.back();
    ++(outcome.is_bad()                ? count.failed
       : outcome.what == What::kPassed ? count.passed
                                       : count.skipped);
  }
  std::vector<std::string> out;
  for (const Count& count : counts) {
    std::vector<std::string> parts;
    if (count.passed) parts.push_back(std::to_string(count.passed) + " ok");
    if (count.failed) parts.push_back(std::to_string(count.failed) + " FAILED");
    if (count.skipped) parts.push_back(std::to_string(count.skipped) + " do not apply");
    out.push_back(count.step + " " + llvm::join(parts, ", "));
  }
  return "  " + llvm::join(out, " · ") + "\n";
}

/// What a sanitizer found, without addresses; else the last line.
std::string crash_line(llvm::StringRef output) {
  static llvm::Regex kFound(
      "(runtime error: [^\n]*|Assertion '[^\n]*' failed|AddressSanitizer: [^ ]+|"
      "terminate called [^\n]*)");
  llvm::SmallVector<llvm::StringRef, 2> found;
  if (kFound.match(output, &found)) return found[1].str();
  return output.rsplit('\n').second.str();
}

/// Where in the artifact: `streaming_llm.h:22:5`, of the first line that names its file.
std::string crash_place(llvm::StringRef output, const ArtifactFacts& facts) {
  const size_t at = output.find(facts.path + ":");
  if (at == llvm::StringRef::npos) return "";
  const llvm::StringRef place = output.substr(at + facts.path.size());
  return "    at " + facts.file + place.take_front(place.find_first_of(" \n")).rtrim(':').str() +
         "\n";
}

/// What it says, further in, without the file and line of the law.
std::string indented(llvm::StringRef output) {
  std::string out;
  for (llvm::StringRef line : llvm::split(output, '\n')) {
    if (line.contains("testing/") && line.ends_with(": Failure")) continue;
    line.consume_front("Failed");
    if (!line.trim().empty()) out += "    " + line.trim().str() + "\n";
  }
  return out;
}

/// What is wrong, in lines.
std::string words_of(const TestOutcome& outcome, const ArtifactFacts& facts) {
  if (outcome.what == What::kHung)
    return "    it did not end in its time (--limit), and was stopped\n";
  if (outcome.what == What::kCrashed)
    return "    " + crash_line(outcome.output) + "\n" + crash_place(outcome.output, facts);
  return indented(outcome.output);
}

/// The law that a test asks; empty for one that no scenario breaks.
std::string law_of(const TestOutcome& outcome, const std::string& step) {
  static const std::map<std::string, std::string> kOfStep = {{"smoke", "boundary_values"},
                                                             {"peers", "peers_preconditions_hold"},
                                                             {"contracts", "contracts_hold"}};
  if (step == "law" || step == "fuzz") return outcome.name;
  if (step == "kept") return llvm::StringRef(outcome.name).rsplit('_').first.str();
  const auto found = kOfStep.find(step);
  return found == kOfStep.end() ? "" : found->second;
}

/// What broke it, as C++.
std::string scenario_of(llvm::StringRef output) {
  static const llvm::Regex kScenario("(shrunk|input): (Scenario[^\n]*)");
  llvm::SmallVector<llvm::StringRef, 3> found;
  return kScenario.match(output, &found) ? found[2].rtrim().str() : "";
}

Failure failure_of(const TestOutcome& outcome, const ArtifactFacts& facts) {
  const std::string step = step_of(outcome, facts.name);
  const std::string seed = outcome.seed.empty() ? "" : " (seed " + outcome.seed + ")";
  Failure out;
  out.title = step + " " + outcome.name + seed;
  out.words = words_of(outcome, facts);
  out.law = law_of(outcome, step);
  out.scenario = scenario_of(outcome.output);
  if (outcome.what != What::kFailed && !out.scenario.empty())
    out.input = "    on " + out.scenario + "\n";
  out.is_law = (step == "law" || step == "kept" || step == "fuzz") && outcome.what == What::kFailed;
  return out;
}

/// "StreamingLlm_kept.twice_is_once_1 no longer fits: ...": what would be skipped in silence.
std::string misfits(const TestReport& report) {
  std::string out;
  for (const TestOutcome& outcome : report.outcomes) {
    const llvm::StringRef said = outcome.output;
    const size_t at = said.find("no longer fits: ");
    if (outcome.what != What::kSkipped || at == llvm::StringRef::npos) continue;
    out += "  kept " + outcome.name + " " + said.substr(at).split('\n').first.str() +
           "; mend it or remove it in " + report.kept_file + "\n";
  }
  return out;
}

std::string print(const Failure& failure, const TestReport& report) {
  std::string out = "  FAILED " + failure.title + "\n" + failure.words + failure.input;
  if (!failure.also.empty()) out += "    also in " + failure.also + "\n";
  const auto kept = report.kept.find(failure.law + ": " + failure.scenario);
  if (kept != report.kept.end())
    out += "    kept as " + kept->second + "; runs first from now on\n";
  if (failure.is_law) out += "    intended? write  /// except: " + failure.law + " (why)\n";
  return out;
}

std::string xml(llvm::StringRef text) {
  std::string out;
  llvm::raw_string_ostream stream(out);
  llvm::printHTMLEscaped(text, stream);
  std::erase_if(out, [](char c) { return c >= 0 && c < 32 && c != '\n' && c != '\t'; });
  return out;
}

/// In one line, without the place in testing/ that says so.
std::string why_skipped(llvm::StringRef output) {
  std::string out;
  for (const llvm::StringRef line : llvm::split(output, '\n'))
    if (!line.trim().empty() && !line.ends_with(": Skipped"))
      out += (out.empty() ? "" : "; ") + line.trim().str();
  return out;
}

/// "  does not apply: law newest_row_survives: what is kept depends on what rows hold"
std::string skipped(const TestReport& report) {
  std::string out;
  for (const TestOutcome& outcome : report.outcomes) {
    if (outcome.what != What::kSkipped) continue;
    llvm::StringRef why = outcome.output;
    if (const size_t at = why.find("does not apply: "); at != llvm::StringRef::npos)
      why = why.substr(at + sizeof "does not apply: " - 1);
    out += "  does not apply: " + step_of(outcome, report.test->facts.name) + " " + outcome.name +
           ", since " + why_skipped(why) + "\n";
  }
  return out;
}

}  // namespace

/// What is broken, if it says so: one mistake breaks many laws in the same way.
std::string mistake_of(const Failure& failure) {
  const size_t begin = failure.words.find("    broken: ");
  if (begin == std::string::npos) return failure.words;
  return failure.words.substr(begin, failure.words.find('\n', begin) - begin);
}

std::vector<Failure> failures_of(const TestReport& report) {
  std::vector<Failure> out;
  for (const TestOutcome& outcome : report.outcomes) {
    if (!outcome.is_bad()) continue;
    Failure failure = failure_of(outcome, report.test->facts);
    const auto same = std::find_if(out.begin(), out.end(), [&](const Failure& one) {
      return mistake_of(one) == mistake_of(failure);
    });
    if (same != out.end())
      same->also += (same->also.empty() ? "" : ", ") + failure.title;
    else
      out.push_back(std::move(failure));
  }
  return out;
}

size_t TestReport::failures() const {
  return std::count_if(outcomes.begin(), outcomes.end(),
                       [](const TestOutcome& outcome) { return outcome.is_bad(); });
}

std::string print_report(const TestReport& report) {
  std::string out = first_line(report);
  if (!report.problem.empty()) return out + "  the test cannot be built:\n" + report.problem;
  out += counts_line(report);
  for (const Failure& one : failures_of(report)) out += print(one, report);
  out += misfits(report);
  if (report.tells_skipped) out += skipped(report);
  for (const Untested& one : report.test->printed.untested)
    out += "  not tested: " + one.name + ", since " + one.reason + "\n";
  out += report.accepted + report.mutants;
  if (report.test->printed.checks == 0)
    out += "  nothing could be asserted: it has no field or method that a test can set or call\n";
  const std::string tried =
      report.tried.empty() ? std::to_string(report.outcomes.size()) + " tests" : report.tried;
  return out + llvm::formatv("  {0} in {1:F1} s: {2}\n", tried, report.seconds, report.file).str();
}

std::string print_junit(const std::vector<TestReport>& reports) {
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n";
  for (const TestReport& report : reports) {
    const size_t broken = report.problem.empty() ? 0 : 1;
    out += llvm::formatv(
               "  <testsuite name=\"{0}\" tests=\"{1}\" failures=\"{2}\" errors=\"{3}\" "
               "time=\"{4:F3}\">\n",
               xml(report.test->facts.name), report.outcomes.size() + broken, report.failures(),
               broken, report.seconds)
               .str();
    if (broken)
      out += "    <testcase name=\"build\"><error>" + xml(report.problem) + "</error></testcase>\n";
    for (const TestOutcome& outcome : report.outcomes) {
      out += llvm::formatv("    <testcase classname=\"{0}\" name=\"{1}\" time=\"{2:F3}\"",
                           xml(outcome.suite), xml(outcome.name), outcome.seconds)
                 .str();
      if (outcome.what == What::kPassed)
        out += "/>\n";
      else if (outcome.what == What::kSkipped)
        out += "><skipped message=\"" + xml(why_skipped(outcome.output)) + "\"/></testcase>\n";
      else
        out += "><failure>" + xml(outcome.output) + "</failure></testcase>\n";
    }
    out += "  </testsuite>\n";
  }
  return out + "</testsuites>\n";
}

}  // namespace combiner
