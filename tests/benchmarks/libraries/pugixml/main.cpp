// Parses, asks by XPath, edits and writes.
#include <iostream>
#include <sstream>

#include "pugixml.hpp"

struct Walker : pugi::xml_tree_walker {
  bool for_each(pugi::xml_node& node) override {
    std::cout << std::string(depth(), ' ') << node.name() << '|' << node.value() << '\n';
    return true;
  }
};

int main() {
  pugi::xml_document document;
  pugi::xml_parse_result result = document.load_string(
      "<?xml version='1.0'?><mesh name='m&#233;'><!-- note --><node "
      "id='1'>a<![CDATA[<b>]]></node><node id='2' w='2.5'/></mesh>",
      pugi::parse_full);
  std::cout << result.description() << ' ' << document.child("mesh").attribute("name").value()
            << '\n';
  Walker walker;
  document.traverse(walker);
  for (pugi::xpath_node found : document.select_nodes("//node[@id > 1]"))
    std::cout << found.node().attribute("w").as_double() << '\n';
  pugi::xpath_query query("concat(string(count(//node)), '-', translate('abc', 'b', 'x'))");
  std::cout << query.evaluate_string(document) << '\n';
  pugi::xml_node added = document.child("mesh").append_child("extra");
  added.append_attribute("value") = 42;
  added.text().set("x < y & z");
  document.save(std::cout, "  ", pugi::format_default | pugi::format_no_declaration);
  std::cout << document.load_string("<a><b></a>").description() << '\n';
}
