// A test as it is written: short enough to be read, and the same each time.
// RUN: %split && %combine test --print artifacts/compress/window.h > once.cpp
// RUN: %combine test --print artifacts/compress/window.h > twice.cpp && cmp once.cpp twice.cpp
// RUN: FileCheck %s --match-full-lines --input-file=once.cpp

//--- artifacts/compress/window.h
#pragma once
#include <coop/artifact.h>

/// except: twice_is_once (it forgets more each time)
struct Window : coop::Artifact {
  int size = 8;  ///< Tokens kept; range 1..48.

  void after_append(this auto& self, int l) {
    if (self.kv_cache.length(l) > self.size + self.tuner.extra(l))
      self.kv_cache.erase(l, 0, self.kv_cache.length(l) - self.size);
  }
  void load(this auto& self, const Window& other) { self.size = other.size; }

  /// except: method_matters (it only says hello)
  void after_hello(this auto&) {}
};
// CHECK: // Tests of Window, derived by `combine test artifacts/compress/window.h`.
// CHECK: // Kind: compressor, since it calls kv_cache.erase
// CHECK-NEXT: // Peers: kv_cache {erase, length}, tuner {extra}
// CHECK-NEXT: // Excepted by the author: method_matters: it only says hello
// CHECK-NEXT: // Excepted by the author: twice_is_once: it forgets more each time
// CHECK-NEXT: // Not tested: load, since of its parameter other: nothing is known of const Window &
// CHECK-NEXT: #include "artifacts/compress/window.h"
// CHECK-EMPTY:
// CHECK-NEXT: #include "testing/compressor.h"
// CHECK-NEXT: #include "testing/fake_peer.h"
// CHECK-EMPTY:
// CHECK-NEXT: using namespace coop::testing;
// CHECK-EMPTY:
// CHECK-NEXT: /// What stands for `tuner`: it notes what it is asked, and answers something.
// CHECK-NEXT: struct TunerPeer : FakePeer {
// CHECK-NEXT:   TunerPeer() : FakePeer("tuner") {}
// CHECK-NEXT:   FAKE_ANSWER(int, extra)
// CHECK-NEXT: };
// CHECK: struct Subject : Window {
// CHECK-NEXT:   Device device;
// CHECK-NEXT:   FakeKvCache kv_cache{device};
// CHECK-NEXT:   TunerPeer tuner;
// CHECK:     .fields = {field_of<Subject>("size", &Subject::size, said({1, 48}))},
// CHECK:         "after_append",
// CHECK-NEXT:    [](Subject& self, Given& given) {
// CHECK-NEXT:      return self.after_append(given.number<int>(0));
// CHECK-NEXT:    },
// CHECK-NEXT:    {{.*}}"layer", {0, 2}{{.*}}, Role::kHook),
// CHECK:         "after_hello", {{.*}}
// CHECK: COOP_SMOKE(Window)
// CHECK-NEXT: COOP_PEERS(Window)
// CHECK-NEXT: COOP_FIELD_MATTERS(Window, size)
// CHECK-NEXT: COOP_METHOD_MATTERS(Window, after_append)
// CHECK-NEXT: COOP_PARAMETER_MATTERS(Window, after_append, 0, layer)
// CHECK-NEXT: COOP_ANSWER_MATTERS(Window, kv_cache, length)
// CHECK-NEXT: COOP_ANSWER_MATTERS(Window, tuner, extra)
// CHECK: COOP_LAWS(Window, what_is_meant_is_not_refused, same_again, {{.*}}
// CHECK: {{.*}} newest_row_survives,{{.*}}
// CHECK-NOT: twice_is_once
// CHECK: {{.*}} layers_are_alike,{{.*}}
