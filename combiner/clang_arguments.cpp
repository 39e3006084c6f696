#include "combiner/clang_arguments.h"

#include "combiner/read_sources.h"

namespace combiner {

std::vector<Side> sides_of(const Request& request) {
  if (request.device == Device::kCuda) return {Side::kHost, Side::kDevice};
  return {Side::kHost};
}

std::vector<std::string> clang_arguments(const Request& request, const SourceTree& sources,
                                         Side side, const std::string& standard,
                                         const std::string& main_path) {
  std::vector<std::string> out = {COOP_CLANG, "-fsyntax-only", "-std=" + standard, "-fopenmp",
                                  "-resource-dir=" COOP_CLANG_RESOURCES,
                                  // the author's call is the last of them
                                  "-ftemplate-backtrace-limit=0"};
  if (request.device == Device::kCuda) {
    out.insert(out.end(), {"-x", "cuda", "--cuda-path=" + request.cuda_path,
                           "--no-cuda-version-check", "--cuda-gpu-arch=sm_90", "-nocudalib",
                           "-Wno-unknown-cuda-version", "-I" + request.cuda_path + "/include/cccl",
                           side == Side::kHost ? "--cuda-host-only" : "--cuda-device-only"});
  } else {
    out.insert(out.end(), {"-x", "c++"});
  }
  for (const std::string& directory : request.mpi_includes)
    out.insert(out.end(), {"-isystem", directory});
  if (!sources.files.empty()) {
    for (const std::string& macro : target_macros(request)) out.push_back("-D" + macro);
    for (const std::string& directory : sources.include_dirs) out.push_back("-I" + directory);
  }
  out.push_back(main_path);
  return out;
}

}  // namespace combiner
