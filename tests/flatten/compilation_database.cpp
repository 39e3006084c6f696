// Flags may come from compile_commands.json, another for each source.
// RUN: %split && sed -i "s|FOLDER|%t|g" build/compile_commands.json
// RUN: %combine flatten -p build src/main.cpp src/other.cpp -o flat.cpp 2>&1 | FileCheck %s --check-prefix=TOLD
// TOLD: flat.cpp: {{[0-9]+}} lines, from 6 in 3 files
// RUN: mkdir alone && cp flat.cpp alone && cd alone && %gxx flat.cpp -o flat && ./flat | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2
// RUN: cd %t && %combine flatten -p build/compile_commands.json src/main.cpp src/other.cpp -o - | FileCheck %s --check-prefix=FLAT
// FLAT: // Build: g++ -std=c++17 -O2
// RUN: not %combine flatten -p build src/unknown.cpp 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: compile_commands.json has no command for '{{.*}}src/unknown.cpp'
// RUN: not %combine flatten -p nowhere src/main.cpp 2>&1 | FileCheck %s --check-prefix=NOWHERE
// NOWHERE: cannot read '{{.*}}nowhere/compile_commands.json'

//--- include/lib.h
#pragma once
int other();
//--- src/main.cpp
#include <cstdio>
#include "lib.h"
int main() { std::printf("%d %d\n", LEVEL, other()); }
//--- src/other.cpp
int other() { return 2; }
//--- src/unknown.cpp
int unknown() { return 2; }
//--- build/compile_commands.json
[
  {"directory": "FOLDER/build", "file": "../src/main.cpp",
   "command": "c++ -DLEVEL=1 -I../include -std=c++17 -O2 -MD -o main.o -c ../src/main.cpp"},
  {"directory": "FOLDER/build", "file": "FOLDER/src/other.cpp",
   "arguments": ["g++", "-std=c++17", "-c", "../src/other.cpp", "-o", "other.o"]}
]
