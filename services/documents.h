// The documents of a text file.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

/// Lines of <|endoftext|> part the documents of a file; what is empty is none.
inline std::vector<std::string> read_documents(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error(path + ": cannot be opened; --text names the text");
  std::vector<std::string> documents;
  std::string line, document;
  while (true) {
    const bool more = static_cast<bool>(std::getline(file, line));
    if (more && line != "<|endoftext|>") {
      document += (document.empty() ? "" : "\n") + line;
      continue;
    }
    if (!document.empty()) documents.push_back(document);
    document.clear();
    if (!more) return documents;
  }
}
