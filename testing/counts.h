// A field that counts: `int dropped = 0;  ///< counts: rows dropped`.
#pragma once

#include "testing/universal.h"

namespace coop::testing {

// ---- what can be counted: each knows it from whoever stands around the artifact -----------------

inline constexpr auto rows_appended = [](const auto& subject) {
  int out = 0;
  for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer)
    out += subject.kv_cache.next_position(layer);
  return out;
};

inline constexpr auto rows_kept = [](const auto& subject) {
  size_t out = 0;
  for (int layer = 0; layer < subject.kv_cache.layer_count(); ++layer)
    out += subject.kv_cache.rows(layer).size();
  return static_cast<int>(out);
};

inline constexpr auto rows_dropped = [](const auto& subject) {
  return rows_appended(subject) - rows_kept(subject);
};

/// Calls from outside, whether they come to an end or throw.
inline auto calls_of(const std::string& method) {
  return [method](const auto&) { return Calls::of()[method]; };
}

namespace laws {

/// Behind any scenario the field is what was counted; it starts at 0.
template <class Subject, class Counter>
void counts(const Description<Subject>& description, const std::string& name, Counter counter) {
  for_all(usual(description), "field " + name + " is what it counts",
          [&](const Scenario& scenario) {
            Calls::of().clear();
            Subject subject;
            play(description, scenario, subject);
            const std::string counted = shown(static_cast<double>(counter(subject)));
            for (const auto& field : description.fields)
              holds_if(field.name != name || field.get(subject) == counted,
                       name + " is " + field.get(subject) + ", and there were " + counted);
          });
}

}  // namespace laws
}  // namespace coop::testing

#define COOP_COUNTS(artifact, field, counter) \
  TEST(artifact##_counts, field) { ::coop::testing::laws::counts(kDescription, #field, counter); }
