// A class → its bases and itself, as written: of a template's instantiation, the template's own
// text.
#pragma once

#include <vector>

#include "clang/AST/DeclCXX.h"

namespace combiner {

/// Bases in front of what derives from them, each once. A template parameter stands for its
/// default; what else one decides, and private bases, are left out.
std::vector<const clang::CXXRecordDecl*> lineage(const clang::CXXRecordDecl* record);

/// Does it derive from coop::Artifact, through templates as well?
bool derives_from_artifact(const clang::CXXRecordDecl* record);

}  // namespace combiner
