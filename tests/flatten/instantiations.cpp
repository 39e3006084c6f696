// Explicit instantiations and specializations: of what is reached they stay, wherever they stand;
// of what is not, they go.
// RUN: %split && %flat main.cpp lib.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 3 9 int pointer other 10
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp --implicit-check-not=Dead
// FLAT-DAG: template int add<int>(int, int);
// FLAT-DAG: template struct Square<int>;

//--- lib.h
#pragma once
template <class T>
T add(T a, T b);
template <class T>
struct Square {
  T of(T x);
};
template <class T>
struct Name { static const char* get() { return "other"; } };
template <>
struct Name<int> { static const char* get() { return "int"; } };
template <class T>
struct Name<T*> { static const char* get() { return "pointer"; } };
template <class T>
struct Dead { T x; };
template <>
struct Dead<int> { int y; };
template struct Dead<long>;
template <class T>
int rank(T) { return 1; }
template <>
int rank<char>(char);
//--- lib.cpp
#include "lib.h"
template <class T>
T add(T a, T b) { return a + b; }
template int add<int>(int, int);
template double add(double, double);
template <class T>
T Square<T>::of(T x) { return x * x; }
template struct Square<int>;
template <>
int rank<char>(char) { return 10; }
//--- main.cpp
#include <cstdio>
#include "lib.h"
extern template int add<int>(int, int);
int main() {
  std::printf("%d %d %s %s %s %d\n", add(1, 2), Square<int>().of(3), Name<int>::get(),
              Name<int*>::get(), Name<char>::get(), rank('a'));
}
