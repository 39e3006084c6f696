// Same input, same bytes: from another folder, by a relative path, on another day, a second time.
// RUN: %split && %combine --device=cpu services/t.h -o first/out.cpp
// RUN: cd services && %combine --device=cpu ../services/t.h -o %t/second/out.cpp
// RUN: cp -r %t/services %t/artifacts %t/copied && cd / && env TZ=Asia/Tokyo LC_ALL=C %combine --device=cpu %t/copied/services/t.h -o %t/third/out.cpp
// RUN: cmp %t/first/out.cpp %t/second/out.cpp && cmp %t/first/out.cpp %t/third/out.cpp
// RUN: cmp %t/first/out.cpp.map.json %t/second/out.cpp.map.json && cmp %t/first/out.cpp.map.json %t/third/out.cpp.map.json
// RUN: not grep -F %t %t/first/out.cpp %t/first/out.cpp.map.json

//--- copied/empty
//--- artifacts/kv.h
#pragma once
#include <coop/artifact.h>

#include <map>
struct Kv : coop::Artifact {
  std::map<int, int> tokens;
  int far(this auto& self) { return self.tokens[1] + self.other.tokens[2]; }
};
//--- services/t.h
#include <coop/service.h>

#include <cstdio>

#include "artifacts/kv.h"
struct T : coop::Service {
  Kv kv;
  Kv other;
  int run(this auto& self) {
    std::printf("%d\n", self.kv.far());
    return 0;
  }
};
