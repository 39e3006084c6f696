#include "combiner/write_file.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {

std::string write_file(const std::string& file, const std::string& text) {
  if (auto error = llvm::sys::fs::create_directories(llvm::sys::path::parent_path(file)))
    return error.message();
  auto temporary = llvm::sys::fs::TempFile::create(
      file + ".%%%%%%.tmp", llvm::sys::fs::all_read | llvm::sys::fs::all_write);
  if (!temporary) return llvm::toString(temporary.takeError());
  llvm::raw_fd_ostream out(temporary->FD, /*shouldClose=*/false);
  out << text;
  out.flush();
  if (out.has_error()) {
    const std::string message = out.error().message();
    out.clear_error();
    llvm::consumeError(temporary->discard());
    return message;
  }
  if (llvm::Error error = temporary->keep(file)) return llvm::toString(std::move(error));
  return "";
}

}  // namespace combiner
