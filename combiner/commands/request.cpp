#include "combiner/commands/request.h"

#include <cstdlib>

#include "combiner/commands/options.h"
#include "combiner/commands/processes.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"

namespace combiner {
namespace {

namespace path = llvm::sys::path;

/// Where headers that were parsed are kept; empty: nowhere.
std::string find_cache() {
  const char* own = std::getenv("COOP_CACHE");
  if (own) return *own ? absolute(own) : "";
  const char* caches = std::getenv("XDG_CACHE_HOME");
  if (caches && *caches) return absolute(caches) + "/coop";
  const char* home = std::getenv("HOME");
  return home && *home ? absolute(home) + "/.cache/coop" : "";
}

constexpr Scale kScales[] = {Scale::kSingleGpu, Scale::kNode, Scale::kCluster};
constexpr Device kDevices[] = {Device::kCuda, Device::kCpu};

template <class Value, size_t kCount>
std::vector<std::string> names_of(const Value (&values)[kCount]) {
  std::vector<std::string> out;
  for (const Value value : values) out.push_back(name_of(value));
  return out;
}

/// `name` is one of the names, for the table allows no other.
template <class Value, size_t kCount>
Value parse(const Value (&values)[kCount], const std::string& name) {
  for (const Value value : values)
    if (name == name_of(value)) return value;
  return values[0];
}

}  // namespace

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

/// The folders that MPI's compiler adds, in its order.
static std::vector<std::string> find_mpi() {
  std::vector<std::string> out;
  const auto compiler = llvm::sys::findProgramByName("mpicxx");
  if (!compiler) return out;
  llvm::SmallVector<llvm::StringRef> words;
  const Ended shown = run_to_its_end({*compiler, "-show"}, {}, 10);
  llvm::StringRef(shown.output).split(words, ' ');
  for (llvm::StringRef word : words)
    if (word.consume_front("-I")) out.push_back(word.trim().str());
  return out;
}

Operand service_operand() {
  return {.name = "SERVICE",
          .missing = "which service? Give its header, e.g. services/decode.h",
          .completes = Completes::kFile};
}

std::vector<Option> request_options() {
  return {
      {"--scale", "SCALE",
       "single-gpu (default); node, a rank for each GPU of a machine, in one process; or cluster, "
       "a "
       "process for each rank",
       names_of(kScales)},
      {.name = "--engine",
       .value = "ENGINE",
       .help =
           "of scale cluster: mpi (default), which starts the ranks; or zmq, where processes are "
           "started one by one and call what others own",
       .values = {"mpi", "zmq"}},
      {"--device", "DEVICE", "cuda (default) or cpu", names_of(kDevices)},
      {.name = "--with",
       .value = "SLOT=ARTIFACT",
       .help = "fill a slot of the service, e.g. --with Compressor=NoCompression",
       .completes = Completes::kSlot},
      {.name = "--cuda-path",
       .value = "DIR",
       .help = "the CUDA toolkit; else $CUDA_PATH, /usr/local/cuda, or what scripts/setup --cuda "
               "has put in place",
       .completes = Completes::kFolder},
      {.name = "--no-cache",
       .help = "parse every header again; else what was parsed is kept in $COOP_CACHE, "
               "$XDG_CACHE_HOME/coop or ~/.cache/coop"},
  };
}

std::vector<Option> request_options_and(std::vector<Option> more) {
  std::vector<Option> out = request_options();
  out.insert(out.end(), more.begin(), more.end());
  return out;
}

Request request_of(const Invocation& invocation, size_t service) {
  Request out;
  out.service = absolute(invocation.operands.at(service));
  out.directory = current_directory();
  out.home = find_home();
  out.scale = parse(kScales, invocation.value("--scale"));
  out.device = parse(kDevices, invocation.value("--device"));
  if (out.device == Device::kCuda) out.cuda_path = find_cuda(invocation.value("--cuda-path"));
  out.without_mpi = invocation.value("--engine") == "zmq";
  if (out.scale == Scale::kCluster && !out.without_mpi) out.mpi_includes = find_mpi();
  out.check_all = invocation.has("--check-all");
  out.contracts = invocation.has("--contracts");
  if (!invocation.has("--no-cache")) out.cache = find_cache();
  if (!invocation.has("--with")) return out;
  for (const std::string& with : invocation.options.at("--with")) {
    const auto [slot, artifact] = llvm::StringRef(with).split('=');
    if (slot.empty() || artifact.empty())
      usage_error("--with wants SLOT=ARTIFACT, not '" + with + "'", invocation.command);
    out.with[slot.str()] = artifact.str();
  }
  return out;
}

Diagnostics check_request(const Request& request) {
  Diagnostics out;
  if (request.without_mpi && request.scale != Scale::kCluster)
    out.push_back(diagnose(DiagnosticName::engine_without_cluster, {}));
  else if (request.scale == Scale::kCluster && !request.without_mpi && request.mpi_includes.empty())
    out.push_back(diagnose(DiagnosticName::missing_mpi, {}));
  if (request.device == Device::kCuda && request.cuda_path.empty()) {
    out.push_back(diagnose(DiagnosticName::missing_toolkit, {}));
    out.back().notes.push_back({"scripts/setup --cuda gets them: no root, no driver, no GPU", {}});
    out.back().notes.push_back({"or give their folder: --cuda-path=DIR", {}});
    out.back().notes.push_back({"--device=cpu needs none", {}});
  }
  return out;
}

std::string command_of(const Request& request) {
  std::string out = "combine --scale=" + std::string(name_of(request.scale)) +
                    " --device=" + name_of(request.device) +
                    (request.without_mpi ? " --engine=zmq" : "");
  for (const auto& [slot, artifact] : request.with) out += " --with " + slot + "=" + artifact;
  return out + (request.contracts ? " --contracts" : "") + " " + shown(request.service);
}

std::string find_home() {
  if (const char* home = std::getenv("COOP_HOME")) return absolute(home);
  const std::string self =
      llvm::sys::fs::getMainExecutable("combine", reinterpret_cast<void*>(&find_home));
  llvm::SmallString<256> installed(path::parent_path(path::parent_path(self)));
  path::append(installed, "share", "coop");
  if (llvm::sys::fs::exists(installed + "/include/coop/artifact.h")) return installed.str().str();
  return COOP_SOURCE_DIR;
}

std::string absolute(const std::string& file) {
  llvm::SmallString<256> out(file);
  llvm::sys::fs::make_absolute(out);
  path::remove_dots(out, /*remove_dot_dot=*/true);
  return out.str().str();
}

std::string shown(const std::string& file) {
  llvm::StringRef out = file;
  return out.consume_front(current_directory() + "/") ? out.str() : file;
}

std::string current_directory() {
  llvm::SmallString<256> out;
  llvm::sys::fs::current_path(out);
  return out.str().str();
}

}  // namespace combiner
