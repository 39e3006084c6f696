#include "combiner/known_emission.h"

#include <algorithm>

#include "clang/Basic/Version.h"
#include "combiner/clang_arguments.h"
#include "combiner/parse.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"

namespace combiner {
namespace {

unsigned long long hash_of(llvm::StringRef text) { return llvm::xxh3_64bits(text); }

/// Which combine this is: every build has its own.
unsigned long long own_hash() {
  const std::string self =
      llvm::sys::fs::getMainExecutable("combine", reinterpret_cast<void*>(&own_hash));
  const auto program = llvm::MemoryBuffer::getFile(self, /*IsText=*/false,
                                                   /*RequiresNullTerminator=*/false);
  return program ? hash_of((*program)->getBuffer()) : 0;
}

/// A file whose meaning changes with the time of day.
bool asks_for_time(const SourceTree& sources) {
  for (const auto& [path, file] : sources.files)
    for (const char* macro : {"__DATE__", "__TIME__", "__TIMESTAMP__"})
      if (file.text.find(macro) != std::string::npos) return true;
  return false;
}

/// Everything that decides an emission, but for files that only Clang reads.
std::string key_of(const Request& request, const SourceTree& sources, const std::string& output,
                   Files files) {
  const unsigned long long own = own_hash();
  if (own == 0 || asks_for_time(sources)) return "";
  std::string out = "emission 1";
  add_field(out, own);
  add_field(out, clang::getClangFullVersion());
  for (const std::string& text :
       {request.service, request.directory, request.home, request.cuda_path, output})
    add_field(out, text);
  for (const bool flag :
       {request.check_all, request.contracts, request.records, request.without_mpi})
    add_field(out, flag);
  add_field(out, static_cast<unsigned long long>(request.scale));
  add_field(out, static_cast<unsigned long long>(request.device));
  for (const auto& [slot, artifact] : request.with) add_field(out, slot + "=" + artifact);
  for (const Side side : sides_of(request))  // with the headers' folders that the environment names
    add_field(out, explain_arguments(
                       clang_arguments(request, sources, side, "c++23", kPreamblePath), files));
  for (const auto& [path, file] : sources.files) {
    add_field(out, path);
    add_field(out, hash_of(file.text));
  }
  return out;
}

}  // namespace

KnownEmission::KnownEmission(const Request& request, const SourceTree& sources,
                             const std::string& output, llvm::IntrusiveRefCntPtr<SeenFiles> files,
                             std::chrono::system_clock::time_point begin)
    : cache_(request.cache), files_(std::move(files)), begin_(begin) {
  if (cache_.is_on()) key_ = key_of(request, sources, output, files_);
}

std::optional<Emission> KnownEmission::find() const {
  const auto entry = key_.empty() ? std::nullopt : cache_.find(key_);
  if (!entry) return std::nullopt;
  Fields fields(entry->text);
  const std::vector<FileStamp> stamps = read_stamps(fields);
  Emission out{fields.next().str(), fields.next().str(), {}};
  for (auto count = fields.number(); count > 0 && !fields.failed(); --count) {
    const unsigned first = fields.number(), last = fields.number();
    const std::string name = fields.next().str(), file = fields.next().str();
    out.lines.push_back({first, last, name, file, static_cast<unsigned>(fields.number())});
  }
  if (fields.failed() || !fields.is_at_end() || !are_unchanged(stamps, *files_))
    return std::nullopt;
  return out;
}

void KnownEmission::keep(const Emission& emission, std::vector<FileStamp> headers) const {
  auto stamps = key_.empty() ? std::nullopt : files_->seen();
  if (!stamps) return;
  note_times(*stamps, begin_, *files_);
  stamps->insert(stamps->end(), headers.begin(), headers.end());
  std::sort(stamps->begin(), stamps->end());
  stamps->erase(std::unique(stamps->begin(), stamps->end()), stamps->end());
  std::string out;
  add_stamps(out, *stamps);
  add_field(out, emission.text);
  add_field(out, emission.map);
  add_field(out, emission.lines.size());
  for (const Emission::Lines& lines : emission.lines) {
    add_field(out, lines.first);
    add_field(out, lines.last);
    add_field(out, lines.name);
    add_field(out, lines.file);
    add_field(out, lines.line);
  }
  cache_.keep(key_, out);
}

}  // namespace combiner
