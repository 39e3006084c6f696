// Registry × Method → how a call that may cross ranks is made. A rule, the artifact author's word,
// says how what each rank's call returns makes a whole:
//
//   [[coop::sum]] DeviceSpan<float> attention_block(...)   a part of a sum on each rank
//
//   self.add(self.attention_block(layer));                 as the author wrote it
//   self.add(all_reduce_sum(self.world, self.device, self.attention_block(layer)));
//
// It holds for artifacts that are sharded, and wherever the method is called but from a method of
// the same artifact that has a rule itself: all of that one's body is this rank's part.
//
// What is owned is called where it lives, at one rank or at the one that has the key:
//
//   once(self.world, self.prefix_directory, [&] { return self.prefix_directory.find(tokens); })
#pragma once

#include "combiner/crop.h"

namespace combiner {

/// What stands around a call of `callee` in `caller`.
struct Crossing {
  CallKind kind = CallKind::kDirect;
  bool gives = false;  // rank 0 hands over for all
  std::string before;  // e.g. `all_reduce_sum(self.world, self.device, `
  std::string after;   // e.g. `)`
};

Crossing crossing_of(const Registry& registry, const Method& caller, const Method& callee);

/// Does a call from elsewhere get an answer of which its author says that all ranks get the same?
bool is_same_everywhere(const Registry& registry, const Method& caller, const Method& callee);

/// Is it the name of a rule?
bool is_rule(const std::string& name);

/// The names of all rules.
const std::vector<std::string>& rule_names();

/// Is what it returns, called from elsewhere, made a whole of all ranks' parts?
bool is_collective_of(const Registry& registry, const Method& callee);

/// The rule that says which share answers; null without one.
const Rule* key_rule(const std::vector<Rule>& rules);

/// Does a rule of this name send what each rank returned to the others?
bool combines(const std::string& rule);

/// Can a rule of this name make a whole of what is returned? `same` takes anything.
bool can_combine(const std::string& rule, Returned::Kind returned);

}  // namespace combiner
