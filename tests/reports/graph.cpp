// Artifacts are nodes, calls are edges that carry methods; hooks are dashed; what was cropped is
// grey, and only there with --all.
// RUN: %split
// RUN: %combine graph --device=cpu services/t.h > t.dot && FileCheck %s --check-prefix=DOT --match-full-lines --input-file=t.dot
//      DOT: digraph "T" {
// DOT-NEXT:   node [shape=box];
// DOT-NEXT:   "T" [label="T\nservice"];
// DOT-NEXT:   "kv" [label="kv\nCache<int>\nsharded"];
// DOT-NEXT:   "end" [label="end\nEnd\nreplicated"];
// DOT-NEXT:   "T" -> "end" [label="step"];
// DOT-NEXT:   "T" -> "kv" [label="data"];
// DOT-NEXT:   "end" -> "kv" [label="append\nlength"];
// DOT-NEXT:   "end" -> "kv" [label="after_step", style=dashed];
// DOT-NEXT: }

// RUN: %combine graph --all --format=mermaid --device=cpu services/t.h > t.mmd && FileCheck %s --check-prefix=MERMAID --match-full-lines --input-file=t.mmd
//      MERMAID: flowchart TD
// MERMAID-NEXT:   T["T<br/>service"]
// MERMAID-NEXT:   kv["kv<br/>Cache#lt;int#gt;<br/>sharded"]
// MERMAID-NEXT:   end_["end<br/>End<br/>replicated"]
// MERMAID-NEXT:   log["log<br/>Log<br/>owned"]:::cropped
// MERMAID-NEXT:   T -->|step| end_
// MERMAID-NEXT:   T -->|data| kv
// MERMAID-NEXT:   end_ -->|append<br/>length| kv
// MERMAID-NEXT:   end_ -.->|after_step| kv
// MERMAID-NEXT:   classDef cropped stroke:#999,color:#999

// RUN: %combine graph --all --device=cpu services/t.h | FileCheck %s --check-prefix=ALL
// ALL: "log" [label="log\nLog\nowned", color=grey, fontcolor=grey];

//--- artifacts/parts.h
#pragma once
#include <coop/artifact.h>
template <class X>
struct Cache : coop::Artifact {
  int rows = 0;
  void append(this auto& self) { ++self.rows; }
  int length(this auto& self) { return self.rows; }
  void after_step(this auto& self) { ++self.rows; }
};
struct End : coop::Artifact {
  void step(this auto& self) {
    self.kv.append();
    self.hooks.after_step();
    if (self.kv.length() > 100 || self.world.size() > 1) self.kv.append();
    if (self.world.size() > 1) self.log.write();
  }
};
struct Log : coop::Artifact {
  void write(this auto& self) { self.kv.append(); }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/parts.h"

struct T : coop::Service {
  coop::Sharded<Cache<int>, coop::Heads> kv;
  End end;
  coop::Owned<Log> log;
  int run(this auto& self) {
    self.end.step();
    std::printf("%d\n", self.kv.rows);
    return 0;
  }
};
