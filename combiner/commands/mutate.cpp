// combine mutate FILE: small mistakes in an artifact's header, for who works on Coop's tests.
#include "combiner/mutate.h"

#include <algorithm>

#include "combiner/commands/combine_service.h"
#include "combiner/commands/options.h"
#include "combiner/commands/request.h"
#include "combiner/read_sources.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

unsigned number_of(llvm::StringRef word, const std::string& option, const Command* command) {
  unsigned out = 0;
  if (word.getAsInteger(10, out))
    usage_error(option + " wants numbers of mutants, not '" + word.str() + "'", command);
  return out;
}

/// Without those of --without, "3,17".
std::vector<Mutant> asked_for(const Invocation& invocation, std::vector<Mutant> mutants) {
  if (!invocation.has("--without")) return mutants;
  llvm::SmallVector<llvm::StringRef> words;
  const std::string given = invocation.value("--without");
  llvm::StringRef(given).split(words, ',', -1, /*KeepEmpty=*/false);
  for (const llvm::StringRef word : words) {
    const unsigned id = number_of(word, "--without", invocation.command);
    llvm::erase_if(mutants, [&](const Mutant& mutant) { return mutant.id == id; });
  }
  return mutants;
}

void print_json(const std::vector<Mutant>& mutants) {
  llvm::json::OStream out(llvm::outs(), /*IndentSize=*/1);
  out.array([&] {
    for (const Mutant& mutant : mutants)
      out.object([&] {
        out.attribute("id", mutant.id);
        out.attribute("line", mutant.line);
        out.attribute("column", mutant.column);
        out.attribute("kind", mutant.kind);
        out.attribute("before", mutant.before);
        out.attribute("after", mutant.after);
        out.attribute("begin", mutant.begin);
        out.attribute("end", mutant.end);
        out.attribute("alone", mutant.form == Mutant::Form::kAlone);
      });
  });
  llvm::outs() << "\n";
}

int mutate_header(const Invocation& invocation) {
  Request request = request_of(invocation);
  request.device = Device::kCpu;
  const Files files = llvm::vfs::getRealFileSystem();
  const Result<SourceTree> sources = read_sources(request, {}, *files);
  if (!sources.value || has_errors(sources.diagnostics)) {
    say(sources.diagnostics, {});
    return 1;
  }
  const Result<Mutations> found = mutate(request, *sources.value, files);
  say(found.diagnostics, *sources.value);
  if (!found.value) return 1;
  const std::string& text = sources.value->files.at(request.service).text;
  const std::vector<Mutant> mutants = asked_for(invocation, found.value->mutants);
  if (invocation.has("--id")) {
    const unsigned id = number_of(invocation.value("--id"), "--id", invocation.command);
    const auto mutant = llvm::find_if(mutants, [&](const Mutant& each) { return each.id == id; });
    if (mutant == mutants.end())
      usage_error(
          "no mutant is " + std::to_string(id) + "; there are " + std::to_string(mutants.size()),
          invocation.command);
    llvm::outs() << text_of(*mutant, text);
  } else if (invocation.has("--schemata")) {
    llvm::outs() << schemata_of(mutants, text, found.value->declared_at);
  } else if (invocation.has("--json")) {
    print_json(mutants);
  } else {
    for (const Mutant& mutant : mutants)
      llvm::outs() << mutant.id << "  " << shown(request.service) << ":" << mutant.line << ":"
                   << mutant.column << "  " << mutant.kind << "  " << in_one_line(mutant.before)
                   << "  ->  " << mutant.after
                   << (mutant.form == Mutant::Form::kAlone ? "  (alone)" : "") << "\n";
  }
  return 0;
}

}  // namespace

Command mutate_command() {
  Command out;
  out.name = "mutate";
  out.summary = "small mistakes in an artifact's header, by which its tests are judged";
  out.operands = {{.name = "FILE",
                   .missing = "which header? Give an artifact's, e.g. "
                              "artifacts/compress/streaming_llm.h",
                   .completes = Completes::kFile}};
  out.help =
      "Lists them, each with its number. A mutant keeps the number of every line, parses, and is "
      "written nowhere.";
  out.options = {
      {"--list", "", "print them all, the default: number, place, kind, before, after"},
      {"--json", "", "the same for scripts"},
      {"--id", "N", "print the header with this mutant in it"},
      {"--schemata", "",
       "print the header with all of them, but for those that stand alone: $MUT says, when the "
       "program starts, which one is active"},
      {"--without", "IDS", "leave these out; the others keep their numbers"},
  };
  out.examples = {{"combine mutate artifacts/sample/top_p.h", "what could be wrong in it"},
                  {"combine mutate --id=7 artifacts/sample/top_p.h", "one of them, as text"}};
  out.run = mutate_header;
  return out;
}

}  // namespace combiner
