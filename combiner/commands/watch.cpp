// combine watch SERVICE: writes its program again whenever a source changes.
#include <chrono>

#include "combiner/commands/combine_service.h"
#include "combiner/commands/options.h"
#include "combiner/commands/request.h"
#include "combiner/commands/source_watcher.h"
#include "combiner/write_file.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

/// The files that were read, as they were then. A file that is not there has no text.
using Texts = std::map<std::string, std::optional<std::string>>;

/// When something is missing, the file that mends it is a new one: every source beside the known
/// ones counts.
void add_neighbours(Texts& texts) {
  std::set<std::string> folders;
  for (const auto& [file, text] : texts) folders.insert(llvm::sys::path::parent_path(file).str());
  for (const std::string& folder : folders) {
    std::error_code error;
    for (llvm::sys::fs::directory_iterator it(folder, error), end; it != end && !error;
         it.increment(error)) {
      const llvm::StringRef extension = llvm::sys::path::extension(it->path());
      if (extension.starts_with(".h") || extension.starts_with(".c") || extension == ".inc")
        texts.insert({it->path(), read_file(it->path())});
    }
  }
}

/// What was read for this outcome. After an error not all was: what was known before stays known.
Texts texts_of(const Outcome& outcome, const Request& request, const Texts& before) {
  Texts out;
  for (const auto& [path, file] : outcome.sources.files) out[path] = file.text;
  out.insert({request.service, read_file(request.service)});
  if (!has_errors(outcome.diagnostics)) return out;
  for (const auto& [path, text] : before) out.insert({path, read_file(path)});
  add_neighbours(out);
  return out;
}

/// "artifacts/thin_out.h changed", or nothing while all is as it was.
std::string changes_since(const Texts& texts, bool failed) {
  Texts now = texts;
  if (failed) add_neighbours(now);
  std::string out;
  for (const auto& [file, text] : now) {
    const auto known = texts.find(file);
    const std::optional<std::string> fresh = known == texts.end() ? text : read_file(file);
    if (known != texts.end() && fresh == known->second) continue;
    const bool is_new = known == texts.end() || !known->second;
    out += (out.empty() ? "" : ", ") + shown(file) +
           (is_new  ? " is new"
            : fresh ? " changed"
                    : " is gone");
  }
  return out;
}

/// Combines once, and writes what has changed. Says how it went in a line.
Outcome combine_and_write(const Invocation& invocation, const Request& request) {
  const auto start = std::chrono::steady_clock::now();
  Outcome out = combine_service(invocation, request, output_name(invocation, request));
  if (has_errors(out.diagnostics)) {
    llvm::errs() << "combine: nothing was written\n";
    return out;
  }
  const std::string output = output_path(invocation, request, out);
  const bool same = read_file(output) == out.emission->text &&
                    read_file(output + ".map.json") == out.emission->map;
  if (!same && !write_emission(output, *out.emission)) return out;
  const std::chrono::duration<double> time = std::chrono::steady_clock::now() - start;
  llvm::errs() << (same ? "combine: no difference in " : "combine: wrote ") << shown(output)
               << llvm::formatv(", {0:F1} s\n", time.count());
  return out;
}

int watch(const Invocation& invocation) {
  if (invocation.value("-o") == "-")
    usage_error("watch writes a file: -o FILE", invocation.command);
  unsigned left = 0;  // 0: without end
  if (invocation.has("--count") &&
      (llvm::StringRef(invocation.value("--count")).getAsInteger(10, left) || left == 0))
    usage_error("--count wants a number, not '" + invocation.value("--count") + "'",
                invocation.command);
  const Request request = request_of(invocation);
  if (has_errors(check_request(request))) {
    say(check_request(request), {});
    return 1;
  }
  SourceWatcher watcher(invocation.has("--poll"));
  Texts texts;
  while (true) {
    const Outcome outcome = combine_and_write(invocation, request);
    if (left != 0 && --left == 0) return 0;
    texts = texts_of(outcome, request, texts);
    const bool failed = has_errors(outcome.diagnostics);
    llvm::errs() << "combine: watching " << texts.size() << " files\n";
    std::string changes;
    while (true) {
      std::set<std::string> folders;
      for (const auto& [file, text] : texts)
        folders.insert(llvm::sys::path::parent_path(file).str());
      watcher.watch(folders);  // first, so that no change falls between the look and the wait
      changes = changes_since(texts, failed);
      if (!changes.empty()) break;
      watcher.wait();
    }
    llvm::errs() << "combine: " << changes << "\n";
  }
}

}  // namespace

Command watch_command() {
  Command out;
  out.name = "watch";
  out.summary = "write the program again whenever a source changes";
  out.operands = {service_operand()};
  out.help =
      "Watches every file that the service reaches, of yours and of Coop, but no third party's. An "
      "error is shown and waits for its mend; what was written before stays. A file is written "
      "only "
      "if its text changes. Ctrl-C ends it.";
  out.options = combine_options_and({
      output_option(),
      {"--poll", "", "look at the files now and then, e.g. where another machine changes them"},
      {"--count", "N", "leave after having combined N times"},
  });
  out.examples = {
      {"combine watch --device=cpu services/decode.h -o decode.cpp",
       "keep it open beside an editor"},
  };
  out.run = watch;
  return out;
}

}  // namespace combiner
