// SourceTree × Registry → edits of templates/: an emission has both in one file, so what an author
// calls like a type there gives that type another name. `Reader` of an artifact stays `Reader`, and
// that of templates/cluster/wire.h becomes `Reader2`.
#pragma once

#include "combiner/edit_text.h"
#include "combiner/values.h"

namespace combiner {

/// By file. Names that `main` and calls are written with cannot be others: those are refused.
Result<std::map<std::string, std::vector<Edit>>> rename_templates(const Request& request,
                                                                  const SourceTree& sources,
                                                                  const Registry& registry);

}  // namespace combiner
