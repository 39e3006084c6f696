// A file's text → its words and directives, read without a preprocessor: what no branch of an #if
// can hide.
#pragma once

#include <string>
#include <vector>

namespace combiner {

/// A token. Comments are words too; white space is not.
struct Word {
  enum class Kind { kIdentifier, kLiteral, kPunctuation, kComment };
  unsigned begin, end;
  Kind kind;
  bool starts_line;
  bool in_directive;
  bool is_member;  // stands behind `.` or `->`
};

/// A line that begins with #, with the lines that continue it.
struct Directive {
  enum class Kind { kInclude, kIf, kElif, kElse, kEndif, kDefine, kUndef, kPragma, kOther };
  Kind kind;
  unsigned begin, end;           // from the beginning of its line to behind its newline
  unsigned hash;                 // offset of the #
  std::string keyword;           // e.g. ifndef
  std::string name;              // kDefine, kUndef: the macro; kPragma: the first word, e.g. once
  size_t first_word, last_word;  // in SourceText::words, behind the keyword: [first, last)
};

struct SourceText {
  std::string path;
  std::string text;
  std::vector<Word> words;
  std::vector<Directive> directives;

  std::string spelling(const Word& word) const {
    return text.substr(word.begin, word.end - word.begin);
  }
  /// Index of the first word that begins at or behind `offset`.
  size_t word_at(unsigned offset) const;
  /// Index of the directive in whose lines `offset` lies, or -1.
  int directive_at(unsigned offset) const;
};

SourceText read_source_text(std::string path, std::string text);

/// X of `#ifndef X` and `#if !defined(X)`; empty: it asks for something else.
std::string macro_not_defined(const SourceText& text, const Directive& directive);

/// The macro of the #ifndef that holds a whole header; empty: none does.
std::string include_guard(const SourceText& text);

}  // namespace combiner
