// using-declarations, using-directives and aliases, at namespace scope, in functions, in classes.
// RUN: %split && %flat main.cpp lib.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 3 4 5 6 7
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=dead
// FLAT: int main()

//--- lib.h
#pragma once
#include <string>
#include <vector>
namespace deep::er {
int one();
int two();
int dead();
struct Base {
  int three() { return 3; }
  explicit Base(int v) : value(v) {}
  int value;
};
}
namespace lib {
using deep::er::one;
using deep::er::dead;
using namespace deep::er;
using Strings = std::vector<std::string>;
template <class T>
using List = std::vector<T>;
template <class T>
using dead_list = std::vector<T>;
struct Derived : Base {
  using Base::Base;
  using Base::three;
  using size_type = List<int>::size_type;
};
enum class E { kFive = 5 };
}
using std::string;
typedef lib::List<int> Numbers;
//--- lib.cpp
#include "lib.h"
using namespace deep;
int er::one() { return 1; }
namespace deep {
using namespace er;
int er::two() { return 2; }
int er::dead() { return 2; }
}
//--- main.cpp
#include <cstdio>
#include "lib.h"
using namespace std;
using lib::Derived;
namespace d = deep::er;
int main() {
  using lib::E;
  using d::two;
  Derived derived(4);
  Numbers numbers(6);
  lib::Strings strings(7);
  string s = "x";
  printf("%d %d %d %d %d %d %d\n", lib::one(), two(), derived.three(), derived.value,
         static_cast<int>(E::kFive), static_cast<int>(numbers.size()),
         static_cast<int>(strings.size()));
}
