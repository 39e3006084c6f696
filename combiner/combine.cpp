#include "combiner/combine.h"

#include <chrono>
#include <set>

#include "combiner/assemble.h"
#include "combiner/bind_siblings.h"
#include "combiner/check_keys.h"
#include "combiner/check_owned.h"
#include "combiner/check_partial.h"
#include "combiner/check_replicas.h"
#include "combiner/check_returned.h"
#include "combiner/check_uniform.h"
#include "combiner/crop.h"
#include "combiner/expand_macros.h"
#include "combiner/findings.h"
#include "combiner/instantiate.h"
#include "combiner/known_emission.h"
#include "combiner/lower_calls.h"
#include "combiner/merge_imports.h"
#include "combiner/place.h"
#include "combiner/preambles.h"
#include "combiner/print_unit.h"
#include "combiner/read_registry.h"
#include "combiner/read_sources.h"
#include "combiner/reparse.h"
#include "combiner/rewrite.h"
#include "combiner/run_apart.h"
#include "combiner/settle_names.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

/// Runs stages one after the other, until one of them has an error or is the one to show.
class Line {
 public:
  Line(Outcome& outcome, std::string dump, Progress progress)
      : outcome_(outcome), dump_(std::move(dump)), progress_(std::move(progress)) {}

  template <class Stage>
  auto run(const char* name, Stage stage) {
    if (progress_) progress_(name);
    note_stage(name);
    const auto start = std::chrono::steady_clock::now();
    auto result = stage();
    outcome_.seconds.push_back(
        {name, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()});
    for (Diagnostic& diagnostic : result.diagnostics)
      outcome_.diagnostics.push_back(std::move(diagnostic));
    return std::move(result.value);
  }

  /// An error ends the line between two stages, never inside of one.
  bool stopped() const { return has_errors(outcome_.diagnostics); }

  template <class Value>
  bool shown(const char* name, const Value& value) {
    if (dump_ != name) return false;
    llvm::raw_string_ostream out(outcome_.dump);
    out << value;
    return true;
  }

 private:
  Outcome& outcome_;
  std::string dump_;
  Progress progress_;
};

template <class T>
Result<T> plain(T value) {
  return {std::move(value), {}};
}

/// Places in bound text → places in the author's text.
template <class T>
Result<T> in_the_authors_text(Result<T> result, const BoundSource& bound) {
  for (Diagnostic& diagnostic : result.diagnostics) {
    diagnostic.at = bound.original(diagnostic.at);
    for (Note& note : diagnostic.notes) note.at = bound.original(note.at);
  }
  return result;
}

std::vector<SourceFile> artifact_headers(const Request& request, const std::string& root,
                                         llvm::vfs::FileSystem& files) {
  std::vector<SourceFile> out;
  std::set<std::string> seen;
  for (const std::string& base : {request.directory, root, request.home}) {
    std::error_code error;
    std::set<std::string> headers;
    if (base.empty() || !seen.insert(base).second) continue;
    for (llvm::vfs::recursive_directory_iterator it(files, base + "/artifacts", error), end;
         it != end && !error; it.increment(error)) {
      if (llvm::sys::path::extension(it->path()) == ".h") headers.insert(it->path().str());
    }
    for (const std::string& header : headers)  // in an order that no file system decides
      if (auto buffer = files.getBufferForFile(header))
        out.push_back({"", header, (*buffer)->getBuffer().str()});
  }
  return out;
}

/// The nearest .clang-format at or above the service.
std::string style_near(const std::string& service, llvm::vfs::FileSystem& files) {
  for (llvm::StringRef above = llvm::sys::path::parent_path(service); !above.empty();
       above = llvm::sys::path::parent_path(above))
    if (auto buffer = files.getBufferForFile(above + "/.clang-format"))
      return (*buffer)->getBuffer().str();
  return "";
}

/// The service's sources, with the headers of artifacts that --with names.
Result<SourceTree> read_all_sources(const Request& request, llvm::vfs::FileSystem& files) {
  std::vector<std::string> always = {request.home + "/templates/flags.h"};
  if (request.contracts) always.push_back(request.home + "/templates/contracts.h");
  if (request.records) always.push_back(request.home + "/templates/recorded.h");
  if (request.scale != Scale::kSingleGpu) {
    always.push_back(world_header(request));
    always.push_back(owned_header(request));
    if (!request.without_mpi) always.push_back(keyed_header(request));
    always.push_back(move_header(request));
  }
  Result<SourceTree> own = read_sources(request, always, files);
  if (!own.value || request.with.empty()) return own;
  const auto headers =
      find_slot_headers(request, *own.value, artifact_headers(request, own.value->root, files));
  if (!headers.diagnostics.empty()) return {std::move(own.value), headers.diagnostics};
  always.insert(always.end(), headers.value->begin(), headers.value->end());
  return read_sources(request, always, files);
}

}  // namespace

const std::vector<std::string> kStages = {"registry", "bound", "crop", "plan", "pieces", "unit"};

Outcome read_service(const Request& request, Files files) {
  Outcome out;
  Line line(out, "", nullptr);
  auto sources = line.run("read_sources", [&] { return read_all_sources(request, *files); });
  if (sources) out.sources = *sources;
  if (has_errors(out.diagnostics)) return out;
  auto registry = line.run("read_registry", [&] { return read_registry(request, out.sources); });
  if (registry) out.registry = *registry;
  return out;
}

Outcome combine(const Request& request, const std::string& output, const std::string& dump,
                Files unseen, const Progress& progress) {
  const auto begin = std::chrono::system_clock::now();
  const auto files = llvm::makeIntrusiveRefCnt<SeenFiles>(std::move(unseen));
  Outcome out = read_service(request, files);
  if (has_errors(out.diagnostics)) return out;
  const SourceTree& sources = out.sources;
  const Registry& registry = out.registry;
  Line line(out, dump, progress);
  if (line.shown("registry", registry)) return out;

  std::optional<KnownEmission> known;
  if (dump.empty() &&
      out.diagnostics.empty()) {  // who wants more than the emission asks for a dump
    line.run("find", [&] {
      known.emplace(request, sources, output, files, begin);
      out.emission = known->find();
      return plain(true);
    });
    if (out.emission) return out;
  }

  auto bound = line.run("bind_siblings", [&] { return bind_siblings(request, sources, registry); });
  if (line.stopped() || line.shown("bound", *bound)) return out;

  const Preambles preambles(request, sources, files);
  std::optional<Program> program;
  std::optional<Crop> cropped;
  const auto instantiated = [&](bool local_only) {
    return instantiate(request, sources, registry, *bound, preambles, local_only, files);
  };
  bool lowered = !registry.has_world;
  for (bool again = true; again;) {  // once more when macros or calls had to be written out
    program = line.run("instantiate", [&] { return instantiated(/*local_only=*/true); });
    if (line.stopped()) return out;
    cropped = line.run("crop", [&] {
      Result<Crop> read = crop(registry, *bound, *program);
      const std::set<FileRange> macros = invocations_to_expand(*program, *read.value);
      const BoundSource expanded = expand_macros(*bound, *program, macros);
      again = !(expanded == *bound);
      bound = expanded;
      if (again) {
        read.diagnostics.clear();
      } else {
        check_returned(registry, *read.value, read.diagnostics);
        check_keys(registry, *bound, *program, *read.value, read.diagnostics);
      }
      return read;
    });
    if (again || line.stopped() || lowered) continue;
    const BoundSource crossing = lower_calls(request, *bound, *program, registry, *cropped);
    again = !(crossing == *bound);
    bound = crossing;
    lowered = true;
  }
  if (line.stopped() || line.shown("crop", *cropped)) return out;
  line.run("check_uniform",
           [&] { return in_the_authors_text(check_uniform(registry, *program), *bound); });
  line.run("check_owned",
           [&] { return in_the_authors_text(check_owned(registry, *cropped), *bound); });
  line.run("check_replicas",
           [&] { return in_the_authors_text(check_replicas(registry, *cropped), *bound); });
  line.run("check_partial",
           [&] { return in_the_authors_text(check_partial(registry, *program), *bound); });
  if (line.stopped()) return out;

  auto placed = line.run(
      "place", [&] { return in_the_authors_text(place(request, registry, *cropped), *bound); });
  if (line.stopped()) return out;
  const Plan plan = settle_names(registry, *cropped, *placed);
  if (line.shown("plan", plan)) return out;

  auto pieces = line.run("rewrite", [&] {
    return in_the_authors_text(
        rewrite(request, sources, registry, *bound, *program, *cropped, plan), *bound);
  });
  if (line.stopped() || line.shown("pieces", *pieces)) return out;

  auto imports = line.run("merge_imports", [&] {
    return in_the_authors_text(merge_imports(*bound, *program, *cropped), *bound);
  });
  if (line.stopped()) return out;
  out.findings = std::make_shared<Findings>(
      Findings{*bound, program->host->preprocessed(), *cropped, plan, *imports});
  const Unit unit = assemble(registry, *imports, *pieces);
  if (line.shown("unit", unit)) return out;

  auto emission = line.run("print_unit", [&] {
    return print_unit(request, unit, sources.files.at(request.service).name, output,
                      style_near(request.service, *files));
  });
  line.run("reparse", [&] {
    Diagnostics found = reparse(request, *emission, sources, preambles, files);
    if (has_errors(found))  // if the bound source has an error too, that is at the author's line
      if (Diagnostics first = instantiated(/*local_only=*/false).diagnostics; has_errors(first))
        found = std::move(first);
    return Result<bool>{true, std::move(found)};
  });
  if (!line.stopped()) {
    out.emission = *emission;
    if (known && out.diagnostics.empty()) known->keep(*emission, preambles.stamps());
  } else if (out.diagnostics.back().severity() == Severity::kInternal) {
    out.rejected_text = emission->text;
  }
  return out;
}

}  // namespace combiner
