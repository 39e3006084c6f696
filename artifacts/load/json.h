// A small JSON reader (RFC 8259) that says where a document is wrong.
#pragma once

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A JSON value.
struct Json {
  enum class Kind { kNull, kBoolean, kNumber, kString, kArray, kObject };
  Kind kind = Kind::kNull;
  bool boolean = false;
  double number = 0;
  std::string string;
  std::vector<std::string> keys;  // of an object: keys[i] names items[i]
  std::vector<Json> items;        // of an array or an object

  /// The member of an object; null if there is none.
  const Json& operator[](const std::string& key) const {
    static const Json kNone;
    const auto found = std::find(keys.begin(), keys.end(), key);
    return found == keys.end() ? kNone : items[static_cast<size_t>(found - keys.begin())];
  }
};

/// Throws std::runtime_error; `where` is what it calls the value: "config.json: hidden_size".
[[noreturn]] inline void refuse_json(const Json& value, const std::string& where,
                                     const std::string& expected) {
  static const char* const kNames[] = {"nothing", "a boolean", "", "", "an array", "an object"};
  std::ostringstream found;
  found << kNames[static_cast<int>(value.kind)];
  if (value.kind == Json::Kind::kString) found << '"' << value.string << '"';
  if (value.kind == Json::Kind::kNumber) found << value.number;
  throw std::runtime_error(where + ": expected " + expected + ", found " + found.str());
}

/// These return the value as what it has to be, or throw as refuse_json does.
inline const std::string& json_string(const Json& value, const std::string& where) {
  if (value.kind != Json::Kind::kString) refuse_json(value, where, "a string");
  return value.string;
}

inline const Json& json_array(const Json& value, const std::string& where) {
  if (value.kind != Json::Kind::kArray) refuse_json(value, where, "an array");
  return value;
}

inline const Json& json_object(const Json& value, const std::string& where) {
  if (value.kind != Json::Kind::kObject) refuse_json(value, where, "an object");
  return value;
}

inline int64_t json_integer(const Json& value, const std::string& where, int64_t least,
                            int64_t most) {
  const double number = value.kind == Json::Kind::kNumber ? value.number : NAN;
  if (!(number >= double(least) && number <= double(most)) || number != std::floor(number)) {
    refuse_json(value, where,
                "an integer from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return static_cast<int64_t>(number);
}

/// Appends the bytes of a code point.
inline void append_utf8(std::string& text, uint32_t code_point) {
  const int more = code_point < 0x80 ? 0 : code_point < 0x800 ? 1 : code_point < 0x10000 ? 2 : 3;
  const uint32_t lead = more == 0 ? 0 : 0xf80 >> more & 0xff;  // as many ones as there are bytes
  text += static_cast<char>(lead | code_point >> 6 * more);
  for (int i = more - 1; i >= 0; --i) text += static_cast<char>(0x80 | (code_point >> 6 * i & 63));
}

/// Reads one document, by recursive descent.
class JsonReader {
 public:
  /// `name` is what an error calls the document: name:line:column.
  JsonReader(std::string text, std::string name) : text_(std::move(text)), name_(std::move(name)) {}

  Json read() {
    Json value = read_value(0);
    skip_space();
    if (at_ < text_.size()) fail("expected the end of the document");
    return value;
  }

 private:
  static constexpr int kDepthMost = 64;  // far above any real file, far below the stack's end

  [[noreturn]] void fail(const std::string& what) const {
    const std::string before = text_.substr(0, at_);
    const size_t column = before.size() - (before.rfind('\n') + 1) + 1;  // npos + 1 is 0
    throw std::runtime_error(name_ + ":" +
                             std::to_string(std::count(before.begin(), before.end(), '\n') + 1) +
                             ":" + std::to_string(column) + ": " + what);
  }

  bool next_is(std::string_view any) const {
    return at_ < text_.size() && any.find(text_[at_]) != std::string_view::npos;
  }

  void skip_space() {
    while (next_is(" \t\r\n")) ++at_;
  }

  bool take(std::string_view word) {
    skip_space();
    if (text_.compare(at_, word.size(), word.data(), word.size()) != 0) return false;
    at_ += word.size();
    return true;
  }

  Json read_value(int depth) {
    if (depth > kDepthMost) fail("nested too deep");
    skip_space();
    Json value;
    if (next_is("{[")) {
      value = read_items(depth);
    } else if (next_is("\"")) {
      value.kind = Json::Kind::kString;
      value.string = read_string();
    } else if (next_is("-0123456789")) {
      value.kind = Json::Kind::kNumber;
      const size_t start = at_;
      while (next_is("+-.eE0123456789")) ++at_;
      const char* end = text_.data() + at_;
      const auto [stopped, error] = std::from_chars(text_.data() + start, end, value.number);
      if (error != std::errc() || stopped != end) fail("not a number");
    } else if (take("true")) {
      value.kind = Json::Kind::kBoolean;
      value.boolean = true;
    } else if (take("false")) {
      value.kind = Json::Kind::kBoolean;
    } else if (!take("null")) {
      fail("expected a value");
    }
    return value;
  }

  /// The members of an object or the elements of an array.
  Json read_items(int depth) {
    Json value;
    const bool object = text_[at_++] == '{';
    value.kind = object ? Json::Kind::kObject : Json::Kind::kArray;
    const std::string close = object ? "}" : "]";
    if (take(close)) return value;
    do {
      skip_space();
      if (object) value.keys.push_back(read_string());
      if (object && !take(":")) fail("expected ':'");
      value.items.push_back(read_value(depth + 1));
    } while (take(","));
    if (!take(close)) fail("expected ',' or '" + close + "'");
    return value;
  }

  std::string read_string() {
    if (!next_is("\"")) fail("expected a string");
    std::string string;
    for (++at_; !next_is("\""); ++at_) {
      if (at_ >= text_.size()) fail("the document ends within a string");
      if (static_cast<unsigned char>(text_[at_]) < 0x20) fail("a control character in a string");
      if (text_[at_] != '\\') {
        string += text_[at_];
        continue;
      }
      ++at_;
      constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
      if (next_is(kEscapes)) {
        string += kMeanings[kEscapes.find(text_[at_])];
      } else if (next_is("u")) {
        append_utf8(string, read_code_point());
      } else {
        fail("an unknown escape in a string");
      }
    }
    ++at_;
    return string;
  }

  /// From the u of an escape to its last digit; above U+FFFF there are two escapes.
  uint32_t read_code_point() {
    const uint32_t high = read_hexadecimal();
    if (high < 0xd800 || high > 0xdfff) return high;
    if (text_.compare(at_ + 1, 2, "\\u") != 0) fail("half of a surrogate pair");
    at_ += 2;
    const uint32_t low = read_hexadecimal();
    if (high > 0xdbff || low < 0xdc00 || low > 0xdfff) fail("half of a surrogate pair");
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
  }

  uint32_t read_hexadecimal() {
    uint32_t value = 0;
    const std::string digits = text_.substr(at_ + 1, 4);
    const char* end = digits.data() + digits.size();
    if (digits.size() < 4 || std::from_chars(digits.data(), end, value, 16).ptr != end) {
      fail("expected four hexadecimal digits");
    }
    at_ += 4;
    return value;
  }

  std::string text_;
  std::string name_;
  size_t at_ = 0;  // at most text_.size()
};

/// The document in a file.
inline Json read_json(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error(path + ": cannot be opened");
  std::ostringstream text;
  text << file.rdbuf();
  return JsonReader(text.str(), path).read();
}
