#include "combiner/explain_errors.h"

#include <algorithm>
#include <set>

#include "clang/Basic/DiagnosticLex.h"
#include "clang/Basic/DiagnosticSema.h"
#include "clang/Tooling/Inclusions/StandardLibrary.h"
#include "combiner/find_unknown_names.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Regex.h"

namespace combiner {
namespace {

namespace diag = clang::diag;

/// An error of Clang and the notes behind it.
struct Complaint {
  ClangMessage error;
  std::vector<ClangMessage> notes;
};

std::vector<Complaint> complaints_of(const std::vector<ClangMessage>& messages) {
  std::vector<Complaint> out;
  for (const ClangMessage& message : messages)
    if (message.is_error)
      out.push_back({message, {}});
    else if (!out.empty())
      out.back().notes.push_back(message);
  return out;
}

/// Clang's words without our scaffolding: 'coop_bound::bound_kv_cache' is what the author calls
/// kv_cache.
std::string in_the_authors_words(std::string text) {
  static const std::pair<const char*, const char*> kWords[] = {
      {"::coop_bound::bound_", ""},
      {"coop_bound::bound_", ""},
      {"'bound_", "'"},
      {"coop_bound::array_", ""},
      {"'::", "'"},
      {"coop_bound::", ""},
      {"candidate function template not viable", "not viable"},
      {"candidate function not viable", "not viable"}};
  for (const auto& [from, to] : kWords)
    for (size_t at; (at = text.find(from)) != std::string::npos;)
      text.replace(at, std::string(from).size(), to);
  return text;
}

/// Clang counts the object, `self`, as the first argument; authors do not.
std::string without_self(const std::string& text, llvm::StringRef line) {
  if (!line.contains("this ")) return text;
  static const std::pair<const char*, const char*> kOneLess[] = {
      {"for 2nd argument", "for 1st argument"}, {"for 3rd argument", "for 2nd argument"},
      {"for 4th argument", "for 3rd argument"}, {"for 5th argument", "for 4th argument"},
      {"for 6th argument", "for 5th argument"}, {"for 7th argument", "for 6th argument"}};
  std::string out = text;
  for (const auto& [from, to] : kOneLess)
    if (const size_t found = out.find(from); found != std::string::npos) {
      out.replace(found, std::string(from).size(), to);
      break;
    }
  return out;
}

bool is_argument_mistake(unsigned id) {
  static const std::set<unsigned> kIds = {diag::err_ovl_no_viable_member_function_in_call,
                                          diag::err_ovl_no_viable_function_in_call,
                                          diag::err_typecheck_call_too_few_args,
                                          diag::err_typecheck_call_too_few_args_one,
                                          diag::err_typecheck_call_too_few_args_at_least,
                                          diag::err_typecheck_call_too_few_args_at_least_one,
                                          diag::err_typecheck_call_too_many_args,
                                          diag::err_typecheck_call_too_many_args_one,
                                          diag::err_typecheck_call_too_many_args_at_most,
                                          diag::err_typecheck_call_too_many_args_at_most_one,
                                          diag::err_typecheck_convert_incompatible};
  return kIds.count(id) > 0;
}

/// A mistake of the text itself: whatever is said behind it may follow from it.
bool is_syntax_mistake(unsigned id) {
  return id >= diag::DIAG_START_LEX && id < diag::DIAG_START_AST &&
         id != diag::err_pp_file_not_found && id != diag::err_pp_hash_error;
}

bool is_word(char c) { return llvm::isAlnum(c) || c == '_'; }

llvm::StringRef word_at(llvm::StringRef text, size_t at) {
  return text.substr(at).take_while(is_word);
}

llvm::StringRef word_before(llvm::StringRef text, size_t at) {
  const llvm::StringRef before = text.take_front(at);
  return before.take_back(
      before.size() -
      (before.find_last_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789_") +
       1));
}

/// The words between the first pair of quotes behind `words`.
std::string quoted_behind(llvm::StringRef text, llvm::StringRef words) {
  const size_t at = text.find(words);
  if (at == llvm::StringRef::npos) return "";
  return text.substr(at + words.size()).split('\'').second.split('\'').first.str();
}

/// "#include <vector>" of the name that the standard library declares; empty for any other.
std::string standard_header(const std::string& scope, llvm::StringRef name) {
  using clang::tooling::stdlib::Symbol;
  const auto symbol = Symbol::named(scope, name);
  const auto header = symbol ? symbol->header() : std::nullopt;
  return header ? header->name().str() : "";
}

class Explainer {
 public:
  Explainer(const Pass& pass, const Registry& registry, const BoundSource& bound)
      : preprocessed_(pass.preprocessed()), registry_(registry), bound_(bound) {}

  Diagnostics run(std::vector<Complaint> complaints, const Diagnostics& unknown_names) {
    for (Complaint& complaint : complaints) move_into_macro(complaint);
    drop_echoes(complaints);
    for (size_t i = 0; i < complaints.size(); ++i)
      move_to_author(complaints[i], i == 0 ? nullptr : &complaints[i - 1]);
    const bool syntax = keep_syntax_mistakes(complaints);
    if (!syntax) out_ = unknown_names;
    for (const Diagnostic& diagnostic : out_) told_.insert(place_of(diagnostic.at));
    for (const Complaint& complaint : complaints) {
      const FileRange at = range_of(complaint.error);
      if (!told_.insert(place_of(at)).second) continue;
      if (auto diagnostic = explain(complaint, at)) out_.push_back(std::move(*diagnostic));
    }
    std::stable_sort(out_.begin(), out_.end(), [&](const Diagnostic& a, const Diagnostic& b) {
      return std::pair(order_of(a.at.file), a.at.begin) <
             std::pair(order_of(b.at.file), b.at.begin);
    });
    return std::move(out_);
  }

 private:
  static std::pair<std::string, unsigned> place_of(const FileRange& at) {
    return {at.file, at.begin};
  }

  size_t order_of(const std::string& file) const {
    const auto& order = preprocessed_.order;
    return std::find(order.begin(), order.end(), file) - order.begin();
  }

  /// The text of the file as it was parsed; empty for a file that no author wrote.
  llvm::StringRef text_of(const std::string& path) const {
    const auto found = preprocessed_.text.find(path);
    return found == preprocessed_.text.end() ? "" : llvm::StringRef(found->second);
  }

  llvm::StringRef line_of(const ClangMessage& message) const {
    const llvm::StringRef text = text_of(message.path);
    return text.slice(text.rfind('\n', message.begin) + 1, text.find('\n', message.begin));
  }

  /// Does it stand in text that an author wrote, or that stands in for what the author wrote?
  bool is_authors(const ClangMessage& message) const {
    if (message.path == bound_.main_path || !preprocessed_.text.count(message.path)) return false;
    return message.path == registry_.service.range.file || !patch_at(message);
  }

  const Overlay::Patch* patch_at(const ClangMessage& message) const {
    const auto overlay = bound_.overlays.find(message.path);
    if (overlay == bound_.overlays.end()) return nullptr;
    for (const Overlay::Patch& patch : overlay->second.patches)
      if (patch.begin <= message.begin && message.begin < patch.end) return &patch;
    return nullptr;
  }

  /// The author's range. Of what stands in for a registered member, or derives from its type: that
  /// member's initializer or type.
  FileRange range_of(const ClangMessage& message) const {
    if (const Overlay::Patch* patch = patch_at(message)) {
      const llvm::StringRef before = text_of(message.path).slice(patch->begin, message.begin + 1);
      const size_t types = before.rfind("struct bound_");
      for (const Registered& artifact : registry_.artifacts)
        if (artifact.member.range.begin == patch->original_begin ||
            (types != llvm::StringRef::npos && word_at(before, types + 13) == artifact.name))
          return in_member(message, *patch, artifact);
    }
    return bound_.original({message.path, message.begin, message.end});
  }

  /// The initializer was copied: `{{.tokens = 3}}` of `{.tokens = 3}`.
  FileRange in_member(const ClangMessage& message, const Overlay::Patch& patch,
                      const Registered& artifact) const {
    const Member& member = artifact.member;
    const llvm::StringRef bound = text_of(message.path).slice(patch.begin, patch.end);
    const size_t at = bound.rfind(member.initializer);
    const size_t error = message.begin - patch.begin;
    if (member.initializer.empty() || at == llvm::StringRef::npos || error < at)
      return member.type_range;
    const unsigned length = member.initializer.size();
    const unsigned begin = member.range.end - 1 - length + (error - at);  // in front of the `;`
    return {member.range.file, begin, begin + (message.end - message.begin)};
  }

  /// A token of a macro's body is wrong there, however often the macro is used.
  void move_into_macro(Complaint& complaint) const {
    ClangMessage& error = complaint.error;
    if (error.spelled_path.empty() || !preprocessed_.text.count(error.spelled_path)) return;
    ClangMessage use = error;
    use.is_note = true;
    use.text = "the macro is used here";
    complaint.notes.push_back(use);
    move_to(error, error.spelled_path, error.spelled_begin, error.spelled_end);
    error.changes.clear();
  }

  /// In text that combine wrote from the author's, a mistake is said again. It is told only when
  /// nobody else tells of one.
  void drop_echoes(std::vector<Complaint>& complaints) const {
    const auto is_echo = [&](const Complaint& complaint) {
      return !is_authors(complaint.error) && is_ours(complaint.error.path) &&
             llvm::none_of(complaint.notes,
                           [&](const ClangMessage& note) { return is_authors(note); });
    };
    if (!llvm::all_of(complaints, is_echo)) llvm::erase_if(complaints, is_echo);
  }

  /// A file of combine's or of Coop's.
  bool is_ours(const std::string& path) const {
    return path.empty() || path == bound_.main_path || preprocessed_.text.count(path) > 0;
  }

  /// What is wrong inside of a library, or of text that combine wrote, is told where the author's
  /// text asked for it. Clang says where that is once for all errors that one request makes.
  void move_to_author(Complaint& complaint, const Complaint* before) const {
    ClangMessage& error = complaint.error;
    if (is_authors(error)) return;
    ClangMessage found;
    if (!is_ours(error.path))
      found.text = "found in " + error.path + ", line " + std::to_string(error.line);
    error.changes.clear();
    const ClangMessage* asked = nullptr;
    for (const ClangMessage& note : complaint.notes)
      if (is_authors(note) && (!asked || (is_request(note) && !is_request(*asked)))) asked = &note;
    if ((!asked || !is_request(*asked)) && !found.text.empty() && before && is_moved(*before))
      asked = &before->error;
    if (asked)
      move_to(error, asked->path, asked->begin, asked->end);
    else
      move_to_fallback(error);
    if (!found.text.empty()) complaint.notes.push_back(found);
  }

  static bool is_request(const ClangMessage& note) {
    return note.text.find("requested here") != std::string::npos;
  }

  static bool is_found(const ClangMessage& note) { return note.path.empty(); }

  static bool is_moved(const Complaint& complaint) {
    return !complaint.notes.empty() && is_found(complaint.notes.back());
  }

  /// Nobody asked: the #include that brought it, or the service.
  void move_to_fallback(ClangMessage& error) const {
    for (const InclusionEdge& edge : preprocessed_.third_party)
      if (edge.from != bound_.main_path && reaches(edge.target, error.path))
        return move_to(error, edge.from, edge.offset, text_of(edge.from).find('\n', edge.offset));
    const FileRange& service = registry_.service.name_range;
    const unsigned begin = parsed_offset(service);
    move_to(error, service.file, begin, begin + service.end - service.begin);
  }

  static void move_to(ClangMessage& error, const std::string& path, unsigned begin, unsigned end) {
    error.path = path;
    error.begin = begin;
    error.end = end;
  }

  unsigned parsed_offset(const FileRange& at) const {
    const auto overlay = bound_.overlays.find(at.file);
    unsigned shift = 0;
    if (overlay != bound_.overlays.end())
      for (const Overlay::Patch& patch : overlay->second.patches)
        if (patch.original_end <= at.begin) shift = patch.end - patch.original_end;
    return at.begin + shift;
  }

  bool reaches(const std::string& from, const std::string& to) const {
    std::set<std::string> seen = {from};
    for (std::vector<std::string> queue = {from}; !queue.empty();) {
      const std::string next = queue.back();
      queue.pop_back();
      if (next == to) return true;
      const auto edges = preprocessed_.graph.find(next);
      if (edges == preprocessed_.graph.end()) continue;
      for (const std::string& target : edges->second)
        if (seen.insert(target).second) queue.push_back(target);
    }
    return false;
  }

  /// The parser stumbles over what it could not understand before: on a line with an error it says
  /// nothing new, and its first error in a file is the one to believe. Whatever else is said may
  /// follow from that. True when there is one.
  bool keep_syntax_mistakes(std::vector<Complaint>& complaints) const {
    std::set<std::pair<std::string, size_t>> lines;
    std::map<std::string, unsigned> first;  // by file
    for (const auto& [error, notes] : complaints) {
      const size_t line = text_of(error.path).rfind('\n', error.begin);
      if (!lines.insert({error.path, line}).second || !is_syntax_mistake(error.id)) continue;
      const auto [known, inserted] = first.insert({error.path, error.begin});
      known->second = std::min(known->second, error.begin);
    }
    llvm::erase_if(complaints, [&](const Complaint& complaint) {
      const auto kept = first.find(complaint.error.path);
      return is_syntax_mistake(complaint.error.id)
                 ? kept == first.end() || kept->second != complaint.error.begin
                 : !first.empty();
    });
    return !first.empty();
  }

  /// A function or a constant that templates/ define as well.
  static std::string name_of_ours(const Complaint& complaint) {
    const bool is_ours = llvm::any_of(complaint.notes, [](const ClangMessage& note) {
      return note.text == "previous definition is here" &&
             llvm::StringRef(note.path).contains("/templates/");
    });
    const bool is_twice = llvm::StringRef(complaint.error.text).starts_with("redefinition of '");
    return is_ours && is_twice ? quoted_behind(complaint.error.text, "") : "";
  }

  std::optional<Diagnostic> explain(const Complaint& complaint, const FileRange& at) {
    const ClangMessage& error = complaint.error;
    if (follows_from_its_class(error)) return std::nullopt;
    if (const std::string name = name_of_ours(complaint); !name.empty())
      return diagnose(DiagnosticName::name_of_ours, at, name);
    if (const auto header = missing_header(error)) return missing_include(error, at, *header);
    std::optional<Diagnostic> out = unknown_member(error, at);
    if (!out) out = missing_self(error, at);
    if (!out && error.id == diag::err_pp_file_not_found)
      return diagnose(DiagnosticName::include_not_found, at, quoted_behind(error.text, ""));
    if (!out && error.text.find("'void'") != std::string::npos &&
        line_of(error).contains(".hooks."))
      return diagnose(DiagnosticName::hook_result_used, at);
    if (out) return out;
    const DiagnosticName name = is_argument_mistake(error.id)  ? DiagnosticName::wrong_argument
                                : error.id == diag::err_access ? DiagnosticName::private_member
                                                               : DiagnosticName::cpp;
    out = diagnose(
        name, at,
        in_the_authors_words(llvm::StringRef(error.text).split("; did you mean").first.str()));
    if (name == DiagnosticName::wrong_argument) note_peer(error, *out);
    add_changes(error, *out);
    add_notes(complaint, *out);
    return out;
  }

  static bool match_no_member(const std::string& text,
                              llvm::SmallVectorImpl<llvm::StringRef>& match) {
    static const llvm::Regex kNoMember(
        "^no member named '([^']+)' in '(coop_bound::bound_)?([^']+)'");
    return kNoMember.match(text, &match);
  }

  static std::vector<std::string> names_of(const Registered& artifact) {
    std::vector<std::string> out;
    for (const std::vector<Member>* members : {&artifact.methods, &artifact.configuration})
      for (const Member& member : *members) out.push_back(member.name);
    return out;
  }

  /// The peer has that member, as its text says: what broke its class is told.
  bool follows_from_its_class(const ClangMessage& error) const {
    llvm::SmallVector<llvm::StringRef, 4> match;
    if (!match_no_member(error.text, match) || match[2].empty()) return false;
    const Registered* of = registry_.find(match[3].str());
    return of && llvm::is_contained(names_of(*of), match[1].str());
  }

  /// "no member named 'lenght' in 'coop_bound::bound_kv_cache'", or in any other class.
  std::optional<Diagnostic> unknown_member(const ClangMessage& error, const FileRange& at) const {
    llvm::SmallVector<llvm::StringRef, 4> match;
    if (!match_no_member(error.text, match)) return std::nullopt;
    const std::string name = match[1].str();
    const Registered* of = match[2].empty() ? nullptr : registry_.find(match[3].str());
    Diagnostic out =
        of ? diagnose(DiagnosticName::unknown_member, at, of->name, of->class_name, name)
           : diagnose(DiagnosticName::cpp, at,
                      "no member named '" + name + "' in '" + match[3].str() + "'");
    std::vector<std::string> names = error.members;
    if (of) names = names_of(*of);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (const std::string& near : nearest(name, names))
      out.notes.push_back({"did you mean '" + near + "'?", {}, Fix{at, near}});
    if (of) out.notes.push_back({"'" + of->name + "' is registered here", of->member.name_range});
    return out;
  }

  /// `self` in a method that does not take it, or a peer that is named without it.
  std::optional<Diagnostic> missing_self(const ClangMessage& error, const FileRange& at) const {
    if (error.id == diag::err_undeclared_var_use && quoted_behind(error.text, "") == "self")
      return diagnose(DiagnosticName::missing_self, at, "this method does not take `self`");
    const std::string type = quoted_behind(error.text, "incomplete type ");
    if (!llvm::StringRef(type).starts_with("coop_bound::bound_")) return std::nullopt;
    const std::string peer = type.substr(std::string("coop_bound::bound_").size());
    FileRange named = at;  // Clang points behind the name
    if (const llvm::StringRef word = word_before(text_of(error.path), error.begin); word == peer)
      named = bound_.original(
          {error.path, error.begin - static_cast<unsigned>(peer.size()), error.begin});
    return diagnose(DiagnosticName::missing_self, named,
                    "'" + peer + "' is a peer, and is named here without `self`");
  }

  struct Header {
    std::string name;     // e.g. std::vector
    std::string header;   // e.g. <vector>
    std::string spelled;  // what stands in the text, e.g. vector
  };

  /// Of a name that nothing declares: what the standard library would declare it in.
  std::optional<Header> missing_header(const ClangMessage& error) const {
    static const std::set<unsigned> kUndeclared = {diag::err_undeclared_var_use,
                                                   diag::err_undeclared_var_use_suggest,
                                                   diag::err_unknown_typename,
                                                   diag::err_unknown_typename_suggest,
                                                   diag::err_no_template,
                                                   diag::err_no_template_suggest,
                                                   diag::err_no_member,
                                                   diag::err_no_member_suggest,
                                                   diag::err_no_member_template,
                                                   diag::err_no_member_template_suggest,
                                                   diag::err_typename_nested_not_found,
                                                   diag::err_unknown_nested_typename_suggest};
    if (!kUndeclared.count(error.id)) return std::nullopt;
    const llvm::StringRef text = text_of(error.path);
    std::string name = word_at(text, error.begin).str();
    std::string scope = quoted_behind(error.text, "in namespace");
    if (!scope.empty()) scope += "::";
    if (name == "std" && scope.empty()) {  // nothing at all of it is known
      for (size_t at = error.begin; text.substr(at + name.size()).starts_with("::");) {
        at += name.size() + 2;
        scope += name + "::";
        name = word_at(text, at).str();
        if (!standard_header(scope, name).empty()) break;
      }
    }
    const bool of_c = scope.empty() && clang::tooling::stdlib::Symbol::named(
                                           "", name, clang::tooling::stdlib::Lang::C);
    const std::string header = standard_header(of_c ? "std::" : scope, name);
    if (header.empty() || (scope.empty() && !of_c)) return std::nullopt;
    return Header{scope + name, header, name};
  }

  /// Told once for each file and header.
  std::optional<Diagnostic> missing_include(const ClangMessage& error, FileRange at,
                                            const Header& missing) {
    if (!headers_told_.insert({error.path, missing.header}).second) return std::nullopt;
    at.end = at.begin + missing.name.size();
    if (text_of(error.path).substr(error.begin).take_front(3) != "std")
      at.end = at.begin + missing.spelled.size();
    Diagnostic out = diagnose(DiagnosticName::missing_include, at, missing.name, missing.header);
    const llvm::StringRef text = text_of(error.path);
    size_t last = text.rfind("\n#include ");
    if (last == llvm::StringRef::npos) last = text.starts_with("#") ? 0 : llvm::StringRef::npos;
    const unsigned begin = last == llvm::StringRef::npos ? 0 : last + (last ? 1 : 0);
    const unsigned end = last == llvm::StringRef::npos ? 0 : text.find('\n', begin);
    const FileRange line = bound_.original({error.path, begin, end});
    const FileRange behind = {line.file, line.end + (end ? 1 : 0), line.end + (end ? 1 : 0)};
    out.notes.push_back(
        {"write `#include " + missing.header + (end ? "` below this" : "` at the top"), line,
         Fix{behind, "#include " + missing.header + "\n"}});
    return out;
  }

  void note_peer(const ClangMessage& error, Diagnostic& out) const {
    const llvm::StringRef text = text_of(error.path);
    if (error.begin == 0 || text[error.begin - 1] != '.') return;
    if (const Registered* peer = registry_.find(word_before(text, error.begin - 1).str()))
      out.notes.push_back({"'" + peer->name + "' (" + peer->class_name + ") is registered here",
                           peer->member.name_range});
  }

  /// What Clang itself would change, when it is one place of the author's.
  void add_changes(const ClangMessage& error, Diagnostic& out) const {
    std::vector<ClangMessage::Change> changes = error.changes;
    if (changes.empty() && llvm::StringRef(error.text).starts_with("expected ';'"))
      changes.push_back({error.path, error.begin, error.begin, ";"});
    if (changes.size() != 1 || !preprocessed_.text.count(changes[0].path)) return;
    const auto& [path, begin, end, text] = changes[0];
    ClangMessage place;
    move_to(place, path, begin, end);
    const FileRange at = range_of(place);
    if (at.end - at.begin != end - begin) return;  // it stands for more than was written
    const bool meant = error.text.find("; did you mean") != std::string::npos;
    const std::string way_out = meant                ? "did you mean '" + text + "'?"
                                : text.empty()       ? "take it out"
                                : at.begin == at.end ? "write '" + text + "' here"
                                                     : "write '" + text + "' instead";
    const bool elsewhere = at.begin != out.at.begin;
    out.notes.push_back({way_out, elsewhere ? at : FileRange{}, Fix{at, text}});
  }

  void add_notes(const Complaint& complaint, Diagnostic& out) const {
    for (const ClangMessage& note : complaint.notes) {
      const bool found = is_found(note);
      const bool context = note.text.find("in instantiation of") != std::string::npos ||
                           note.text.find("while substituting") != std::string::npos;
      if (context || (!found && !is_authors(note)) || out.notes.size() >= 8) continue;
      const FileRange at = found ? FileRange{} : range_of(note);
      if (!found && at == out.at) continue;
      out.notes.push_back({without_self(in_the_authors_words(note.text),
                                        text_of(note.path).substr(note.begin).split('\n').first),
                           at});
    }
  }

  const Preprocessed& preprocessed_;
  const Registry& registry_;
  const BoundSource& bound_;
  std::set<std::pair<std::string, unsigned>> told_;
  std::set<std::pair<std::string, std::string>> headers_told_;
  Diagnostics out_;
};

}  // namespace

Diagnostics explain_errors(const std::vector<ClangMessage>& messages, const Pass* pass,
                           const Registry& registry, const BoundSource& bound) {
  const std::vector<Complaint> complaints = complaints_of(messages);
  if (complaints.empty()) return {};
  if (!pass) return {diagnose(DiagnosticName::cpp, {}, complaints[0].error.text)};
  return Explainer(*pass, registry, bound)
      .run(complaints, find_unknown_names(*pass, registry, bound));
}

}  // namespace combiner
