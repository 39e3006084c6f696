#include "combiner/draw_graph.h"

#include <algorithm>

#include "llvm/ADT/StringExtras.h"

namespace combiner {
namespace {

using Labels = std::map<std::pair<std::string, std::string>, std::set<std::string>>;

/// Of one method: what it calls by name, what it calls through hooks, whose data it reads.
void add_edges(const Method& method, const std::map<std::string, const Method*>& by_key,
               const std::string& service, Labels& calls, Labels& hooks, Labels& data) {
  const std::string from = method.instance.empty() ? service : method.instance;
  auto add = [&](const std::string& key, Labels& to) {
    const auto callee = by_key.find(key);
    if (callee == by_key.end()) return;
    const std::string& instance = callee->second->instance;
    const std::string name = instance.empty() ? service : instance;
    if (name != from) to[{from, name}].insert(callee->second->name);
  };
  std::set<std::string> heard, called;
  for (const Fact& fact : method.facts) {
    heard.insert(fact.listeners.begin(), fact.listeners.end());
    if (fact.kind == Fact::Kind::kCall) called.insert(fact.callee);
    if (fact.kind == Fact::Kind::kPeer && fact.instance != from && fact.instance != "device" &&
        fact.instance != "world")
      data[{from, fact.instance}].insert("data");
  }
  for (const std::string& key : heard) add(key, hooks);
  for (const std::string& key : method.callees)
    if (!heard.count(key) || called.count(key)) add(key, calls);
}

std::string joined(const std::vector<std::string>& labels, const char* separator) {
  return llvm::join(labels, separator);
}

std::string for_dot(llvm::StringRef text) {
  std::string out;
  for (const char c : text)
    out += c == '"' || c == '\\' ? std::string("\\") + c : std::string(1, c);
  return out;
}

std::string for_mermaid(llvm::StringRef text) {
  std::string out;
  for (const char c : text)
    out += c == '<' ? "#lt;" : c == '>' ? "#gt;" : c == '"' ? "#quot;" : std::string(1, c);
  return out;
}

/// Words of Mermaid's own cannot name a node.
std::string mermaid_name(const std::string& name) {
  static const std::set<std::string> kWords = {"end",       "graph",  "flowchart", "subgraph",
                                               "style",     "class",  "click",     "classDef",
                                               "linkStyle", "default"};
  return kWords.count(name) ? name + "_" : name;
}

std::vector<std::string> lines_of(const ServiceGraph::Node& node) {
  std::vector<std::string> out = {node.name};
  if (!node.type.empty() && node.type != node.name) out.push_back(node.type);
  if (!node.detail.empty()) out.push_back(node.detail);
  return out;
}

}  // namespace

ServiceGraph make_graph(const Findings& findings, const Registry& registry, bool all) {
  ServiceGraph out;
  out.name = registry.service.name;
  out.nodes.push_back({registry.service.name, "", "service"});
  std::map<std::string, const Method*> by_key;
  std::set<std::string> alive;
  for (const Method& method : findings.crop.methods) {
    by_key[method.key] = &method;
    alive.insert(method.instance);
  }
  const auto& dropped = findings.plan.dropped;
  for (const Registered& artifact : registry.artifacts) {
    const bool cropped = std::count(dropped.begin(), dropped.end(), artifact.name) > 0 &&
                         !alive.count(artifact.name);
    if (!cropped || all)
      out.nodes.push_back({artifact.name, artifact.type, name_of(artifact.placement), cropped});
  }
  Labels calls, hooks, data;
  for (const Method& method : findings.crop.methods)
    add_edges(method, by_key, registry.service.name, calls, hooks, data);
  for (const auto& [ends, labels] : data) calls[ends].insert(labels.begin(), labels.end());
  for (const auto& [edges, is_hook] : {std::pair{&calls, false}, std::pair{&hooks, true}})
    for (const auto& [ends, labels] : *edges)
      out.edges.push_back({ends.first, ends.second, {labels.begin(), labels.end()}, is_hook});
  return out;
}

std::string print_dot(const ServiceGraph& graph) {
  auto quoted = [](const std::string& name) { return "\"" + for_dot(name) + "\""; };
  std::string out = "digraph " + quoted(graph.name) + " {\n  node [shape=box];\n";
  for (const ServiceGraph::Node& node : graph.nodes) {
    std::vector<std::string> lines = lines_of(node);
    for (std::string& line : lines) line = for_dot(line);
    out += "  " + quoted(node.name) + " [label=\"" + joined(lines, "\\n") + "\"" +
           (node.cropped ? ", color=grey, fontcolor=grey" : "") + "];\n";
  }
  for (const ServiceGraph::Edge& edge : graph.edges)
    out += "  " + quoted(edge.from) + " -> " + quoted(edge.to) + " [label=\"" +
           joined(edge.labels, "\\n") + "\"" + (edge.hook ? ", style=dashed" : "") + "];\n";
  return out + "}\n";
}

std::string print_mermaid(const ServiceGraph& graph) {
  std::string out = "flowchart TD\n";
  bool any_cropped = false;
  for (const ServiceGraph::Node& node : graph.nodes) {
    std::vector<std::string> lines = lines_of(node);
    for (std::string& line : lines) line = for_mermaid(line);
    out += "  " + mermaid_name(node.name) + "[\"" + joined(lines, "<br/>") + "\"]" +
           (node.cropped ? ":::cropped" : "") + "\n";
    any_cropped = any_cropped || node.cropped;
  }
  for (const ServiceGraph::Edge& edge : graph.edges)
    out += "  " + mermaid_name(edge.from) + (edge.hook ? " -.->|" : " -->|") +
           joined(edge.labels, "<br/>") + "| " + mermaid_name(edge.to) + "\n";
  if (any_cropped) out += "  classDef cropped stroke:#999,color:#999\n";
  return out;
}

}  // namespace combiner
