// A header of C that does not say so is included within `extern "C" { }`, in the emission as well:
// else its functions would be others, which no library has.
// RUN: %split && env CPLUS_INCLUDE_PATH=%t/third_party %same services/t.h | FileCheck %s --check-prefix=SAYS
// SAYS: 0
// RUN: FileCheck %s --check-prefix=EMITTED --match-full-lines --input-file=out.cpp
// EMITTED:      extern "C" {
// EMITTED-NEXT: #include <plain_c.h>  // t
// EMITTED-NEXT: }

//--- third_party/plain_c.h
unsigned if_nametoindex(const char* name); /* of the C library */
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Before {
  int x = 1;
};
#ifdef __cplusplus
extern "C" {
#endif
#include <plain_c.h>
#ifdef __cplusplus
}
#endif

struct Kv : coop::Artifact {
  unsigned get(this auto&) { return if_nametoindex("no such interface"); }
};
struct T : coop::Service {
  Kv kv;
  int run(this auto& self) {
    std::printf("%u\n", self.kv.get());
    return 0;
  }
};
