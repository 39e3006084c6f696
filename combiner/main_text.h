// Registry → the text of main(): the command line, then the service's entry. At the larger scales
// every rank does that.
#pragma once

#include <string>

#include "combiner/values.h"

namespace combiner {

/// `type` is the service's, as it is spelled there; `declaration` makes its object, which is called
/// snake_case(service), e.g. "static Decode decode;"; `entry` is run, e.g. "decode_run", and
/// `first` what stands in front of run's own arguments, e.g. "decode, "; `owned` what an owned
/// artifact is within the struct that calls it: "" or ".owned"; `owners` what begins to take calls.
std::string main_text(const Request& request, const Registry& registry, const std::string& type,
                      const std::string& declaration, const std::string& entry,
                      const std::string& first, const std::string& owned,
                      const std::string& owners);

/// "Decode" → "decode", "KvTrace" → "kv_trace"
std::string snake_case(const std::string& name);

}  // namespace combiner
