// Findings → who calls whom: artifacts as nodes, calls as edges.
#pragma once

#include "combiner/findings.h"

namespace combiner {

/// What is drawn, in order: the same service gives the same graph.
struct ServiceGraph {
  struct Node {
    std::string name;      // e.g. kv_cache; of the service its own, e.g. Decode
    std::string type;      // e.g. ContiguousKv
    std::string detail;    // e.g. sharded; of the service: "service"
    bool cropped = false;  // nothing of it is emitted
    bool operator==(const Node&) const = default;
  };
  struct Edge {
    std::string from, to;             // names of nodes
    std::vector<std::string> labels;  // methods; "data" where one reads the other's members
    bool hook = false;
    bool operator==(const Edge&) const = default;
  };
  std::string name;
  std::vector<Node> nodes;
  std::vector<Edge> edges;
  bool operator==(const ServiceGraph&) const = default;
};

/// `all`: with the artifacts of which nothing is emitted.
ServiceGraph make_graph(const Findings& findings, const Registry& registry, bool all);

std::string print_dot(const ServiceGraph& graph);
std::string print_mermaid(const ServiceGraph& graph);

}  // namespace combiner
