// Request → SourceTree.
#include "combiner/read_sources.h"

#include "combiner/outline.h"
#include "llvm/Support/Parallel.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

namespace path = llvm::sys::path;

std::string join(llvm::StringRef directory, llvm::StringRef name) {
  llvm::SmallString<256> out(directory);
  path::append(out, name);
  path::remove_dots(out, /*remove_dot_dot=*/true);
  return out.str().str();
}

std::string device_of(Device device) { return name_of(device); }

/// The nearest folder above the service from which one of its quoted includes resolves; without
/// any, the parent of a folder named services, or the service's own. Of an artifact, the parent of
/// the folder named artifacts that it lies in.
std::string find_root(const std::string& service, const Outline& outline,
                      llvm::vfs::FileSystem& files) {
  const std::string own = path::parent_path(service).str();
  for (llvm::StringRef above = own; !above.empty() && above != path::root_path(above);
       above = path::parent_path(above)) {
    for (const IncludeDirective& include : outline.includes)
      if (!include.angled && llvm::StringRef(include.spelled).contains('/') &&
          files.exists(join(above, include.spelled)))
        return above.str();
  }
  for (llvm::StringRef above = own; !above.empty(); above = path::parent_path(above))
    if (path::filename(above) == "artifacts") return path::parent_path(above).str();
  return path::filename(own) == "services" ? path::parent_path(own).str() : own;
}

std::optional<std::string> read(const std::string& file, llvm::vfs::FileSystem& files) {
  auto buffer = files.getBufferForFile(file);
  if (!buffer) return std::nullopt;
  return (*buffer)->getBuffer().str();
}

/// Why it cannot be the header of a service, before it is opened: a pipe would never end.
std::string obstacle_to(const std::string& service, llvm::vfs::FileSystem& files) {
  const auto status = files.status(service);
  if (!status) return status.getError().message();
  if (status->isDirectory()) return "it is a folder";
  if (!status->isRegularFile()) return "it is no regular file";
  if (service.find_first_of("\"\n") != std::string::npos)
    return "no #include can name a file with a quote or a line break in its path";
  return "";
}

struct Found {
  std::string file;
  std::string name;  // as headings show it
};

std::string display_name(const std::string& file, const SourceTree& tree, const Request& request) {
  for (const std::string& base :
       {tree.root, request.home + "/include", request.home, request.directory}) {
    llvm::StringRef rest = file;
    if (rest.consume_front(base) && rest.consume_front("/")) return rest.str();
  }
  return path::filename(file).str();
}

std::optional<Found> resolve(const IncludeDirective& include, const std::string& from,
                             const SourceTree& tree, const Request& request,
                             llvm::vfs::FileSystem& files) {
  std::vector<std::string> directories;
  if (!include.angled) directories.push_back(path::parent_path(from).str());
  if (!include.angled || llvm::StringRef(include.spelled).starts_with("coop/"))
    directories.insert(directories.end(), tree.include_dirs.begin(), tree.include_dirs.end());
  for (const std::string& directory : directories) {
    const std::string candidate = join(directory, include.spelled);
    auto status = files.status(candidate);
    if (status && status->isRegularFile())
      return Found{candidate, display_name(candidate, tree, request)};
  }
  return std::nullopt;
}

/// A kernel that the other device has, or a header that is nowhere.
Diagnostic missing(const IncludeDirective& include, const SourceTree& tree, const Request& request,
                   llvm::vfs::FileSystem& files) {
  const Device other = request.device == Device::kCpu ? Device::kCuda : Device::kCpu;
  for (const std::string& base : {tree.root, request.home}) {
    const std::string candidate = join(base, "kernels/" + device_of(other) + "/" + include.spelled);
    if (!files.exists(candidate)) continue;
    Diagnostic out = diagnose(DiagnosticName::missing_kernel, include.range, include.spelled,
                              name_of(request.device));
    out.notes.push_back(
        {llvm::formatv("device {0} has it: kernels/{0}/{1}", name_of(other), include.spelled).str(),
         {}});
    out.notes.push_back({llvm::formatv("write kernels/{0}/{1} with the same functions, or pass "
                                       "--device={2}",
                                       name_of(request.device), include.spelled, name_of(other))
                             .str(),
                         {}});
    return out;
  }
  Diagnostic out = diagnose(DiagnosticName::include_not_found, include.range, include.spelled);
  std::string places = "looked beside the file";
  for (const std::string& directory : tree.include_dirs) places += ", in " + directory;
  out.notes.push_back({places, {}});
  return out;
}

}  // namespace

std::vector<std::string> target_macros(const Request& request) {
  auto is = [](const char* name, bool value) { return std::string(name) + (value ? "=1" : "=0"); };
  return {is("COOP_SINGLE_GPU", request.scale == Scale::kSingleGpu),
          is("COOP_NODE", request.scale == Scale::kNode),
          is("COOP_CLUSTER", request.scale == Scale::kCluster),
          is("COOP_CUDA", request.device == Device::kCuda),
          is("COOP_CPU", request.device == Device::kCpu)};
}

std::string world_header(const Request& request) {
  if (request.without_mpi) return join(request.home, "templates/zmq/world.h");
  return join(request.home, std::string("templates/") + name_of(request.scale) + "/" +
                                device_of(request.device) + "/world.h");
}

std::string owned_header(const Request& request) {
  if (request.without_mpi) return join(request.home, "templates/zmq/network.h");
  return join(request.home, request.scale == Scale::kCluster ? "templates/cluster/network.h"
                                                             : "templates/node/owned.h");
}

std::string keyed_header(const Request& request) {
  return join(request.home, request.scale == Scale::kCluster ? "templates/cluster/keyed.h"
                                                             : "templates/node/keyed.h");
}

std::string move_header(const Request& request) {
  return join(request.home,
              request.scale == Scale::kCluster ? "templates/cluster/move.h" : "templates/give.h");
}

Result<SourceTree> read_sources(const Request& request, const std::vector<std::string>& extra,
                                llvm::vfs::FileSystem& files) {
  Result<SourceTree> result;
  SourceTree tree;
  const std::string obstacle = obstacle_to(request.service, files);
  const auto service_text = obstacle.empty() ? read(request.service, files) : std::nullopt;
  if (!service_text) {
    result.diagnostics.push_back(diagnose(DiagnosticName::cannot_read, {}, request.service,
                                          obstacle.empty() ? "not readable" : obstacle));
    return result;
  }
  const std::vector<std::string> macros = target_macros(request);
  tree.root =
      find_root(request.service, outline({"", request.service, *service_text}, macros), files);
  for (const std::string& base : {tree.root, request.home}) {
    tree.include_dirs.push_back(base);
    tree.include_dirs.push_back(join(base, "kernels/" + device_of(request.device)));
  }
  if (request.scale != Scale::kSingleGpu)
    tree.include_dirs.push_back(llvm::sys::path::parent_path(world_header(request)).str());
  tree.include_dirs.push_back(join(request.home, "include"));

  std::vector<Found> queue = {{request.service, display_name(request.service, tree, request)}};
  for (const std::string& file : extra) queue.push_back({file, display_name(file, tree, request)});
  std::set<std::string> seen;
  for (const Found& first : queue) seen.insert(first.file);
  std::vector<std::optional<std::string>> texts;  // of the files in the queue, and their outlines
  std::vector<Outline> outlines;
  for (size_t i = 0; i < queue.size(); ++i) {
    if (i == outlines.size()) {  // what the files until here include, side by side
      texts.resize(queue.size());
      outlines.resize(queue.size());
      llvm::parallelFor(i, queue.size(), [&](size_t each) {
        texts[each] = read(queue[each].file, files);
        if (texts[each])
          outlines[each] = outline({queue[each].name, queue[each].file, *texts[each]}, macros);
      });
    }
    const Found next = queue[i];
    if (tree.files.count(next.file)) continue;
    if (!texts[i]) {
      result.diagnostics.push_back(
          diagnose(DiagnosticName::cannot_read, {}, next.file, "not readable"));
      continue;
    }
    const SourceFile& file =
        tree.files.emplace(next.file, SourceFile{next.name, next.file, *texts[i]}).first->second;
    const Outline& read = tree.outlines.emplace(next.file, std::move(outlines[i])).first->second;
    tree.macros.insert(read.macros.begin(), read.macros.end());
    for (const IncludeDirective& probe : read.probes)
      if (auto found = resolve(probe, next.file, tree, request, files))
        if (seen.insert(found->file).second) queue.push_back(*found);
    for (const IncludeDirective& include : read.includes) {
      if (auto found = resolve(include, next.file, tree, request, files)) {
        if (seen.insert(found->file).second) queue.push_back(*found);
        continue;
      }
      if (include.is_plain) {
        const unsigned size = include.range.end - include.range.begin;
        tree.third_party.insert(file.text.substr(include.range.begin, size));
      }
      if (!include.angled) {
        // A quoted header may still be third party (`#include "cublas_v2.h"`): a kernel that only
        // the other device has is ours to report, anything else is Clang's.
        Diagnostic diagnostic = missing(include, tree, request, files);
        if (diagnostic.name == DiagnosticName::missing_kernel)
          result.diagnostics.push_back(std::move(diagnostic));
      }
    }
  }
  result.value = std::move(tree);
  return result;
}

}  // namespace combiner
