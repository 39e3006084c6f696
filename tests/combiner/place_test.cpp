#include "combiner/place.h"

#include <gmock/gmock.h>

#include "combiner/main_text.h"
#include "combiner/settle_names.h"

namespace combiner {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

Registry registry_of(const std::vector<std::pair<std::string, std::string>>& artifacts) {
  Registry out;
  out.service.name = "Decode";
  for (const auto& [name, class_name] : artifacts) {
    Registered registered;
    registered.name = name;
    registered.class_name = registered.type = class_name;
    out.artifacts.push_back(registered);
  }
  return out;
}

Method method(const std::string& instance, const std::string& class_name, const std::string& name,
              std::vector<std::string> callees = {}) {
  Method out;
  out.key = (instance.empty() ? "" : instance + ".") + name;
  out.instance = instance;
  out.class_name = class_name;
  out.name = name;
  out.callees = std::move(callees);
  return out;
}

Plan placed(const Registry& registry, const Crop& crop) {
  Result<Plan> result = place({}, registry, crop);
  EXPECT_FALSE(has_errors(result.diagnostics));
  return result.value.value_or(Plan{});
}

TEST(Place, KeepsAMethodThatReachesNoPeer) {
  Crop crop;
  crop.methods = {method("kv", "Kv", "length"), method("", "Decode", "run", {"kv.length"})};
  const Plan plan = placed(registry_of({{"kv", "Kv"}}), crop);
  EXPECT_THAT(plan.functions, UnorderedElementsAre(Pair("run", "decode_run")));
}

TEST(Place, HoistsWhateverCallsAMethodThatReachesAPeer) {
  Crop crop;
  crop.methods = {method("comp", "Comp", "far"), method("comp", "Comp", "middle", {"comp.far"}),
                  method("comp", "Comp", "outer", {"comp.middle"}), method("comp", "Comp", "own"),
                  method("", "Decode", "run", {"comp.outer", "comp.own"})};
  crop.methods[0].reaches_peer = true;
  const Plan plan = placed(registry_of({{"comp", "Comp"}}), crop);
  EXPECT_THAT(plan.functions,
              UnorderedElementsAre(Pair("comp.far", "comp_far"), Pair("comp.middle", "comp_middle"),
                                   Pair("comp.outer", "comp_outer"), Pair("run", "decode_run")));
}

TEST(Place, HoistsAnOverloadSetTogether) {
  Crop crop;
  Method first = method("comp", "Comp", "pick"), second = first;
  first.key = "comp.pick@1";
  second.key = "comp.pick@2";
  second.reaches_peer = true;
  crop.methods = {first, second, method("", "Decode", "run", {"comp.pick@1"})};
  const Plan plan = placed(registry_of({{"comp", "Comp"}}), crop);
  EXPECT_EQ(plan.functions.at("comp.pick@1"), "comp_pick");
  EXPECT_EQ(plan.functions.at("comp.pick@2"), "comp_pick");
}

TEST(Place, HoistsForEachInstanceOfAClass) {
  Crop crop;
  crop.methods = {method("a", "Kv", "far"), method("b", "Kv", "far"),
                  method("", "Decode", "run", {"a.far", "b.far"})};
  crop.methods[0].reaches_peer = true;
  crop.methods[1].reaches_peer = true;
  const Plan plan = placed(registry_of({{"a", "Kv"}, {"b", "Kv"}}), crop);
  EXPECT_EQ(plan.functions.at("a.far"), "a_far");
  EXPECT_EQ(plan.functions.at("b.far"), "b_far");
  EXPECT_THAT(plan.calls, ElementsAre(PlannedCall{"Decode.run", "a.far", CallKind::kDirect},
                                      PlannedCall{"Decode.run", "b.far", CallKind::kDirect}));
}

TEST(Place, EndsOnMutualRecursion) {
  Crop crop;
  crop.methods = {method("a", "A", "f", {"b.g"}), method("b", "B", "g", {"a.f"}),
                  method("", "Decode", "run", {"a.f"})};
  crop.methods[0].reaches_peer = true;
  const Plan plan = placed(registry_of({{"a", "A"}, {"b", "B"}}), crop);
  EXPECT_EQ(plan.functions.size(), 3u);
}

TEST(Place, RefusesAStaticVariableThatInstancesWouldShare) {
  Crop crop;
  crop.methods = {method("a", "Kv", "tick"), method("", "Decode", "run", {"a.tick"})};
  crop.methods[0].static_locals = {{5, "calls"}};
  const Result<Plan> two = place({}, registry_of({{"a", "Kv"}, {"b", "Kv"}}), crop);
  ASSERT_EQ(two.diagnostics.size(), 1u);
  EXPECT_EQ(two.diagnostics[0].name, DiagnosticName::static_local_shared);
  EXPECT_TRUE(place({}, registry_of({{"a", "Kv"}}), crop).diagnostics.empty());
}

TEST(SettleNames, NumbersAFunctionWhoseNameIsTaken) {
  Crop crop;
  crop.methods = {method("a", "A", "b_c"), method("a_b", "B", "c"), method("kv", "Kv", "length")};
  for (Method& each : crop.methods) each.reaches_peer = true;
  Declaration global;
  global.names = {"kv_length"};
  global.reached = true;
  crop.declarations = {global};
  const Registry registry = registry_of({{"a", "A"}, {"a_b", "B"}, {"kv", "Kv"}});
  const Plan plan = settle_names(registry, crop, placed(registry, crop));
  EXPECT_THAT(plan.functions, UnorderedElementsAre(Pair("a.b_c", "a_b_c"), Pair("a_b.c", "a_b_c2"),
                                                   Pair("kv.length", "kv_length2")));
}

TEST(SettleNames, LeavesNamesThatOnlyCroppedCodeHas) {
  Crop crop;
  crop.methods = {method("kv", "Kv", "length")};
  crop.methods[0].reaches_peer = true;
  Declaration gone;
  gone.names = {"kv_length"};
  crop.declarations = {gone};
  const Registry registry = registry_of({{"kv", "Kv"}});
  const Plan plan = settle_names(registry, crop, placed(registry, crop));
  EXPECT_EQ(plan.functions.at("kv.length"), "kv_length");
}

TEST(SettleNames, AvoidsLocalVariables) {
  Crop crop;
  crop.methods = {method("kv", "Kv", "length")};
  crop.methods[0].reaches_peer = true;
  crop.methods[0].locals = {"kv_length"};
  const Registry registry = registry_of({{"kv", "Kv"}});
  EXPECT_EQ(settle_names(registry, crop, placed(registry, crop)).functions.at("kv.length"),
            "kv_length2");
}

TEST(SnakeCase, SplitsWordsAndAbbreviations) {
  EXPECT_EQ(snake_case("Decode"), "decode");
  EXPECT_EQ(snake_case("StreamingLlm"), "streaming_llm");
  EXPECT_EQ(snake_case("KVCache"), "kv_cache");
  EXPECT_EQ(snake_case("H2O"), "h2_o");
  EXPECT_EQ(snake_case("already_snake"), "already_snake");
  EXPECT_EQ(snake_case("T"), "t");
}

}  // namespace
}  // namespace combiner
