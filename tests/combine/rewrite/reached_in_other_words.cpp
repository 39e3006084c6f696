// A loop over an artifact whose begin() and end() are ordinary methods, a lambda without captures
// that calls what needs the service, and a method that requires something of what it is bound to.
// RUN: %split && %same services/t.h | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --input-file=%t/out.cpp
// SAYS: 12 17 8 41
// CHECK: const int* begin() const
// CHECK-NOT: requires(
// CHECK: [&self](auto& c) { return cache_get(self, c.n); }
// CHECK: [](auto& c) { return c.own(3); }
// CHECK: [&self, more](auto& c)

//--- services/t.h
#include <coop/service.h>

#include <cstdio>
#include <type_traits>
#include <utility>
#include <vector>

struct Pages : coop::Artifact {
  std::vector<int> pages = {5, 7};
  const int* begin() const { return pages.data(); }
  const int* end() const { return pages.data() + pages.size(); }
};
struct Cache : coop::Artifact {
  int n = 2;
  int get(this auto& self, int i) { return self.n * i + self.owner.v; }
  int own(this auto& self, int i) { return self.n + i; }
};
struct Owner : coop::Artifact {
  int v = 13;
  template <class F>
  int with(this auto& self, F&& f) {
    return std::forward<F>(f)(self.cache);
  }
  int fits(this auto& self, int x)
    requires(sizeof(x) == 4)
  {
    return self.cache.get(x);
  }
};
struct T : coop::Service {
  Pages pages;
  Cache cache;
  Owner owner;
  int run(this auto& self) {
    int sum = 0, more = 1;
    for (const int page : self.pages) sum += page;
    std::printf("%d", sum);
    std::printf(" %d", self.owner.with([](auto& c) { return c.get(c.n); }));
    const int own = self.owner.with([](auto& c) { return c.own(3); });
    const int both = self.owner.with([more](auto& c) { return c.get(more) + c.n * more - 14; });
    std::printf(" %d", own + both);
    std::printf(" %d\n", self.owner.fits(14));
    return 0;
  }
};
