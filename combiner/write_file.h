// Texts → disk, each whole or not at all; and back.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace combiner {

/// Replaces every (path, text), or none: all texts are on the disk beside them before the first
/// is renamed, and no signal comes between. A link stays, and what it leads to is replaced; an
/// existing file keeps its permissions; a device or a pipe gets its text as it comes.
/// Returns what went wrong, with the file's name, or "".
std::string write_files(const std::vector<std::pair<std::string, std::string>>& files);

/// One file. The same words when it fails.
std::string write_file(const std::string& file, const std::string& text);

/// A device or a pipe: it takes a text, and no file belongs beside it.
bool is_stream(const std::string& file);

/// The text of a file, or nothing where it cannot be read.
std::optional<std::string> read_file(const std::string& file);

}  // namespace combiner
