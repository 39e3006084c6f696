// combine list SERVICE: every resource that an artifact of it can reach.
#include "combiner/combine.h"
#include "combiner/commands/combine_service.h"
#include "combiner/commands/diagnostics_option.h"
#include "combiner/commands/request.h"
#include "combiner/editor_files.h"
#include "combiner/list_choices.h"
#include "combiner/list_resources.h"
#include "combiner/write_file.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

/// Writes what an editor needs, all of it or nothing.
int write_editor_files(const Request& request, const Outcome& outcome) {
  const std::string database = outcome.sources.root + "/compile_commands.json";
  const std::string configuration = outcome.sources.root + "/.clangd";
  EditorFiles files =
      editor_files(request, outcome.sources, outcome.registry, read_file(database).value_or(""));
  const std::string own = read_file(configuration).value_or("");
  if (own.empty()) files.texts.push_back({configuration, kClangdConfiguration});
  const std::string error =
      files.error.empty()
          ? write_files(files.texts)
          : "cannot merge with '" + database + "': " + files.error + "; mend it, or move it away";
  if (!error.empty()) {
    llvm::errs() << "combine: error: " << error << "\n";
    return 1;
  }
  for (const std::string& file : files.kept)
    llvm::errs() << "note: " << shown(database) << " has an entry for " << shown(file)
                 << " that combine did not write; it stays\n";
  if (!own.empty() && own.find("ParameterNames") == std::string::npos)
    llvm::errs() << "note: " << shown(configuration) << " stays; put this into it:\n"
                 << kClangdConfiguration;
  llvm::outs() << shown(database) << "\n";
  return 0;
}

int list(const Invocation& invocation) {
  leave_stdout_free(invocation, "the list");
  const Request request = request_of(invocation);
  const bool for_clangd = invocation.has("--clangd");
  if (const Diagnostics impossible = check_request(request); for_clangd && has_errors(impossible)) {
    say(invocation, impossible, {});
    return 1;
  }
  const Outcome outcome = read_service(request, llvm::vfs::getRealFileSystem());
  say(invocation, outcome.diagnostics, outcome.sources);
  if (has_errors(outcome.diagnostics)) return 1;
  if (for_clangd) return write_editor_files(request, outcome);
  llvm::outs() << (invocation.has("--slots") ? list_choices(outcome.registry, outcome.sources,
                                                            *llvm::vfs::getRealFileSystem())
                                             : list_resources(outcome.registry, outcome.sources));
  return 0;
}

}  // namespace

Command list_command() {
  Command out;
  out.name = "list";
  out.summary = "every resource that an artifact can reach";
  out.operands = {service_operand()};
  out.help =
      "Artifacts with their methods, data and comments, hooks with who listens, and what is always "
      "there. It reads tokens, not types, and takes milliseconds.";
  out.options = request_options_and({
      diagnostics_option(),
      {"--slots", "", "only what may fill each slot, as --with takes it"},
      {"--clangd", "",
       "write what an editor needs to complete `self.` and to show no false error: entries in "
       "compile_commands.json of the project's folder, headers in its .cache/coop/clangd, and a "
       ".clangd where there is none"},
  });
  out.examples = {{"combine list services/decode.h", "all that `self.` can be followed by"},
                  {"combine list --clangd --device=cpu services/decode.h",
                   "the same, in an editor with clangd"}};
  out.run = list;
  return out;
}

}  // namespace combiner
