#include "combiner/cache.h"

#include <signal.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <vector>

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

namespace combiner {
namespace {

namespace fs = llvm::sys::fs;
namespace path = llvm::sys::path;

constexpr unsigned long long kMebibyte = 1 << 20;
constexpr unsigned long long kLimit = 2048 * kMebibyte;

/// What all entries may take together; $COOP_CACHE_MIB says otherwise.
std::string hex(unsigned long long value) {
  return llvm::utohexstr(value, /*LowerCase=*/true, /*Width=*/16);
}

/// The first line: a hash of everything behind it.
std::string seal(llvm::StringRef text) { return "coop " + hex(llvm::xxh3_64bits(text)) + "\n"; }

/// While one lives, a file that may not grow is an error of this thread, not the program's end.
class ToleratedGrowth {
 public:
  ToleratedGrowth() {
    sigemptyset(&growth_);
    sigaddset(&growth_, SIGXFSZ);
    pthread_sigmask(SIG_BLOCK, &growth_, &before_);
  }
  ~ToleratedGrowth() {
    const timespec now = {};
    while (sigtimedwait(&growth_, nullptr, &now) > 0) {
    }
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t growth_, before_;
};

struct File {
  std::string name;
  unsigned long long size;
  llvm::sys::TimePoint<> used;
};

std::vector<File> files_of(const std::string& folder) {
  std::vector<File> out;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; it != end && !error; it.increment(error)) {
    const auto status = it->status();  // another run may have removed it meanwhile
    if (status && status->type() == fs::file_type::regular_file)
      out.push_back({it->path(), status->getSize(), status->getLastModificationTime()});
  }
  return out;
}

}  // namespace

unsigned long long cache_limit() {
  unsigned long long mebibytes;
  const char* given = std::getenv("COOP_CACHE_MIB");
  return given && !llvm::StringRef(given).getAsInteger(10, mebibytes) ? mebibytes * kMebibyte
                                                                      : kLimit;
}

std::string Cache::file_of(const std::string& key) const {
  llvm::SmallString<256> out(folder_);
  path::append(out, hex(llvm::xxh3_64bits(key)));
  return out.str().str();
}

std::optional<Cache::Entry> Cache::find(const std::string& key) const {
  if (!is_on()) return std::nullopt;
  const std::string file = file_of(key);
  // Mapped: entries are renamed into their place and removed from it, but never written to.
  auto buffer = llvm::MemoryBuffer::getFile(file, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!buffer) return std::nullopt;
  llvm::StringRef text = (*buffer)->getBuffer();
  const size_t line = text.find('\n') + 1;
  if (line == 0 || text.take_front(line) != seal(text.substr(line))) return std::nullopt;
  text = text.substr(line);
  if (!text.consume_front(key + "\n")) return std::nullopt;  // two keys of one hash
  int descriptor;
  if (!fs::openFileForRead(file, descriptor)) {  // used now: among the last to be removed
    fs::setLastAccessAndModificationTime(descriptor, std::chrono::system_clock::now());
    fs::file_t native = fs::convertFDToNativeFile(descriptor);
    fs::closeFile(native);
  }
  return Entry{std::shared_ptr<llvm::MemoryBuffer>(std::move(*buffer)), text};
}

void Cache::keep(const std::string& key, llvm::StringRef text) const {
  if (!is_on() || fs::create_directories(folder_)) return;
  const ToleratedGrowth tolerated;
  auto temporary =
      fs::TempFile::create(file_of(key) + ".%%%%%%%%", fs::owner_read | fs::owner_write);
  if (!temporary) return llvm::consumeError(temporary.takeError());
  const std::string sealed = key + "\n" + text.str();
  llvm::raw_fd_ostream out(temporary->FD, /*shouldClose=*/false);
  out << seal(sealed) << sealed;
  out.flush();
  const bool failed = out.has_error();  // a full disk, as a rule
  out.clear_error();
  llvm::consumeError(failed ? temporary->discard() : temporary->keep(file_of(key)));
  make_room();
}

void Cache::make_room() const {
  std::vector<File> files = files_of(folder_);
  std::sort(files.begin(), files.end(),
            [](const File& a, const File& b) { return a.used > b.used; });
  unsigned long long total = 0;
  for (const File& file : files)
    if ((total += file.size) > cache_limit()) fs::remove(file.name);
}

}  // namespace combiner
