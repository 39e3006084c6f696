// A type → why no message can hold it: templates/cluster/wire.h puts into bytes what it can.
#pragma once

#include <string>

#include "clang/AST/DeclTemplate.h"

namespace combiner {

/// What is at fault, e.g. "its member 'next' is a pointer"; empty when it can travel. A parameter
/// may be a reference to const, or a view; what is returned has to hold what it shows.
std::string why_it_cannot_travel(clang::QualType type, bool is_parameter);

}  // namespace combiner
