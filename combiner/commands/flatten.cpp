// combine flatten SOURCES -- FLAGS: an ordinary program as one file.
#include "combiner/flatten/flatten.h"

#include <unistd.h>

#include "clang/Tooling/JSONCompilationDatabase.h"
#include "combiner/commands/combine_service.h"
#include "combiner/commands/options.h"
#include "combiner/commands/request.h"
#include "combiner/write_file.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

namespace path = llvm::sys::path;

/// The folder that all sources lie in.
std::string common_folder(const std::vector<SourceCommand>& commands) {
  std::string common = path::parent_path(commands.front().file).str();
  for (const SourceCommand& command : commands)
    while (!common.empty() && !llvm::StringRef(command.file).starts_with(common + "/"))
      common = path::parent_path(common).str();
  return common;
}

/// Flags of `file` in compile_commands.json, without what only says where the object goes.
SourceCommand from_database(const clang::tooling::CompilationDatabase& database,
                            const std::string& file, const Command* command) {
  const auto found = database.getCompileCommands(file);
  if (found.empty())
    usage_error("compile_commands.json has no command for '" + file + "'", command);
  SourceCommand out{file, found.front().Directory, {}};
  for (size_t i = 1; i < found.front().CommandLine.size(); ++i)
    out.flags.push_back(found.front().CommandLine[i]);
  return out;
}

std::vector<SourceCommand> commands_of(const Invocation& invocation) {
  std::vector<SourceCommand> out;
  std::unique_ptr<clang::tooling::JSONCompilationDatabase> database;
  if (invocation.has("-p")) {
    const std::string folder = absolute(invocation.value("-p"));
    const std::string file =
        path::extension(folder) == ".json" ? folder : folder + "/compile_commands.json";
    std::string error;
    database = clang::tooling::JSONCompilationDatabase::loadFromFile(
        file, error, clang::tooling::JSONCommandLineSyntax::AutoDetect);
    if (!database) usage_error("cannot read '" + file + "': " + error, invocation.command);
  }
  for (const std::string& operand : invocation.operands) {
    const std::string file = absolute(operand);
    if (!llvm::sys::fs::is_regular_file(file))
      usage_error("no such file: '" + operand + "'", invocation.command);
    if (database)
      out.push_back(from_database(*database, file, invocation.command));
    else
      out.push_back({file, current_directory(), invocation.behind});
  }
  return out;
}

std::string default_output(const FlattenRequest& request) {
  const llvm::StringRef first = request.commands.front().file;
  return current_directory() + "/" + path::stem(first).str() + ".flat" +
         path::extension(first).str();
}

void report(const Flattened& flat, const std::string& output) {
  const auto lines = std::count(flat.emission->text.begin(), flat.emission->text.end(), '\n');
  for (const std::string& effect : flat.effects) llvm::errs() << effect << "\n";
  llvm::errs() << output << ": " << lines << " lines, from " << flat.lines_before << " in "
               << flat.files_before << " files\n";
}

std::string command_line(const Invocation& invocation) {
  std::string out = "combine flatten";
  if (invocation.has("-p")) out += " -p " + invocation.value("-p");
  for (const std::string& source : invocation.operands) out += " " + source;
  if (!invocation.behind.empty()) out += " --";
  for (const std::string& flag : invocation.behind) out += " " + flag;
  return out;
}

int flatten_sources(const Invocation& invocation) {
  FlattenRequest request;
  request.commands = commands_of(invocation);
  request.root = common_folder(request.commands);
  request.cuda_path = find_cuda(invocation.value("--cuda-path"));
  const std::string given = invocation.value("-o");
  const std::string output = given.empty()  ? default_output(request)
                             : given == "-" ? given
                                            : absolute(given);
  request.output =
      given == "-" ? path::filename(default_output(request)).str() : path::filename(output).str();
  request.path = given == "-" ? default_output(request) : output;
  const bool terminal = isatty(2);
  size_t done = 0;
  const Flattened flat = flatten(request, [&](const std::string& file) {
    if (terminal)
      llvm::errs() << "\r\033[Kcombine: read " << path::filename(file) << " (" << ++done << " of "
                   << request.commands.size() << ")\r";
  });
  if (terminal) llvm::errs() << "\033[K";
  say(flat.diagnostics, flat.sources);
  if (invocation.has("--time"))
    for (const auto& [stage, seconds] : flat.seconds)
      llvm::errs() << llvm::formatv("{0,8:F3} s  {1}\n", seconds, stage);
  if (!flat.rejected_text.empty()) report_bug(flat.rejected_text, command_line(invocation));
  if (has_errors(flat.diagnostics)) return 1;
  if (given == "-") {
    llvm::outs() << flat.emission->text;
    return 0;
  }
  std::vector<std::pair<std::string, std::string>> texts = {{output, flat.emission->text}};
  if (!is_stream(output)) texts.push_back({output + ".map.json", flat.emission->map});
  if (const std::string error = write_files(texts); !error.empty()) {
    llvm::errs() << "combine: error: " << error << "\n";
    return 1;
  }
  report(flat, given.empty() ? output : given);
  return 0;
}

}  // namespace

Command flatten_command() {
  Command out;
  out.name = "flatten";
  out.summary = "an ordinary program as one file";
  Operand sources{.name = "SOURCE",
                  .missing = "which sources? Give each file that the compiler is given",
                  .completes = Completes::kFile,
                  .repeats = true};
  out.operands = {sources};
  out.behind = "FLAGS";
  out.help =
      "Makes one self-contained file of a C++, C or CUDA program: its sources and every header "
      "that "
      "they reach through -I or quotes, without what the program does not reach. Headers of "
      "libraries (system folders, -isystem) stay includes.\n\n"
      "The text is yours: comments, macros and layout stay, and so does each #if that only a "
      "compiler can decide (__clang__, __has_builtin, __CUDA_ARCH__). An #if that your flags and "
      "your own macros decide is gone.";
  Option output = output_option();
  output.help =
      "where to write, - for standard output; by default the first source's name with .flat in it, "
      "here. A map of lines is written beside a file.";
  out.options = {output,
                 {.name = "-p",
                  .value = "FOLDER",
                  .help = "flags come from compile_commands.json there, not from behind --",
                  .completes = Completes::kFolder},
                 {.name = "--cuda-path",
                  .value = "DIR",
                  .help = "the CUDA toolkit, for .cu sources",
                  .completes = Completes::kFolder},
                 {.name = "--time", .help = "print how long each stage took"}};
  out.examples = {
      {"combine flatten main.cpp parser.cpp -o flat.cpp -- -std=c++17 -Iinclude -DNDEBUG",
       "one file of two sources"},
      {"combine flatten -p build src/main.cpp src/parser.cpp", "with the flags of a build"}};
  out.run = flatten_sources;
  return out;
}

}  // namespace combiner
