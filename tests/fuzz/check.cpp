#include "tests/fuzz/check.h"

#include <map>

#include "combiner/combine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

namespace fuzz {
namespace {

using combiner::Diagnostic;
using combiner::FileRange;
using combiner::Outcome;

constexpr char kHome[] = "/coop";
constexpr char kProject[] = "/project/";

// The real one includes half of the standard library, which takes ten times as long to parse as
// what is tested.
constexpr char kFlags[] = R"(#pragma once
/// Words `--name value`.
class Flags {
 public:
  template <class... Args>
  explicit Flags(Args&&...) {}
  template <class... Args>
  bool option(Args&&...) {
    return false;
  }
  template <class... Args>
  void required(Args&&...) {}
  bool finish() const { return false; }
};
)";

std::string read(const std::string& path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  return buffer ? (*buffer)->getBuffer().str() : "";
}

llvm::IntrusiveRefCntPtr<llvm::vfs::FileSystem> files_of(const Input& input) {
  static const std::map<std::string, std::string> own = {
      {"/include/coop/artifact.h", read(COOP_SOURCE_DIR "/include/coop/artifact.h")},
      {"/include/coop/service.h", read(COOP_SOURCE_DIR "/include/coop/service.h")},
      {"/templates/flags.h", kFlags}};
  auto memory = llvm::makeIntrusiveRefCnt<llvm::vfs::InMemoryFileSystem>();
  for (const auto& [path, text] : own)
    memory->addFile(kHome + path, 0, llvm::MemoryBuffer::getMemBufferCopy(text));
  for (const File& file : input)
    memory->addFile(kProject + file.path, 0, llvm::MemoryBuffer::getMemBufferCopy(file.text));
  auto out =
      llvm::makeIntrusiveRefCnt<llvm::vfs::OverlayFileSystem>(llvm::vfs::getRealFileSystem());
  out->pushOverlay(memory);
  return out;
}

Outcome combine(const Input& input) {
  combiner::Request request;
  request.service = kProject + service_of(input).path;
  request.device = combiner::Device::kCpu;
  request.directory = "/project";
  request.home = kHome;
  return combiner::combine(request, "out.cpp", "", files_of(input), nullptr);
}

std::string wrong_place(const FileRange& at, const Outcome& outcome) {
  if (at.file.empty()) return "";
  const auto file = outcome.sources.files.find(at.file);
  if (file == outcome.sources.files.end()) return "a place in " + at.file;
  if (at.begin > at.end || at.end > file->second.text.size())
    return llvm::formatv("a place outside of {0}: {1} to {2} of {3}", at.file, at.begin, at.end,
                         file->second.text.size())
        .str();
  return "";
}

std::string wrong_message(const Diagnostic& diagnostic, const Outcome& outcome) {
  if (diagnostic.severity() == combiner::Severity::kInternal)
    return diagnostic.dashed_name() + ": " + diagnostic.message;
  if (diagnostic.message.empty()) return diagnostic.dashed_name() + " says nothing";
  std::string wrong = wrong_place(diagnostic.at, outcome);
  for (const combiner::Note& note : diagnostic.notes)
    if (wrong.empty()) wrong = wrong_place(note.at, outcome);
  return wrong.empty() ? ""
                       : wrong + ", of " + diagnostic.dashed_name() + ": " + diagnostic.message;
}

std::string printed(const Outcome& outcome) {
  return combiner::print(outcome.diagnostics, outcome.sources, "/project", /*colour=*/true);
}

}  // namespace

Finding check(const Input& input) {
  Finding out;
  const Outcome first = combine(input);
  const std::string said = printed(first);
  out.emitted = first.emission.has_value();
  if (out.emitted) out.emission = first.emission->text;
  for (const Diagnostic& diagnostic : first.diagnostics)
    if (out.wrong.empty()) out.wrong = wrong_message(diagnostic, first);
  if (!out.wrong.empty()) return out;
  if (out.emitted == combiner::has_errors(first.diagnostics))
    out.wrong = out.emitted ? "an emission, and errors" : "neither an emission nor an error";
  const Outcome second = combine(input);
  if (second.emission != first.emission) out.wrong = "a second run emits something else";
  if (printed(second) != said) out.wrong = "a second run says something else";
  return out;
}

std::string compile(const std::string& emission, const std::string& compiler) {
  llvm::SmallString<128> source, said;
  if (llvm::sys::fs::createTemporaryFile("emission", "cpp", source)) return "";
  if (llvm::sys::fs::createTemporaryFile("emission", "txt", said)) return "";
  std::error_code error;
  llvm::raw_fd_ostream(source, error) << emission;
  const int status = llvm::sys::ExecuteAndWait(
      compiler, {compiler, "-std=c++20", "-fsyntax-only", "-fopenmp", "-w", source}, std::nullopt,
      {"", said, said}, /*SecondsToWait=*/60);
  const std::string out =
      status == 0 ? "" : "the compiler refuses the emission: " + read(said.str().str());
  llvm::sys::fs::remove(source);
  llvm::sys::fs::remove(said);
  return out;
}

}  // namespace fuzz
