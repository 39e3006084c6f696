// Two emissions of one service → what differs, section by section: what `combine diff` prints.
#pragma once

#include <string>

namespace combiner {

struct NamedEmission {
  std::string name;  // what was chosen, e.g. cpu
  std::string text;
};

/// First which sections only one of them has, which differ, and how many are the same; then a
/// unified diff of each that differs. The banner, and the comments that say who needs an include,
/// are not compared: they follow from the rest.
std::string compare_emissions(const NamedEmission& before, const NamedEmission& after, bool colour);

}  // namespace combiner
