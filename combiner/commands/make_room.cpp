#include "combiner/commands/make_room.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "llvm/Support/FileSystem.h"

namespace combiner {
namespace {

namespace fs = llvm::sys::fs;

struct Entry {
  std::string path;
  bool is_folder;
  unsigned long long bytes;
  llvm::sys::TimePoint<> used;
};

Entry read(const fs::directory_entry& found, const fs::basic_file_status& status) {
  Entry out = {found.path(), status.type() == fs::file_type::directory_file, status.getSize(),
               status.getLastModificationTime()};
  std::error_code error;
  if (out.is_folder)
    for (fs::recursive_directory_iterator it(out.path, error), end; it != end && !error;
         it.increment(error))
      if (const auto inner = it->status()) out.bytes += inner->getSize();
  return out;
}

}  // namespace

void make_room(const std::string& folder, unsigned long long limit) {
  std::vector<Entry> entries;
  std::error_code error;
  for (fs::directory_iterator it(folder, error), end; it != end && !error; it.increment(error))
    if (const auto status = it->status()) entries.push_back(read(*it, *status));
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.used > b.used; });
  const auto recent = std::chrono::system_clock::now() - std::chrono::hours(1);
  unsigned long long total = 0;
  for (const Entry& entry : entries) {
    total += entry.bytes;
    if (total <= limit || entry.used > recent) continue;
    if (entry.is_folder)
      fs::remove_directories(entry.path);
    else
      fs::remove(entry.path);
  }
}

void note_use(const std::string& path) {
  int descriptor;
  if (fs::openFileForRead(path, descriptor)) return;
  fs::setLastAccessAndModificationTime(descriptor, std::chrono::system_clock::now());
  fs::file_t native = fs::convertFDToNativeFile(descriptor);
  fs::closeFile(native);
}

}  // namespace combiner
