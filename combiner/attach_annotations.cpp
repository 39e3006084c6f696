#include "combiner/attach_annotations.h"

namespace combiner {
namespace {

bool holds(const StructOutline& read, const FileRange& at) {
  return read.range.file == at.file && read.range.begin <= at.begin && at.end <= read.range.end;
}

bool concerns(const StructOutline& read, const ArtifactFacts& facts) {
  if (holds(read, facts.at)) return true;
  for (const FieldFacts& field : facts.fields)
    if (holds(read, field.at)) return true;
  for (const MethodFacts& method : facts.methods)
    if (holds(read, method.at)) return true;
  return false;
}

void attach(const Member& member, Annotations said, ArtifactFacts& facts) {
  const auto is_meant = [&](const FileRange& at) {
    return at.file == member.name_range.file && at.begin == member.name_range.begin;
  };
  for (FieldFacts& field : facts.fields)
    if (is_meant(field.at)) field.said = said;
  for (MethodFacts& method : facts.methods)
    if (is_meant(method.at)) method.said = said;
}

}  // namespace

Diagnostics attach_annotations(const SourceTree& sources, ArtifactFacts& facts) {
  Diagnostics out;
  std::vector<std::string> fields;
  for (const FieldFacts& field : facts.fields) fields.push_back(field.name);
  for (const auto& [path, outline] : sources.outlines)
    for (const StructOutline& read : outline.structs) {
      if (!concerns(read, facts)) continue;
      Result<ArtifactAnnotations> said = read_annotations(sources.files.at(path), read, fields);
      out.insert(out.end(), said.diagnostics.begin(), said.diagnostics.end());
      if (!said.value) continue;
      if (holds(read, facts.at)) facts.said = std::move(said.value->artifact);
      for (size_t i = 0; i < read.members.size(); ++i)
        attach(read.members[i], std::move(said.value->members[i]), facts);
    }
  return out;
}

}  // namespace combiner
