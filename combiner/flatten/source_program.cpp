#include "combiner/flatten/source_program.h"

#include <algorithm>

namespace combiner {

void join(Item& into, const Item& from) {
  into.begin = std::min(into.begin, from.begin);
  into.end = std::max(into.end, from.end);
  into.declares.insert(into.declares.end(), from.declares.begin(), from.declares.end());
  into.names.insert(from.names.begin(), from.names.end());
  into.triggers.insert(from.triggers.begin(), from.triggers.end());
  into.spaces.insert(from.spaces.begin(), from.spaces.end());
  into.uses.insert(from.uses.begin(), from.uses.end());
  into.uses_names.insert(from.uses_names.begin(), from.uses_names.end());
  if (into.root.empty()) into.root = from.root;
  if (into.subject.empty()) into.subject = from.subject;
  into.has_body = into.has_body || from.has_body;
  into.is_passive = into.is_passive && from.is_passive;
  into.by_spelling = into.by_spelling || from.by_spelling;
  if (into.state.empty()) into.state = from.state;
  if (into.shape != from.shape) into.shape += from.shape;
}

}  // namespace combiner
