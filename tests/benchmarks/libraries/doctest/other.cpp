#include "other.h"

#include <doctest/doctest.h>

#include <stdexcept>

double halve(int n) {
  if (n % 2) throw std::invalid_argument("odd");
  return n / 2.0;
}
TEST_SUITE("typed") {
  TEST_CASE_TEMPLATE("signed", T, char, short, int, long long) {
    T value = T(-1);
    CHECK(value < T(1));
  }
  TEST_CASE("skipped" * doctest::skip()) { FAIL("never"); }
}
