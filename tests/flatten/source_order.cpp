// Which source is named first does not matter.
// RUN: %split && %flat a.cpp b.cpp c.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// RUN: %flat c.cpp b.cpp a.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// RUN: %flat b.cpp a.cpp c.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: a 1 b 2 c 3

//--- shared.h
#pragma once
#include <string>
struct Shared { std::string text; Shared* next = nullptr; };
std::string b(int depth);
std::string c(int depth);
//--- a.cpp
#include "shared.h"
#include <cstdio>
#define LIMIT 1
typedef long Number;
static Number helper(Number x) { return x; }
namespace { struct Local { int a = LIMIT; }; }
int main() {
  Shared shared{"a " + std::to_string(helper(Local().a)) + b(0)};
  std::printf("%s\n", shared.text.c_str());
}
//--- b.cpp
#include <cstring>
#include "shared.h"
#define LIMIT "2"
typedef const char* Number;
static Number helper(Number x) { return x; }
namespace { struct Local { Number b = LIMIT; }; }
std::string b(int depth) {
  return depth > 2 ? "" : " b " + std::string(helper(Local().b)) + c(depth + 1);
}
//--- c.cpp
using Number = unsigned char;
#include "shared.h"
enum { LIMIT = 3 };
namespace {
struct Local { Number c[LIMIT] = {}; };
int helper(const Local& l) { return sizeof(l.c); }
}
std::string c(int) { return " c " + std::to_string(helper(Local())); }
