#include "combiner/flatten/evaluate_condition.h"

#include <algorithm>
#include <set>

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

using Value = std::optional<long long>;

constexpr size_t kMostWords = 4096;  // a macro that expands for ever is not read

/// Recursive descent over the words, with macros spliced in as they are met.
class Reader {
 public:
  Reader(std::vector<std::string> words, const MacroLookup& lookup)
      : words_(std::move(words)), lookup_(lookup) {}

  Value read() {
    const Value value = choice();
    return at_ == words_.size() && !failed_ ? value : std::nullopt;
  }

 private:
  bool next_is(llvm::StringRef word) const { return at_ < words_.size() && words_[at_] == word; }
  bool accept(llvm::StringRef word) {
    if (!next_is(word)) return false;
    ++at_;
    return true;
  }

  Value choice() {
    const Value condition = binary(0);
    if (!accept("?")) return condition;
    const Value yes = choice();
    if (!accept(":")) failed_ = true;
    const Value no = choice();
    if (!condition) return yes && no && *yes == *no ? yes : std::nullopt;
    return *condition ? yes : no;
  }

  static int precedence(llvm::StringRef op) {
    static const std::vector<std::set<std::string>> kLevels = {{"||"},
                                                               {"&&"},
                                                               {"|"},
                                                               {"^"},
                                                               {"&"},
                                                               {"==", "!="},
                                                               {"<", ">", "<=", ">="},
                                                               {"<<", ">>"},
                                                               {"+", "-"},
                                                               {"*", "/", "%"}};
    for (size_t level = 0; level < kLevels.size(); ++level)
      if (kLevels[level].count(op.str())) return level;
    return -1;
  }

  static llvm::StringRef in_symbols(llvm::StringRef op) {
    return op == "and" ? "&&" : op == "or" ? "||" : op == "not_eq" ? "!=" : op;
  }

  Value binary(int least) {
    Value left = unary();
    while (at_ < words_.size()) {
      const std::string op = in_symbols(words_[at_]).str();
      const int level = precedence(op);
      if (level < least || level < 0) return left;
      ++at_;
      const Value right = binary(level + 1);
      left = apply(op, left, right);
    }
    return left;
  }

  /// One side may decide what the other leaves open.
  static Value apply(llvm::StringRef op, Value a, Value b) {
    if (op == "&&") {
      if ((a && !*a) || (b && !*b)) return 0;
      return a && b ? Value(1) : std::nullopt;
    }
    if (op == "||") {
      if ((a && *a) || (b && *b)) return 1;
      return a && b ? Value(0) : std::nullopt;
    }
    if (!a || !b) return std::nullopt;
    const unsigned long long x = *a, y = *b;  // overflow wraps
    if (op == "==") return *a == *b;
    if (op == "!=") return *a != *b;
    if (op == "<") return *a < *b;
    if (op == ">") return *a > *b;
    if (op == "<=") return *a <= *b;
    if (op == ">=") return *a >= *b;
    if (op == "+") return static_cast<long long>(x + y);
    if (op == "-") return static_cast<long long>(x - y);
    if (op == "*") return static_cast<long long>(x * y);
    if (op == "|") return static_cast<long long>(x | y);
    if (op == "&") return static_cast<long long>(x & y);
    if (op == "^") return static_cast<long long>(x ^ y);
    if (op == "<<" && y < 63) return static_cast<long long>(x << y);
    if (op == ">>" && y < 63) return *a >> y;
    if (y == 0 || *b == -1) return std::nullopt;
    if (op == "/") return *a / *b;
    return op == "%" ? Value(*a % *b) : std::nullopt;
  }

  Value unary() {
    if (accept("!") || accept("not")) {
      const Value value = unary();
      return value ? Value(!*value) : std::nullopt;
    }
    if (accept("-")) {
      const Value value = unary();
      return value ? Value(-*value) : std::nullopt;
    }
    if (accept("+")) return unary();
    if (accept("~")) {
      const Value value = unary();
      return value ? Value(~*value) : std::nullopt;
    }
    if (accept("(")) {
      const Value value = choice();
      if (!accept(")")) failed_ = true;
      return value;
    }
    return word();
  }

  Value word() {
    if (at_ >= words_.size() || words_.size() > kMostWords) {
      failed_ = true;
      return std::nullopt;
    }
    const std::string word = words_[at_++];
    if (llvm::isDigit(word[0])) return number(word);
    if (word == "true") return 1;
    if (word == "false") return 0;
    if (!llvm::isAlpha(word[0]) && word[0] != '_') return std::nullopt;
    if (word == "defined") return is_defined();
    const MacroKnowledge known = lookup_(word);
    const bool reads = known.defined && *known.defined && known.body && !known.body->empty();
    if (next_is("(") && (!reads || !known.is_called)) {  // __has_include(<x>)
      skip_parentheses();
      return std::nullopt;
    }
    if (!known.defined) return std::nullopt;
    if (!*known.defined) return 0;
    if (!reads || ++expansions_ > 200) return std::nullopt;  // 200: it names itself
    const std::vector<std::string> text = known.is_called ? call(known) : *known.body;
    words_.insert(words_.begin() + at_, text.begin(), text.end());
    return unary();  // reads on: the body's first operand; what follows binds as if written here
  }

  using Words = std::vector<std::string>;

  std::vector<Words> read_arguments(size_t most) {
    std::vector<Words> out(1);
    int depth = 0;
    do {
      const std::string& word = words_[at_++];
      if (word == ")") --depth;
      if (depth == 1 && word == "," && out.size() < most)
        out.emplace_back();
      else if (depth > 0)
        out.back().push_back(word);
      if (word == "(") ++depth;
    } while (depth > 0 && at_ < words_.size());
    if (depth > 0) failed_ = true;
    return out;
  }

  /// Object-like macros alone; calls are read where they come to stand.
  Words expanded(const Words& words, int depth = 0) const {
    Words out;
    for (const std::string& word : words) {
      const MacroKnowledge known = depth < 20 ? lookup_(word) : MacroKnowledge();
      if (known.defined && *known.defined && known.body && !known.is_called) {
        const Words body = expanded(*known.body, depth + 1);
        out.insert(out.end(), body.begin(), body.end());
      } else {
        out.push_back(word);
      }
    }
    return out;
  }

  /// The body with the arguments in place; `a ## b` is one word.
  Words call(const MacroKnowledge& macro) {
    const std::vector<Words> arguments = read_arguments(macro.parameters.size());
    const Words& body = *macro.body;
    Words out;
    for (size_t i = 0; i < body.size(); ++i) {
      if (body[i] == "##") continue;
      const bool pastes = i > 0 && body[i - 1] == "##";
      const bool is_pasted = pastes || (i + 1 < body.size() && body[i + 1] == "##");
      const size_t parameter =
          std::find(macro.parameters.begin(), macro.parameters.end(), body[i]) -
          macro.parameters.begin();
      Words words = {body[i]};
      if (parameter < std::min(arguments.size(), macro.parameters.size()))
        words = is_pasted ? arguments[parameter] : expanded(arguments[parameter]);
      if (pastes && !words.empty() && !out.empty()) {
        out.back() += words.front();
        words.erase(words.begin());
      }
      out.insert(out.end(), words.begin(), words.end());
    }
    return out;
  }

  Value is_defined() {
    const bool parenthesis = accept("(");
    if (at_ >= words_.size()) {
      failed_ = true;
      return std::nullopt;
    }
    const std::string name = words_[at_++];
    if (parenthesis && !accept(")")) failed_ = true;
    const std::optional<bool> defined = lookup_(name).defined;
    return defined ? Value(*defined) : std::nullopt;
  }

  void skip_parentheses() {
    int depth = 0;
    do {
      if (next_is("(")) ++depth;
      if (next_is(")")) --depth;
      ++at_;
    } while (depth > 0 && at_ < words_.size());
    if (depth > 0) failed_ = true;
  }

  static Value number(llvm::StringRef word) {
    std::string digits;
    for (char c : word)
      if (c != '\'') digits += c;
    llvm::StringRef rest = digits;
    while (!rest.empty() && std::string("uUlL").find(rest.back()) != std::string::npos)
      rest = rest.drop_back();
    unsigned long long value = 0;
    if (rest.getAsInteger(0, value)) return std::nullopt;
    return static_cast<long long>(value);
  }

  std::vector<std::string> words_;
  const MacroLookup& lookup_;
  size_t at_ = 0;
  bool failed_ = false;
  int expansions_ = 0;
};

/// What the flags decide (-mavx2), for every compiler alike, and what is of another processor.
bool is_of_the_processor(llvm::StringRef name) {
  static const std::vector<llvm::StringRef> kPrefixes = {
      "__SSE",   "__AVX",     "__BMI",     "__F16C__",    "__FMA__",   "__POPCNT__", "__PCLMUL__",
      "__AES__", "__LZCNT__", "__ARM_",    "__arm",       "__aarch64", "__thumb",    "__loongarch",
      "__riscv", "__powerpc", "__ppc",     "__ALTIVEC__", "__VSX__",   "__VEC__",    "__POWER",
      "__mips",  "__s390",    "__sparc",   "__wasm",      "__AVR",     "__hexagon",  "__EMSCRIPTEN",
      "__MINGW", "__APPLE",   "TARGET_OS_"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(),
                     [&](llvm::StringRef prefix) { return name.starts_with(prefix); });
}

}  // namespace

std::optional<bool> evaluate_condition(const std::vector<std::string>& words,
                                       const MacroLookup& lookup) {
  const Value value = Reader(words, lookup).read();
  return value ? std::optional<bool>(*value != 0) : std::nullopt;
}

std::optional<bool> platform_defines(const std::string& name, bool defined_here) {
  static const std::set<std::string> kPlatform = {
      // operating systems
      "__linux__", "__linux", "linux", "__gnu_linux__", "__unix__", "__unix", "unix", "__ELF__",
      "_WIN32", "_WIN64", "WIN32", "__WIN32__", "_WINDOWS", "WINVER", "__CYGWIN__", "__MINGW32__",
      "__MINGW64__", "__APPLE__", "__MACH__", "__ANDROID__", "ANDROID", "__EMSCRIPTEN__",
      "EMSCRIPTEN", "__FreeBSD__", "__NetBSD__", "__OpenBSD__", "__DragonFly__", "__sun", "__sun__",
      "sun", "__SVR4", "__hpux", "_AIX", "__QNX__", "__QNXNTO__", "__HAIKU__", "__Fuchsia__",
      "__ORBIS__", "__CELLOS_LV2__", "_XBOX_ONE", "__wasi__", "__sgi", "__VMS", "__OS2__",
      "__BEOS__", "__native_client__", "__SWITCH__", "__DJGPP__", "MSDOS", "__MSDOS__",
      // compilers that neither compile for this platform nor are like g++
      "_MSC_VER", "_MSC_FULL_VER", "_MSVC_LANG", "__BORLANDC__", "__TURBOC__", "__WATCOMC__",
      "__DMC__", "__SUNPRO_CC", "__SUNPRO_C", "__IBMCPP__", "__xlC__", "__HP_aCC", "__COMO__",
      "__MWERKS__", "__CODEGEARC__", "__cplusplus_cli", "__CLR_VER", "__cplusplus_winrt",
      "__ICCARM__", "__CC_ARM", "__ARMCC_VERSION", "__TI_COMPILER_VERSION__", "_MANAGED",
      // architectures
      "__x86_64__", "__x86_64", "__amd64__", "__amd64", "_M_X64", "_M_AMD64", "__i386__", "__i386",
      "i386", "_M_IX86", "_M_IX86_FP", "__aarch64__", "__arm64__", "__arm64", "_M_ARM64",
      "_M_ARM64EC", "__arm__", "__arm", "_M_ARM", "__thumb__", "__powerpc__", "__powerpc64__",
      "__powerpc", "__ppc__", "__ppc64__", "__PPC__", "__PPC64__", "__PPC", "_M_PPC", "_ARCH_PPC",
      "__s390__", "__s390x__", "__riscv", "__riscv_xlen", "__mips__", "__mips", "__mips64",
      "__loongarch__", "__loongarch64", "__sparc__", "__sparc", "__ia64__", "__ia64", "_M_IA64",
      "__alpha__", "__hppa__", "__m68k__", "__sh__", "__wasm__", "__wasm32__", "__avr__", "AVR",
      "__LP64__", "_LP64", "_ILP32", "__ILP32__", "__BIG_ENDIAN__", "__LITTLE_ENDIAN__",
      "__ARMEB__", "__THUMBEB__", "__AARCH64EB__", "__MIPSEB__", "_MIPSEB", "__ARMEL__",
      "__MIPSEL__", "_MIPSEL", "__BYTE_ORDER__", "__ORDER_LITTLE_ENDIAN__", "__ORDER_BIG_ENDIAN__",
      "__CHAR_BIT__", "__SIZEOF_POINTER__", "__SIZEOF_LONG__", "__SIZEOF_INT__",
      "__SIZEOF_SIZE_T__", "__SIZEOF_WCHAR_T__", "__SIZEOF_LONG_LONG__"};
  if (kPlatform.count(name)) return defined_here;
  const llvm::StringRef word = name;
  if (is_of_the_processor(word)) return defined_here;
  if (name == "NDEBUG") return std::nullopt;  // a choice of whoever compiles the emission
  const bool reserved =
      word.starts_with("__") || (word.size() > 1 && word[0] == '_' && llvm::isUpper(word[1]));
  return reserved || defined_here ? std::nullopt : std::optional<bool>(false);
}

}  // namespace combiner
