// The command: to standard output, timed, without a name for the output, and wrongly called.
// RUN: %split && %combine flatten main.cpp -o - -- -std=c++17 2>said | FileCheck %s --check-prefix=FLAT
// FLAT: // Build: g++ -std=c++17 -O2 main.flat.cpp -o main
// FLAT: int main() { return 3; }
// RUN: test ! -e - && test ! -e main.flat.cpp && not grep lines said
// RUN: %combine flatten main.cpp --time 2>&1 | FileCheck %s --check-prefix=TIME
// TIME: s read_program
// TIME: s check_names
// TIME: main.flat.cpp: {{[0-9]+}} lines, from 1 in 1 files
// RUN: FileCheck %s --check-prefix=MAP --input-file=main.flat.cpp.map.json
// MAP: main.cpp
// RUN: sh -c '%combine flatten; echo exit $?' 2>&1 | FileCheck %s --check-prefix=NONE
// NONE: which sources? Give each file that the compiler is given
// NONE: exit 2
// RUN: sh -c '%combine flatten --no-such main.cpp; echo exit $?' 2>&1 | FileCheck %s --check-prefix=FLAG
// FLAG: --no-such
// FLAG: exit 2
// RUN: sh -c '%combine flatten main.cpp -o flat.cpp -- -std=c++99; echo exit $?' 2>&1 | FileCheck %s --check-prefix=STANDARD
// STANDARD: c++99
// STANDARD: exit 1
// RUN: sh -c '%combine flatten main.cpp -o main.cpp/flat.cpp; echo exit $?' 2>&1 | FileCheck %s --check-prefix=FOLDER
// FOLDER: main.cpp
// FOLDER: exit 1
// RUN: sh -c '%combine flatten library.cpp -o flat.cpp; echo exit $?' 2>&1 | FileCheck %s --check-prefix=LIBRARY
// LIBRARY: no source defines 'main', and nothing else runs by itself [starts-nowhere]
// LIBRARY: exit 1
// RUN: test ! -e flat.cpp

//--- main.cpp
int main() { return 3; }
//--- library.cpp
int library() { return 3; }
