#include "combiner/commands/build_test.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <future>
#include <set>

#include "combiner/cache.h"
#include "combiner/commands/make_room.h"
#include "combiner/commands/processes.h"
#include "combiner/digest.h"
#include "combiner/write_file.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

namespace fs = llvm::sys::fs;

constexpr double kCompileSeconds = 600;

/// Every sanitizer that finds what a wrong index or a wrong sum leaves. Of a test itself nothing is
/// optimized, since compiling takes longer than running; a search runs for long.
std::vector<std::string> compiler(const std::vector<std::string>& folders, TestTarget target) {
  const bool is_fuzz = target == TestTarget::kFuzz;
  std::vector<std::string> out = {
      COOP_CLANG,
      "-std=c++23",
      is_fuzz ? "-O1" : "-O0",
      "-g1",
      "-pthread",
      "-fopenmp",
      is_fuzz ? "-fsanitize=fuzzer,address,undefined" : "-fsanitize=address,undefined",
      "-fno-sanitize-recover=all",
      "-ftrivial-auto-var-init=pattern",  // what nobody initialized is not 0
      "-D_GLIBCXX_ASSERTIONS",            // `entries[entries.size()]`, within what is allocated
      "-Wno-unknown-pragmas",
      "-ferror-limit=3",
      "-ftemplate-backtrace-limit=2",
      "-DCOOP_TESTING=1"};
  for (const std::string& folder : folders) out.push_back("-I" + folder);
  return out;
}

/// Does a project's folder hold a header by the name of one of Coop's, which its own would hide?
bool hides_shipped(const std::string& folder, const std::string& home) {
  std::error_code error;
  for (const char* shipped : {"/testing", "/kernels/cpu", "/artifacts/model"})
    for (fs::directory_iterator it(home + shipped, error), end; it != end && !error;
         it.increment(error))
      if (fs::exists(folder + it->path().substr(home.size()))) return true;
  return false;
}

/// Folders in which what Coop ships for tests is found. Those of a project have no say, so that all
/// projects have the same precompiled header, unless they hide something.
std::vector<std::string> shipped_folders(const SourceTree& sources, const std::string& home) {
  const std::set<std::string> own = {home, home + "/include", home + "/kernels/cpu"};
  std::vector<std::string> out;
  for (const std::string& folder : sources.include_dirs) {
    if (own.count(folder))
      out.push_back(folder);
    else if (hides_shipped(folder, home))
      return sources.include_dirs;
  }
  return out;
}

/// The #include lines of what Coop ships for a test, in layers: what all tests share, and on top of
/// it what a kind of artifact has for itself. None for a test of an emission, over ranks.
std::vector<std::string> shipped_layers(llvm::StringRef text, const std::string& home) {
  const std::string shared = read_file(home + "/testing/precompiled.h").value_or("");
  std::string of_kind;
  for (const llvm::StringRef line : llvm::split(text, '\n')) {
    if (line == "#include \"testing/over_ranks.h\"") return {};
    if (line.starts_with("#include \"testing/") && !llvm::StringRef(shared).contains(line))
      of_kind += line.str() + "\n";
  }
  return {"#include \"testing/precompiled.h\"\n", of_kind};
}

/// The contents of all headers below testing/ and of the kernels beside them.
std::string shipped_contents(const std::string& home) {
  std::string out;
  for (const char* folder : {"/testing", "/kernels/cpu", "/include/coop"}) {
    std::vector<std::string> files;
    std::error_code error;
    for (fs::directory_iterator it(home + folder, error), end; it != end && !error;
         it.increment(error))
      files.push_back(it->path());
    llvm::sort(files);
    for (const std::string& file : files) out += file + "\n" + read_file(file).value_or("");
  }
  return out;
}

/// What is missing on this machine, in place of the compiler's words.
std::string explain(const std::string& output) {
  for (const char* header : {"gtest/gtest.h", "rapidcheck.h", "cblas.h"})
    if (output.find("'" + std::string(header) + "' file not found") != std::string::npos)
      return std::string(header) + " is missing: scripts/setup installs libgtest-dev, " +
             "librapidcheck-dev and libopenblas-dev\n";
  std::string out;  // who includes whom is ours to know
  for (const llvm::StringRef line : llvm::split(llvm::StringRef(output).rtrim(), '\n'))
    if (!line.starts_with("In file included from ")) out += line.str() + "\n";
  return out;
}

/// Nobody else makes `path`, in this process or another, while this lives.
class Alone {
 public:
  explicit Alone(const std::string& path)
      : file_(open((path + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    while (file_ >= 0 && flock(file_, LOCK_EX) != 0 && errno == EINTR) {
    }
  }
  ~Alone() {
    if (file_ >= 0) close(file_);
  }
  Alone(const Alone&) = delete;

 private:
  const int file_;
};

class Build {
 public:
  Build(const SourceTree& sources, std::string home, std::string cache, TestTarget target,
        OtherTexts others = {})
      : compiler_(compiler(sources.include_dirs, target)),
        shipped_compiler_(compiler(shipped_folders(sources, home), target)),
        home_(std::move(home)),
        cache_(std::move(cache)),
        target_(target),
        others_(std::move(others)) {
    for (const auto& [path, file] : sources.files) local_ += path + "\n" + file.text;
    shipped_ = shipped_contents(home_);
  }

  std::string digest_of(const std::string& text) const { return digest(same() + local_ + text); }

  BuiltTest run(const std::string& text) {
    BuiltTest out;
    out.folder = cache_ + "/tests/" + digest_of(text);
    const std::string program = out.folder + "/test";
    const bool is_new = !fs::exists(program);
    if (is_new) out.problem = build(text, program);
    note_use(out.folder);
    if (is_new) make_room(cache_ + "/tests", cache_limit());
    if (out.problem.empty()) out.program = program;
    return out;
  }

 private:
  /// Of every artifact, and of what is shipped.
  std::string same() const { return version() + llvm::join(compiler_, " ") + "\n" + shipped_; }
  std::string same_of_shipped() const {
    return version() + llvm::join(shipped_compiler_, " ") + "\n" + shipped_;
  }

  static const std::string& version() {
    static const std::string said = run_to_its_end({COOP_CLANG, "--version"}, {}, 60).output;
    return said;
  }

  /// Returns what went wrong; the program is there whole, or not at all.
  std::string build(const std::string& text, const std::string& program) {
    const std::string source = program + ".cpp", object = program + ".o";
    if (const std::string error = write_file(source, text); !error.empty()) return error + "\n";
    std::vector<std::string> words = {"-c", source}, linked = {object};
    std::string problem = overlay(program, words);
    std::vector<std::string> shipped;  // paths of layers, without an extension
    for (const std::string& includes : shipped_layers(text, home_)) {
      const std::string below = shipped.empty() ? "" : shipped.back();
      shipped.push_back(cache_ + "/tests/" + digest(same_of_shipped() + below + includes));
      if (problem.empty()) problem = precompile(includes, below, shipped.back());
    }
    if (!problem.empty()) return problem;
    if (!shipped.empty()) words.insert(words.end(), {"-include-pch", shipped.back() + ".pch"});
    std::vector<std::future<std::string>> beside;
    if (!shipped.empty() && is_compiled_once()) {
      for (const std::string& layer : llvm::reverse(shipped)) {
        linked.push_back(layer + ".o");
        beside.push_back(std::async(std::launch::async, [&] { return compile_shipped(layer); }));
      }
      // A test needs a part of them, and for the rest libraries lack something.
      linked.push_back("-Wl,--gc-sections");
    }
    problem = compile(compiler_, words, object);
    for (std::future<std::string>& other : beside)
      if (const std::string said = other.get(); problem.empty()) problem = said;
    if (!problem.empty()) return problem;
    linked.insert(linked.end(), {"-lgtest", "-lrapidcheck", "-lopenblas", "-lgomp"});
    if (target_ == TestTarget::kTest) linked.push_back("-lgtest_main");
    problem = compile(compiler_, linked, program);
    fs::remove(object);
    return problem;
  }

  /// Puts other texts in the place of headers, as the compiler sees them.
  std::string overlay(const std::string& program, std::vector<std::string>& words) const {
    if (others_.empty()) return "";
    llvm::json::Array roots;
    for (const auto& [path, text] : others_) {
      const std::string file = program + "." + std::to_string(roots.size()) + ".h";
      if (const std::string error = write_file(file, text); !error.empty()) return error + "\n";
      roots.push_back(
          llvm::json::Object{{"type", "file"}, {"name", path}, {"external-contents", file}});
    }
    const std::string list = program + ".overlay.yaml";
    const llvm::json::Value all = llvm::json::Object{
        {"version", 0}, {"use-external-names", false}, {"roots", std::move(roots)}};
    words.insert(words.end(), {"-ivfsoverlay", list});
    const std::string error = write_file(list, llvm::formatv("{0}\n", all).str());
    return error.empty() ? "" : error + "\n";
  }

  /// What a search covers is found in what it is linked of: it has all of it for itself.
  bool is_compiled_once() const { return target_ == TestTarget::kTest; }

  /// Reads a layer of what is shipped once for all tests that include it. Its functions, and what
  /// it makes of templates, are then compiled once as well, by compile_shipped: they are not in a
  /// test.
  std::string precompile(const std::string& includes, const std::string& below,
                         const std::string& shipped) {
    const std::string parsed = shipped + ".pch", header = shipped + ".h";
    const Alone alone(parsed);
    note_use(parsed);
    if (fs::exists(parsed)) return "";
    if (const std::string error = write_file(header, includes); !error.empty()) return error + "\n";
    // What is kept is known by its contents; a checkout gives headers new times.
    std::vector<std::string> words = {"-Xclang", "-fno-pch-timestamp", "-x", "c++-header", header};
    if (!below.empty()) words.insert(words.end(), {"-include-pch", below + ".pch"});
    if (is_compiled_once())
      words.insert(words.end(), {"-fpch-codegen", "-fpch-instantiate-templates"});
    return compile(shipped_compiler_, words, parsed);
  }

  /// Optimized: it is most of what a test runs.
  std::string compile_shipped(const std::string& shipped) {
    const std::string object = shipped + ".o";
    const Alone alone(object);
    note_use(object);
    if (fs::exists(object)) return "";
    return compile(shipped_compiler_, {"-O1", "-w", "-ffunction-sections", "-c", shipped + ".pch"},
                   object);
  }

  std::string compile(std::vector<std::string> words, const std::vector<std::string>& more,
                      const std::string& output) {
    const std::string unfinished = output + "." + std::to_string(getpid()) + ".new";
    words.insert(words.end(), more.begin(), more.end());
    words.insert(words.end(), {"-o", unfinished});
    const Ended ended = run_to_its_end(words, {}, kCompileSeconds);
    if (ended.is_fine() && !fs::rename(unfinished, output)) return "";
    fs::remove(unfinished);
    if (ended.timed_out) return "the compiler did not end\n";
    return ended.output.empty() ? "cannot run " + compiler_[0] + "\n" : explain(ended.output);
  }

  const std::vector<std::string> compiler_, shipped_compiler_;
  const std::string home_, cache_;
  const TestTarget target_;
  const OtherTexts others_;
  std::string local_, shipped_;
};

}  // namespace

std::string digest_of_test(const std::string& text, const SourceTree& sources,
                           const std::string& home, TestTarget target) {
  return Build(sources, home, "", target).digest_of(text);
}

BuiltTest build_test(const std::string& text, const SourceTree& sources, const std::string& home,
                     const std::string& cache, TestTarget target, const OtherTexts& others) {
  if (!cache.empty()) return Build(sources, home, cache, target, others).run(text);
  llvm::SmallString<128> temporary;
  if (fs::createUniqueDirectory("combine-test", temporary))
    return {"", "", "cannot make a temporary folder\n"};
  return Build(sources, home, temporary.str().str(), target, others).run(text);
}

}  // namespace combiner
