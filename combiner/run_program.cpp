#include "combiner/run_program.h"

#include <cstdlib>

#include "combiner/digest.h"
#include "combiner/write_file.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

std::string cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME")) return std::string(cache) + "/coop";
  if (const char* home = std::getenv("HOME")) return std::string(home) + "/.cache/coop";
  return "/tmp/coop";
}

/// The words of the banner's `// Build: ` line.
std::vector<std::string> build_command(const std::string& text) {
  const std::string kMark = "// Build: ";
  const size_t begin = text.find(kMark) + kMark.size();
  llvm::SmallVector<llvm::StringRef, 16> words;
  llvm::StringRef(text).slice(begin, text.find('\n', begin)).split(words, ' ');
  std::vector<std::string> out;
  for (llvm::StringRef word : words) out.push_back(word.str());
  return out;
}

int execute(const std::vector<std::string>& command) {
  auto program = llvm::sys::findProgramByName(command[0]);
  if (!program) {
    llvm::errs() << "combine: error: cannot find '" << command[0]
                 << "' to compile the program; scripts/setup installs it\n";
    return 1;
  }
  std::vector<llvm::StringRef> words(command.begin(), command.end());
  std::string message;
  const int code = llvm::sys::ExecuteAndWait(*program, words, std::nullopt, {}, 0, 0, &message);
  if (code < 0) llvm::errs() << "combine: error: " << command[0] << ": " << message << "\n";
  return code;
}

}  // namespace

int run_program(const std::string& text, const std::string& name,
                const std::vector<std::string>& arguments) {
  const std::string folder = cache_folder() + "/run/" + digest(text);
  std::vector<std::string> build = build_command(text);
  const std::string program = folder + "/" + build.back();
  if (!llvm::sys::fs::exists(program)) {
    const std::string source = folder + "/" + name;
    if (const std::string error = write_file(source, text); !error.empty()) {
      llvm::errs() << "combine: error: " << error << "\n";
      return 1;
    }
    llvm::errs() << "combine: compiling " << source << "\n";
    const std::string unfinished = program + ".new";
    for (std::string& word : build)
      if (word == name) word = source;
    build.back() = unfinished;
    if (const int code = execute(build)) {
      llvm::errs() << "combine: error: the compiler failed: " << llvm::join(build, " ") << "\n";
      return code < 0 ? 1 : code;
    }
    if (auto error = llvm::sys::fs::rename(unfinished, program)) {
      llvm::errs() << "combine: error: " << error.message() << "\n";
      return 1;
    }
  }
  std::vector<std::string> command = {program};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const int code = execute(command);
  return code < 0 ? 1 : code;
}

}  // namespace combiner
