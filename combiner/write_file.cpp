#include "combiner/write_file.h"

#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

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

/// While one lives, what ends a program waits, and a file that may not grow is an error like
/// others.
class Uninterrupted {
 public:
  Uninterrupted() {
    sigset_t waiting;
    sigemptyset(&waiting);
    for (int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) sigaddset(&waiting, signal);
    pthread_sigmask(SIG_BLOCK, &waiting, &before_);
    growth_ = signal(SIGXFSZ, SIG_IGN);
  }
  ~Uninterrupted() {
    signal(SIGXFSZ, growth_);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t before_;
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
  fs::TempFile temporary;
  std::string target;
};

llvm::Expected<Unfinished> write_beside(const std::string& target, const std::string& text) {
  fs::file_status old;
  const std::error_code unseen = fs::status(target, old);
  if (unseen && unseen != std::errc::no_such_file_or_directory)
    return llvm::errorCodeToError(unseen);
  if (auto error = refused(old)) return llvm::errorCodeToError(error);
  const llvm::StringRef folder = llvm::sys::path::parent_path(target);
  if (auto error = fs::create_directories(folder)) return llvm::errorCodeToError(error);
  // Not longer than the target's name may be.
  auto temporary =
      fs::TempFile::create(folder + "/.combine.%%%%%%%%.tmp", fs::all_read | fs::all_write);
  if (!temporary) return temporary.takeError();
  std::error_code error = write_all(temporary->FD, text);
  if (!error && fs::exists(old)) {
    // Another's file stays theirs, where that is for us to say.
    if (fchown(temporary->FD, old.getUser(), old.getGroup()) != 0) errno = 0;
    error = fs::setPermissions(temporary->FD, old.permissions());
  }
  // Else a power cut could leave a renamed file without its text.
  if (!error && fsync(temporary->FD) != 0) error = llvm::errnoAsErrorCode();
  if (!error) return Unfinished{std::move(*temporary), target};
  llvm::consumeError(temporary->discard());
  return llvm::errorCodeToError(error);
}

std::string cannot_write(const std::string& file, llvm::Error error) {
  return llvm::formatv("cannot write '{0}': {1}", file, llvm::toString(std::move(error))).str();
}

std::string replace(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string failure;
  std::vector<Unfinished> unfinished;
  const Uninterrupted uninterrupted;
  for (const auto& [file, text] : files) {
    auto written = write_beside(behind_links(file), text);
    if (!written) {
      failure = cannot_write(file, written.takeError());
      break;
    }
    unfinished.push_back(std::move(*written));
  }
  for (Unfinished& file : unfinished) {
    if (!failure.empty())
      llvm::consumeError(file.temporary.discard());
    else if (llvm::Error error = file.temporary.keep(file.target))
      failure = cannot_write(file.target, std::move(error));
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
      return cannot_write(file, llvm::errorCodeToError(error));
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
