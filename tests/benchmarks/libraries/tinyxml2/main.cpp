#include <cstdio>

#include "tinyxml2.h"

using namespace tinyxml2;

struct Counter : XMLVisitor {
  int elements = 0;
  bool VisitEnter(const XMLElement& element, const XMLAttribute*) override {
    ++elements;
    std::printf("<%s>\n", element.Name());
    return true;
  }
};

int main() {
  XMLDocument document;
  document.Parse(
      "<?xml version='1.0'?><shop><item price='2.50' n='3'>tea &amp; cake</item><!-- c --><item "
      "price='x'/></shop>");
  XMLElement* item = document.FirstChildElement("shop")->FirstChildElement("item");
  std::printf("%s %.2f %d\n", item->GetText(), item->DoubleAttribute("price"),
              item->IntAttribute("n"));
  double wrong;
  std::printf("%d\n", item->NextSiblingElement("item")->QueryDoubleAttribute("price", &wrong) ==
                          XML_WRONG_ATTRIBUTE_TYPE);
  Counter counter;
  document.Accept(&counter);
  item->SetAttribute("added", true);
  XMLPrinter printer;
  document.Print(&printer);
  std::printf("%d\n%s", counter.elements, printer.CStr());
  std::printf("%s\n", XMLDocument::ErrorIDToName(document.Parse("<a><b></a>")));
}
