// Registry → the text of main(): the command line, then the service's entry.
#pragma once

#include <string>

#include "combiner/values.h"

namespace combiner {

/// `declaration` makes the service's object, e.g. "static Decode decode;"; `entry` calls run up to
/// its arguments, e.g. "decode_run(decode" or "decode.run(".
std::string main_text(const Registry& registry, const std::string& object,
                      const std::string& declaration, const std::string& entry);

/// "Decode" → "decode", "KvTrace" → "kv_trace"
std::string snake_case(const std::string& name);

}  // namespace combiner
