#include "combiner/rewrite.h"

#include <algorithm>

#include "combiner/annotations.h"
#include "combiner/find_contracts.h"
#include "combiner/main_text.h"
#include "combiner/method_edits.h"
#include "combiner/outline.h"
#include "combiner/owned_calls.h"
#include "combiner/preprocessor_edits.h"
#include "combiner/read_sources.h"
#include "combiner/record_preprocessor.h"
#include "combiner/statement_text.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Regex.h"

namespace combiner {
namespace {

class Rewriter {
 public:
  Rewriter(const Request& request, const SourceTree& sources, const Registry& registry,
           const BoundSource& bound, const Program& program, const Crop& crop, const Plan& plan,
           Diagnostics& diagnostics)
      : request_(request),
        sources_(sources),
        registry_(registry),
        bound_(bound),
        preprocessed_(program.host->preprocessed()),
        crop_(crop),
        plan_(plan),
        diagnostics_(diagnostics),
        decided_(request, preprocessed_, crop) {
    for (const Method& method : crop.methods) {
      by_key_[method.key] = &method;
      witnesses_[method.key].push_back(&method);
    }
    for (const std::string& file : preprocessed_.order) order_.try_emplace(file, order_.size());
    opened_ = classes_to_open();
  }

  std::vector<Piece> run() {
    emit_declarations();
    for (Piece& piece : call_pieces(registry_, crop_, plan_)) pieces_.push_back(std::move(piece));
    emit_state();
    std::set<std::string> done;
    for (const Method& method : crop_.methods)
      if (plan_.functions.count(method.key) && done.insert(method.key).second)
        emit_function(method);
    emit_main();
    check_macros();
    check_conditionals();
    return std::move(pieces_);
  }

 private:
  const std::string& text_of(const std::string& file) const { return preprocessed_.text.at(file); }

  std::string heading(const std::string& file) const {
    const auto found = sources_.files.find(file);
    return found == sources_.files.end() ? file : found->second.name;
  }

  unsigned line_of(const FileRange& range) const {
    const unsigned begin = bound_.original(range).begin;
    const auto source = sources_.files.find(range.file);
    if (source == sources_.files.end()) return 0;
    const std::string& text = source->second.text;
    return 1 + std::count(text.begin(), text.begin() + std::min<size_t>(begin, text.size()), '\n');
  }

  MethodText method_text(const std::string& file) {
    auto [found, fresh] = gone_.try_emplace(file);
    if (fresh) {
      const FileRange whole{file, 0, static_cast<unsigned>(text_of(file).size())};
      decided_.add_gone(whole, found->second);
      for (const ConditionalBlock& block : preprocessed_.conditionals)
        if (block.file == file && block.for_the_compiler)
          for (FileRange& unseen : block.unseen()) unseen_[file].push_back(std::move(unseen));
    }
    return {registry_,     plan_,         by_key_,           text_of(file),
            found->second, unseen_[file], crop_.declarations};
  }

  static void drop_notes(const std::string& text, unsigned begin, std::vector<Edit>& edits) {
    for (Edit& edit : drop_notes_to_tests(text, begin)) edits.push_back(std::move(edit));
  }

  // ---- declarations ----

  /// Local files in include order; in each, macros and declarations as they stand.
  void emit_declarations() {
    std::vector<std::pair<std::pair<size_t, unsigned>, Piece>> found;
    auto position = [&](const FileRange& range) {
      const auto file = order_.find(range.file);
      return std::pair{file == order_.end() ? order_.size() : file->second, range.begin};
    };
    const std::vector<Choice> choices = kept_choices();
    for (const Choice& choice : choices)
      found.push_back({position(choice.range), choice_piece(choice)});
    auto is_chosen = [&](const FileRange& at) {
      return std::any_of(choices.begin(), choices.end(), [&](const Choice& choice) {
        return choice.range.file == at.file && choice.range.begin <= at.begin &&
               at.begin < choice.range.end;
      });
    };
    for (size_t i = 0; i < crop_.declarations.size(); ++i) {
      const Declaration& declaration = crop_.declarations[i];
      if (!declaration.reached || declaration.is_service || is_chosen(declaration.range) ||
          declaration.range.file == bound_.main_path || is_inside_another(i))
        continue;
      if (declaration.is_artifact && is_dropped(declaration.class_name)) continue;
      found.push_back({position(declaration.range), declaration_piece(declaration)});
    }
    for (const MacroUse& use : live_macros())
      if (!is_chosen(use.definition)) found.push_back({position(use.definition), macro_piece(use)});
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (auto& [at, piece] : found)
      if (pieces_.empty() || !(pieces_.back() == piece)) pieces_.push_back(std::move(piece));
  }

  /// `#ifdef __GNUC__ ... #else ... #endif` around declarations stays whole, with what starts
  /// inside of it and ends behind it.
  struct Choice {
    FileRange range;
    std::vector<std::string> spaces;
  };

  std::vector<Choice> kept_choices() const {
    std::vector<Choice> out;
    const std::set<MacroUse> macros = live_macros();
    for (const ConditionalBlock& block : preprocessed_.conditionals) {
      if (!block.for_the_compiler || block.branches.empty() || is_for_cuda(block)) continue;
      Choice choice{{block.file, block.branches[0].begin, block.end}, {}};
      bool is_needed = false, is_inside = false;
      for (const Declaration& declaration : crop_.declarations) {
        const FileRange& range = declaration.range;
        if (range.file != block.file) continue;
        is_inside |= range.begin < choice.range.begin && block.end <= range.end;
        if (!declaration.reached || range.begin < choice.range.begin || range.begin >= block.end)
          continue;
        is_needed = true;
        choice.spaces = declaration.spaces;
        choice.range.end = std::max(choice.range.end, range.end);
      }
      for (const MacroUse& use : macros)
        is_needed |= use.definition.file == block.file &&
                     choice.range.begin <= use.definition.begin && use.definition.begin < block.end;
      if (is_needed && !is_inside) merge_into(out, std::move(choice));
    }
    return out;
  }

  static void merge_into(std::vector<Choice>& choices, Choice added) {
    std::erase_if(choices, [&](const Choice& other) {
      if (other.range.file != added.range.file || other.range.end <= added.range.begin ||
          added.range.end <= other.range.begin)
        return false;
      added.range.begin = std::min(added.range.begin, other.range.begin);
      added.range.end = std::max(added.range.end, other.range.end);
      if (added.spaces.empty()) added.spaces = other.spaces;
      return true;
    });
    choices.push_back(std::move(added));
  }

  /// Kernels are read as nvcc reads them.
  static bool is_for_cuda(const ConditionalBlock& block) {
    return std::all_of(block.branches.begin(), block.branches.end(), [](const auto& branch) {
      return branch.condition.empty() || branch.condition == "__CUDACC__";
    });
  }

  Piece choice_piece(const Choice& choice) const {
    const std::string& text = text_of(choice.range.file);
    Piece piece;
    piece.file = heading(choice.range.file);
    piece.name = "what the compiler chooses";
    const unsigned begin = doc_begin(text, choice.range.begin);
    piece.line = line_of({choice.range.file, begin, begin});
    std::vector<Edit> edits;
    decided_.fold_conditionals(choice.range, edits);
    decided_.drop_contracts(choice.range, edits);
    piece.text = llvm::StringRef(render(text, begin, choice.range.end, edits)).rtrim().str();
    in_namespaces(choice.spaces, piece);
    return piece;
  }

  static void in_namespaces(const std::vector<std::string>& spaces, Piece& piece) {
    for (size_t i = spaces.size(); i-- > 0;) {
      llvm::StringRef name = spaces[i];
      name.consume_front("inline ");
      piece.text = spaces[i] + " {\n" + piece.text + "\n}  // " + name.str();
    }
  }

  bool is_inside_another(size_t index) const {
    const FileRange& inner = crop_.declarations[index].range;
    for (size_t i = 0; i < crop_.declarations.size(); ++i) {
      const FileRange& outer = crop_.declarations[i].range;
      if (i != index && crop_.declarations[i].reached && outer.file == inner.file &&
          outer.begin <= inner.begin && inner.end <= outer.end && outer != inner)
        return true;
    }
    return false;
  }

  bool is_dropped(const std::string& class_name) const {
    bool any = false;
    for (const Registered& artifact : registry_.artifacts) {
      if (artifact.class_name != class_name) continue;
      any = true;
      if (!std::count(plan_.dropped.begin(), plan_.dropped.end(), artifact.name)) return false;
    }
    return any;
  }

  Piece declaration_piece(const Declaration& declaration) {
    const std::string& text = text_of(declaration.range.file);
    Piece piece;
    piece.file = heading(declaration.range.file);
    piece.name = declaration.names.empty() ? "" : declaration.names[0];
    const unsigned begin = doc_begin(text, declaration.range.begin);
    piece.line = line_of({declaration.range.file, begin, begin});
    std::vector<Edit> edits;
    if (declaration.is_artifact) edits = artifact_edits(declaration);
    if (declaration.is_artifact) drop_notes(text, declaration.range.begin, edits);
    decided_.add_all(declaration.range, edits);
    piece.text = render(text, begin, with_trailing_comment(text, declaration.range.end), edits);
    if (declaration.is_artifact) piece.text = squeeze_blank_lines(piece.text);
    if (begin == declaration.range.begin) piece.text = dedent(piece.text, column(text, begin));
    piece.edited = !edits.empty() || is_patched(declaration.range);
    in_namespaces(declaration.spaces, piece);
    return piece;
  }

  /// Is something in it not as its author wrote it: a check for a contract, a macro written out?
  bool is_patched(const FileRange& range) const {
    const auto overlay = bound_.overlays.find(range.file);
    if (overlay == bound_.overlays.end()) return false;
    const auto& patches = overlay->second.patches;
    return std::any_of(patches.begin(), patches.end(), [&](const Overlay::Patch& patch) {
      return range.begin <= patch.begin && patch.end <= range.end;
    });
  }

  /// The comment above an artifact's struct, as readers of the emission need it.
  std::string class_comment(const std::string& class_name) const {
    for (const Declaration& declaration : crop_.declarations) {
      if (!declaration.is_artifact || declaration.class_name != class_name) continue;
      const std::string& text = text_of(declaration.range.file);
      const unsigned begin = doc_begin(text, declaration.range.begin);
      std::vector<Edit> edits;
      drop_notes(text, declaration.range.begin, edits);
      return llvm::StringRef(render(text, begin, declaration.range.begin, edits)).trim().str();
    }
    return "";
  }

  static unsigned column(const std::string& text, unsigned at) {
    const size_t line = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    return at - line;
  }

  /// Of an artifact's struct its data stays, and the methods that are called and reach no peer.
  std::vector<Edit> artifact_edits(const Declaration& declaration) {
    const std::string& text = text_of(declaration.range.file);
    std::vector<Edit> edits;
    if (declaration.bases.end)
      edits.push_back({declaration.bases.begin, declaration.bases.end, ""});
    std::map<unsigned, std::vector<const Method*>> kept;  // by begin: witnesses of all instances
    const bool is_opened = opened_.count(declaration.class_name) > 0;
    for (const Method& method : crop_.methods)
      if (method.class_name == declaration.class_name && !plan_.functions.count(method.key))
        kept[method.slice.begin].push_back(&method);
    for (const Declaration::Part& part : declaration.parts) {
      if (part.is_access && is_opened)
        edits.push_back(whole_line(text, part.range.begin, part.range.end));
      if (!part.is_method) continue;
      const auto found = kept.find(part.range.begin);
      if (found == kept.end()) {
        edits.push_back(whole_line(text, doc_begin(text, part.range.begin),
                                   with_trailing_comment(text, part.range.end)));
        continue;
      }
      const std::vector<Edit> own = member_edits(part.range, found->second);
      edits.insert(edits.end(), own.begin(), own.end());
      drop_notes(text, part.range.begin, edits);
    }
    if (is_opened) open_class(declaration, text, edits);
    return edits;
  }

  /// Classes into which a function may reach that was a method: its own, those that this one
  /// derives from, and those that call it a friend.
  std::set<std::string> classes_to_open() const {
    std::map<std::string, const Declaration*> artifacts;
    for (const Declaration& declaration : crop_.declarations)
      if (declaration.is_artifact) artifacts[declaration.class_name] = &declaration;
    std::set<std::string> out;
    std::vector<std::string> open;
    for (const Method& method : crop_.methods)
      if (plan_.functions.count(method.key) && out.insert(method.class_name).second)
        open.push_back(method.class_name);
    const std::set<std::string> hoisted = out;
    while (!open.empty()) {
      const auto found = artifacts.find(open.back());
      open.pop_back();
      if (found == artifacts.end()) continue;
      const std::string& text = text_of(found->second->range.file);
      const size_t begin = found->second->range.begin;
      for (const std::string& word : words(text, begin, text.find('{', begin)))
        if (artifacts.count(word) && out.insert(word).second) open.push_back(word);
    }
    for (const auto& [class_name, declaration] : artifacts) {
      const llvm::StringRef text = text_of(declaration->range.file);
      for (const Declaration::Part& part : declaration->parts)
        if (text.substr(part.range.begin).starts_with("friend "))
          for (const std::string& word : words(text, part.range.begin, part.range.end))
            if (hoisted.count(word)) out.insert(class_name);
    }
    return out;
  }

  /// A method with `this auto& self` that is called for const objects and for others is two
  /// members.
  std::vector<Edit> member_edits(const FileRange& range, std::vector<const Method*> witnesses) {
    const MethodText in = method_text(range.file);
    auto edits_of = [&](const std::vector<const Method*>& of) {
      std::vector<Edit> edits = method_edits(of, in, diagnostics_);
      refuse_edited_text(range, edits);
      return edits;
    };
    const auto first_const = std::stable_partition(witnesses.begin(), witnesses.end(),
                                                   [](const Method* m) { return !m->is_const; });
    if (first_const == witnesses.begin() || first_const == witnesses.end())
      return edits_of(witnesses);
    std::string both;
    for (const auto& of :
         {std::vector(witnesses.begin(), first_const), std::vector(first_const, witnesses.end())}) {
      std::vector<Edit> edits = edits_of(of);
      decided_.add_all(range, edits);
      both += (both.empty() ? "" : "\n" + std::string(column(in.text, range.begin), ' ')) +
              render(in.text, range.begin, range.end, edits);
    }
    return {{range.begin, range.end, both}};
  }

  /// Before:  class Kv {            (functions of the service use what was private)
  /// After:   struct Kv {
  void open_class(const Declaration& declaration, const std::string& text,
                  std::vector<Edit>& edits) const {
    const unsigned limit = text.find('{', declaration.range.begin);
    const size_t at = text.find("class " + declaration.class_name, declaration.range.begin);
    if (at != std::string::npos && at < limit)
      edits.push_back({static_cast<unsigned>(at), static_cast<unsigned>(at) + 5, "struct"});
  }

  // ---- macros ----

  std::set<MacroUse> live_macros() const {
    std::set<MacroUse> out;
    std::set<FileRange> definitions;
    for (const MacroUse& use : preprocessed_.macros)
      if (use.local && is_emitted(use.at, crop_) && definitions.insert(use.definition).second)
        out.insert(use);
    for (const MacroDirective& directive : preprocessed_.directives)
      if (!directive.definition.file.empty() && crop_.unseen_names.count(directive.name) &&
          definitions.insert(directive.definition).second)
        out.insert({.name = directive.name,
                    .at = directive.at,
                    .definition = directive.definition,
                    .local = true});
    return out;
  }

  Piece macro_piece(const MacroUse& use) const {
    const std::string& text = text_of(use.definition.file);
    const size_t begin = text.rfind('#', use.definition.begin);
    size_t end = text.find('\n', use.definition.end);
    if (end == std::string::npos) end = text.size();
    Piece piece;
    piece.kind = Piece::Kind::kMacro;
    piece.file = heading(use.definition.file);
    piece.name = use.name;
    const unsigned doc = doc_begin(text, begin);
    piece.text = text.substr(doc, end - doc);
    piece.line = line_of(use.definition);
    return piece;
  }

  /// In one file a macro reaches all that follows; each must still mean what it did.
  void check_macros() {
    const std::set<MacroUse> macros = live_macros();
    for (const MacroUse& macro : macros) {
      const llvm::Regex word("(^|[^A-Za-z0-9_])" + macro.name + "([^A-Za-z0-9_]|$)");
      bool reaches = false;
      for (const MacroUse& other : macros)
        reaches = reaches || (other.name == macro.name && other.definition != macro.definition);
      for (const Piece& piece : pieces_)
        reaches = reaches || (piece.kind != Piece::Kind::kMacro && !uses_macro(piece.file, macro) &&
                              word.match(piece.text));
      if (!reaches) continue;
      FileRange at = macro.definition;
      at.end = at.begin + macro.name.size();
      diagnostics_.push_back(diagnose(DiagnosticName::macro_reaches_further, at, macro.name));
    }
  }

  bool uses_macro(const std::string& heading_of_file, const MacroUse& macro) const {
    if (heading(macro.definition.file) == heading_of_file) return true;
    for (const MacroUse& use : preprocessed_.macros)
      if (use.definition == macro.definition && heading(use.at.file) == heading_of_file)
        return true;
    return false;
  }

  /// Does the #if begin or end inside of the range, and not both?
  static bool splits(const ConditionalBlock& block, const FileRange& range) {
    auto inside = [&](unsigned at) { return range.begin < at && at < range.end; };
    return range.file == block.file && inside(block.branches[0].begin) != inside(block.end - 1);
  }

  /// What would be emitted with a part of the #if; what only begins inside of it brings it whole.
  std::string split_by(const ConditionalBlock& block) const {
    if (!block.for_the_compiler || block.branches.empty()) return "";
    for (const Declaration& declaration : crop_.declarations) {
      const bool begins_before = declaration.range.begin < block.branches[0].begin;
      if (declaration.reached && splits(block, declaration.range) &&
          (begins_before || declaration.is_artifact || declaration.is_service))
        return declaration.names.empty() ? "this" : declaration.names[0];
    }
    for (const Method& method : crop_.methods)
      if (splits(block, method.slice)) return method.name;
    return "";
  }

  /// A conditional around an artifact, a service, a namespace or an include cannot stay as it is.
  void check_conditionals() {
    for (const ConditionalBlock& block : preprocessed_.conditionals)
      if (const std::string name = split_by(block); !name.empty())
        diagnostics_.push_back(
            diagnose(DiagnosticName::conditional_around,
                     {block.file, block.branches[0].begin, block.branches[0].end - 1}, name));
    for (const Choice& choice : kept_choices()) {
      std::string what;
      for (const Declaration& declaration : crop_.declarations)
        if ((declaration.is_artifact || declaration.is_service) && declaration.reached &&
            declaration.range.file == choice.range.file &&
            choice.range.begin <= declaration.range.begin &&
            declaration.range.end <= choice.range.end)
          what = declaration.names[0];
      const llvm::StringRef text =
          llvm::StringRef(text_of(choice.range.file)).slice(choice.range.begin, choice.range.end);
      if (!identifiers(text, 0, text.size(), "namespace").empty()) what = "namespace";
      static const llvm::Regex kInclude("#[ \t]*include[ \t]*\"([^\"]*)\"");
      if (llvm::SmallVector<llvm::StringRef, 2> match; kInclude.match(text, &match))
        what = "#include " + match[1].str();
      if (what.empty()) continue;
      const unsigned line = text_of(choice.range.file).find('\n', choice.range.begin);
      diagnostics_.push_back(diagnose(DiagnosticName::conditional_around,
                                      {choice.range.file, choice.range.begin, line}, what));
    }
  }

  // ---- the state, the functions, main ----

  void emit_state() {
    const std::string& text = sources_.files.at(registry_.service.range.file).text;
    Piece piece;
    piece.kind = Piece::Kind::kState;
    piece.file = heading(registry_.service.range.file);
    piece.name = registry_.service.name;
    piece.line = line_of(registry_.service.name_range);
    std::string body;
    if (plan_.world_is_state) body += "  World world;\n";
    if (plan_.device_is_state) body += "  Device device;\n";
    for (const Member& member : registry_.service.members) {
      const bool is_special = member.name == registry_.service.name;  // constructor, destructor
      if ((member.is_function && !is_special) || member.is_invariant) continue;
      const Registered* artifact = registry_.find(member.name);
      if (artifact && std::count(plan_.dropped.begin(), plan_.dropped.end(), member.name)) continue;
      if (!artifact && !member.is_function && member.part.begin > member.range.begin)
        continue;  // of `int a, b;` the first brings the others
      const FileRange& range = artifact ? member.part : member.range;
      std::vector<Edit> edits;
      if (artifact && registry_.is_owned(artifact->name)) {
        body += owned_member(*artifact) + "\n";
        continue;
      }
      if (artifact) {
        edits.push_back(registered_type_edit(*artifact));
        if (artifact->container.empty()) drop_base_braces(text, member, edits);
        if (text[range.end - 1] == ',')  // of `Kv a, b;` the first
          edits.push_back({range.end - 1, range.end, ";"});
      }
      const unsigned begin = doc_begin(text, range.begin);
      const bool documented = begin != range.begin;
      body += (documented ? "" : "  ") +
              render(text, begin, with_trailing_comment(text, range.end), edits) + "\n";
    }
    piece.text = "struct " + registry_.service.name + " {\n" + body + "};";
    piece.edited = true;
    pieces_.push_back(std::move(piece));
  }

  /// Before:  coop::Owned<PrefixDirectory> prefix_directory;
  /// After:   static inline Owned<PrefixDirectory> prefix_directory;  // one for all ranks
  std::string owned_member(const Registered& owned) const {
    if (registry_.has_calls(owned.name))
      return calls_name(registry_, owned) + " " + owned.name + ";";
    return "static inline Owned<" + owned.type + "> " + owned.name + ";  // one for all ranks";
  }

  /// Before:  coop::Sharded<Compressor> compressor;    Kv a, b;
  /// After:   SnapKv compressor;                       Kv a; Kv b;
  static Edit registered_type_edit(const Registered& artifact) {
    const bool is_class = !artifact.container.empty() && artifact.container.front() != '[';
    const FileRange& at = artifact.member.type_range;
    return {at.begin, at.end,
            (is_class ? artifact.container : artifact.type) + (at.begin == at.end ? " " : "")};
  }

  /// `SHOW(self.window)` with #argument would print the rewritten text. (Third-party macros are let
  /// be: an assert that fails may say so in other words.)
  void refuse_edited_text(const FileRange& slice, const std::vector<Edit>& edits) {
    for (const MacroUse& use : preprocessed_.macros) {
      if (!use.local || !use.makes_text || use.at.file != slice.file ||
          use.at.begin < slice.begin || use.at.end > slice.end)
        continue;
      const bool edited = std::any_of(edits.begin(), edits.end(), [&](const Edit& edit) {
        return use.at.begin <= edit.begin && edit.end <= use.at.end;
      });
      if (!edited) continue;
      Diagnostic d = diagnose(DiagnosticName::self_in_macro, use.at, "self", use.name);
      d.notes.push_back({"the macro makes a string of it: give it a variable instead", {}});
      diagnostics_.push_back(std::move(d));
    }
  }

  /// Before:  Cache cache{{}, 6};    (the first braces are the base's, which is gone)
  /// After:   Cache cache{6};
  static void drop_base_braces(const std::string& text, const Member& member,
                               std::vector<Edit>& edits) {
    static const llvm::Regex kBase("^[ =]*\\{([ ]*\\{[ ]*\\}[ ]*,?[ ]*)");
    llvm::SmallVector<llvm::StringRef, 2> match;
    const llvm::StringRef rest =
        llvm::StringRef(text).slice(member.name_range.end, member.part.end);
    if (!kBase.match(rest, &match)) return;
    const unsigned begin = match[1].data() - text.data();
    edits.push_back({begin, begin + static_cast<unsigned>(match[1].size()), ""});
  }

  void emit_function(const Method& method) {
    const std::string& text = text_of(method.slice.file);
    std::vector<Edit> edits =
        method_edits(witnesses_.at(method.key), method_text(method.slice.file), diagnostics_);
    refuse_edited_text(method.slice, edits);
    decided_.add_all(method.slice, edits);
    drop_notes(text, method.slice.begin, edits);
    Piece piece;
    piece.kind = Piece::Kind::kFunction;
    piece.file = heading(method.slice.file);
    piece.name = plan_.functions.at(method.key);
    const unsigned begin = doc_begin(text, method.slice.begin);
    piece.line = line_of({method.slice.file, begin, begin});
    std::string body = render(text, begin, method.slice.end, edits);
    const unsigned indent = column(text, method.slice.begin);
    if (begin != method.slice.begin) body = std::string(llvm::StringRef(body).ltrim(' '));
    piece.text = without_unused_self(squeeze_blank_lines(dedent(body, indent)));
    piece.edited = true;
    const unsigned brace = text.find('{', method.parameters_close);
    llvm::StringRef head = llvm::StringRef(text).slice(method.slice.begin, brace).rtrim();
    head.consume_back("try");
    const unsigned head_end = method.slice.begin + static_cast<unsigned>(head.rtrim().size());
    piece.prototype = dedent(render(text, method.slice.begin, head_end, edits), indent) + ";";
    for (const Parameter& parameter : method.parameters)  // a prototype has them
      if (parameter.default_range.end)
        edits.push_back({parameter.default_range.begin, parameter.default_range.end, ""});
    body = render(text, begin, method.slice.end, edits);
    if (begin != method.slice.begin) body = std::string(llvm::StringRef(body).ltrim(' '));
    piece.text_behind_prototype = without_unused_self(squeeze_blank_lines(dedent(body, indent)));
    if (std::count(plan_.dropped.begin(), plan_.dropped.end(), method.instance))
      piece.comment = class_comment(method.class_name);
    for (const std::string& callee : method.callees)
      if (const auto found = plan_.functions.find(callee); found != plan_.functions.end())
        piece.needs.push_back(found->second);
    pieces_.push_back(std::move(piece));
  }

  /// `int decode_run(Decode& self)` that never says self takes `Decode&`; so does, with an element
  /// of an array, `int layers_forward(Decode& self, Layer& layer)`.
  std::string without_unused_self(std::string text) const {
    const std::string self = registry_.service.name + "& self";
    const size_t at = text.find(self);
    if (at == std::string::npos) return text;
    static const llvm::Regex kElement("^, (const )?[A-Za-z0-9_:<>, ]*& ([a-z0-9_]+)[,)]");
    llvm::SmallVector<llvm::StringRef, 3> match;
    const size_t behind = at + self.size();
    const std::string rest = text.substr(behind);
    if (kElement.match(rest, &match) && is_element_name(match[2]))
      if (const size_t end = match[2].end() - rest.data(); !says(match[2], rest.substr(end)))
        text.erase(behind + end - match[2].size() - 1, match[2].size() + 1);
    return says("self", rest) ? text : text.erase(behind - 5, 5);
  }

  bool is_element_name(llvm::StringRef name) const {
    return std::any_of(registry_.artifacts.begin(), registry_.artifacts.end(), [&](const auto& a) {
      return !a.container.empty() && name.contains(snake_case(a.class_name));
    });
  }

  static bool says(llvm::StringRef word, const std::string& text) {
    return !identifiers(text, 0, text.size(), word).empty();
  }

  void emit_main() {
    Piece piece;
    piece.kind = Piece::Kind::kMain;
    piece.file = "main";
    piece.name = "main";
    const std::string object = snake_case(registry_.service.name);
    const std::string function = plan_.functions.at(crop_.entry);
    const bool arguments = !registry_.run.parameters.empty();
    const std::string service = registry_.service.name;
    const std::string declaration =
        std::string("static ") +
        (registry_.has_world && !registry_.has_messages ? "thread_local " : "") + service + " " +
        object + ";" + (plan_.world_is_state ? "\n" + object + ".world = world;" : "");
    Registry kept = registry_;
    std::erase_if(kept.artifacts, [&](const Registered& artifact) {
      return std::count(plan_.dropped.begin(), plan_.dropped.end(), artifact.name) > 0;
    });
    piece.text = main_text(request_, kept, service, declaration, function,
                           arguments ? object + ", " : object, ".owned",
                           owners_text(registry_, crop_, plan_, object));
    piece.needs = {function};
    piece.edited = true;
    pieces_.push_back(std::move(piece));
  }

  const Request& request_;
  const SourceTree& sources_;
  const Registry& registry_;
  const BoundSource& bound_;
  const Preprocessed& preprocessed_;
  const Crop& crop_;
  const Plan& plan_;
  Diagnostics& diagnostics_;
  const PreprocessorEdits decided_;
  std::map<std::string, const Method*> by_key_;
  std::map<std::string, std::vector<const Method*>> witnesses_;
  std::set<std::string> opened_;                          // whose members are all public
  std::map<std::string, size_t> order_;                   // of the files
  std::map<std::string, std::vector<Edit>> gone_;         // by file
  std::map<std::string, std::vector<FileRange>> unseen_;  // by file
  std::vector<Piece> pieces_;
};

}  // namespace

Result<std::vector<Piece>> rewrite(const Request& request, const SourceTree& sources,
                                   const Registry& registry, const BoundSource& bound,
                                   const Program& program, const Crop& crop, const Plan& plan) {
  Result<std::vector<Piece>> result;
  Rewriter rewriter(request, sources, registry, bound, program, crop, plan, result.diagnostics);
  result.value = rewriter.run();
  return result;
}

}  // namespace combiner
