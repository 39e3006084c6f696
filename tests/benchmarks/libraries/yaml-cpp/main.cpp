// Loads, walks, converts and emits.
#include <iostream>
#include <map>
#include <vector>

#include "yaml-cpp/yaml.h"

struct Vec3 {
  double x, y, z;
};
namespace YAML {
template <>
struct convert<Vec3> {
  static Node encode(const Vec3& v) {
    Node node;
    node.push_back(v.x);
    node.push_back(v.y);
    node.push_back(v.z);
    return node;
  }
  static bool decode(const Node& node, Vec3& v) {
    if (!node.IsSequence() || node.size() != 3) return false;
    v = {node[0].as<double>(), node[1].as<double>(), node[2].as<double>()};
    return true;
  }
};
}  // namespace YAML

int main() {
  YAML::Node config = YAML::Load(
      "name: &n scene\ncopy: *n\nstart: [1, 2.5, -3]\nlist:\n  - a\n  - {k: v, q: "
      "\"x\\ty\"}\ntext: |\n  two\n  lines\nflag: yes\n");
  std::cout << config["copy"].as<std::string>() << ' ' << config["start"].as<Vec3>().y << ' '
            << config["flag"].as<bool>() << '\n';
  for (auto item : config) std::cout << item.first << " -> " << item.second.Type() << '\n';
  config["end"] = Vec3{7, 8, 9};
  config["missing"]["deep"] = std::vector<int>{1, 2};
  std::cout << config << '\n';
  YAML::Emitter out;
  out << YAML::BeginMap << YAML::Key << "hex" << YAML::Value << YAML::Hex << 255 << YAML::Key
      << "flow" << YAML::Flow << std::map<std::string, int>{{"a", 1}} << YAML::Comment("note")
      << YAML::EndMap;
  std::cout << out.c_str() << '\n';
  for (const auto& document : YAML::LoadAll("--- 1\n--- [2]\n"))
    std::cout << document.size() << '\n';
  try {
    YAML::Load("a: [1, 2");
  } catch (const YAML::ParserException& error) {
    std::cout << error.what() << '\n';
  }
}
