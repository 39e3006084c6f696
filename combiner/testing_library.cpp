#include "combiner/testing_library.h"

#include <algorithm>
#include <set>

#include "combiner/main_text.h"
#include "combiner/outline.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Regex.h"

namespace combiner {
namespace {

/// The class from which those are made of which nothing is known.
constexpr llvm::StringLiteral kUnknownPeer = "FakePeer";

ReferencePeer reference_peer(const StructOutline& read, const std::string& header,
                             const std::set<std::string>& told) {
  ReferencePeer out;
  out.class_name = read.name;
  out.peer = snake_case(read.name.substr(4));
  out.header = header;
  out.tells = told;
  for (const Member& member : read.members) {
    if (!member.is_public || member.is_other) continue;
    if (!member.is_function) {
      out.data.push_back(member.name);
      continue;
    }
    ReferencePeer::Method method;
    for (const Member& parameter : member.parameters) {
      method.parameters.push_back(parameter.name);
      method.required += parameter.initializer.empty();
      out.takes_device |= member.name == read.name && parameter.type == "Device&";
    }
    out.methods[member.name].push_back(std::move(method));
  }
  return out;
}

/// `told("length", ...)`, `lies("keys")`
std::set<std::string> told_in(llvm::StringRef text) {
  static const llvm::Regex kTold("(told|lies)\\(\"([a-z_0-9]+)\"");
  std::set<std::string> out;
  llvm::SmallVector<llvm::StringRef, 3> found;
  for (; kTold.match(text, &found); text = text.substr(found[0].end() - text.begin()))
    out.insert(found[2].str());
  return out;
}

/// `#include "testing/property.h"`
std::set<std::string> includes_in(llvm::StringRef text) {
  std::set<std::string> out;
  for (llvm::StringRef line : llvm::split(text, '\n'))
    if (line.consume_front("#include \"") && line.starts_with("testing/"))
      out.insert(line.split('"').first.str());
  return out;
}

/// Function templates over one Description, and whatever else, behind their comments.
std::vector<Law> laws_of(llvm::StringRef text, const std::string& header) {
  static const llvm::Regex kLaw(
      "^void ([a-z_0-9]+)\\(const Description<Subject>& [a-z]+(\\) \\{|,)");
  std::vector<Law> out;
  std::string words;
  bool in_laws = false, is_opt_in = false;
  for (const llvm::StringRef line : llvm::split(text, '\n')) {
    llvm::SmallVector<llvm::StringRef, 3> found;
    if (line.starts_with("namespace laws {") || line == "}  // namespace laws") {
      in_laws = line.starts_with("namespace");
      is_opt_in = line.contains("// not listed by the generator");
    } else if (in_laws && line.starts_with("/// ")) {
      words += (words.empty() ? "" : " ") + line.drop_front(4).str();
    } else if (in_laws && kLaw.match(line, &found)) {
      out.push_back({found[1].str(), std::move(words), header, is_opt_in, found[2] == ","});
      words.clear();
    } else if (!line.starts_with("template")) {
      words.clear();
    }
  }
  return out;
}

/// `std::vector<Method<Subject>> cache_methods() {`, and the methods that the header describes.
std::optional<KnownCalls> calls_in(llvm::StringRef text) {
  static const llvm::Regex kFunction("std::vector<Method<Subject>> ([a-z_]+)\\(\\) \\{");
  static const llvm::Regex kMethod("method_of<Subject>\\([ \n]*\"([a-z_0-9]+)\"");
  llvm::SmallVector<llvm::StringRef, 2> found;
  if (!kFunction.match(text, &found)) return std::nullopt;
  KnownCalls out{found[1].str(), {}};
  for (; kMethod.match(text, &found); text = text.substr(found[0].end() - text.begin()))
    out.methods.insert(found[1].str());
  return out;
}

}  // namespace

bool ReferencePeer::has(const PeerMember& member) const {
  if (!member.is_call) return std::find(data.begin(), data.end(), member.name) != data.end();
  const auto found = methods.find(member.name);
  return found != methods.end() &&
         std::all_of(member.arguments.begin(), member.arguments.end(), [&](unsigned count) {
           return std::any_of(found->second.begin(), found->second.end(), [&](const Method& one) {
             return one.required <= count && count <= one.parameters.size();
           });
         });
}

bool Law::is_asked_for_by(const ArtifactFacts& facts) const {
  const bool is_said =
      llvm::any_of(facts.said.laws, [&](const WordAnnotation& one) { return one.words == name; });
  if (is_of_one) return false;
  if (is_spoken_of(facts, "Not asked")) return is_said;
  return is_said || !is_opt_in || is_spoken_of(facts, "Asked for");
}

bool Law::is_spoken_of(const ArtifactFacts& facts, const char* how) const {
  const llvm::Regex said_by_law(std::string(how) +
                                " where a (field's )?comment says: ([a-z, ]+)\\.");
  llvm::SmallVector<llvm::StringRef, 3> found;
  if (!said_by_law.match(words, &found)) return false;
  llvm::SmallVector<llvm::StringRef> asking;
  found[2].split(asking, ", ");
  std::string comments = found[1].empty() ? facts.doc : "";
  for (const FieldFacts& field : facts.fields) comments += "\n" + field.doc;
  if (found[1].empty())
    for (const MethodFacts& method : facts.methods) comments += "\n" + method.doc;
  const std::string said = llvm::StringRef(comments).lower();
  return std::any_of(asking.begin(), asking.end(), [&](llvm::StringRef word) {
    return llvm::Regex("(^|[^a-z])" + word.str() + "([^a-z]|$)").match(said);
  });
}

const Law* TestingLibrary::find(const std::string& law) const {
  for (const auto& [header, all] : laws)
    for (const Law& one : all)
      if (one.name == law) return &one;
  return nullptr;
}

bool TestingLibrary::is_included(const std::string& header, const std::string& by) const {
  const auto found = includes.find(by);
  return found != includes.end() &&
         std::any_of(found->second.begin(), found->second.end(), [&](const std::string& one) {
           return one == header || is_included(header, one);
         });
}

TestingLibrary read_testing_library(const std::string& home, llvm::vfs::FileSystem& files) {
  TestingLibrary out;
  std::set<std::string> headers;
  std::error_code error;
  for (llvm::vfs::directory_iterator it = files.dir_begin(home + "/testing", error), end;
       it != end && !error; it.increment(error))
    if (llvm::sys::path::extension(it->path()) == ".h") headers.insert(it->path().str());
  for (const std::string& path : headers) {
    const auto text = files.getBufferForFile(path);
    if (!text) continue;
    const std::string header = "testing/" + llvm::sys::path::filename(path).str();
    if (auto calls = calls_in((*text)->getBuffer())) out.calls[header] = std::move(*calls);
    out.laws[header] = laws_of((*text)->getBuffer(), header);
    out.includes[header] = includes_in((*text)->getBuffer());
    const std::set<std::string> told = told_in((*text)->getBuffer());
    for (const StructOutline& read : outline({"", path, (*text)->getBuffer().str()}, {}).structs)
      if (llvm::StringRef(read.name).starts_with("Fake") && read.name != kUnknownPeer &&
          std::count(read.bases.begin(), read.bases.end(), "Peer"))
        out.peers.push_back(reference_peer(read, header, told));
  }
  return out;
}

}  // namespace combiner
