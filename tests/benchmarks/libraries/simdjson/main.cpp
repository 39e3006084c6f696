// Parses with both simdjson interfaces, builds and minifies.
#include <iostream>
#include <string>

#include "simdjson.h"

using namespace simdjson;

static const auto text =
    R"({"name":"engine","size":[3,4.5,-7],
"nested":{"deep":[true,null,{"k":"\u00e9\n"}]},"big":18446744073709551615})"_padded;

int main() {
  dom::parser parser;
  dom::element document = parser.parse(text);
  std::cout << document["name"].get_c_str().value() << ' '
            << document["size"].at(1).get_double().value() << '\n';
  for (auto [key, value] : document.get_object()) std::cout << key << '=' << minify(value) << '\n';
  std::cout << document.at_pointer("/nested/deep/2/k").get_string().value() << '\n';
  std::cout << prettify(document["nested"]) << '\n';

  ondemand::parser on_demand;
  ondemand::document walk = on_demand.iterate(text);
  double sum = 0;
  for (auto number : walk["size"]) sum += double(number);
  std::cout << "sum " << sum << ' ' << uint64_t(walk["big"]) << '\n';

  auto broken = R"({"a":[1,2,})"_padded;
  dom::parser other;
  std::cout << error_message(other.parse(broken).error()) << '\n';
  std::string spaces = "[ 1 , 2 ]";
  std::string out(spaces.size() + SIMDJSON_PADDING, ' ');
  size_t length = 0;
  auto error = simdjson::minify(spaces.data(), spaces.size(), &out[0], length);
  std::cout << int(error) << ' ' << out.substr(0, length) << ' ' << validate_utf8("\xff", 1)
            << '\n';
}
