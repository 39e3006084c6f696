// combine new artifact NAME: the beginning of an artifact, from a template.
#include <algorithm>

#include "combiner/commands/command.h"
#include "combiner/commands/options.h"
#include "combiner/commands/request.h"
#include "combiner/main_text.h"
#include "combiner/write_file.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

struct Kind {
  std::string name;         // e.g. compressor
  std::string file;         // of Coop
  std::string struct_name;  // that the template has in the place of NAME
  std::string registered;   // under which name others look for it, e.g. kv_cache
};

const std::vector<Kind>& kinds() {
  static const std::vector<Kind> table = {
      {"plain", "templates/new_artifact/plain.h", "NewArtifact", ""},
      {"compressor", "templates/new_artifact/compressor.h", "NewCompressor", "compressor"},
      {"cache", "templates/new_artifact/cache.h", "NewCache", "kv_cache"},
      {"model", "templates/new_artifact/model.h", "NewModel", "model"},
  };
  return table;
}

/// "thin_out" → "ThinOut"
std::string camel_case(const std::string& name) {
  std::string out;
  bool begins = true;
  for (const char c : name) {
    if (llvm::isAlnum(c)) out += begins ? llvm::toUpper(c) : c;
    begins = !llvm::isAlnum(c);
  }
  return out;
}

/// A struct's name, as others are written: ThinOut.
void check_name(const std::string& name, const Command* command) {
  if (std::isupper(static_cast<unsigned char>(name[0])) &&
      std::all_of(name.begin(), name.end(), [](char c) { return llvm::isAlnum(c); }))
    return;
  const std::string better = camel_case(name);
  const bool is_better = !better.empty() && !llvm::isDigit(better[0]);
  usage_error("'" + name + "' is not written as the name of a struct" +
                  (is_better ? "; did you mean '" + better + "'?" : ", e.g. ThinOut"),
              command);
}

std::string text_for(const Kind& kind, const std::string& name, std::string text) {
  for (size_t at = text.find(kind.struct_name); at != std::string::npos;
       at = text.find(kind.struct_name, at + name.size()))
    text.replace(at, kind.struct_name.size(), name);
  return text;
}

/// What to do with the new file. A compressor fills a slot of Coop's own service; others are
/// members.
std::string next_steps(const Kind& kind, const std::string& name, const std::string& file) {
  const std::string service = shown(find_home() + "/services/decode.h");
  std::string out = "  combine list SERVICE    what its `self.` can reach\n";
  if (kind.name == "compressor")
    return out + "  combine run --device=cpu --with Compressor=" + name + " " + service +
           " -- --model FOLDER\n";
  const std::string member = kind.registered.empty() ? snake_case(name) : kind.registered;
  return out + "  #include \"" + file + "\"    and, in your service, the member\n  " + name + " " +
         member + ";\n  combine run --device=cpu SERVICE -- ...\n";
}

int make(const Invocation& invocation) {
  const std::string& name = invocation.operands[1];
  check_name(name, invocation.command);
  const std::string chosen = invocation.value("--kind", "plain");
  const Kind& kind = *std::find_if(kinds().begin(), kinds().end(),
                                   [&](const Kind& kind) { return kind.name == chosen; });
  const std::string file = "artifacts/" + snake_case(name) + ".h";
  if (llvm::sys::fs::exists(file)) {
    llvm::errs() << "combine: error: " << file << " is there already, and stays as it is\n";
    return 1;
  }
  const std::string source = find_home() + "/" + kind.file;
  const std::optional<std::string> text = read_file(source);
  if (!text) {
    llvm::errs() << "combine: error: cannot read " << source
                 << "\nnote: $COOP_HOME says where Coop's own files are\n";
    return 1;
  }
  const std::string error = write_file(absolute(file), text_for(kind, name, *text));
  if (!error.empty()) {
    llvm::errs() << "combine: error: " << error << "\n";
    return 1;
  }
  llvm::outs() << "wrote " << file << "; then\n" << next_steps(kind, name, file);
  return 0;
}

}  // namespace

Command new_command() {
  Command out;
  out.name = "new";
  out.summary = "begin an artifact: writes artifacts/<name>.h from a template";
  out.operands = {
      {"TEMPLATE", "new what? An artifact: combine new artifact ThinOut", {"artifact"}},
      {"NAME", "which name is it to have? E.g. combine new artifact ThinOut"},
  };
  out.help =
      "The file is below the current folder, is complete, and says what can be written in it. One "
      "that is there already is not touched.";
  std::vector<std::string> names;
  for (const Kind& kind : kinds()) names.push_back(kind.name);
  out.options = {{"--kind", "KIND",
                  "plain (default), or one that does the work of its namesake in "
                  "services/decode.h: compressor, cache, model",
                  names}};
  out.examples = {
      {"combine new artifact ThinOut --kind=compressor", "writes artifacts/thin_out.h"},
      {"combine run --device=cpu --with Compressor=ThinOut services/decode.h -- --model "
       "examples/models/tiny",
       "where it is used at once"},
  };
  out.run = make;
  return out;
}

}  // namespace combiner
