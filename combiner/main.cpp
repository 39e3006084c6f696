// The command. Only this file writes to the disk.
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <optional>

#include "combiner/combine.h"
#include "combiner/list_resources.h"
#include "combiner/main_text.h"
#include "combiner/run_program.h"
#include "combiner/write_file.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

namespace path = llvm::sys::path;

constexpr const char kHelp[] = R"(combine: artifacts written alone become one flat program.

  combine [options] SERVICE             write the program of a service
  combine run [options] SERVICE -- ...  write, compile and run it; what follows -- goes to it
  combine list [options] SERVICE        every resource that an artifact can reach
  combine --help | --version

SERVICE is a header with one `struct X : coop::Service`, e.g. services/decode.h.

Options
  --scale=SCALE          single-gpu (default)
  --device=DEVICE        cuda (default) or cpu
  --with SLOT=ARTIFACT   fill a slot of the service, e.g. --with Compressor=NoCompression
  -o FILE                where to write, - for standard output; by default
                         generated/<service>/<scale>.cu or .cpp below the project's folder.
                         A map of lines is written beside a file.
  --cuda-path=DIR        the CUDA toolkit; else $CUDA_PATH, /usr/local/cuda, or what
                         scripts/setup --cuda has put in place
  --dump=STAGE           stop behind a stage and print it: registry, bound, crop, plan, pieces, unit
  --time                 print how long each stage took

Examples
  combine --scale=single-gpu services/decode.h
  combine --device=cpu services/decode.h -o decode.cpp
  combine run --device=cpu services/decode.h -- --model examples/models/tiny --prompt "Once"
)";

struct Options {
  enum class Command { kEmit, kRun, kList } command = Command::kEmit;
  Request request;
  std::string output, dump;
  bool time = false;
  std::vector<std::string> arguments;  // behind --
};

[[noreturn]] void usage_error(const std::string& message) {
  llvm::errs() << "combine: error: " << message << " (see combine --help)\n";
  std::exit(2);
}

std::string absolute(const std::string& file) {
  llvm::SmallString<256> out(file);
  llvm::sys::fs::make_absolute(out);
  path::remove_dots(out, /*remove_dot_dot=*/true);
  return out.str().str();
}

std::string current_directory() {
  llvm::SmallString<256> out;
  llvm::sys::fs::current_path(out);
  return out.str().str();
}

/// Where Coop's own headers are: $COOP_HOME, beside the installed command, or its source tree.
std::string find_home(const char* argv0) {
  if (const char* home = std::getenv("COOP_HOME")) return absolute(home);
  const std::string self =
      llvm::sys::fs::getMainExecutable(argv0, reinterpret_cast<void*>(&find_home));
  llvm::SmallString<256> installed(path::parent_path(path::parent_path(self)));
  path::append(installed, "share", "coop");
  if (llvm::sys::fs::exists(installed + "/include/coop/artifact.h")) return installed.str().str();
  return COOP_SOURCE_DIR;
}

std::string find_cuda(const std::string& given) {
  std::vector<std::string> places = {given};
  if (given.empty()) {
    if (const char* cuda = std::getenv("CUDA_PATH")) places.push_back(cuda);
    places.push_back("/usr/local/cuda");
    const char* data = std::getenv("XDG_DATA_HOME");
    const char* home = std::getenv("HOME");
    const std::string base = data   ? data
                             : home ? std::string(home) + "/.local/share"
                                    : "/nonexistent";
    places.push_back(base + "/coop/cuda");
    places.push_back(base + "/coop/cuda/nvidia/cu13");
  }
  for (const std::string& place : places)
    if (!place.empty() && llvm::sys::fs::exists(place + "/include/cuda_runtime.h")) return place;
  return "";
}

Scale parse_scale(llvm::StringRef value) {
  for (Scale scale : {Scale::kSingleGpu, Scale::kNode, Scale::kCluster})
    if (value == name_of(scale)) return scale;
  usage_error("no scale '" + value.str() + "': single-gpu, node or cluster");
}

Device parse_device(llvm::StringRef value) {
  for (Device device : {Device::kCuda, Device::kCpu})
    if (value == name_of(device)) return device;
  usage_error("no device '" + value.str() + "': cuda or cpu");
}

Options parse_options(int argc, char** argv) {
  Options out;
  std::vector<std::string> words(argv + 1, argv + argc);
  std::string service, cuda_path;
  size_t i = 0;
  if (i < words.size() && (words[i] == "run" || words[i] == "list")) {
    out.command = words[i] == "run" ? Options::Command::kRun : Options::Command::kList;
    ++i;
  }
  for (; i < words.size(); ++i) {
    llvm::StringRef word = words[i];
    auto value = [&](llvm::StringRef name) -> std::optional<llvm::StringRef> {
      if (word == name) {
        if (i + 1 == words.size()) usage_error(name.str() + " wants a value");
        return llvm::StringRef(words[++i]);
      }
      llvm::StringRef rest = word;
      if (rest.consume_front(name) && rest.consume_front("=")) return rest;
      return std::nullopt;
    };
    if (word == "--") {
      out.arguments.assign(words.begin() + i + 1, words.end());
      break;
    }
    if (auto scale = value("--scale"))
      out.request.scale = parse_scale(*scale);
    else if (auto device = value("--device"))
      out.request.device = parse_device(*device);
    else if (auto cuda = value("--cuda-path"))
      cuda_path = cuda->str();
    else if (auto output = value("-o"))
      out.output = output->str();
    else if (auto dump = value("--dump"))
      out.dump = dump->str();
    else if (word == "--time")
      out.time = true;
    else if (auto with = value("--with")) {
      auto [slot, artifact] = with->split('=');
      if (slot.empty() || artifact.empty())
        usage_error("--with wants SLOT=ARTIFACT, not '" + with->str() + "'");
      out.request.with[slot.str()] = artifact.str();
    } else if (word.starts_with("-")) {
      usage_error("unknown option '" + word.str() + "'");
    } else if (service.empty()) {
      service = word.str();
    } else {
      usage_error("one service at a time: '" + service + "' and '" + word.str() + "'");
    }
  }
  if (service.empty()) usage_error("which service? Give its header, e.g. services/decode.h");
  if (!out.dump.empty() && std::find(kStages.begin(), kStages.end(), out.dump) == kStages.end())
    usage_error("no stage '" + out.dump + "' to dump");
  out.request.service = absolute(service);
  out.request.directory = current_directory();
  out.request.home = find_home(argv[0]);
  if (out.request.device == Device::kCuda) out.request.cuda_path = find_cuda(cuda_path);
  return out;
}

/// What no stage can mend: said before the work starts.
Diagnostics check_request(const Options& options) {
  const Request& request = options.request;
  Diagnostics out;
  if (request.scale != Scale::kSingleGpu) {
    out.push_back(diagnose(DiagnosticName::unsupported_scale, {}, name_of(request.scale)));
    out.back().notes.push_back({"what works today: --scale=single-gpu", {}});
  }
  if (request.device == Device::kCuda && request.cuda_path.empty() &&
      options.command != Options::Command::kList) {
    out.push_back(diagnose(DiagnosticName::missing_toolkit, {}));
    out.back().notes.push_back({"scripts/setup --cuda gets them: no root, no driver, no GPU", {}});
    out.back().notes.push_back({"or give their folder: --cuda-path=DIR", {}});
    out.back().notes.push_back({"--device=cpu needs none", {}});
  }
  return out;
}

void say(const Diagnostics& diagnostics, const SourceTree& sources) {
  llvm::errs() << print(diagnostics, sources, current_directory(), isatty(2));
}

/// An emission that does not parse is our bug: it is kept, and how to see it again is said.
void report_bug(const Options& options, const Outcome& outcome) {
  llvm::SmallString<256> kept;
  if (llvm::sys::fs::createTemporaryFile("combine-rejected", "cpp", kept)) return;
  if (!write_file(kept.str().str(), outcome.rejected_text).empty()) return;
  llvm::errs()
      << "note: nothing was written. This is a bug of combine, not of yours; the text is in "
      << kept << "\nnote: to reproduce: combine --scale=" << name_of(options.request.scale)
      << " --device=" << name_of(options.request.device);
  for (const auto& [slot, artifact] : options.request.with)
    llvm::errs() << " --with " << slot << "=" << artifact;
  llvm::errs() << " " << options.request.service << "\n";
}

std::string default_output(const Options& options, const Outcome& outcome) {
  return outcome.sources.root + "/generated/" + snake_case(outcome.registry.service.name) + "/" +
         name_of(options.request.scale) +
         (options.request.device == Device::kCuda ? ".cu" : ".cpp");
}

int emit(const Options& options, const Outcome& outcome) {
  if (options.output == "-") {
    llvm::outs() << outcome.emission->text;
    return 0;
  }
  const std::string output =
      options.output.empty() ? default_output(options, outcome) : absolute(options.output);
  for (const auto& [file, text] : {std::pair{output, outcome.emission->text},
                                   std::pair{output + ".map.json", outcome.emission->map}}) {
    const std::string error = write_file(file, text);
    if (error.empty()) continue;
    llvm::errs() << "combine: error: cannot write '" << file << "': " << error << "\n";
    return 1;
  }
  if (options.output.empty()) llvm::outs() << output << "\n";
  return 0;
}

int main_of(const Options& options) {
  Diagnostics impossible = check_request(options);
  if (has_errors(impossible)) {
    say(impossible, {});
    return 1;
  }
  auto files = llvm::vfs::getRealFileSystem();
  if (options.command == Options::Command::kList) {
    const Outcome outcome = read_service(options.request, files);
    say(outcome.diagnostics, outcome.sources);
    if (has_errors(outcome.diagnostics)) return 1;
    llvm::outs() << list_resources(outcome.registry, outcome.sources);
    return 0;
  }
  // The name stands in the banner, so it must be known before the service is.
  const bool cuda = options.request.device == Device::kCuda;
  const bool has_name = !options.output.empty() && options.output != "-";
  const std::string name = !has_name || options.command == Options::Command::kRun
                               ? name_of(options.request.scale) + std::string(cuda ? ".cu" : ".cpp")
                               : path::filename(options.output).str();
  const bool terminal = isatty(2);
  const Outcome outcome =
      combine(options.request, name, options.dump, files, [&](const char* stage) {
        if (terminal) llvm::errs() << "\r\033[Kcombine: " << stage << "\r";
      });
  if (terminal) llvm::errs() << "\033[K";
  say(outcome.diagnostics, outcome.sources);
  if (options.time)
    for (const auto& [stage, seconds] : outcome.seconds)
      llvm::errs() << llvm::formatv("{0,8:F3} s  {1}\n", seconds, stage);
  if (!outcome.rejected_text.empty()) report_bug(options, outcome);
  if (has_errors(outcome.diagnostics)) return 1;
  if (!options.dump.empty()) {
    llvm::outs() << outcome.dump;
    return 0;
  }
  if (options.command == Options::Command::kRun)
    return run_program(outcome.emission->text, name, options.arguments);
  return emit(options, outcome);
}

}  // namespace
}  // namespace combiner

int main(int argc, char** argv) {
  for (int i = 1; i < argc && llvm::StringRef(argv[i]) != "--"; ++i) {
    if (llvm::StringRef(argv[i]) == "--help" || llvm::StringRef(argv[i]) == "-h") {
      llvm::outs() << combiner::kHelp;
      return 0;
    }
    if (llvm::StringRef(argv[i]) == "--version") {
      llvm::outs() << "combine " COOP_VERSION " (LLVM " COOP_LLVM_VERSION ")\n";
      return 0;
    }
  }
  if (argc == 1) {
    llvm::errs() << combiner::kHelp;
    return 2;
  }
  return combiner::main_of(combiner::parse_options(argc, argv));
}
