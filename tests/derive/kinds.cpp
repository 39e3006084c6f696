// Which kind an artifact is, its peers and its signatures tell; its own names may be any.
// RUN: %split && %combine test --dump=facts artifacts/*.h | FileCheck %s

//--- artifacts/a.h
// CHECK: artifact Aa
// CHECK-NEXT: kind compressor, since it calls cache.truncate
#include <coop/artifact.h>
struct Aa : coop::Artifact {
  void after_attend(this auto& self, int q) {
    if (self.cache.length(q) > 9) self.cache.truncate(q, 9);
  }
};
//--- artifacts/b.h
// CHECK: artifact Bb
// CHECK-NEXT: kind cache manager, since it calls pages.alloc and pages.free
#include <coop/artifact.h>
struct Bb : coop::Artifact {
  int w(this auto& self, int k) { return k > 3 ? self.pages.alloc() : 0; }
  void x(this auto& self, int k) { self.pages.free(k); }
};
//--- artifacts/c.h
// CHECK: artifact Cc
// CHECK-NEXT: kind cache manager, since it keeps what ww is given, and qq tells of it
#include <coop/artifact.h>
struct Cc : coop::Artifact {
  int qq(this auto& self, int l) { return self.n; }
  void ww(this auto& self, int l, const float* k, const float* v, int c) { self.n += c; }
 private:
  int n = 0;
};
//--- artifacts/d.h
// CHECK: artifact Dd
// CHECK-NEXT: kind attention, since it reads kv_cache.keys, and ee writes what it is given
#include <coop/artifact.h>
struct Dd : coop::Artifact {
  void ee(this auto& self, int l, float* o, const float* q, int c) {
    o[0] = self.kv_cache.keys(l)[0];
  }
};
//--- artifacts/e.h
// CHECK: artifact Ee
// CHECK-NEXT: kind sampler, since zz takes numbers and returns one of them
#include <coop/artifact.h>
struct Ee : coop::Artifact {
  int zz(this auto& self, const float* x, int n) { return n - 1; }
};
//--- artifacts/f.h
// CHECK: artifact Ff
// CHECK-NEXT: kind model, since it calls the hook after_append and returns logits
#include <coop/artifact.h>
#include <vector>
struct Ff : coop::Artifact {
  std::vector<float> yy(this auto& self) {
    self.hooks.after_append(0);
    return {};
  }
};
//--- artifacts/g.h
// CHECK: artifact Gg
// CHECK-NEXT: kind none, since it calls nothing that tells
#include <coop/artifact.h>
struct Gg : coop::Artifact {
  int vv(this auto& self, int x) { return x + self.counter.value(); }
};
