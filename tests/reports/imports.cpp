// What became of each #include, line by line, and what was added.
// RUN: %split && env CPLUS_INCLUDE_PATH=%t/third_party %combine imports --device=cpu services/t.h > table.txt
// RUN: FileCheck %s --match-full-lines --input-file=table.txt
// CHECK:      artifacts/kv.h
// CHECK-NEXT:   2  <coop/artifact.h>  vocabulary
// CHECK-NEXT:   3  <deque>            dropped
// CHECK-NEXT:   4  <library.h>        kept: library_depth (21)
// CHECK-NEXT:   5  <map>              kept: std::map (19)
// CHECK-NEXT:   7  <thread>           switched off: #if COOP_CUDA
// CHECK-NEXT:   9  <list>             dropped
// CHECK-NEXT:   12  <new>              conditional: #ifdef _OPENMP
// CHECK-NEXT:   14  <typeinfo>         conditional: #else of #ifdef _OPENMP
// CHECK-EMPTY:
// CHECK-NEXT:artifacts/comp.h
// CHECK-NEXT:   2  <coop/artifact.h>  vocabulary
// CHECK-NEXT:   3  <map>              for others
// CHECK-NEXT:   5  "names.inc"        pasted
// CHECK-NEXT:   7  "unused.h"         nothing used
// CHECK-EMPTY:
// CHECK-NEXT:services/t.h
// CHECK-NEXT:   1  <coop/service.h>   vocabulary
// CHECK-NEXT:   3  <cstdio>           kept: std::printf (13)
// CHECK-NEXT:   4  <map>              merged: std::map (11)
// CHECK-NEXT:   6  "artifacts/kv.h"   inlined
// CHECK-NEXT:   7  "artifacts/comp.h" inlined
// CHECK-EMPTY:
// CHECK-NEXT:templates/flags.h
// CHECK:      added: what the authors had only through other headers
// CHECK:             <exception>        std::exception (main)
// CHECK-NEXT:      <utility>          std::move (artifacts/kv.h:22)
// CHECK-EMPTY:
// CHECK-NEXT:in front of them: macros that they read
// CHECK-NEXT:      #define LIBRARY_DEPTH 7

// RUN: env CPLUS_INCLUDE_PATH=%t/third_party %combine imports --json --device=cpu services/t.h > table.json
// RUN: python3 check.py table.json

//--- check.py
import json, sys

report = json.load(open(sys.argv[1]))
lines = {(line["file"], line["line"]): line for line in report["includes"]}
assert lines["artifacts/kv.h", 5] == {
    "file": "artifacts/kv.h", "line": 5, "include": "<map>", "fate": "kept",
    "needs": [{"symbol": "std::map", "file": "artifacts/kv.h", "line": 19}]}, lines
assert lines["artifacts/kv.h", 7]["condition"] == "#if COOP_CUDA", lines
assert [added["include"] for added in report["added"]] == ["<exception>", "<utility>"], report
assert report["configuration"] == ["#define LIBRARY_DEPTH 7"], report
//--- third_party/library.h
#ifndef LIBRARY_DEPTH
#define LIBRARY_DEPTH 3
#endif
inline int library_depth() { return LIBRARY_DEPTH; }
//--- artifacts/kv.h
#define LIBRARY_DEPTH 7
#include <coop/artifact.h>
#include <deque>
#include <library.h>
#include <map>
#if COOP_CUDA
#include <thread>
#else
#include <list>
#endif
#ifdef _OPENMP
#include <new>
#else
#include <typeinfo>
#endif

struct Kv : coop::Artifact {
  // #include <commented>
  std::map<int, int> rows = {{1, 2}};
  int get(this auto& self) {
    int depth = library_depth();
    int moved = std::move(depth);
#ifdef _OPENMP
    ++moved;
#endif
    return self.rows.at(1) + moved;
  }
};
//--- artifacts/names.inc
"one", "two"
//--- artifacts/unused.h
inline int unused() { return 1; }
//--- artifacts/comp.h
#pragma once
#include <coop/artifact.h>
#include <map>
inline constexpr const char* kNames[] = {
#include "names.inc"
};
#include "unused.h"
struct Comp : coop::Artifact {
  const char* name(this auto& self) { return kNames[self.kv.get() > 0]; }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <map>

#include "artifacts/kv.h"
#include "artifacts/comp.h"
struct T : coop::Service {
  Kv kv;
  Comp comp;
  std::map<int, int> runs;
  int run(this auto& self) {
    std::printf("%s\n", self.comp.name());
    return 0;
  }
};
