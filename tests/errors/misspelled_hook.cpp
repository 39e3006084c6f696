// A method one edit away from a hook that is called: a warning, since it may be meant.
// RUN: %combine --device=cpu %s -o %t.cpp 2>&1 | FileCheck %s --implicit-check-not=error: --implicit-check-not=warning:
// RUN: %gxx %t.cpp -o %t
#include <coop/service.h>

struct Compressor : coop::Artifact {
  int runs = 0;
  // CHECK: misspelled_hook.cpp:[[#@LINE+3]]:8: warning: nothing calls 'after_apend'; did you mean the hook 'after_append'? [misspelled-hook]
  // CHECK-NEXT: {{^}}  void after_apend(this auto& self, int layer) {
  // CHECK-NEXT: {{^}}       ^~~~~~~~~~~{{$}}
  void after_apend(this auto& self, int layer) { self.runs += layer; }
};

struct KvCache : coop::Artifact {
  void append(this auto& self, int layer) { self.hooks.after_append(layer); }
};

struct Decode : coop::Service {
  KvCache kv_cache;
  Compressor compressor;
  int run(this auto& self) {
    self.kv_cache.append(1);
    return self.compressor.runs;
  }
};
