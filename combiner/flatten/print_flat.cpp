#include "combiner/flatten/print_flat.h"

#include <algorithm>

#include "combiner/emission_text.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"

namespace combiner {
namespace {

namespace path = llvm::sys::path;

/// `#define NAME VALUE` for what -D said, where text that stays asks for it.
std::string define_lines(const SourceProgram& program, const FlatText& flat) {
  std::string out;
  for (const std::string& define : program.defines) {
    const auto [name, value] = llvm::StringRef(define).split('=');
    const llvm::StringRef bare = name.split('(').first;
    const bool used = program.consulted_macros.count(bare.str()) > 0 ||
                      std::any_of(flat.chunks.begin(), flat.chunks.end(), [&](const auto& chunk) {
                        return llvm::StringRef(chunk.text).contains(bare);
                      });
    if (!used) continue;
    const bool has_value = llvm::StringRef(define).contains('=');
    out += "#define " + name.str() + (has_value ? (value.empty() ? "" : " " + value.str()) : " 1") +
           "\n";
  }
  return out;
}

std::string compile_line(const SourceProgram& program, const std::string& output) {
  std::string flags;
  std::set<std::string> said;
  for (const SourceCommand& command : program.commands)
    for (size_t i = 0; i < command.flags.size(); ++i) {
      const llvm::StringRef flag = command.flags[i];
      if (flag == "-isystem" && i + 1 < command.flags.size()) {
        ++i;  // a folder of this machine
        continue;
      }
      const bool of_nvcc = flag.starts_with("-rdc") || flag.starts_with("-arch") ||
                           flag.starts_with("-gencode=") || flag == "--extended-lambda" ||
                           flag.starts_with("--expt-");
      const bool matters = flag.starts_with("-std=") || (program.is_cuda && of_nvcc) ||
                           flag.starts_with("-m") || flag == "-pthread" || flag == "-fopenmp" ||
                           flag.starts_with("-fno-") || flag == "-fpermissive";
      if (matters && said.insert(flag.str()).second) flags += flag.str() + " ";
    }
  const char* compiler = program.is_cuda ? "nvcc " : program.is_c ? "gcc " : "g++ ";
  return std::string(compiler) + flags + "-O2 " + output + " -o " + path::stem(output).str();
}

}  // namespace

std::string shown_name(const std::string& file, const std::string& root) {
  llvm::StringRef rest = file;
  if (!root.empty() && rest.consume_front(root) && rest.consume_front("/")) return rest.str();
  return path::filename(file).str();
}

PrintedFlat print_flat(const SourceProgram& program, const FlatText& flat, const std::string& root,
                       const std::string& output) {
  PrintedFlat printed;
  Emission& out = printed.emission;
  std::string sources;
  for (const SourceCommand& command : program.commands)
    sources += (sources.empty() ? "" : " ") + shown_name(command.file, root);
  out.text = "// Flattened by `combine flatten`: edit the files named below, not this one.\n";
  out.text += wrap_comment("From: " + sources);
  out.text += "// Build: " + compile_line(program, output) + "\n\n";
  const std::string defines = define_lines(program, flat);
  if (!defines.empty()) out.text += rule("the command line") + defines + "\n";
  std::string title;
  unsigned line = 1 + std::count(out.text.begin(), out.text.end(), '\n');
  for (const FlatText::Chunk& chunk : flat.chunks) {
    const bool blank = llvm::StringRef(chunk.text).trim().empty();
    const bool new_line = out.text.back() == '\n';
    if (!chunk.file.empty() && !blank && new_line && chunk.file != title) {
      title = chunk.file;
      if (!llvm::StringRef(out.text).ends_with("\n\n")) {
        out.text += "\n";
        ++line;
      }
      out.text += rule(shown_name(chunk.file, root));
      line += 2;
    }
    const unsigned lines = std::count(chunk.text.begin(), chunk.text.end(), '\n');
    if (!chunk.file.empty() && !blank) {
      const std::string& original = program.texts.at(chunk.file).text;
      const unsigned from = 1 + std::count(original.begin(), original.begin() + chunk.begin, '\n');
      out.lines.push_back(
          {line, line + (lines ? lines - 1 : 0), "", shown_name(chunk.file, root), from});
    }
    printed.positions.push_back(out.text.size());
    out.text += chunk.text;
    line += lines;
  }
  while (llvm::StringRef(out.text).ends_with("\n\n")) out.text.pop_back();
  if (out.text.back() != '\n') out.text += "\n";
  out.map = map_of(out.lines, output);
  return printed;
}

}  // namespace combiner
