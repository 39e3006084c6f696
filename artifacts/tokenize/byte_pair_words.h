// How text is cut into words before byte pairs are merged: no token crosses a word.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

enum class CharacterKind { kLetter, kNumber, kSpace, kOther };

/// A character of a text, or a byte of it that is not UTF-8.
struct Character {
  size_t begin = 0;  // bytes from the beginning of the text
  uint32_t code_point = 0;
  CharacterKind kind = CharacterKind::kOther;
};

/// Unicode's categories L and N, and White_Space. Exact for ASCII and Latin-1; beyond, whole blocks
/// are taken as what most of their characters are, which is wrong for 4 % of Unicode's characters,
/// mostly vowel signs of Indic scripts and rare symbols. A wrong guess may cut a text into other
/// tokens than the model was trained on; the text itself is never changed.
inline CharacterKind character_kind(uint32_t code_point) {
  struct Range {
    uint32_t first;
    uint32_t last;
    CharacterKind kind;
  };
  constexpr CharacterKind kNumber = CharacterKind::kNumber, kSpace = CharacterKind::kSpace;
  constexpr CharacterKind kLetter = CharacterKind::kLetter, kOther = CharacterKind::kOther;
  static constexpr Range kRanges[] = {
      // the first that holds the character; otherwise a letter
      {0x09, 0x0d, kSpace},        {0x20, 0x20, kSpace},       {0x30, 0x39, kNumber},
      {0x41, 0x5a, kLetter},       {0x61, 0x7a, kLetter},      {0x85, 0x85, kSpace},
      {0xa0, 0xa0, kSpace},        {0xaa, 0xaa, kLetter},      {0xb2, 0xb3, kNumber},
      {0xb5, 0xb5, kLetter},       {0xb9, 0xb9, kNumber},      {0xba, 0xba, kLetter},
      {0xbc, 0xbe, kNumber},       {0x00, 0xbf, kOther},       {0xd7, 0xd7, kOther},
      {0xf7, 0xf7, kOther},        {0x2c2, 0x2c5, kOther},     {0x2d2, 0x2df, kOther},
      {0x300, 0x36f, kOther},      {0x483, 0x489, kOther},     {0x591, 0x5cf, kOther},
      {0x600, 0x61f, kOther},      {0x64b, 0x65f, kOther},     {0x660, 0x669, kNumber},
      {0x66a, 0x66d, kOther},      {0x6d4, 0x6d4, kOther},     {0x6f0, 0x6f9, kNumber},
      {0x93a, 0x94f, kOther},      {0x964, 0x965, kOther},     {0x966, 0x96f, kNumber},
      {0xe31, 0xe31, kOther},      {0xe34, 0xe3f, kOther},     {0xe47, 0xe4f, kOther},
      {0xe50, 0xe59, kNumber},     {0x1680, 0x1680, kSpace},   {0x2000, 0x200a, kSpace},
      {0x2028, 0x2029, kSpace},    {0x202f, 0x202f, kSpace},   {0x205f, 0x205f, kSpace},
      {0x2010, 0x206f, kOther},    {0x200b, 0x200f, kOther},   {0x2071, 0x2071, kLetter},
      {0x207f, 0x207f, kLetter},   {0x2070, 0x2079, kNumber},  {0x2080, 0x2089, kNumber},
      {0x2090, 0x209c, kLetter},   {0x2150, 0x2189, kNumber},  {0x2460, 0x249b, kNumber},
      {0x24ea, 0x24ff, kNumber},   {0x2776, 0x2793, kNumber},  {0x207a, 0x2bff, kOther},
      {0x2e00, 0x2fff, kOther},    {0x3000, 0x3000, kSpace},   {0x3005, 0x3006, kLetter},
      {0x3007, 0x3007, kNumber},   {0x3021, 0x3029, kNumber},  {0x3001, 0x3030, kOther},
      {0x3200, 0x33ff, kOther},    {0xd800, 0xf8ff, kOther},   {0xfe00, 0xfe6f, kOther},
      {0xfeff, 0xfeff, kOther},    {0xff10, 0xff19, kNumber},  {0xff21, 0xff3a, kLetter},
      {0xff41, 0xff5a, kLetter},   {0xff01, 0xff65, kOther},   {0xffe0, 0xffff, kOther},
      {0x1d7ce, 0x1d7ff, kNumber}, {0x1f000, 0x1fbff, kOther}, {0xe0000, 0x10ffff, kOther},
  };
  for (const Range& range : kRanges) {
    if (code_point >= range.first && code_point <= range.last) return range.kind;
  }
  return kLetter;
}

/// The characters of a text, and one after its end.
inline std::vector<Character> split_characters(const std::string& text) {
  std::vector<Character> characters;
  for (size_t begin = 0; begin < text.size();) {
    const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[begin + i]); };
    const size_t size = byte(0) < 0x80 ? 1 : byte(0) < 0xe0 ? 2 : byte(0) < 0xf0 ? 3 : 4;
    bool valid = size == 1 || (byte(0) >= 0xc2 && byte(0) <= 0xf4 && begin + size <= text.size());
    uint32_t code_point = size == 1 ? byte(0) : byte(0) & (0x7f >> size);
    for (size_t i = 1; valid && i < size; ++i) {
      valid = (byte(i) & 0xc0) == 0x80;
      code_point = code_point << 6 | (byte(i) & 0x3f);
    }
    if (!valid) code_point = 0xfffd;
    characters.push_back({begin, code_point, character_kind(code_point)});
    begin += valid ? size : 1;
  }
  characters.push_back({text.size(), 0, CharacterKind::kOther});
  return characters;
}

/// Which expression cuts the words.
struct WordPattern {
  enum class Family { kWhole, kGpt2, kLlama3 };
  Family family = Family::kWhole;  // kWhole: none, the text is one word
  size_t digits = SIZE_MAX;        // kLlama3: a word has at most so many of them
  bool single_digits = false;      // before all else, every digit is cut out
};

/// Where the word that begins at `from` ends; `count` characters are to be cut. Does by hand what
/// these expressions do (the first is GPT-2's, the second Llama 3's; Qwen's has \p{N} there):
///   's|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+
///   (?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}|
///       ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+
inline size_t word_end(const std::vector<Character>& characters, size_t from, size_t count,
                       const WordPattern& pattern) {
  const bool llama3 = pattern.family == WordPattern::Family::kLlama3;
  const auto is = [&](size_t i, CharacterKind kind) {
    return i < count && characters[i].kind == kind;
  };
  const auto is_code = [&](size_t i, uint32_t code) {
    return i < count && characters[i].code_point == code;
  };
  const auto is_newline = [&](size_t i) { return is_code(i, '\n') || is_code(i, '\r'); };
  const auto skip = [&](size_t i, CharacterKind kind) {
    while (is(i, kind)) ++i;
    return i;
  };
  if (is_code(from, '\'')) {
    for (const char* ending : {"s", "t", "re", "ve", "m", "ll", "d"}) {
      size_t i = from + 1;
      const char* letter = ending;
      const auto upper = [&] { return static_cast<uint32_t>(*letter - 'a' + 'A'); };
      for (; *letter != '\0'; ++letter, ++i) {
        if (!is_code(i, static_cast<uint32_t>(*letter)) && !(llama3 && is_code(i, upper()))) break;
      }
      if (*letter == '\0') return i;
    }
  }
  const size_t after_space = is_code(from, ' ') ? from + 1 : from;
  if (llama3) {
    const bool lead = !is_newline(from) && !is(from, CharacterKind::kNumber);
    const size_t letters = is(from, CharacterKind::kLetter) || !lead ? from : from + 1;
    if (is(letters, CharacterKind::kLetter)) return skip(letters, CharacterKind::kLetter);
    if (is(from, CharacterKind::kNumber)) {
      const size_t end = skip(from, CharacterKind::kNumber);
      return end - from > pattern.digits ? from + pattern.digits : end;
    }
    if (is(after_space, CharacterKind::kOther)) {
      size_t end = skip(after_space, CharacterKind::kOther);
      while (is_newline(end)) ++end;
      return end;
    }
  } else if (after_space < count && !is(after_space, CharacterKind::kSpace)) {
    return skip(after_space, characters[after_space].kind);
  }
  const size_t end = skip(from, CharacterKind::kSpace);
  for (size_t i = end; llama3 && i > from; --i) {
    if (is_newline(i - 1)) return i;
  }
  // The last of several spaces goes with the word that follows.
  return end < count && end - from > 1 ? end - 1 : end;
}

/// Cuts a text into its words.
inline std::vector<std::string> split_words(const std::string& text, const WordPattern& pattern) {
  if (pattern.family == WordPattern::Family::kWhole && !pattern.single_digits) return {text};
  const std::vector<Character> characters = split_characters(text);
  const auto is_number = [&](size_t i) { return characters[i].kind == CharacterKind::kNumber; };
  std::vector<std::string> words;
  const size_t count = characters.size() - 1;
  for (size_t from = 0, part = 0, end = 0; from < count; from = end) {
    // What the expression may look at ends where a digit is cut out.
    if (from == part) {
      do ++part;
      while (part < count && !(pattern.single_digits && (is_number(from) || is_number(part))));
    }
    end = pattern.family == WordPattern::Family::kWhole ? part
                                                        : word_end(characters, from, part, pattern);
    words.push_back(
        text.substr(characters[from].begin, characters[end].begin - characters[from].begin));
  }
  return words;
}
