// A test framework's macros: one use declares a function, opens a namespace for its registrar and
// begins the function's body, which uses literals' suffixes by ## and operators.
// RUN: %split && %flat main.cpp tests.cpp -- -std=c++17 | FileCheck %s --check-prefix=SAYS
// SAYS: one: 3 of three
// RUN: FileCheck %s --check-prefix=FLAT --input-file=flat.cpp
// FLAT: operator*(
// FLAT: operator""_text

//--- framework.h
#pragma once
#include <cstddef>
#include <string>
namespace framework {
struct Text { std::string text; };
struct Registrar { Registrar(const char* name, void (*test)()); };
struct Decomposer {};
struct Value { int value; };
inline Value operator*(Decomposer, int value) { return {value}; }
void run_all();
void check(const Text& text, Value value);
}
inline framework::Text operator""_text(const char* text, std::size_t) { return {text}; }
#define CHECK(name, value) framework::check(name##_text, framework::Decomposer() * value)
#define TEST(name)                                   \
  static void name();                                \
  namespace {                                        \
  framework::Registrar registrar_of_##name(#name, &name); \
  }                                                  \
  static void name()
//--- main.cpp
#include "framework.h"
#include <cstdio>
static void (*the_test)();
static const char* the_name;
framework::Registrar::Registrar(const char* name, void (*test)()) {
  the_name = name;
  the_test = test;
}
void framework::run_all() {
  std::printf("%s: ", the_name);
  the_test();
}
void framework::check(const Text& text, Value value) {
  std::printf("%d of %s\n", value.value, text.text.c_str());
}
int main() { framework::run_all(); }
//--- tests.cpp
#include "framework.h"
TEST(one) {
  CHECK("three", 3);
}
