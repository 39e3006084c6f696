// Matches, captures, replaces, sets and filters.
#include <iostream>
#include <string>
#include <vector>

#include "re2/filtered_re2.h"
#include "re2/re2.h"
#include "re2/set.h"

int main() {
  int number;
  std::string word;
  std::cout << RE2::FullMatch("ruby:1234", "(\\w+):(\\d+)", &word, &number) << ' ' << word << ' '
            << number << '\n';
  re2::StringPiece input("a=1;bb=22;ccc=333");
  RE2 pair("(\\w+)=(\\d+);?");
  while (RE2::Consume(&input, pair, &word, &number)) std::cout << word << '/' << number << '\n';
  std::string text = "yabba dabba doo";
  std::cout << RE2::GlobalReplace(&text, "(b+)", "<\\1>") << ' ' << text << '\n';
  RE2 named("(?P<year>\\d{4})-(?P<month>\\d{2})");
  for (auto& [name, index] : named.NamedCapturingGroups())
    std::cout << name << ' ' << index << '\n';
  RE2::Options options;
  options.set_log_errors(false);
  RE2 broken("a(b", options);
  std::cout << broken.ok() << ' ' << broken.error() << '\n';
  RE2::Set set(RE2::Options(), RE2::UNANCHORED);
  for (const char* pattern : {"foo", "\\p{Greek}+", "(?i)bar", "x{2,3}"}) set.Add(pattern, nullptr);
  set.Compile();
  std::vector<int> matches;
  set.Match("FOO bAr \u03b1\u03b2 xx", &matches);
  for (int match : matches) std::cout << match << ' ';
  std::cout << '\n' << pair.ProgramSize() << ' ' << RE2::QuoteMeta("1.5-2.0?") << '\n';
  std::string low, high;
  named.PossibleMatchRange(&low, &high, 10);
  std::cout << low << ' ' << high << '\n';
}
