// Where a program is written to: links, devices, pipes, folders, and what may not be written.
// RUN: %scratch && ln -s target.cpp link.cpp && echo old > target.cpp
// RUN: %combine --device=cpu %s -o link.cpp && readlink link.cpp | grep -x target.cpp
// RUN: FileCheck %s --check-prefix=WHOLE --input-file=target.cpp
// WHOLE: int main(
//
// RUN: not %combine --device=cpu %s -o . 2>&1 | FileCheck %s --check-prefix=FOLDER --implicit-check-not=error:
// FOLDER: combine: error: cannot write '{{.*}}': Is a directory
//
// RUN: %scratch && echo old > out.cpp && mkdir out.cpp.map.json
// RUN: not %combine --device=cpu %s -o out.cpp 2>&1 | FileCheck %s --check-prefix=MAP --implicit-check-not=error:
// RUN: grep -x old out.cpp && ls | count 2
// MAP: combine: error: cannot write '{{.*}}out.cpp.map.json': Is a directory
//
// RUN: %scratch && echo old > out.cpp && chmod 444 out.cpp
// RUN: not %combine --device=cpu %s -o out.cpp 2>&1 | FileCheck %s --check-prefix=READ_ONLY --implicit-check-not=error:
// RUN: grep -x old out.cpp && ls | count 1
// READ_ONLY: combine: error: cannot write '{{.*}}out.cpp': Permission denied
//
// A folder in which nobody, not even root, can create a file.
// RUN: not %combine --device=cpu %s -o /proc/out.cpp 2>&1 | FileCheck %s --check-prefix=NOWHERE --implicit-check-not=error:
// NOWHERE: combine: error: cannot write '/proc/out.cpp':
//
// RUN: %combine --device=cpu %s -o /dev/null && test -c /dev/null
// RUN: not %combine --device=cpu %s -o /dev/full 2>&1 | FileCheck %s --check-prefix=FULL --implicit-check-not=error:
// FULL: combine: error: cannot write '/dev/full': No space left on device
// RUN: not sh -c '%combine --device=cpu %s -o - > /dev/full' 2>&1 | FileCheck %s --check-prefix=OUT --implicit-check-not=error:
// OUT: combine: error: cannot write to standard output: No space left on device
//
// Nobody reads, or nobody could: no crash, no word about it.
// RUN: sh -c '%combine --device=cpu %s -o - 2>&1 | head -n 1' | FileCheck %s --check-prefix=HEAD
// HEAD: {{^}}// S on the CPU
// RUN: sh -c '%combine --device=cpu %s -o - >&- 2>&-'
//
// RUN: %scratch && env -i %combine --device=cpu %s -o out.cpp
// RUN: FileCheck %s --check-prefix=WHOLE --input-file=out.cpp
#include <coop/service.h>

struct S : coop::Service {
  int run(int, char**) { return 0; }
};
