// The facts of one method → the edits that turn its text into a member of its struct or into a
// function of the service.
#pragma once

#include "combiner/crop.h"
#include "combiner/edit_text.h"

namespace combiner {

struct MethodText {
  const Registry& registry;
  const Plan& plan;
  const std::map<std::string, const Method*>& methods;  // by key
  const std::string& text;                              // of the file
  const std::vector<Edit>& gone;                        // what the preprocessor decided in it
  const std::vector<FileRange>& unseen;                 // branches of it that Clang did not see
  const std::vector<Declaration>& declarations;
};

/// `witnesses` are instantiations of one text. A constant's decision is applied where all that met
/// it agree.
std::vector<Edit> method_edits(const std::vector<const Method*>& witnesses, const MethodText& in,
                               Diagnostics& diagnostics);

}  // namespace combiner
