// Parses, converts through the macros, patches and writes binary forms.
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <vector>

using nlohmann::json;
using nlohmann::ordered_json;

namespace shop {
enum class Colour { red, green };
NLOHMANN_JSON_SERIALIZE_ENUM(Colour, {{Colour::red, "red"}, {Colour::green, "green"}})
struct Item {
  std::string name;
  double price;
  std::vector<int> sizes;
  Colour colour;
};
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Item, name, price, sizes, colour)
}  // namespace shop

int main() {
  using namespace nlohmann::literals;
  json data =
      R"({"pi":3.141,"happy":true,"list":[1,0,2],"object":{"currency":"USD","value":42.99}})"_json;
  data["item"] = shop::Item{"chair", 12.5, {1, 2, 3}, shop::Colour::green};
  std::cout << data.dump(2) << '\n' << data["item"].get<shop::Item>().name << '\n';
  std::cout << data["/object/currency"_json_pointer] << ' ' << data.value("missing", 7) << '\n';
  json patched = data.patch(
      R"([{"op":"replace","path":"/list/0","value":"one"},{"op":"remove","path":"/pi"}])"_json);
  std::cout << json::diff(data, patched) << '\n';
  auto cbor = json::to_cbor(data);
  std::cout << cbor.size() << ' ' << (json::from_cbor(cbor) == data) << ' '
            << json::to_msgpack(data).size() << '\n';
  ordered_json ordered = {{"z", 1}, {"a", {{"nested", nullptr}}}};
  std::cout << ordered << ' ' << ordered.flatten() << '\n';
  try {
    (void)json::parse("[1,2,");
  } catch (const json::parse_error& error) {
    std::cout << error.id << ' ' << error.what() << '\n';
  }
  std::map<std::string, std::vector<int>> map =
      data.value("none", std::map<std::string, std::vector<int>>{{"k", {1}}});
  const json converted = map;
  for (auto& [key, value] : converted.items()) std::cout << key << ':' << value << '\n';
}
