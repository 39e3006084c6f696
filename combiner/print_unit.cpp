#include "combiner/print_unit.h"

#include <algorithm>
#include <set>

#include "combiner/emission_text.h"
#include "combiner/format_text.h"
#include "combiner/main_text.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Parallel.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"
#include "llvm/Support/raw_ostream.h"

namespace combiner {
namespace {

bool mentions(const Unit& unit, const char* what) {
  return std::any_of(unit.pieces.begin(), unit.pieces.end(), [&](const Piece& piece) {
    return piece.text.find(what) != std::string::npos;
  });
}

/// What nvcc takes only when asked: `[=] __device__ (int i) {...}`, and a constexpr function that
/// device code calls.
std::string nvcc_flags(const Unit& unit) {
  static const llvm::Regex kLambda("\\][ ]*(__host__ )?__device__");
  static const llvm::Regex kConstexpr("constexpr [A-Za-z0-9_:<>, ]*[ &*]([A-Za-z0-9_]+)\\(");
  bool lambda = false, relaxed = false;
  for (const Piece& piece : unit.pieces) {
    lambda = lambda || kLambda.match(piece.text);
    llvm::SmallVector<llvm::StringRef, 2> match;
    if (piece.text.find("__device__") != std::string::npos || !kConstexpr.match(piece.text, &match))
      continue;
    for (const Piece& other : unit.pieces)
      relaxed = relaxed || ((other.text.find("__global__") != std::string::npos ||
                             other.text.find("__device__") != std::string::npos) &&
                            other.text.find(match[1].str() + "(") != std::string::npos);
  }
  return std::string(lambda ? "--extended-lambda " : "") +
         (relaxed ? "--expt-relaxed-constexpr " : "");
}

/// Where the program runs, in the banner's first line.
std::string where_it_runs(const Request& request) {
  const bool cuda = request.device == Device::kCuda;
  const std::string one = cuda ? "GPU" : "rank";
  if (request.without_mpi) return " as processes that call each other";
  if (request.scale == Scale::kNode) return " on one node, a thread for each " + one;
  if (request.scale == Scale::kCluster) return " on a cluster, a process for each " + one;
  return cuda ? " on one GPU" : " on the CPU";
}

/// How it is started, where that takes more than its name.
std::string start_line(const Request& request, const std::string& program) {
  if (request.without_mpi) return "// Run:   ./" + program + " --help\n";
  if (request.scale == Scale::kCluster) return "// Run:   mpirun -np 2 ./" + program + " --help\n";
  if (request.scale == Scale::kSingleGpu) return "";
  return "// Run:   ./" + program + (request.device == Device::kCuda ? " --gpus=2" : " --ranks=2") +
         " --help\n";
}

std::string compile_line(const Request& request, const Unit& unit, const std::string& output) {
  auto includes = [&](const char* header) {
    return std::any_of(unit.imports.includes.begin(), unit.imports.includes.end(),
                       [&](const Include& i) { return i.spelled == header; });
  };
  const std::string program = snake_case(unit.state_name);
  std::string out;
  const bool cluster = request.scale == Scale::kCluster && !request.without_mpi;
  if (request.device == Device::kCuda) {
    out = std::string("nvcc ") + (cluster ? "-ccbin mpicxx " : "") +
          "-std=c++20 -O3 -arch=native " + nvcc_flags(unit) + output;
    if (includes("<cublas_v2.h>")) out += " -lcublas";
    if (includes("<nccl.h>")) out += " -lnccl";
  } else {
    out = std::string(cluster ? "mpicxx" : "g++") + " -std=c++20 -O3 -march=native ";
    if (mentions(unit, "#pragma omp") || includes("<omp.h>")) out += "-fopenmp ";
    out += output;
    if (includes("<cblas.h>")) out += " -lopenblas";
  }
  if (includes("<zmq.h>")) out += " -lzmq";
  return out + " -o " + program;
}

std::string banner(const Request& request, const Unit& unit, const std::string& service,
                   const std::string& output) {
  const std::string target =
      std::string(name_of(request.scale)) + " --device=" + name_of(request.device);
  std::string command = "combine --scale=" + target;
  if (request.without_mpi) command += " --engine=zmq";
  for (const auto& [slot, chosen] : request.with) command += " --with " + slot + "=" + chosen;
  if (request.contracts) command += " --contracts";
  std::string summary = unit.summary.substr(0, unit.summary.find("\n"));
  if (const size_t stop = summary.find(". "); stop != std::string::npos) summary.resize(stop + 1);
  std::string out;
  out += wrap_comment(unit.state_name + where_it_runs(request) +
                      (summary.empty() ? "." : ": " + summary));
  out += "//\n";
  out += wrap_comment("Emitted by `" + command + " " + service +
                      "`: edit the files named below, not this one.");
  out += "// Build: " + compile_line(request, unit, output) + "\n";
  out += start_line(request, snake_case(unit.state_name));
  out += "// Read:  " + snake_case(unit.state_name) +
         "_run first, near the end; callees stand above their callers.\n";
  return out + "\n";
}

/// `#include <vector>  // kv_cache, model`: who needs it, as far as the line goes.
std::string include_lines(const std::vector<Include>& includes) {
  size_t width = 0;
  for (const Include& include : includes) width = std::max(width, include.spelled.size());
  std::string out;
  bool third_party = false;
  for (const Include& include : includes) {
    const bool standard = include.spelled.find('.') == std::string::npos;
    if (standard && third_party) out += "\n";
    third_party = !standard;
    std::string line =
        "#include " + include.spelled + std::string(width - include.spelled.size(), ' ') + "  // ";
    for (size_t i = 0; i < include.needed_by.size(); ++i) {
      const std::string next = (i ? ", " : "") + include.needed_by[i];
      const bool last = i + 1 == include.needed_by.size();
      if (line.size() + next.size() + (last ? 0 : 5) > kColumns) {
        line += ", ...";
        break;
      }
      line += next;
    }
    out += include.c_linkage ? "extern \"C\" {\n" + line + "\n}\n" : line + "\n";
  }
  return out;
}

/// What headers read, headers, and those that only the emission's compiler can choose.
std::string import_block(const Imports& imports) {
  std::string out;
  for (const std::string& line : imports.configuration) out += line + "\n";
  if (!imports.configuration.empty()) out += "\n";
  out += include_lines(imports.includes);
  for (const std::string& block : imports.conditional) out += "\n" + block + "\n";
  return out.empty() ? out : out + "\n";
}

/// In which line a growing text ends.
class LineCounter {
 public:
  explicit LineCounter(const std::string& text) : text_(text) {}
  unsigned last() {
    line_ += std::count(text_.begin() + counted_, text_.end(), '\n');
    counted_ = text_.size();
    return line_;
  }

 private:
  const std::string& text_;
  size_t counted_ = 0;
  unsigned line_ = 1;
};

std::string title_of(const Piece& piece) {
  if (piece.kind == Piece::Kind::kState)
    return piece.file + ": all state, one member per registered artifact";
  if (piece.kind == Piece::Kind::kMain) return "main: the command line";
  return piece.file;
}

}  // namespace

Result<Emission> print_unit(const Request& request, const Unit& unit, const std::string& service,
                            const std::string& output, const std::string& style_text) {
  Diagnostics diagnostics;
  const auto style = style_of(style_text, diagnostics);
  std::vector<std::string> texts(unit.pieces.size());
  llvm::parallelFor(0, unit.pieces.size(), [&](size_t i) {
    texts[i] =
        unit.pieces[i].edited ? format_text(unit.pieces[i].text, style) : unit.pieces[i].text;
  });
  Emission emission;
  emission.text = banner(request, unit, service, output) + import_block(unit.imports);
  std::string title;
  std::set<std::string> said;  // comments of artifacts that left no struct
  LineCounter line(emission.text);
  for (size_t i = 0; i < unit.pieces.size(); ++i) {
    const Piece& piece = unit.pieces[i];
    const std::string next = title_of(piece);
    const bool state_follows = piece.name == "early declarations";
    if (next != title && !state_follows) emission.text += rule(next);
    if (!state_follows) title = next;
    if (!piece.comment.empty() && said.insert(piece.comment).second)
      emission.text += piece.comment + "\n\n";
    const unsigned first = line.last();
    emission.text += llvm::StringRef(texts[i]).rtrim('\n').str() + "\n";
    if (piece.line)
      emission.lines.push_back({first, line.last() - 1, piece.name, piece.file, piece.line});
    emission.text += "\n";
  }
  while (llvm::StringRef(emission.text).ends_with("\n\n")) emission.text.pop_back();
  emission.map = map_of(emission.lines, output);
  return {std::move(emission), std::move(diagnostics)};
}

}  // namespace combiner
