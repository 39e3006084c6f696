#include "combiner/flatten/settle_private_names.h"

#include <algorithm>

namespace combiner {
namespace {

/// A name of a source that nothing outside of it can mean.
struct PrivateName {
  int entry;
  std::string name;
  std::set<Symbol> symbols;  // a function's overloads share a name
};

class Settler {
 public:
  Settler(const SourceProgram& program, const Live& live) : program_(program), live_(live) {}

  Renames run() {
    for (const auto& [index, item] : live_.items) list(index, program_.entries[index].items[item]);
    for (auto& [scoped, names] : private_) {
      for (const PrivateName& name : names)
        if (is_taken(scoped, name)) rename(name);
    }
    return std::move(out_);
  }

 private:
  bool is_source(int index) const { return program_.entries[index].parent < 0; }

  /// Symbols that only this file can name begin with its path.
  bool is_private(int index, Symbol symbol) const {
    return program_.symbols[symbol].starts_with(program_.entries[index].file + ":");
  }

  void list(int index, const Item& item) {
    if (item.is_member) return;
    for (const std::string& name : item.names) {
      const auto scoped = std::pair(item.scope, name);
      declared_[scoped].insert(index);
      if (!is_source(index)) continue;
      std::set<Symbol> own;
      for (Symbol symbol : item.declares)
        if (is_private(index, symbol)) own.insert(symbol);
      if (own.empty()) continue;
      auto& names = private_[scoped];
      auto found = std::find_if(names.begin(), names.end(),
                                [&](const PrivateName& other) { return other.entry == index; });
      if (found == names.end()) found = names.insert(names.end(), {index, name, {}});
      found->symbols.insert(own.begin(), own.end());
    }
  }

  /// By a file that this source does not include; of two sources the first keeps its name.
  bool is_taken(const std::pair<std::string, std::string>& scoped, const PrivateName& name) const {
    const int source = program_.entries[name.entry].source;
    for (int other : declared_.at(scoped)) {
      if (other == name.entry) continue;
      const auto& names = private_.at(scoped);
      const bool is_private_too = std::any_of(
          names.begin(), names.end(), [&](const PrivateName& p) { return p.entry == other; });
      if (is_private_too && program_.entries[other].source > source) continue;
      if (!is_entered_by(source, program_.entries[other].file)) return true;
    }
    return false;
  }

  bool is_entered_by(int source, const std::string& file) const {
    return std::any_of(program_.entries.begin(), program_.entries.end(), [&](const Entry& entry) {
      return entry.source == source && entry.file == file;
    });
  }

  void rename(const PrivateName& name) {
    std::string fresh;
    for (int number = 2;
         fresh.empty() || live_.spelled.count(fresh) || !taken_.insert(fresh).second; ++number)
      fresh = name.name + std::to_string(number);
    out_.before[fresh] = name.name;
    const Entry& entry = program_.entries[name.entry];
    const SourceText& text = program_.texts.at(entry.file);
    for (const Word& word : text.words) {
      if (word.kind != Word::Kind::kIdentifier || text.spelling(word) != name.name) continue;
      if (means(entry, word, name.symbols)) out_.words[name.entry][word.begin] = fresh;
    }
  }

  /// A word that Clang did not resolve means what its file declares.
  static bool means(const Entry& entry, const Word& word, const std::set<Symbol>& symbols) {
    bool known = false;
    for (const auto* words : {&entry.meanings, &entry.declared}) {
      const auto found = words->find(word.begin);
      if (found == words->end()) continue;
      known = true;
      for (Symbol symbol : found->second)
        if (symbols.count(symbol)) return true;
    }
    return !known && !word.is_member;
  }

  const SourceProgram& program_;
  const Live& live_;
  Renames out_;
  std::map<std::pair<std::string, std::string>, std::set<int>> declared_;
  std::map<std::pair<std::string, std::string>, std::vector<PrivateName>> private_;
  std::set<std::string> taken_;
};

}  // namespace

Renames settle_private_names(const SourceProgram& program, const Live& live) {
  return Settler(program, live).run();
}

}  // namespace combiner
