// The text of a .kept file ↔ scenarios that broke a law once. It stands beside the test of its
// artifact, is committed with it, and is read whenever the test is derived:
//
//   last_setting_wins: Scenario{.fields = {4}, .steps = {{"set_ratio", {0, 1}}}}
//
// Lines that begin with # are comments.
#pragma once

#include <string>
#include <vector>

#include "combiner/values.h"

namespace combiner {

struct KeptFailure {
  std::string law;       // e.g. last_setting_wins
  std::string scenario;  // as C++, e.g. Scenario{.fields = {4}}
  int number = 0;        // among those of its law, from 1; while it is in no file, 0
  auto operator<=>(const KeptFailure&) const = default;

  std::string name() const { return law + "_" + std::to_string(number); }
};

/// In the order of the file.
Result<std::vector<KeptFailure>> read_kept(const SourceFile& file);

/// Puts one more behind the others, unless it is among them. `text` is empty when there is no file.
/// Returns its number.
int keep(const std::string& law, const std::string& scenario, const std::string& artifact,
         std::string& text);

}  // namespace combiner
