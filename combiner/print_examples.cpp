#include "combiner/print_examples.h"

#include <algorithm>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

using llvm::StringRef;

constexpr const char* kArray = "Parameter::kArray";
constexpr const char* kCount = "Parameter::kCount";
constexpr const char* kText = "Parameter::kText";

/// "a(1; 2); b" at `;` → "a(1; 2)", "b": outside of quotes and parentheses.
std::vector<StringRef> parts_of(StringRef text, char separator) {
  std::vector<StringRef> out;
  size_t begin = 0, depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') quoted = !quoted;
    if (quoted) continue;
    depth += text[i] == '(';
    depth -= text[i] == ')' && depth > 0;
    if (text[i] != separator || depth > 0) continue;
    out.push_back(text.slice(begin, i).trim());
    begin = i + 1;
  }
  out.push_back(text.substr(begin).trim());
  return out;
}

std::vector<StringRef> words_of(StringRef text) {
  llvm::SmallVector<StringRef> out;
  llvm::SplitString(text, out);
  return {out.begin(), out.end()};
}

bool is_number(StringRef word) {
  double value;
  return word.find_first_not_of("0123456789+-.e") == StringRef::npos && !word.getAsDouble(value);
}

constexpr size_t kMostChannels = 4;  // of a head of the reference cache

/// `3,4`, `0.5,1`
bool is_vector(StringRef word) {
  llvm::SmallVector<StringRef> numbers;
  word.split(numbers, ',');
  return llvm::all_of(numbers, is_number);
}

bool is_whole(StringRef word) {
  long value;
  return !word.getAsInteger(10, value);
}

/// `0..3`, `17`
bool is_run(StringRef word) {
  const auto [first, last] = word.split("..");
  unsigned low, high;
  if (first.getAsInteger(10, low)) return false;
  return word == first || (!last.getAsInteger(10, high) && low <= high);
}

std::string quoted(StringRef text) { return "\"" + text.str() + "\""; }

std::string listed(const std::vector<StringRef>& words) {
  return "{" + llvm::join(words, ", ") + "}";
}

/// One example.
class Print {
 public:
  Print(const ArtifactFacts& facts, const std::vector<CallableMethod>& methods, bool has_rounds,
        const ExampleAnnotation& example)
      : facts_(facts), methods_(methods), has_rounds_(has_rounds), example_(example) {}

  /// The statement, without its `;`; or problem() says why there is none.
  std::string run() {
    std::string out = "Example(kDescription" + fields() + ")";
    for (const StringRef part : parts_of(example_.given, ';'))
      if (problem_.empty()) out += action(part);
    for (const StringRef part : parts_of(StringRef(example_.expected).rtrim("."), ';'))
      if (problem_.empty()) out += expectation(part);
    return out;
  }

  const std::string& problem() const { return problem_; }

 private:
  std::string refuse(const std::string& problem) {
    if (problem_.empty()) problem_ = problem;
    return "";
  }

  const FieldFacts* field(StringRef name) const {
    const auto found =
        llvm::find_if(facts_.fields, [&](const FieldFacts& one) { return one.name == name; });
    return found == facts_.fields.end() ? nullptr : &*found;
  }

  /// As C++ says it: 3, 0.5, true, Order::kOldest.
  std::string value(StringRef word, const ValueType& type, const std::string& what) {
    for (const std::string& enumerator : type.enumerators)
      if (word == enumerator || StringRef(enumerator).ends_with("::" + word.str()))
        return "static_cast<double>(" + enumerator + ")";
    if (word == "true" || word == "false") return word == "true" ? "1" : "0";
    if (!is_number(word)) return refuse("'" + word.str() + "', for " + what + ", is no number");
    if (type.kind == ValueKind::kInteger && !is_whole(word))
      return refuse("'" + word.str() + "', for " + what + ", is no whole number");
    return word.str();
  }

  std::string fields() {
    std::vector<std::string> out;
    for (const auto& [name, said] : example_.fields) {
      const FieldFacts* one = field(name);
      const ValueKind kind = one->type.kind;
      if (kind != ValueKind::kBool && kind != ValueKind::kInteger && kind != ValueKind::kReal &&
          kind != ValueKind::kEnum)
        return refuse("no test can set " + name + ", which is a " + one->type.spelled);
      out.push_back("{" + quoted(name) + ", " + value(said, one->type, name) + "}");
    }
    return out.empty() ? "" : ", {" + llvm::join(out, ", ") + "}";
  }

  // ---- what is done -------------------------------------------------------------------------

  std::string action(StringRef part) {
    const StringRef name = part.take_while([](char c) { return llvm::isAlnum(c) || c == '_'; });
    const StringRef behind = part.drop_front(name.size()).ltrim();
    if (name.empty()) return refuse("nothing is given");
    return behind.starts_with("(") ? call(name, behind) : rounds(part);
  }

  std::string call(StringRef name, StringRef behind) {
    if (!behind.consume_front("(") || !behind.consume_back(")"))
      return refuse("the '(' behind '" + name.str() + "' is not closed");
    std::vector<StringRef> given = parts_of(behind, ',');
    if (behind.trim().empty()) given.clear();
    const CallableMethod* method = find(name, given.size());
    if (!method) return "";
    std::vector<std::string> arguments = {quoted(method->name)};
    for (size_t i = 0, next = 0; i < method->call.parameters.size(); ++i)
      if (method->call.parameters[i].form != kCount)
        arguments.push_back(argument(*method, i, given[next++]));
    called_ = method;
    return ".call(" + llvm::join(arguments, ", ") + ")";
  }

  /// How many of a method's arguments an example gives: sizes of arrays go without saying.
  static size_t wanted(const CallableMethod& method) {
    return llvm::count_if(method.call.parameters,
                          [](const DescribedCall::Parameter& one) { return one.form != kCount; });
  }

  const CallableMethod* find(StringRef name, size_t count) {
    std::vector<std::string> known;
    const CallableMethod* other = nullptr;
    for (const CallableMethod& one : methods_) {
      known.push_back(one.facts->name);
      if (one.facts->name != name) continue;
      if (wanted(one) == count) return &one;
      other = &one;
    }
    if (other) {
      refuse("'" + name.str() + "' wants " + std::to_string(wanted(*other)) + " arguments, not " +
             std::to_string(count) + "; arguments stand between commas, elements between blanks");
      return nullptr;
    }
    const std::vector<std::string> near = nearest(name.str(), known);
    const bool is_own = llvm::any_of(
        facts_.methods, [&](const MethodFacts& method) { return method.name == name; });
    refuse("no test can call '" + name.str() + "'" +
           (is_own && !known.empty() ? "; of this kind, they call " + llvm::join(known, ", ")
            : near.empty()           ? ""
                                     : "; did you mean '" + near[0] + "'?"));
    return nullptr;
  }

  std::string argument(const CallableMethod& method, size_t i, StringRef given) {
    const DescribedCall::Parameter& parameter = method.call.parameters[i];
    if (parameter.form == kText) {
      if (given.size() < 2 || !given.starts_with("\"") || !given.ends_with("\""))
        return refuse(parameter.name + " is a text: write \"" + given.str() + "\"");
      return given.str();
    }
    const ValueType& type = method.facts->parameters[i].type;
    if (parameter.form != kArray) return value(given, type, parameter.name);
    std::vector<std::string> elements;
    for (const StringRef word : words_of(given))
      elements.push_back(value(word, {"", ValueKind::kReal}, parameter.name));
    return "Array{" + llvm::join(elements, ", ") + "}";
  }

  /// What a cache is given: `3 1 4`, or with more channels than the first `3,4 0,1 2,2`.
  std::vector<StringRef> channels(StringRef name, const std::vector<StringRef>& tokens) {
    std::vector<StringRef> out;
    for (const StringRef token : tokens) {
      llvm::SmallVector<StringRef> numbers;
      token.split(numbers, ',');
      out.insert(out.end(), numbers.begin(), numbers.end());
      if (token.count(',') != tokens[0].count(',') || token.count(',') >= kMostChannels)
        refuse(name.str() + " have as many channels for each token, " +
               std::to_string(kMostChannels) + " at most: `3,4 0,1`");
    }
    return out;
  }

  /// `rows 10 4`, `scores 0 0 9 5`, `rows 3 1 scores 0 0 9 5`, `rows 3 keys 3,4 0,1 2,2`.
  std::string rounds(StringRef part) {
    std::vector<StringRef> rows;
    std::vector<std::string> told;
    size_t elements = 0;
    const std::vector<StringRef> words = words_of(part);
    for (size_t i = 0; i < words.size() && problem_.empty();) {
      const StringRef name = words[i++];
      std::vector<StringRef> numbers;
      const bool is_of_rows =
          (name == "keys" || name == "values") && !llvm::is_contained(arrays(), name);
      for (; i < words.size() && (is_number(words[i]) || (is_of_rows && is_vector(words[i]))); ++i)
        numbers.push_back(words[i]);
      if (numbers.empty()) return refuse("no number stands behind '" + name.str() + "'");
      if (name == "rows") {
        rows = numbers;
        continue;
      }
      elements = std::max(elements, numbers.size());
      const std::string array = is_of_rows ? name.str() : array_called(name);
      if (is_of_rows) numbers = channels(name, numbers);
      told.push_back("{" + quoted(array) + ", " + listed(numbers) + "}");
    }
    if (!has_rounds_ && problem_.empty())
      return refuse("nothing can be given rows: a test gives them to a kv_cache, which " +
                    facts_.name + " does not reach");
    if (!llvm::all_of(rows, [](StringRef word) { return is_run(word) && !word.contains(".."); }))
      return refuse("rows are whole numbers");
    const std::string count = std::to_string(elements);
    if (rows.empty()) rows = {count};
    long sum = 0;
    for (const StringRef word : rows) sum += std::stol(word.str());
    if (!told.empty() && sum != static_cast<long>(elements))
      return refuse("there are " + std::to_string(sum) + " rows, and " + count +
                    " numbers that tell of them");
    return ".rows(" + listed(rows) + (told.empty() ? "" : ", {" + llvm::join(told, ", ") + "}") +
           ")";
  }

  /// The arrays that hooks are given.
  std::vector<std::string> arrays() const {
    std::vector<std::string> out;
    for (const CallableMethod& one : methods_)
      for (const DescribedCall::Parameter& parameter : one.call.parameters)
        if (one.facts->is_hook() && parameter.form == kArray) out.push_back(parameter.name);
    return out;
  }

  /// One of them: by its name, or any word when there is but one.
  std::string array_called(StringRef name) {
    const std::vector<std::string> known = arrays();
    if (llvm::is_contained(known, name)) return name.str();
    if (known.size() == 1 && nearest(name.str(), {"rows"}).empty()) return known[0];
    return refuse("'" + name.str() + "' is neither rows, keys, values nor an array of a hook's" +
                  (known.empty() ? "" : ": " + llvm::join(known, ", ")));
  }

  // ---- what comes out -----------------------------------------------------------------------

  std::string expectation(StringRef part) {
    std::vector<StringRef> words = words_of(part);
    if (words.empty()) return refuse("nothing is expected");
    if (part == "refuses") return ".refuses()";
    std::string layer;
    if (words.size() > 2 && words[0] == "layer" && is_run(words[1]) && words[2] == "keeps") {
      layer = ", " + words[1].str();
      words.erase(words.begin(), words.begin() + 2);
    }
    if (words[0] == "keeps") {
      const std::vector<StringRef> kept(words.begin() + 1, words.end());
      if (!has_rounds_) return refuse("nothing is kept: " + facts_.name + " reaches no kv_cache");
      if (!llvm::all_of(kept, is_run))
        return refuse("tokens that are kept are whole numbers, as in `keeps 0..3 17`");
      return ".keeps(" + quoted(llvm::join(kept, " ")) + layer + ")";
    }
    if (const FieldFacts* one = words.size() == 2 ? field(words[0]) : nullptr)
      return ".shows(" + quoted(one->name) + ", " + seen(words[1], one->type) + ")";
    return result(part);
  }

  /// A value as testing/describe.h shows it.
  std::string seen(StringRef word, const ValueType& type) {
    const std::string out = value(word, type, "what comes out");
    return StringRef(out).starts_with("static_cast") ? "shown(" + out + ")" : quoted(out);
  }

  std::string result(StringRef part) {
    if (!called_)
      return refuse("'" + part.str() + "' does not say what is kept, or of which field");
    const MethodFacts& method = *called_->facts;
    const bool writes = llvm::any_of(method.parameters, [](const ParameterFacts& one) {
      return one.type.kind == ValueKind::kPointer && one.type.is_written;
    });
    if (method.result.kind == ValueKind::kNothing && !writes)
      return refuse("'" + method.name + "' returns nothing that '" + part.str() + "' could be");
    if (part == "nothing") return ".returns(\"nothing\")";
    if (part.size() > 1 && part.starts_with("\"") && part.ends_with("\""))
      return ".returns(" + part.str() + ")";
    std::vector<std::string> numbers;
    const std::vector<StringRef> words = words_of(part);
    if (words.size() == 1) return ".returns(" + seen(words[0], method.result) + ")";
    for (const StringRef word : words)
      numbers.push_back(value(word, {"", ValueKind::kReal}, "what comes out"));
    return ".returns(" + quoted(llvm::join(numbers, " ")) + ")";
  }

  const ArtifactFacts& facts_;
  const std::vector<CallableMethod>& methods_;
  const bool has_rounds_;
  const ExampleAnnotation& example_;
  const CallableMethod* called_ = nullptr;  // last
  std::string problem_;
};

}  // namespace

PrintedExamples print_examples(const ArtifactFacts& facts,
                               const std::vector<CallableMethod>& methods, bool has_rounds) {
  PrintedExamples out;
  std::vector<ExampleAnnotation> examples = facts.said.examples;
  for (const FieldFacts& field : facts.fields) llvm::append_range(examples, field.said.examples);
  for (const MethodFacts& method : facts.methods)
    llvm::append_range(examples, method.said.examples);
  std::map<unsigned, int> lines;  // bases stand in other files
  for (const ExampleAnnotation& example : examples) {
    Print print(facts, methods, has_rounds, example);
    const std::string statement = print.run();
    if (!print.problem().empty()) {
      out.diagnostics.push_back(
          diagnose(DiagnosticName::unclear_example, example.at, print.problem()));
      continue;
    }
    const int same = ++lines[example.line];
    const std::string name =
        "line_" + std::to_string(example.line) + (same == 1 ? "" : "_" + std::to_string(same));
    out.text += "\nTEST(" + facts.name + "_example, " + name + ") {\n" + statement + ";\n}\n";
    ++out.count;
  }
  return out;
}

}  // namespace combiner
