// Namespaces: opened again, nested in one line, inline, unnamed, empty but named by a directive,
// and renamed. None loses a brace, and what is not reached leaves none of them behind.
// RUN: %split && %flat main.cpp lib.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 3 4 5 6 7 8
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=gone
// FLAT: namespace a {
// FLAT: inline namespace v2 {
// FLAT: namespace a::b::c {

//--- lib.h
#pragma once
namespace a {
int one();
}
namespace a {
namespace gone {
int dead();
}
namespace {
int two() { return 2; }
}  // namespace
inline namespace v2 {
int three();
namespace detail { inline int dead() { return 0; } inline int four() { return 4; } }
}  // namespace v2
namespace v1 {
int three();
}
}  // namespace a
namespace a::b::c {
struct Five { int get() const { return 5; } };
inline int dead() { return 0; }
}
namespace a::b { inline int six() { return 6; } }
namespace later {}
using namespace later;
namespace abc = a::b::c;
namespace gone_too = a::b;
//--- lib.cpp
#include "lib.h"
int a::one() { return 1; }
namespace a {
int v2::three() { return 3; }
int v1::three() { return 33; }
namespace gone {
int dead() { return one(); }
}
}
//--- later.h
namespace later { inline int seven() { return 7; } }
namespace outer { namespace inner { namespace { int eight() { return 8; } } } }
//--- main.cpp
#include <cstdio>
#include "lib.h"
#include "later.h"
namespace short_name = outer::inner;
int main() {
  std::printf("%d %d %d %d %d %d %d %d\n", a::one(), a::two(), a::three(), a::detail::four(),
              abc::Five().get(), a::b::six(), seven(), short_name::eight());
}
