#include "combiner/write_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "llvm/Support/Errno.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

namespace fs = llvm::sys::fs;

constexpr std::array kEnding{SIGINT, SIGTERM, SIGHUP, SIGQUIT};
volatile std::sig_atomic_t came = 0;

/// While one lives, what ends a program waits, whichever thread is told (a mask would be one
/// thread's alone), and a file that may not grow is an error like others.
class Uninterrupted {
 public:
  Uninterrupted() {
    came = 0;
    struct sigaction wait{};
    wait.sa_handler = [](int signal) { came = signal; };
    wait.sa_flags = SA_RESTART;
    for (size_t i = 0; i < kEnding.size(); ++i) {
      sigaction(kEnding[i], nullptr, &before_[i]);
      if (before_[i].sa_handler != SIG_IGN) sigaction(kEnding[i], &wait, nullptr);
    }
    growth_ = signal(SIGXFSZ, SIG_IGN);
  }
  ~Uninterrupted() {
    signal(SIGXFSZ, growth_);
    for (size_t i = 0; i < kEnding.size(); ++i) sigaction(kEnding[i], &before_[i], nullptr);
    if (came != 0) raise(came);
  }

 private:
  std::array<struct sigaction, kEnding.size()> before_;
  void (*growth_)(int);
};

/// What a link leads to, also where nothing is yet.
std::string behind_links(const std::string& file) {
  constexpr int kLinksMax = 40;  // as the kernel follows
  std::error_code error;
  std::filesystem::path out = file;
  for (int links = 0; links < kLinksMax && std::filesystem::is_symlink(out, error); ++links)
    out = out.parent_path() / std::filesystem::read_symlink(out, error);
  return out.string();
}

/// A rename would replace what these say is to stay.
std::error_code refused(const fs::file_status& old) {
  if (old.type() == fs::file_type::directory_file)
    return std::make_error_code(std::errc::is_a_directory);
  if (old.type() == fs::file_type::regular_file && !(old.permissions() & fs::all_write))
    return std::make_error_code(std::errc::permission_denied);  // also for root, who may do it
  return {};
}

std::error_code write_all(int descriptor, const std::string& text) {
  llvm::raw_fd_ostream out(descriptor, /*shouldClose=*/false);
  out << text;
  out.flush();
  const std::error_code error = out.error();
  out.clear_error();
  return error;
}

/// A device or a pipe: nothing to replace, and nothing to wait for a signal with.
std::error_code write_through(const std::string& file, const std::string& text) {
  int descriptor;
  if (auto error = fs::openFileForWrite(file, descriptor, fs::CD_OpenExisting)) return error;
  const std::error_code error = write_all(descriptor, text);
  close(descriptor);
  return error;
}

struct Unfinished {
  std::string temporary, target;
};

/// The text and what `old` says of its owner, on the disk: else a power cut could leave a renamed
/// file without its text.
std::error_code fill(int descriptor, const std::string& text, const fs::file_status& old) {
  if (auto error = write_all(descriptor, text)) return error;
  if (fs::exists(old)) {
    // Another's file stays theirs, where that is for us to say.
    if (fchown(descriptor, old.getUser(), old.getGroup()) != 0) errno = 0;
    if (auto error = fs::setPermissions(descriptor, old.permissions())) return error;
  }
  return fsync(descriptor) == 0 ? std::error_code() : llvm::errnoAsErrorCode();
}

std::error_code write_beside(const std::string& target, const std::string& text,
                             std::vector<Unfinished>& out) {
  fs::file_status old;
  const std::error_code unseen = fs::status(target, old);
  if (unseen && unseen != std::errc::no_such_file_or_directory) return unseen;
  if (auto error = refused(old)) return error;
  const llvm::StringRef folder = llvm::sys::path::parent_path(target);
  if (auto error = fs::create_directories(folder)) return error;
  // Not longer than the target's name may be. LLVM's own TempFile would put its handlers of
  // signals in the place of those that wait.
  int descriptor;
  llvm::SmallString<128> temporary;
  if (auto error = fs::createUniqueFile(folder + "/.combine.%%%%%%%%.tmp", descriptor, temporary,
                                        fs::OF_None, fs::all_read | fs::all_write))
    return error;
  out.push_back({temporary.str().str(), target});
  const std::error_code error = fill(descriptor, text, old);
  close(descriptor);
  return error;
}

std::string cannot_write(const std::string& file, std::error_code error) {
  return llvm::formatv("cannot write '{0}': {1}", file, error.message()).str();
}

std::string replace(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string failure;
  std::vector<Unfinished> unfinished;
  const Uninterrupted uninterrupted;
  for (const auto& [file, text] : files)
    if (auto error = write_beside(behind_links(file), text, unfinished)) {
      failure = cannot_write(file, error);
      break;
    }
  for (const auto& [temporary, target] : unfinished) {
    if (failure.empty()) {
      const std::error_code error = fs::rename(temporary, target);
      if (!error) continue;
      failure = cannot_write(target, error);
    }
    fs::remove(temporary);
  }
  return failure;
}

}  // namespace

bool is_stream(const std::string& file) {
  fs::file_status status;
  return !fs::status(file, status) && status.type() != fs::file_type::regular_file &&
         status.type() != fs::file_type::directory_file;
}

std::string write_files(const std::vector<std::pair<std::string, std::string>>& files) {
  std::vector<std::pair<std::string, std::string>> regular;
  for (const auto& [file, text] : files)
    if (!is_stream(file))
      regular.push_back({file, text});
    else if (auto error = write_through(file, text))
      return cannot_write(file, error);
  return replace(regular);
}

std::string write_file(const std::string& file, const std::string& text) {
  return write_files({{file, text}});
}

std::optional<std::string> read_file(const std::string& file) {
  auto buffer = llvm::MemoryBuffer::getFile(file, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false, /*IsVolatile=*/true);
  if (!buffer) return std::nullopt;
  return (*buffer)->getBuffer().str();
}

}  // namespace combiner
