// A small test program: cases, subcases, templates and a reporter of its own, over two files.
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "other.h"

struct Names : doctest::IReporter {
  explicit Names(const doctest::ContextOptions&) {}
  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_run_end(const doctest::TestRunStats& stats) override {
    std::cout << "asserts " << stats.numAsserts << " failed " << stats.numAssertsFailed << '\n';
  }
  void test_case_start(const doctest::TestCaseData& data) override {
    std::cout << "case "
              << std::string(data.m_name).substr(0, std::string(data.m_name).find(char(60)))
              << '\n';
  }
  void test_case_reenter(const doctest::TestCaseData&) override {}
  void test_case_end(const doctest::CurrentTestCaseStats&) override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature& data) override {
    std::cout << "  sub " << data.m_name << '\n';
  }
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};
REGISTER_REPORTER("names", 1, Names);

TEST_CASE("vector grows") {
  std::vector<int> v(5);
  REQUIRE(v.size() == 5);
  SUBCASE("push") {
    v.push_back(1);
    CHECK(v.size() == 6);
  }
  SUBCASE("clear") {
    v.clear();
    CHECK_MESSAGE(v.empty(), "cleared");
  }
}
TEST_CASE("throws") {
  CHECK_THROWS_AS(halve(3), std::invalid_argument);
  CHECK_THROWS_WITH(halve(3), "odd");
  CHECK(halve(4) == doctest::Approx(2.0));
}
int main(int argc, char** argv) {
  doctest::Context context;
  context.applyCommandLine(argc, argv);
  context.setOption("reporters", "names");
  context.setOption("order-by", "name");
  int result = context.run();
  std::cout << "result " << result << '\n';
  return result;
}
