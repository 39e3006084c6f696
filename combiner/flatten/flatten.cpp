#include "combiner/flatten/flatten.h"

#include <algorithm>
#include <chrono>

#include "combiner/flatten/check_names.h"
#include "combiner/flatten/check_shared_state.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

/// C and C++ read one text in two ways. CUDA is C++.
Diagnostics check_languages(const std::vector<SourceCommand>& commands) {
  auto is_c = [](const SourceCommand& command) {
    const auto x = std::find(command.flags.begin(), command.flags.end(), "-x");
    if (x != command.flags.end() && x + 1 != command.flags.end()) return *(x + 1) == "c";
    return llvm::StringRef(command.file).ends_with(".c");
  };
  auto name = [](const SourceCommand& command) { return llvm::sys::path::filename(command.file); };
  const SourceCommand *c = nullptr, *other = nullptr;
  for (const SourceCommand& command : commands) (is_c(command) ? c : other) = &command;
  if (!c || !other) return {};
  return {diagnose(DiagnosticName::mixed_languages, {}, name(*c), name(*other))};
}

}  // namespace

Flattened flatten(const FlattenRequest& request,
                  const std::function<void(const std::string&)>& progress) {
  Flattened out;
  auto stage = [&](const char* name, auto run) {
    const auto start = std::chrono::steady_clock::now();
    auto result = run();
    out.seconds.push_back(
        {name, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count()});
    return result;
  };
  auto tell = [&](Diagnostics diagnostics) {
    for (Diagnostic& diagnostic : diagnostics) out.diagnostics.push_back(std::move(diagnostic));
    return has_errors(out.diagnostics);
  };

  if (tell(check_languages(request.commands))) return out;

  auto program = stage("read_program", [&] {
    return read_program(request.commands, request.cuda_path, llvm::vfs::getRealFileSystem(),
                        progress);
  });
  for (const auto& [file, text] : program.value->texts) {
    out.sources.files[file] = {shown_name(file, request.root), file, text.text};
    out.lines_before += std::count(text.text.begin(), text.text.end(), '\n');
    ++out.files_before;
  }
  if (tell(program.diagnostics)) return out;

  auto entries = stage("place_entries", [&] { return place_entries(*program.value); });
  if (tell(entries.diagnostics)) return out;

  const Live live = stage("shake", [&] { return shake(*program.value, *entries.value); });
  if (live.items.empty() && tell({diagnose(DiagnosticName::starts_nowhere, {})})) return out;
  for (const Live::Effect& effect : live.effects) {
    const SourceText& text = program.value->texts.at(effect.file);
    const Region at = region_of({effect.file, effect.begin, effect.end}, text.text);
    out.effects.push_back("kept, though nothing names it: '" + effect.name + "' (" + effect.why +
                          "), " + shown_name(effect.file, request.root) + ":" +
                          std::to_string(at.line));
  }
  if (tell(check_shared_state(*program.value, live))) return out;

  const Renames renames =
      stage("settle_private_names", [&] { return settle_private_names(*program.value, live); });
  const FlatText flat =
      stage("lay_out", [&] { return lay_out(*program.value, *entries.value, live, renames); });
  const PrintedFlat printed = print_flat(*program.value, flat, request.root, request.output);

  const NamesChecked checked = stage("check_names", [&] {
    return check_names(*program.value, renames, flat, printed, request.path, request.cuda_path);
  });
  if (!checked.parses) out.rejected_text = printed.emission.text;
  if (!tell(checked.diagnostics)) out.emission = printed.emission;
  return out;
}

}  // namespace combiner
