#include "tests/fuzz/mutate.h"

#include <algorithm>
#include <cctype>

#include "llvm/ADT/StringRef.h"

namespace fuzz {
namespace {

struct Span {
  size_t begin, end;
};

constexpr size_t kTextMax = 20'000;  // what grows beyond is slow to parse, and not more surprising

size_t below(size_t count, Random& random) { return count == 0 ? 0 : random() % count; }

template <class T>
const T& one_of(const std::vector<T>& of, Random& random) {
  return of[below(of.size(), random)];
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

/// The end of the comment, literal, word or sign at `i`.
size_t token_end(const std::string& text, size_t i) {
  const llvm::StringRef rest = llvm::StringRef(text).substr(i);
  auto behind = [&](size_t at, size_t size) { return std::min(text.size(), at + size); };
  if (rest.starts_with("//")) return std::min(text.find('\n', i), text.size());
  if (rest.starts_with("/*")) return behind(std::min(text.find("*/", i + 2), text.size()), 2);
  if (rest[0] == '"' || rest[0] == '\'') {
    size_t end = i + 1;
    while (end < text.size() && text[end] != rest[0] && text[end] != '\n')
      end += text[end] == '\\' ? 2 : 1;
    return behind(end, 1);
  }
  size_t end = i;
  while (end < text.size() && is_word(text[end])) ++end;
  if (end > i) return end;
  for (const char* sign : {"...", "<<=", ">>=", "<=>", "->", "::", "&&", "||",
                           "==", "!=", "<=", ">=", "++", "--", "+=", "-=", "##", "[[", "]]"})
    if (rest.starts_with(sign)) return i + llvm::StringRef(sign).size();
  return i + 1;
}

std::vector<Span> tokens_of(const std::string& text) {
  std::vector<Span> out;
  for (size_t i = 0; i < text.size();) {
    if (std::isspace(static_cast<unsigned char>(text[i]))) {
      ++i;
      continue;
    }
    const size_t end = token_end(text, i);
    out.push_back({i, end});
    i = end;
  }
  return out;
}

std::vector<Span> words_of(const std::string& text) {
  std::vector<Span> out;
  for (const Span& token : tokens_of(text))
    if (is_word(text[token.begin]) && !std::isdigit(static_cast<unsigned char>(text[token.begin])))
      out.push_back(token);
  return out;
}

std::vector<Span> lines_of(const std::string& text) {
  std::vector<Span> out;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    out.push_back({begin, end});
    begin = end;
  }
  return out;
}

/// What stands between brackets, with them.
std::vector<Span> groups_of(const std::string& text) {
  std::vector<Span> out;
  std::vector<size_t> open;
  for (const Span& token : tokens_of(text)) {
    const char c = text[token.begin];
    if (c == '{' || c == '(' || c == '[') open.push_back(token.begin);
    if ((c == '}' || c == ')' || c == ']') && !open.empty()) {
      out.push_back({open.back(), token.end});
      open.pop_back();
    }
  }
  return out;
}

/// Declarations and statements: from behind one to its `;`, or to the brace that ends its body.
std::vector<Span> declarations_of(const std::string& text) {
  std::vector<Span> out;
  std::vector<size_t> begin = {0};
  for (const Span& token : tokens_of(text)) {
    const char c = text[token.begin];
    if (token.begin < begin.back()) continue;  // inside of a directive
    if (c == '{') {
      begin.push_back(token.end);
    } else if (c == ';') {
      out.push_back({begin.back(), token.end});
      begin.back() = token.end;
    } else if (c == '}' && begin.size() > 1) {
      begin.pop_back();
      out.push_back({begin.back(), token.end});
      begin.back() = token.end;
    } else if (c == '#') {
      begin.back() = std::min(text.find('\n', token.end), text.size() - 1) + 1;
    }
  }
  return out;
}

std::string cut(const std::string& text, Span span) {
  return text.substr(span.begin, span.end - span.begin);
}

void replace(std::string& text, Span span, const std::string& by) {
  text.replace(span.begin, span.end - span.begin, by);
}

const std::vector<std::string> kWords = {"self",
                                         "self.",
                                         "self.hooks.",
                                         "self.world.size()",
                                         "self.world.rank()",
                                         "self.device",
                                         "this auto& self",
                                         "this const auto& self",
                                         "this auto self",
                                         "this auto&& self",
                                         "auto&",
                                         "auto",
                                         "const",
                                         "static",
                                         "constexpr",
                                         "inline",
                                         "virtual",
                                         "mutable",
                                         "explicit",
                                         "friend",
                                         "template <class T>",
                                         "template <int N>",
                                         "template <class... T>",
                                         "typename",
                                         "operator",
                                         "operator()",
                                         "operator=",
                                         "int",
                                         "bool",
                                         "float",
                                         "double",
                                         "long",
                                         "char",
                                         "void",
                                         "unsigned",
                                         "int*",
                                         "const char*",
                                         "int&",
                                         "struct",
                                         "class",
                                         "enum",
                                         "union",
                                         "using",
                                         "typedef",
                                         "namespace",
                                         "public:",
                                         "private:",
                                         "protected:",
                                         ": coop::Artifact",
                                         ": coop::Service",
                                         "coop::Owned<",
                                         "coop::Sharded<",
                                         "if",
                                         "else",
                                         "if constexpr",
                                         "for",
                                         "while",
                                         "do",
                                         "switch",
                                         "case 1:",
                                         "default:",
                                         "return",
                                         "break",
                                         "continue",
                                         "goto",
                                         "try",
                                         "catch (...)",
                                         "throw",
                                         "new",
                                         "delete",
                                         "sizeof",
                                         "decltype",
                                         "noexcept",
                                         "requires",
                                         "requires { self.x; }",
                                         "co_return",
                                         "static_assert",
                                         "[&]",
                                         "[=]",
                                         "[self]",
                                         "[&self]",
                                         "[]",
                                         "()",
                                         "{}",
                                         "<",
                                         ">",
                                         "(",
                                         ")",
                                         "{",
                                         "}",
                                         "[",
                                         "]",
                                         ";",
                                         ",",
                                         ":",
                                         "::",
                                         "?",
                                         "=",
                                         "==",
                                         "+",
                                         "-",
                                         "*",
                                         "&",
                                         "&&",
                                         "||",
                                         "!",
                                         "~",
                                         "...",
                                         ".",
                                         "->",
                                         "++",
                                         "<=>",
                                         "#",
                                         "##",
                                         "\\\n",
                                         "0",
                                         "1",
                                         "-1",
                                         "1.5f",
                                         "\"text\"",
                                         "'c'",
                                         "R\"(raw)\"",
                                         "//",
                                         "/* c */",
                                         "/*",
                                         "nullptr",
                                         "true",
                                         "alignas(8)",
                                         "[[nodiscard]]",
                                         "[[maybe_unused]]",
                                         "__COUNTER__",
                                         "__LINE__",
                                         "__func__",
                                         "_Pragma(\"omp\")",
                                         "extern \"C\"",
                                         "thread_local",
                                         "volatile",
                                         "main",
                                         "run",
                                         "int argc, char** argv",
                                         "<%",
                                         "?"
                                         "?/"};

const std::vector<std::string> kLines = {
    "#if 0\n",
    "#if 1\n",
    "#if COOP_CUDA\n",
    "#if COOP_CPU\n",
    "#ifdef __GNUC__\n",
    "#if defined(__CUDA_ARCH__)\n",
    "#else\n",
    "#elif 1\n",
    "#endif\n",
    "#pragma once\n",
    "#define self that\n",
    "#define M(x) x\n",
    "#define S(x) #x\n",
    "#define int long\n",
    "#undef M\n",
    "#pragma omp parallel for\n",
    "#pragma pack(1)\n",
    "#include <cstdio>\n",
    "#include <utility>\n",
    "#include <coop/artifact.h>\n",
    "#line 7 \"other.h\"\n",
    "#error no\n",
    "#warning yes\n",
    "#include \"service.h\"\n",
    "using namespace std;\n",
    "namespace n {\n",
    "}\n",
    "};\n",
    "struct Late : coop::Artifact { int late(this auto& self) { return 1; } };\n",
    "int helper(auto& x) { return x.value(); }\n",
    "static int counter = 0;\n",
    "inline constexpr int kN = 3;\n",
    "template <class T> concept C = true;\n"};

// ---- Changes: false when there is nothing to change
// ----------------------------------------------

bool change_tokens(std::string& text, Random& random) {
  const auto tokens = tokens_of(text);
  if (tokens.empty()) return false;
  const Span at = one_of(tokens, random), to = one_of(tokens, random);
  switch (below(6, random)) {
    case 0:
      replace(text, at, "");
      break;
    case 1:
      text.insert(at.end, " " + cut(text, at));
      break;
    case 2:
      replace(text, at, cut(text, to));
      break;
    case 3:
      replace(text, at, one_of(kWords, random));
      break;
    default:
      text.insert(at.begin, one_of(kWords, random) + " ");
  }
  return true;
}

bool change_a_name(Input& input, std::string& text, Random& random) {
  const auto words = words_of(text);
  if (words.empty()) return false;
  const Span at = one_of(words, random);
  const std::string from = cut(text, at);
  const std::string to = below(3, random) == 0 ? "fresh" : cut(text, one_of(words, random));
  if (below(2, random) == 0) {  // here alone
    replace(text, at, to);
    return true;
  }
  for (File& file : input) {
    const auto all = words_of(file.text);
    for (auto word = all.rbegin(); word != all.rend(); ++word)
      if (cut(file.text, *word) == from) replace(file.text, *word, to);
  }
  return true;
}

bool change_a_part(std::string& text, const std::string& other, Random& random) {
  const bool whole = below(3, random) != 0;
  const auto parts = whole ? declarations_of(text) : groups_of(text);
  const auto others = whole ? declarations_of(other) : groups_of(other);
  if (parts.empty()) return false;
  const Span at = one_of(parts, random), to = one_of(parts, random);
  const std::string part = cut(text, at);
  switch (below(5, random)) {
    case 0:
      replace(text, at, "");
      break;
    case 1:
      text.insert(at.end, part);
      break;
    case 2:
      text.insert(to.end, part);
      break;
    case 3:
      replace(text, at, cut(text, to));
      break;
    default:
      if (others.empty()) return false;
      text.insert(at.end, cut(other, one_of(others, random)));
  }
  return true;
}

bool wrap_a_part(std::string& text, Random& random) {
  const auto parts = declarations_of(text);
  if (parts.empty()) return false;
  static const std::vector<std::pair<std::string, std::string>> kAround = {
      {"\nnamespace n {\n", "\n}\n"},
      {"\nnamespace {\n", "\n}\n"},
      {"\ninline namespace v1 {\n", "\n}\n"},
      {"\n#if COOP_SINGLE_GPU\n", "\n#endif\n"},
      {"\n#if COOP_NODE\n", "\n#else\n#endif\n"},
      {"\n#ifdef __clang__\n", "\n#endif\n"},
      {"\ntemplate <class T>\n", ""},
      {"\nextern \"C\" {\n", "\n}\n"},
      {"\n{", "}\n"},
      {" [&] { ", " }();"},
      {"\nif constexpr (true) {", "}\n"},
      {"\nif (self.world.rank() == 0) {", "}\n"},
      {"\nfor (int k = 0; k < self.world.size(); ++k) {", "}\n"},
      {"\nstruct Wrapped {", "};\n"},
      {"/*", "*/"}};
  const Span at = one_of(parts, random);
  const std::string part = cut(text, at);
  if (part.size() > 1 && below(6, random) == 0) {  // a macro that expands to it
    std::string one_line = part;
    std::replace(one_line.begin(), one_line.end(), '\n', ' ');
    replace(text, at, "\n#define WRAPPED " + one_line + "\nWRAPPED\n");
    return true;
  }
  const auto& [before, behind] = one_of(kAround, random);
  replace(text, at, before + part + behind);
  return true;
}

bool change_lines(std::string& text, Random& random) {
  const auto lines = lines_of(text);
  if (lines.empty()) return false;
  const Span at = one_of(lines, random), to = one_of(lines, random);
  switch (below(4, random)) {
    case 0:
      replace(text, at, "");
      break;
    case 1:
      text.insert(to.begin, cut(text, at));
      break;
    case 2:
      text.insert(at.begin, one_of(kLines, random));
      break;
    default:
      text.insert(std::max(at.end, to.end), "#endif\n");
      text.insert(std::min(at.begin, to.begin), kLines[below(7, random)]);
  }
  return true;
}

bool change_bytes(std::string& text, Random& random) {
  const size_t at = below(text.size() + 1, random);
  switch (below(7, random)) {
    case 0:
      text.insert(at, 1, static_cast<char>(random()));
      break;
    case 1:
      text.insert(at, "\\\n");
      break;
    case 2:
      text.resize(at);
      break;
    case 3:
      text.insert(at, 1, '\0');
      break;
    case 4:
      text.insert(0, "\xef\xbb\xbf");
      break;
    case 5:
      for (size_t i = 0; (i = text.find('\n', i)) != std::string::npos; i += 2)
        text.insert(i, "\r");
      break;
    default:
      if (at < text.size()) text.erase(at, 1);
  }
  return true;
}

bool change_files(Input& input, const Input& other, Random& random) {
  const size_t at = below(input.size(), random);
  switch (below(5, random)) {
    case 0: {
      File more = one_of(other, random);
      more.path = "other_" + more.path;
      input[at].text = "#include \"" + more.path + "\"\n" + input[at].text;
      input.push_back(std::move(more));
      break;
    }
    case 1:
      input[at].text = "#include \"" + one_of(input, random).path + "\"\n" + input[at].text;
      break;
    case 2:
      if (input.size() < 2) return false;
      input.erase(input.begin() + at);
      break;
    case 3:
      input[at].path = "artifacts/" + input[at].path;
      break;
    default:
      input[at].text += one_of(other, random).text;
  }
  return true;
}

bool change(Input& input, const Input& other, Random& random) {
  std::string& text = input[below(input.size(), random)].text;
  switch (below(16, random)) {
    case 0:
      return change_bytes(text, random);
    case 1:
      return change_files(input, other, random);
    case 2:
    case 3:
      return change_lines(text, random);
    case 4:
    case 5:
    case 6:
      return wrap_a_part(text, random);
    case 7:
    case 8:
    case 9:
      return change_a_name(input, text, random);
    case 10:
    case 11:
    case 12:
      return change_a_part(text, one_of(other, random).text, random);
    default:
      return change_tokens(text, random);
  }
}

}  // namespace

Input mutate(Input input, const Input& other, Random& random) {
  const size_t count = below(2, random) ? 1 : 1 + below(4, random);
  for (size_t done = 0, tried = 0; done < count && tried < 20; ++tried)
    done += change(input, other, random);
  for (File& file : input)
    if (file.text.size() > kTextMax) file.text.resize(kTextMax);
  return input;
}

}  // namespace fuzz
