#include "combiner/commands/combine_service.h"

#include "combiner/commands/diagnostics_option.h"
#include "combiner/commands/request.h"
#include "combiner/commands/terminal.h"
#include "combiner/list_choices.h"
#include "combiner/main_text.h"
#include "combiner/write_file.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {

std::vector<Option> combine_options_and(std::vector<Option> more) {
  more.push_back(
      {"--contracts", "",
       "keep what COOP_EXPECTS and COOP_ENSURES say, as checks that end the program; else "
       "nothing of them is written"});
  more.push_back({"--check-all", "",
                  "read also the methods that nobody calls, and tell their errors; what is written "
                  "is the same"});
  more.push_back({"--time", "", "print how long each stage took"});
  return request_options_and(std::move(more));
}

Outcome combine_service(const Invocation& invocation, const Request& request,
                        const std::string& output, const std::string& dump) {
  Outcome impossible;
  impossible.diagnostics = check_request(request);
  if (has_errors(impossible.diagnostics)) {
    say(invocation, impossible.diagnostics, {});
    return impossible;
  }
  Outcome out = [&] {
    ProgressLine progress;
    return combine(request, output, dump, llvm::vfs::getRealFileSystem(),
                   [&](const char* stage) { progress.stage(stage); });
  }();
  suggest_choices(out.diagnostics, out.registry, out.sources, *llvm::vfs::getRealFileSystem());
  say(invocation, out.diagnostics, out.sources);
  if (invocation.has("--time"))
    for (const auto& [stage, seconds] : out.seconds)
      llvm::errs() << llvm::formatv("{0,8:F3} s  {1}\n", seconds, stage);
  if (!out.rejected_text.empty()) report_bug(out.rejected_text, command_of(request));
  return out;
}

void report_bug(const std::string& text, const std::string& command) {
  llvm::SmallString<256> kept;
  if (llvm::sys::fs::createTemporaryFile("combine-rejected", "cpp", kept)) return;
  if (!write_file(kept.str().str(), text).empty()) return;
  llvm::errs()
      << "note: nothing was written. This is a bug of combine, not of yours; the text is in "
      << kept << "\nnote: to reproduce: " << command << "\n";
}

void say(const Diagnostics& diagnostics, const SourceTree& sources) {
  llvm::errs() << print(diagnostics, sources, current_directory(), wants_colour(2));
}

std::string default_name(const Request& request) {
  return name_of(request.scale) + std::string(request.device == Device::kCuda ? ".cu" : ".cpp");
}

std::string output_path(const Invocation& invocation, const Request& request,
                        const Outcome& outcome) {
  if (invocation.has("-o")) return absolute(invocation.value("-o"));
  return outcome.sources.root + "/generated/" + snake_case(outcome.registry.service.name) + "/" +
         default_name(request);
}

bool write_emission(const std::string& output, const Emission& emission) {
  std::vector<std::pair<std::string, std::string>> texts = {{output, emission.text}};
  if (!is_stream(output)) texts.push_back({output + ".map.json", emission.map});
  const std::string error = write_files(texts);
  if (!error.empty()) llvm::errs() << "combine: error: " << error << "\n";
  return error.empty();
}

std::string output_name(const Invocation& invocation, const Request& request) {
  const std::string output = invocation.value("-o", "-");
  return output == "-" ? default_name(request) : llvm::sys::path::filename(output).str();
}

Option output_option() {
  return {.name = "-o",
          .value = "FILE",
          .help =
              "where to write, - for standard output; by default "
              "generated/<service>/<scale>.cu or .cpp below the project's folder. A map of "
              "lines is written beside a file.",
          .completes = Completes::kFile};
}

}  // namespace combiner
