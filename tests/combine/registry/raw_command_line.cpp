// run(int, char**) gets the command line as it is; artifacts have no flags then.
// RUN: %split && %same services/t.h -- one --two | FileCheck %s --check-prefix=SAYS
// RUN: FileCheck %s --match-full-lines --input-file=%t/out.cpp '--implicit-check-not={{.*}}Flags{{.*}}'
// SAYS: 3 --two 4
// CHECK-LABEL: int main(int argc, char** argv) try {
// CHECK-NEXT:   static T t;
// CHECK-NEXT:   return t_run(t, argc, argv);
// CHECK-NEXT: } catch (const std::exception& error) {

//--- services/t.h
#include <coop/service.h>

#include <cstdio>

struct Kv : coop::Artifact {
  int tokens = 4;
};

struct T : coop::Service {
  Kv kv;
  int run(int argc, char** argv) {
    std::printf("%d %s %d\n", argc, argv[argc - 1], kv.tokens);
    return 0;
  }
};
