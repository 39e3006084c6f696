// Bytes ↔ Input: a small project in the format of split-file, `//--- path` in front of each file.
#pragma once

#include <string>
#include <vector>

namespace fuzz {

struct File {
  std::string path;  // relative, e.g. services/t.h
  std::string text;
};

using Input = std::vector<File>;

/// Text without a `//---` line is one file, `service.h`; what stands in front of the first such
/// line (lit's RUN lines) is left out.
Input parse(const std::string& bytes);

std::string print(const Input& input);

/// The file that registers artifacts: the first that names coop::Service, else the first.
const File& service_of(const Input& input);

}  // namespace fuzz
