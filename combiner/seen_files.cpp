#include "combiner/seen_files.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/xxhash.h"

namespace combiner {
namespace {

using Time = std::chrono::system_clock::time_point;

unsigned long long nanoseconds(Time time) {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count();
}

FileStamp::Kind kind_of(const llvm::ErrorOr<llvm::vfs::Status>& status) {
  if (!status) return FileStamp::kAbsent;
  return status->isDirectory() ? FileStamp::kFolder : FileStamp::kThere;
}

/// Tells what was read.
class SeenFile : public llvm::vfs::File {
 public:
  SeenFile(std::unique_ptr<llvm::vfs::File> file, std::string path, SeenFiles& files)
      : file_(std::move(file)), path_(std::move(path)), files_(files) {}

  llvm::ErrorOr<llvm::vfs::Status> status() override { return file_->status(); }
  llvm::ErrorOr<std::string> getName() override { return file_->getName(); }
  llvm::ErrorOr<std::unique_ptr<llvm::MemoryBuffer>> getBuffer(const llvm::Twine& name,
                                                               int64_t size, bool terminated,
                                                               bool is_volatile) override {
    auto out = file_->getBuffer(name, size, terminated, is_volatile);
    if (out) files_.note(path_, FileStamp::kRead, llvm::xxh3_64bits((*out)->getBuffer()));
    return out;
  }
  std::error_code close() override { return file_->close(); }

 private:
  std::unique_ptr<llvm::vfs::File> file_;
  const std::string path_;
  SeenFiles& files_;
};

}  // namespace

bool is_unchanged(const FileStamp& stamp, llvm::vfs::FileSystem& files) {
  const auto status = files.status(stamp.path);
  if (stamp.kind != FileStamp::kRead) return kind_of(status) == stamp.kind;
  if (!status) return false;
  if (stamp.modified != 0 && stamp.inode == status->getUniqueID().getFile() &&
      stamp.modified == nanoseconds(status->getLastModificationTime()))
    return true;
  const auto buffer = files.getBufferForFile(stamp.path);
  return buffer && llvm::xxh3_64bits((*buffer)->getBuffer()) == stamp.content;
}

bool are_unchanged(const std::vector<FileStamp>& stamps, llvm::vfs::FileSystem& files) {
  return llvm::all_of(stamps, [&](const FileStamp& stamp) { return is_unchanged(stamp, files); });
}

void note_times(std::vector<FileStamp>& stamps, Time begin, llvm::vfs::FileSystem& files) {
  for (FileStamp& stamp : stamps) {
    if (stamp.kind != FileStamp::kRead || stamp.modified != 0) continue;
    const auto status = files.status(stamp.path);
    if (!status || status->getLastModificationTime() > begin - std::chrono::seconds(2)) continue;
    stamp.modified = nanoseconds(status->getLastModificationTime());
    stamp.inode = status->getUniqueID().getFile();
  }
}

void add_stamps(std::string& out, const std::vector<FileStamp>& stamps) {
  add_field(out, stamps.size());
  for (const FileStamp& stamp : stamps) {
    add_field(out, stamp.path);
    for (const unsigned long long value : {stamp.kind, stamp.content, stamp.modified, stamp.inode})
      add_field(out, value);
  }
}

std::vector<FileStamp> read_stamps(Fields& fields) {
  std::vector<FileStamp> out;
  for (auto count = fields.number(); count > 0 && !fields.failed(); --count) {
    FileStamp stamp{.path = fields.next().str()};
    for (auto* value : {&stamp.kind, &stamp.content, &stamp.modified, &stamp.inode})
      *value = fields.number();
    out.push_back(std::move(stamp));
  }
  return out;
}

llvm::ErrorOr<llvm::vfs::Status> SeenFiles::status(const llvm::Twine& path) {
  auto out = ProxyFileSystem::status(path);
  note(path.str(), kind_of(out));
  return out;
}

bool SeenFiles::exists(const llvm::Twine& path) { return static_cast<bool>(status(path)); }

llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> SeenFiles::openFileForRead(
    const llvm::Twine& path) {
  auto out = ProxyFileSystem::openFileForRead(path);
  note(path.str(), out ? kind_of((*out)->status()) : FileStamp::kAbsent);
  if (!out) return out;
  return std::unique_ptr<llvm::vfs::File>(
      std::make_unique<SeenFile>(std::move(*out), path.str(), *this));
}

void SeenFiles::note(const std::string& path, FileStamp::Kind kind, unsigned long long content) {
  const std::lock_guard lock(mutex_);
  const auto [at, fresh] =
      seen_.try_emplace(path, FileStamp{.path = path, .kind = kind, .content = content});
  FileStamp& known = at->second;
  if (fresh || (known.kind == FileStamp::kRead && kind == FileStamp::kThere)) return;
  if (known.kind == FileStamp::kThere && kind == FileStamp::kRead)
    known = {.path = path, .kind = kind, .content = content};
  else
    changed_ = changed_ || known.kind != kind || known.content != content;
}

std::optional<std::vector<FileStamp>> SeenFiles::seen() const {
  const std::lock_guard lock(mutex_);
  if (changed_) return std::nullopt;
  std::vector<FileStamp> out;
  for (const auto& [path, stamp] : seen_) out.push_back(stamp);
  return out;
}

}  // namespace combiner
