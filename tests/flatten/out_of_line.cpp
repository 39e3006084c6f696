// Members that are defined outside of their class: static data, members of templates, of nested
// classes, of nested templates, member templates.
// RUN: %split && %flat main.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: 1 2 3 4 5 6 7 8
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp '--implicit-check-not=::dead'
// FLAT: int main()

//--- lib.h
#pragma once
struct Outer {
  static int one;
  static const int two;
  struct Inner {
    int three() const;
    struct Deep;
    int dead();
  };
  template <class T>
  T four(T x);
  enum class Kind : int;
  static Kind kind();
};
struct Outer::Inner::Deep { int five; };
enum class Outer::Kind : int { kSix = 6 };
template <class T>
struct Box {
  static T seven;
  T get() const;
  T dead() const;
  template <class U>
  struct Nested {
    template <class V>
    V eight(V v, U u, T t);
  };
};
template <class T>
T Box<T>::seven = 7;
template <class T>
T Box<T>::get() const { return seven; }
template <class T>
T Box<T>::dead() const { return seven; }
template <class T>
template <class U>
template <class V>
V Box<T>::Nested<U>::eight(V v, U u, T t) { return v + u + t; }
template <class T>
T Outer::four(T x) { return x; }
inline int Outer::Inner::three() const { return 3; }
inline int Outer::Inner::dead() { return 3; }
inline Outer::Kind Outer::kind() { return Kind::kSix; }
int Outer::one = 1;
const int Outer::two = 2;
//--- main.cpp
#include "lib.h"
#include <cstdio>
int main() {
  Outer::Inner::Deep d{5};
  std::printf("%d %d %d %d %d %d %d %d\n", Outer::one, Outer::two, Outer::Inner().three(),
              Outer().four(4), d.five, static_cast<int>(Outer::kind()), Box<int>().get(),
              Box<int>::Nested<int>().eight(5, 2, 1));
}
