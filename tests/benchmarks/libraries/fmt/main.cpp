// Formats of most kinds: numbers, containers, times, a type of its own, compile-time strings.
#include <fmt/args.h>
#include <fmt/chrono.h>
#include <fmt/color.h>
#include <fmt/compile.h>
#include <fmt/format.h>
#include <fmt/ostream.h>
#include <fmt/printf.h>
#include <fmt/ranges.h>
#include <fmt/std.h>
#include <fmt/xchar.h>

#include <chrono>
#include <map>
#include <string>
#include <vector>

struct Point {
  int x, y;
};
template <>
struct fmt::formatter<Point> : fmt::formatter<int> {
  auto format(const Point& p, fmt::format_context& context) const {
    auto out = fmt::format_to(context.out(), "(");
    context.advance_to(out);
    out = fmt::formatter<int>::format(p.x, context);
    return fmt::format_to(out, ";{})", p.y);
  }
};

int main() {
  fmt::print("{:>8}|{:<8}|{:^8}|{:+.3e}|{:#x}|{:08b}\n", "right", "left", "mid", 12345.678, 255,
             37);
  fmt::print("{} {}\n", std::vector<int>{1, 2, 3}, std::map<std::string, int>{{"a", 1}, {"b", 2}});
  fmt::print("{:03} {}\n", Point{4, 5}, std::chrono::milliseconds(1500));
  fmt::print("{:%Y-%m-%d %H:%M:%S}\n",
             std::chrono::time_point<std::chrono::system_clock, std::chrono::seconds>(
                 std::chrono::seconds(86400 * 365)));
  fmt::print("{}\n", fmt::format(FMT_COMPILE("{}-{:.2f}"), 7, 2.5));
  fmt::printf("%-5d|%5.1f|%s\n", 42, 3.14159, "printf");
  fmt::print(fmt::fg(fmt::color::red) | fmt::emphasis::bold, "coloured {}", 1);
  fmt::print("\n{:.17g} {} {}\n", 0.1, 1e308, 5e-324);
  fmt::dynamic_format_arg_store<fmt::format_context> store;
  store.push_back(1);
  store.push_back(fmt::arg("name", "value"));
  fmt::print("{}\n", fmt::vformat("{} {name}", store));
  fmt::print("{}\n", fmt::join(std::vector<std::string>{"x", "y"}, ", "));
  fmt::print("{} {}\n", std::wstring(L"wide").size(), fmt::format(L"{:.1f}", 2.25).size());
  try {
    fmt::print(fmt::runtime("{:d}\n"), "text");
  } catch (const fmt::format_error& error) {
    fmt::print("{}\n", error.what());
  }
}
