#include "combiner/diagnostics.h"

#include <gmock/gmock.h>

#include "combiner/values.h"

namespace combiner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kText =
    "#pragma once\n"
    "struct Kv {\n"
    "\tint f(this auto& self) { return self.kv_cahce.n; }\n"
    "};\n";

SourceTree tree() {
  SourceTree out;
  out.root = "/project";
  out.files["/project/artifacts/kv.h"] = {"artifacts/kv.h", "/project/artifacts/kv.h", kText};
  return out;
}

FileRange range_of(const std::string& words) {
  const unsigned at = std::string(kText).find(words);
  return {"/project/artifacts/kv.h", at, at + static_cast<unsigned>(words.size())};
}

TEST(Print, PutsACaretUnderTheWordsAndKeepsTabs) {
  const Diagnostic d =
      diagnose(DiagnosticName::unregistered_peer, range_of("kv_cahce"), "kv_cahce", "Decode");
  EXPECT_EQ(print({d}, tree(), "/project", false),
            "artifacts/kv.h:3:39: error: nothing named 'kv_cahce' is registered in Decode "
            "[unregistered-peer]\n"
            "\tint f(this auto& self) { return self.kv_cahce.n; }\n"
            "\t                                     ^~~~~~~~\n"
            "note: register it in the service, or guard the use: "
            "`if constexpr (requires { self.<name>; })`\n");
}

TEST(Print, ShowsTheWayOutOfANameOnlyWhereNoNoteIsOne) {
  Diagnostic d = diagnose(DiagnosticName::several_services, range_of("Kv"), "x", "A, B");
  d.notes.push_back({"declared here", range_of("Kv")});
  EXPECT_THAT(print({d}, tree(), "", false), HasSubstr("note: put each into a header of its own"));
  d.notes.push_back({"did you mean 'A'?", range_of("Kv"), Fix{range_of("Kv"), "A"}});
  EXPECT_THAT(print({d}, tree(), "", false), Not(HasSubstr("note: put each")));
}

TEST(DiagnosticKinds, HaveAWayOutUnlessClangSpeaks) {
  for (const DiagnosticKind& kind : diagnostic_kinds())
    EXPECT_TRUE(!kind.mend.empty() || kind.name == "cpp" || kind.severity == Severity::kInternal)
        << kind.name;
}

TEST(RegionOf, CountsFromOneAndStaysInTheText) {
  EXPECT_EQ(region_of({"", 0, 3}, "abc\nd\n"), (Region{1, 1, 1, 4}));
  EXPECT_EQ(region_of({"", 2, 5}, "abc\nd\n"), (Region{1, 3, 2, 2}));
  EXPECT_EQ(region_of({"", 90, 2}, "abc\nd\n"), (Region{3, 1, 3, 1}));
}

TEST(Print, PutsNotesBehindTheirMessage) {
  Diagnostic d = diagnose(DiagnosticName::unregistered_peer, range_of("kv_cahce"), "x", "Decode");
  d.notes.push_back({"registered here", range_of("Kv")});
  d.notes.push_back({"a note without a place", {}});
  EXPECT_THAT(print({d}, tree(), "/project", false),
              HasSubstr("artifacts/kv.h:2:8: note: registered here\n"
                        "struct Kv {\n"
                        "       ^~\n"
                        "note: a note without a place\n"));
}

TEST(Print, ShowsPathsOutsideOfTheFolderWhole) {
  const Diagnostic d = diagnose(DiagnosticName::no_entry, range_of("Kv"), "Kv");
  EXPECT_THAT(print({d}, tree(), "/elsewhere", false), HasSubstr("/project/artifacts/kv.h:2:8: "));
  EXPECT_THAT(print({d}, tree(), "/proj", false), HasSubstr("/project/artifacts/kv.h:2:8: "));
}

TEST(Print, NamesTheCommandWhereThereIsNoPlace) {
  EXPECT_EQ(print({diagnose(DiagnosticName::missing_toolkit, {})}, {}, "", false),
            "combine: error: the CUDA toolkit's headers are missing [missing-toolkit]\n"
            "note: scripts/setup --cuda gets them; --device=cpu needs none\n");
}

TEST(Print, ColoursForATerminalAlone) {
  const Diagnostics d = {diagnose(DiagnosticName::missing_toolkit, {})};
  EXPECT_THAT(print(d, {}, "", true), HasSubstr("\033["));
  EXPECT_THAT(print(d, {}, "", false), Not(HasSubstr("\033[")));
}

TEST(HasErrors, IsFalseForWarnings) {
  const Diagnostic warning = diagnose(DiagnosticName::misspelled_hook, {}, "after_apend", "x");
  EXPECT_FALSE(has_errors({warning}));
  EXPECT_TRUE(has_errors({warning, diagnose(DiagnosticName::no_entry, {}, "T")}));
}

TEST(Nearest, FindsAllAtTheSmallestDistance) {
  EXPECT_THAT(nearest("kv_cahce", {"model", "kv_cache", "kv_caches"}), ElementsAre("kv_cache"));
  EXPECT_THAT(nearest("cache", {"cache1", "cache2", "cached_rows"}),
              ElementsAre("cache1", "cache2"));
}

TEST(Nearest, FindsNothingThatIsNoMisspelling) {
  EXPECT_THAT(nearest("sampler", {"kv_cache", "model"}), IsEmpty());
  EXPECT_THAT(nearest("kv", {"tv_x", "model"}), IsEmpty());
}

}  // namespace
}  // namespace combiner
