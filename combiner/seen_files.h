// A file system that notes what was asked of it; and whether it would answer the same again.
#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "combiner/fields.h"
#include "llvm/Support/VirtualFileSystem.h"

namespace combiner {

/// What a file was when it was asked for.
struct FileStamp {
  enum Kind : unsigned long long { kAbsent, kFolder, kThere, kRead };  // kThere: nobody read it
  std::string path;
  unsigned long long kind = kAbsent;
  unsigned long long content = 0;              // a hash
  unsigned long long modified = 0, inode = 0;  // spare reading it again; 0: not known
  auto operator<=>(const FileStamp&) const = default;
};

bool is_unchanged(const FileStamp& stamp, llvm::vfs::FileSystem& files);
bool are_unchanged(const std::vector<FileStamp>& stamps, llvm::vfs::FileSystem& files);

/// Times save reading a file again, but for one that changed after `begin`, while it was read, or
/// just before: a clock that ticks coarsely could give two contents one time.
void note_times(std::vector<FileStamp>& stamps, std::chrono::system_clock::time_point begin,
                llvm::vfs::FileSystem& files);

void add_stamps(std::string& out, const std::vector<FileStamp>& stamps);
std::vector<FileStamp> read_stamps(Fields& fields);

/// Passes on what it is asked, from any thread. Folders are not listed through it unnoticed by
/// whoever compares: what lists them is asked anew.
class SeenFiles : public llvm::vfs::ProxyFileSystem {
 public:
  using ProxyFileSystem::ProxyFileSystem;

  llvm::ErrorOr<llvm::vfs::Status> status(const llvm::Twine& path) override;
  bool exists(const llvm::Twine& path) override;
  llvm::ErrorOr<std::unique_ptr<llvm::vfs::File>> openFileForRead(const llvm::Twine& path) override;

  void note(const std::string& path, FileStamp::Kind kind, unsigned long long content = 0);
  /// Nothing if a file was read twice and was not the same.
  std::optional<std::vector<FileStamp>> seen() const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, FileStamp> seen_;
  bool changed_ = false;
};

}  // namespace combiner
