#include <coop/service.h>

#include <cstdio>

/// Says hello.
struct Hello : coop::Service {
  int run(this auto&) {
    std::printf("hello\n");
    return 0;
  }
};
