// Sources and their flags → one file: the spine of `combine flatten`.
#pragma once

#include <functional>

#include "combiner/flatten/read_program.h"

namespace combiner {

struct FlattenRequest {
  std::vector<SourceCommand> commands;
  std::string root;       // names of files are shown relative to it
  std::string cuda_path;  // the toolkit; empty when there is none
  std::string output;     // the emitted file's name
  std::string path;       // where it will be
};

struct Flattened {
  std::optional<Emission> emission;
  Diagnostics diagnostics;
  SourceTree sources;                                   // for showing places
  std::string rejected_text;                            // does not parse: ours to mend
  std::vector<std::pair<std::string, double>> seconds;  // per stage
  std::vector<std::string> effects;  // what stays though nothing names it, in words
  unsigned lines_before = 0, files_before = 0;
};

Flattened flatten(const FlattenRequest& request,
                  const std::function<void(const std::string&)>& progress);

}  // namespace combiner
