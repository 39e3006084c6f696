// combine test ARTIFACT...: tests of artifacts, derived, built and run.
#include <chrono>
#include <random>

#include "combiner/cache.h"
#include "combiner/commands/accept_outcomes.h"
#include "combiner/commands/build_test.h"
#include "combiner/commands/combine_service.h"
#include "combiner/commands/fuzz_test.h"
#include "combiner/commands/options.h"
#include "combiner/commands/report_tests.h"
#include "combiner/commands/request.h"
#include "combiner/commands/score_mutants.h"
#include "combiner/commands/terminal.h"
#include "combiner/commands/test_ranks.h"
#include "combiner/derive_tests.h"
#include "combiner/digest.h"
#include "combiner/find_artifacts.h"
#include "combiner/kept_failures.h"
#include "combiner/testing_library.h"
#include "combiner/write_file.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

using Clock = std::chrono::steady_clock;

/// The seed that testing/property.h has without another.
constexpr unsigned kSeed = 20240611;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// --seed=N or random.
unsigned seed_of(const Invocation& invocation) {
  const std::string given = invocation.value("--seed");
  unsigned out = kSeed;
  if (given == "random") return std::random_device()();
  if (!given.empty() && llvm::StringRef(given).getAsInteger(10, out))
    usage_error("--seed wants a number or random, not '" + given + "'", invocation.command);
  return out;
}

/// "60s", "2m", "60" → seconds; 0 without the option.
double seconds_of(const Invocation& invocation, const std::string& option) {
  const std::string value = invocation.value(option);
  llvm::StringRef given = value;
  if (given.empty()) return 0;
  const double unit = given.consume_back("m") ? 60 : 1;
  given.consume_back("s");
  double out;
  if (given.getAsDouble(out) || out <= 0)
    usage_error(option + " wants a time, e.g. 60s or 2m", invocation.command);
  return out * unit;
}

/// Runs once; with --time, again with the seeds that follow until the time is over. A test that
/// failed is not run again.
void run(const Invocation& invocation, const BuiltTest& built, TestReport& report,
         ProgressLine& progress) {
  const auto start = Clock::now();
  const double time = seconds_of(invocation, "--time");
  const double limit = seconds_of(invocation, "--limit");
  unsigned seed = seed_of(invocation);
  report.seed = std::to_string(seed);
  do {
    RunOptions options;
    if (limit > 0) options.limit = limit;
    options.environment = {"COOP_TEST_SEED=" + std::to_string(seed),
                           "COOP_GOLDEN=" + report.test->golden_path};
    std::vector<TestOutcome> outcomes =
        run_tests(built.program, options, [&](size_t done, size_t all) {
          progress.stage("test " + report.test->facts.name + ", " + std::to_string(done) + " of " +
                         std::to_string(all));
        });
    if (report.outcomes.empty()) report.outcomes = outcomes;
    for (size_t i = 0; i < outcomes.size() && i < report.outcomes.size(); ++i) {
      // What only some seed shows is no failure of another one.
      const bool is_law = !llvm::StringRef(outcomes[i].suite).ends_with("_relevance");
      if (!outcomes[i].is_bad() || report.outcomes[i].is_bad() || !is_law) continue;
      report.outcomes[i] = outcomes[i];
      report.outcomes[i].seed = std::to_string(seed);
    }
    ++seed;
  } while (seconds_since(start) < time);
}

/// Searches with libFuzzer; what it learnt of this artifact is kept for the next time.
void fuzz(const Invocation& invocation, const Request& request, const BuiltTest& built,
          TestReport& report, ProgressLine& progress) {
  const ArtifactFacts& facts = report.test->facts;
  FuzzOptions options;
  options.artifact = facts.name;
  options.corpus = request.cache.empty()
                       ? built.folder + "/corpus"
                       : request.cache + "/fuzz/" + digest(facts.path + "\n" + facts.name);
  options.seed = seed_of(invocation);
  if (const double time = seconds_of(invocation, "--time"); time > 0) options.seconds = time;
  if (const double limit = seconds_of(invocation, "--limit"); limit > 0) options.limit = limit;
  const auto tried = [](const Search& search) {
    return std::to_string(search.scenarios) + " scenarios, which reached " +
           std::to_string(search.places) + " places of code,";
  };
  progress.stage("fuzz " + facts.name);
  const Search search = fuzz_test(built.program, options, [&](const Search& now) {
    progress.stage("fuzz " + facts.name + ", " + tried(now));
  });
  report.outcomes = search.outcomes;
  report.problem = search.problem;
  report.tried = tried(search);
}

/// The compiler's words, with paths as the author knows them.
std::string in_the_authors_words(std::string text, const std::string& built,
                                 const std::string& file) {
  for (const auto& [from, to] :
       {std::pair(built, file), std::pair(current_directory() + "/", std::string())})
    for (size_t at; (at = text.find(from)) != std::string::npos;) text.replace(at, from.size(), to);
  return text;
}

TestReport test_one(const Invocation& invocation, const Request& request, const Derived& derived,
                    const DerivedTest& test) {
  const auto start = Clock::now();
  ProgressLine progress;
  TestReport out;
  out.test = &test;
  out.file = shown(test.path);
  out.kept_file = shown(test.kept_path);
  out.seed = std::to_string(seed_of(invocation));
  out.tells_skipped = invocation.has("--skipped");
  progress.stage("build " + out.file);
  const bool is_fuzz = invocation.has("--fuzz");
  const BuiltTest built =
      build_test(is_fuzz ? test.printed.fuzz : test.printed.text, derived.sources, request.home,
                 request.cache, is_fuzz ? TestTarget::kFuzz : TestTarget::kTest);
  out.problem = in_the_authors_words(built.problem, built.folder + "/test.cpp", out.file);
  if (out.problem.empty() && invocation.has("--accept")) {
    progress.stage("accept " + shown(test.golden_path));
    const Accepted accepted =
        accept_outcomes(request, derived.sources, test, built.program,
                        [&](const std::string& name) { progress.stage(name); });
    out.problem = accepted.problem;
    out.accepted = accepted.bought;
  }
  if (out.problem.empty())
    is_fuzz ? fuzz(invocation, request, built, out, progress)
            : run(invocation, built, out, progress);
  out.seconds = seconds_since(start);
  if (!invocation.has("--mutants") || is_fuzz || !out.problem.empty()) return out;
  progress.stage("build the mutants of " + test.facts.name);
  out.mutants =
      out.failures() > 0
          ? "  mutants: none are tried while a test fails\n"
          : print_score(score_mutants(
                request, derived.sources, test, out.outcomes, [&](size_t done, size_t all) {
                  progress.stage("mutant " + std::to_string(done) + " of " + std::to_string(all));
                }));
  return out;
}

/// Exit status: what is worst of all, and 2 only if nothing at all could be asserted.
struct Status {
  bool failed = false, asserted = false;
  int code() const { return failed ? 1 : asserted ? 0 : 2; }
};

int explain(const std::string& name) {
  const TestingLibrary library = read_testing_library(find_home(), *llvm::vfs::getRealFileSystem());
  if (const Law* law = library.find(name)) {
    llvm::outs()
        << law->name << " (" << law->header << "): " << law->words
        << "\nAn artifact that is meant otherwise says so above its struct:\n  /// except: "
        << law->name << (law->is_of_one ? " (of which)\n" : " (why)\n");
    return 0;
  }
  std::vector<std::string> names;
  for (const auto& [header, laws] : library.laws)
    for (const Law& law : laws) names.push_back(law.name);
  const std::vector<std::string> near = nearest(name, names);
  usage_error("no law '" + name + "'" + (near.empty() ? "" : "; did you mean '" + near[0] + "'?"),
              find_command("test"));
}

Derived derive(const Invocation& invocation, const Request& request) {
  DeriveOptions options;
  options.artifact = invocation.value("--artifact");
  if (invocation.has("-o")) options.folder = absolute(invocation.value("-o"));
  if (invocation.has("--service")) options.service = absolute(invocation.value("--service"));
  options.accepts = invocation.has("--accept");
  return derive_tests(request, options, llvm::vfs::getRealFileSystem());
}

/// Says what is wrong with the disk; true if nothing is.
bool is_written(const std::string& error) {
  if (!error.empty()) llvm::errs() << "combine: error: " << error << "\n";
  return error.empty();
}

/// Writes what broke a law beside the test, and the test once more, with that in it.
bool keep_failures(const Invocation& invocation, const Request& request, TestReport& report) {
  const DerivedTest& test = *report.test;
  std::string text = test.kept;
  for (const Failure& one : failures_of(report)) {
    if (one.law.empty() || one.scenario.empty()) continue;
    const std::string before = text;
    const KeptFailure kept = {one.law, one.scenario,
                              keep(one.law, one.scenario, test.facts.name, text)};
    if (text != before)  // else it is told already that it is kept
      report.kept[one.law + ": " + one.scenario] =
          "TEST(" + test.facts.name + "_kept, " + kept.name() + ")";
  }
  if (text == test.kept) return true;
  if (!is_written(write_file(test.kept_path, text))) return false;
  for (const DerivedTest& again : derive(invocation, request).tests)
    if (again.path == test.path) return is_written(write_file(test.path, again.printed.text));
  return true;
}

/// Where it is remembered which tests passed.
Cache passes(const Invocation& invocation, const Request& request) {
  const bool is_off = request.cache.empty() || invocation.value("--seed") == "random";
  return Cache(is_off ? "" : request.cache + "/passed");
}

/// All that the outcome follows from, as it is now.
std::string pass_key(const Invocation& invocation, const Request& request, const Derived& derived,
                     const DerivedTest& test) {
  return digest_of_test(test.printed.text, derived.sources, request.home) + " seed " +
         std::to_string(seed_of(invocation)) + "\n" + read_file(test.golden_path).value_or("");
}

bool test_artifact(const Invocation& invocation, const Request& request, const Derived& derived,
                   const DerivedTest& test, std::vector<TestReport>& reports) {
  if (!is_written(write_file(test.path, test.printed.text))) return false;
  const Cache passed = passes(invocation, request);
  if (invocation.has("--changed") && !invocation.has("--accept") &&
      passed.find(pass_key(invocation, request, derived, test))) {
    llvm::outs() << test.facts.name
                 << " · skipped: neither it nor what it includes, its test, testing/ or the "
                    "compiler has changed since it passed\n";
    return true;
  }
  reports.push_back(test_one(invocation, request, derived, test));
  TestReport& report = reports.back();
  const bool kept = invocation.has("--no-keep") || keep_failures(invocation, request, report);
  llvm::outs() << print_report(report);
  llvm::outs().flush();
  const bool is_fine = report.problem.empty() && report.failures() == 0;
  if (is_fine && !invocation.has("--fuzz"))
    passed.keep(pass_key(invocation, request, derived, test), "passed");
  return kept && is_fine;
}

/// Tests what one header declares.
void test_header(const Invocation& invocation, size_t operand, Status& status,
                 std::vector<Derived>& kept, std::vector<TestReport>& reports) {
  Request request = request_of(invocation, operand);
  request.device = Device::kCpu;
  kept.push_back(derive(invocation, request));
  const Derived& derived = kept.back();
  say(derived.diagnostics, derived.sources);
  status.failed |= has_errors(derived.diagnostics);
  if (has_errors(derived.diagnostics)) return;
  for (const DerivedTest& test : derived.tests) {
    if (invocation.has("--dump")) {
      llvm::outs() << test.facts;
    } else if (invocation.has("--print")) {
      llvm::outs() << (invocation.has("--fuzz") ? test.printed.fuzz : test.printed.text);
    } else {
      status.failed |= !test_artifact(invocation, request, derived, test, reports);
      status.asserted |= test.printed.checks > 0;
      continue;
    }
    status.asserted = true;
  }
}

/// As if every header below artifacts/ had been given that declares one.
Invocation with_all_artifacts(Invocation invocation) {
  for (const std::string& header :
       find_artifacts(current_directory() + "/artifacts", *llvm::vfs::getRealFileSystem()))
    invocation.operands.push_back(shown(header));
  if (invocation.operands.empty())
    usage_error("--changed alone tests what is declared below artifacts/, and nothing is there",
                invocation.command);
  return invocation;
}

int test(const Invocation& invocation) {
  if (invocation.has("--explain")) return explain(invocation.value("--explain"));
  if (invocation.has("--ranks")) return test_ranks(invocation);
  if (invocation.has("--changed") && (invocation.has("--fuzz") || invocation.has("--no-cache")))
    usage_error("--changed is about tests that passed, of which the cache tells: no --" +
                    std::string(invocation.has("--fuzz") ? "fuzz" : "no-cache"),
                invocation.command);
  if (invocation.operands.empty() && invocation.has("--changed"))
    return test(with_all_artifacts(invocation));
  if (invocation.operands.empty())
    usage_error("which artifact? Give its header, e.g. artifacts/compress/streaming_llm.h",
                invocation.command);
  Status status;
  std::vector<TestReport> reports;
  std::vector<Derived> kept;
  kept.reserve(invocation.operands.size());  // reports point into it
  for (size_t i = 0; i < invocation.operands.size(); ++i)
    test_header(invocation, i, status, kept, reports);
  if (!invocation.has("--junit")) return status.code();
  const std::string file = absolute(invocation.value("--junit"));
  return is_written(write_file(file, print_junit(reports))) ? status.code() : 1;
}

}  // namespace

Command test_command() {
  Command out;
  out.name = "test";
  out.summary = "tests of an artifact alone, derived from what it says and does";
  out.operands = {{.name = "ARTIFACT",
                   .missing = "which artifact? Give its header",
                   .completes = Completes::kFile,
                   .repeats = true,
                   .optional = true}};
  out.behind = "ARGUMENTS";
  out.help =
      "Writes generated/tests/<artifact>_test.cpp below the project's folder, builds it with "
      "clang++ "
      "and its sanitizers beside what testing/ has, and runs it. What is built is kept in "
      "$COOP_CACHE, and made again only if something in it has changed. What breaks a law is "
      "written into <artifact>.kept beside the test, and is tried first from then on.\n\n"
      "The exit code is 0 if every test passes, 1 if one fails or the artifact has an error, and 2 "
      "if nothing could be asserted.";
  out.options = {
      {.name = "-o",
       .value = "FOLDER",
       .help = "where to write, in place of generated/tests",
       .completes = Completes::kFolder},
      {"--print", "", "print the test, and do nothing with it"},
      {"--artifact", "NAME", "of a header that declares several: this one alone"},
      {"--ranks", "",
       "of a SERVICE in place of an artifact: run it on 1, 2, 3 and 4 ranks of the CPU, with the "
       "arguments behind --. What a method with a rule gives is to be the same on any number of "
       "them (to 1e-5), and a step is to call no owner"},
      {.name = "--service",
       .value = "SERVICE",
       .help = "the header of a service: its peers answer what they declare; else what they are "
               "follows from how they are used",
       .completes = Completes::kFile},
      {"--with", "PARAMETER=VALUE", "of an artifact that is a template; else its defaults"},
      {"--changed", "",
       "skip what passed before, and has not changed since in anything that it is made of; without "
       "ARTIFACT: of all below artifacts/"},
      {"--fuzz", "", "search with libFuzzer, by what of the code is reached, for --time (60s)"},
      {"--time", "TIME", "search on for so long, e.g. 60s, with one seed after the other"},
      {"--seed", "SEED", "a number, or random; else always the same"},
      {"--limit", "TIME",
       "of the processor for one test; what takes longer is stopped (default 60s)"},
      {"--accept", "",
       "write what it does into <artifact>.golden beside the test, which compares from then on; in "
       "scenarios that are chosen such that small mistakes change what comes of them"},
      {"--mutants", "",
       "say how many small mistakes in the artifact its test would notice, and name those that no "
       "test notices"},
      {"--explain", "LAW", "say what a law asks, and how an artifact is excepted from it"},
      {"--skipped", "", "name the tests that do not apply, and say why"},
      {.name = "--junit",
       .value = "FILE",
       .help = "write the outcomes as JUnit's XML, too",
       .completes = Completes::kFile},
      {"--no-keep", "", "do not write what broke a law into <artifact>.kept beside the test"},
      {"--no-cache", "", "build again, and keep nothing of it"},
      {"--dump", "VALUE", "print what the test is derived from, and stop", {"facts"}},
  };
  out.examples = {
      {"combine test artifacts/compress/streaming_llm.h",
       "writes, builds and runs generated/tests/streaming_llm_test.cpp"},
      {"combine test --time=60s --seed=random artifacts/compress/streaming_llm.h",
       "the long search"},
      {"combine test --fuzz --time=5m artifacts/compress/streaming_llm.h",
       "a search that follows what it reaches"},
      {"combine test --service services/decode.h artifacts/model/llama.h",
       "with peers of the types that the service registers"},
      {"combine test --ranks --with Loader=RandomWeights --with Tokenizer=ByteTokenizer "
       "--with Compressor=SnapKv services/decode.h -- --model layers=2",
       "whether a compressor holds where ranks divide the heads, on a random model"},
      {"combine test --changed", "whatever a change can have broken"},
      {"combine test --explain newest_row_survives", "what that law asks"}};
  out.run = test;
  return out;
}

}  // namespace combiner
