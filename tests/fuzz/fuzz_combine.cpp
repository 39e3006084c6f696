// Changes the inputs of tests at random, and sees that `combine` ends well: with an emission, or
// with an error that its author can act on.
//
//   fuzz_combine [--seconds=N] [--cases=N] [--seed=N] [--findings=DIR] [--compiler=PATH] FOLDER...
//   fuzz_combine [--compiler=PATH] FILE...
//
// Files are checked as they are. Of folders, every *.txt is checked as it is, and then, for N
// seconds or cases, changes of all of their inputs. A case is decided by the seed and its number
// alone; the seed 0 stands for one that nobody knows before. What is found is written into DIR; the
// exit status is 1 when there is anything.
#include <sys/mman.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <random>
#include <set>

#include "combiner/run_apart.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/mutate.h"

namespace fuzz {
namespace {

constexpr unsigned kSecondsPerCase = 60;  // a hang; a case takes a tenth of a second
constexpr uint64_t kBatch = 25;           // cases in one process
constexpr uint64_t kCompiled = 10;        // of so many emissions, one is given to the compiler
constexpr size_t kFindingsMax = 20;
constexpr size_t kSeedBytesMax = 6'000;

struct Options {
  double seconds = 60;
  uint64_t cases = UINT64_MAX, seed = 1;
  std::string findings = ".", compiler;
  std::vector<std::string> places;
};

struct Seed {
  std::string path;
  Input input;
};

/// What the processes of the batches tell.
struct Told {
  uint64_t done = 0, emitted = 0, compiled = 0, crashes_of_clang = 0;
  char wrong[4000] = "";
};

Seed read(const std::string& path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return {path, buffer ? parse((*buffer)->getBuffer().str()) : Input{}};
}

std::vector<Seed> seeds_below(const std::vector<std::string>& folders) {
  std::set<std::string> paths;
  for (const std::string& folder : folders) {
    std::error_code error;
    for (llvm::sys::fs::recursive_directory_iterator it(folder, error), end; it != end && !error;
         it.increment(error)) {
      const llvm::StringRef extension = llvm::sys::path::extension(it->path());
      if (extension == ".txt" || extension == ".cpp" || extension == ".h") paths.insert(it->path());
    }
  }
  std::vector<Seed> out;
  for (const std::string& path : paths)
    if (Seed seed = read(path); !seed.input.empty() && print(seed.input).size() < kSeedBytesMax &&
                                print(seed.input).find("coop/") != std::string::npos)
      out.push_back(std::move(seed));
  return out;
}

class Run {
 public:
  explicit Run(Options options) : options_(std::move(options)) {
    told_ =
        new (mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
            Told;
  }

  /// Cases [0, count), or as many as there is time for.
  template <class Case>
  void cases(uint64_t count, Case input_of) {
    const auto start = std::chrono::steady_clock::now();
    auto seconds = [&] {
      return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    };
    for (uint64_t next = 0; next < count && seconds() < options_.seconds;) {
      const uint64_t end = std::min(count, next + kBatch);
      told_->done = next;
      told_->wrong[0] = 0;
      const int status = combiner::run_apart(
          [&] {
            for (; told_->done < end && seconds() < options_.seconds; ++told_->done)
              if (!is_well(input_of(told_->done))) return 1;
            return 0;
          },
          [&](const char* stage, int signal) {
            tell(llvm::formatv("{0} in the stage {1}", strsignal(signal), stage).str());
            return 1;
          });
      cases_ += told_->done - next + (status != 0);
      next = told_->done + (status != 0);
      if (status == 0) continue;
      keep(input_of(told_->done), next - 1);
      if (found_ == kFindingsMax) return;
    }
  }

  int summary() const {
    llvm::outs() << llvm::formatv(
        "{0} cases, {1} emitted, {2} of these compiled, {3} findings; seed {4}\n", cases_,
        told_->emitted, told_->compiled, found_, options_.seed);
    return found_ > 0;
  }

 private:
  void tell(const std::string& wrong) {
    std::strncpy(told_->wrong, wrong.c_str(), sizeof(told_->wrong) - 1);
  }

  bool is_well(const Input& input) {
    alarm(kSecondsPerCase);
    Finding finding = check(input);
    if (finding.emitted && finding.wrong.empty() && told_->emitted++ % kCompiled == 0 &&
        !options_.compiler.empty()) {
      ++told_->compiled;
      finding.wrong = compile(finding.emission, options_.compiler);
    }
    alarm(0);
    if (!finding.wrong.empty()) tell(finding.wrong);
    return finding.wrong.empty();
  }

  void keep(const Input& input, uint64_t number) {
    ++found_;
    const std::string path =
        llvm::formatv("{0}/{1}-{2}.txt", options_.findings, options_.seed, number).str();
    std::error_code error = llvm::sys::fs::create_directories(options_.findings);
    llvm::raw_fd_ostream(path, error) << print(input);
    llvm::outs() << "---- " << path << "\n" << told_->wrong << "\n";
    llvm::outs().flush();
  }

  Options options_;
  Told* told_;
  uint64_t cases_ = 0;
  size_t found_ = 0;
};

Options parse_options(int argc, char** argv) {
  Options out;
  for (int i = 1; i < argc; ++i) {
    llvm::StringRef word = argv[i];
    if (word.consume_front("--seconds="))
      word.getAsDouble(out.seconds);
    else if (word.consume_front("--cases="))
      word.getAsInteger(10, out.cases);
    else if (word.consume_front("--seed="))
      word.getAsInteger(10, out.seed);
    else if (word.consume_front("--findings="))
      out.findings = word.str();
    else if (word.consume_front("--compiler="))
      out.compiler = word.str();
    else
      out.places.push_back(word.str());
  }
  if (out.seed == 0) out.seed = std::random_device()();
  return out;
}

int fuzz(const Options& options) {
  Run run(options);
  if (!options.places.empty() && !llvm::sys::fs::is_directory(options.places[0])) {
    run.cases(options.places.size(), [&](uint64_t i) { return read(options.places[i]).input; });
    return run.summary();
  }
  const std::vector<Seed> seeds = seeds_below(options.places);
  if (seeds.empty()) {
    llvm::errs() << "fuzz_combine: error: no inputs\n";
    return 2;
  }
  std::vector<const Seed*> kept;
  for (const Seed& seed : seeds)
    if (llvm::StringRef(seed.path).ends_with(".txt")) kept.push_back(&seed);
  run.cases(kept.size(), [&](uint64_t i) { return kept[i]->input; });
  run.cases(options.cases, [&](uint64_t i) {
    Random random(options.seed * 1'000'003 + i);
    const Seed& one = seeds[random() % seeds.size()];
    return mutate(one.input, seeds[random() % seeds.size()].input, random);
  });
  return run.summary();
}

}  // namespace
}  // namespace fuzz

int main(int argc, char** argv) { return fuzz::fuzz(fuzz::parse_options(argc, argv)); }
