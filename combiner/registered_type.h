// The type of a service's member, as it is written → the artifact that it registers.
#pragma once

#include <map>

#include "combiner/values.h"

namespace combiner {

struct RegisteredType {
  std::string type;        // slots filled in, aliases followed, e.g. Decoding<SnapKv>
  std::string class_name;  // e.g. Decoding
  std::string container;   // e.g. std::array<Decoding<SnapKv>, 2>; empty: one artifact
  Placement placement = Placement::kReplicated;
};

RegisteredType registered_type(const Member& member,
                               const std::vector<std::pair<std::string, std::string>>& slots,
                               const std::map<std::string, std::string>& aliases);

/// "detail::Decoding<SnapKv>" → "Decoding"
std::string class_of(const std::string& type);

/// "detail::Decoding<SnapKv>" → "Decoding", "SnapKv": the class and those that its arguments name.
std::vector<std::string> classes_in(const std::string& type);

/// What `declared` derives from where its type is written so: with Decoding<SnapKv>, which derives
/// from its parameter, SnapKv.
std::vector<std::string> bases_of(const std::string& type, const StructOutline& declared);

}  // namespace combiner
