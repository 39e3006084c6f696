#include "combiner/annotations.h"

#include <algorithm>
#include <array>

#include "combiner/outline.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

using llvm::StringRef;

/// What a comment can be about.
enum class Subject { kField, kMethod, kStruct };

constexpr std::array<const char*, 5> kKeys = {"example", "except", "counts", "ties", "law"};

bool is_word(char c) { return llvm::isAlnum(c) || c == '_'; }

StringRef leading_word(StringRef text) { return text.take_while(is_word); }

StringRef leading_number(StringRef text) {
  StringRef rest = text;
  const auto digits = [&] {
    const StringRef all = rest.take_while(llvm::isDigit);
    rest = rest.drop_front(all.size());
    return !all.empty();
  };
  rest.consume_front("-");
  if (!digits()) return "";
  if (rest.size() > 1 && rest[0] == '.' && llvm::isDigit(rest[1])) {
    rest = rest.drop_front();
    digits();
  }
  return text.drop_back(rest.size());
}

double number(StringRef text) {
  double out = 0.0;
  (void)text.getAsDouble(out);
  return out;
}

std::vector<StringRef> split_list(StringRef text) {
  std::vector<StringRef> out;
  for (; !text.trim().empty(); text = text.split(',').second)
    out.push_back(text.split(',').first.trim());
  return out;
}

/// A slip of the pen, and not another word: `low:` is no `law:`.
bool is_slip(StringRef word, StringRef key) {
  const std::string lower = word.lower();
  const auto sorted = [](std::string letters) {
    std::sort(letters.begin(), letters.end());
    return letters;
  };
  if (lower == key || lower + "s" == key || lower == key.str() + "s") return true;
  if (sorted(lower) == sorted(key.str())) return true;
  return key.size() > 4 && lower[0] == key[0] && StringRef(lower).edit_distance(key) == 1;
}

/// The word in front of a colon, when it is one of kKeys.
std::optional<StringRef> key_of(StringRef line) {
  const StringRef word = leading_word(line.ltrim());
  if (!line.ltrim().drop_front(word.size()).starts_with(":")) return std::nullopt;
  if (std::find(kKeys.begin(), kKeys.end(), word) == kKeys.end()) return std::nullopt;
  return word;
}

size_t indentation(StringRef line) { return line.size() - line.ltrim().size(); }

/// How many lines a key's text has; a line without a key stands for itself.
size_t lines_of_one(const std::vector<DocLine>& lines, size_t first) {
  size_t count = 1;
  if (!key_of(lines[first].text)) return count;
  while (first + count < lines.size() &&
         indentation(lines[first + count].text) > indentation(lines[first].text))
    ++count;
  return count;
}

/// Reads one comment.
class Reader {
 public:
  Reader(const SourceFile& file, const std::vector<std::string>& fields, Diagnostics& diagnostics)
      : file_(file), fields_(fields), diagnostics_(diagnostics) {}

  Annotations read(const FileRange& declaration, unsigned doc_end, Subject subject,
                   const Member* member) {
    Annotations out;
    const std::vector<DocLine> lines = doc_lines(file_.text, declaration.begin, doc_end);
    std::string parameter;  // whose line this is
    for (size_t i = 0; i < lines.size();) {
      const size_t count = lines_of_one(lines, i);
      // One text, in which offsets are those of the file: what parts the lines becomes blanks.
      text_.assign(file_.text, lines[i].begin, end_of(lines[i + count - 1]) - lines[i].begin);
      begin_ = lines[i].begin;
      blank_slashes(lines, i, count);
      if (member && subject == Subject::kMethod)
        parameter = parameter_of(lines[i].text, *member, parameter);
      if (!read_key(text_, subject, out)) read_field_keys_and_ranges(subject, parameter, out);
      i += count;
    }
    return out;
  }

 private:
  static unsigned end_of(const DocLine& line) {
    return line.begin + static_cast<unsigned>(line.text.size());
  }

  void blank_slashes(const std::vector<DocLine>& lines, size_t first, size_t count) {
    for (size_t i = first + 1; i < first + count; ++i)
      for (unsigned at = end_of(lines[i - 1]); at < lines[i].begin; ++at) text_[at - begin_] = ' ';
  }

  FileRange range_of(StringRef part) const {
    const unsigned at = begin_ + static_cast<unsigned>(part.data() - text_.data());
    return {file_.path, at, at + static_cast<unsigned>(part.size())};
  }

  /// A parameter's line begins with its name and two blanks; others that are further in continue
  /// it.
  static std::string parameter_of(StringRef line, const Member& method, const std::string& before) {
    const auto [word, help] = line.ltrim().split(' ');
    for (const Member& parameter : method.parameters)
      if (parameter.name == word.rtrim(':') && help.starts_with(" ")) return parameter.name;
    return line.starts_with("    ") ? before : "";
  }

  void malformed(StringRef part, const std::string& message, const std::string& mend = "") {
    Diagnostic found = diagnose(DiagnosticName::malformed_annotation, range_of(part), message);
    if (!mend.empty())
      found.notes.push_back(
          {"did you mean '" + mend + "'?", range_of(part), Fix{range_of(part), mend}});
    diagnostics_.push_back(std::move(found));
  }

  void misspelled(StringRef word, StringRef key) {
    Diagnostic found =
        diagnose(DiagnosticName::misspelled_annotation, range_of(word), word.str(), key.str());
    found.notes.push_back(
        {"write '" + key.str() + "'", range_of(word), Fix{range_of(word), key.str()}});
    diagnostics_.push_back(std::move(found));
  }

  bool belongs(StringRef key, bool allowed, const char* subject) {
    if (!allowed)
      diagnostics_.push_back(diagnose(DiagnosticName::misplaced_annotation, range_of(key),
                                      key.str(), std::string(subject)));
    return allowed;
  }

  static const char* name_of(Subject subject) {
    return subject == Subject::kField    ? "a field"
           : subject == Subject::kMethod ? "a method"
                                         : "a struct";
  }

  /// Reads `key: text` at the beginning of `part`. False when there is none.
  bool read_key(StringRef part, Subject subject, Annotations& out) {
    part = part.trim();
    const StringRef word = leading_word(part);
    if (!part.drop_front(word.size()).starts_with(":")) return false;
    if (!key_of(part)) {
      for (const char* key : kKeys)
        if (is_slip(word, key)) misspelled(word, key);
      return false;
    }
    if (!belongs(word, (word == "counts") == (subject == Subject::kField), name_of(subject)))
      return true;
    const StringRef said = part.drop_front(word.size() + 1).trim();
    if (said.empty())
      malformed(word, "nothing stands behind '" + word.str() + ":'");
    else if (word == "example")
      read_example(part, said, out);
    else if (word == "except")
      read_except(part, said, out);
    else if (word == "law")
      read_law(part, said, out);
    else if (word == "ties")
      read_ties(part, said, out);
    else
      read_counts(part, said, out);
    return true;
  }

  void read_field_keys_and_ranges(Subject subject, const std::string& parameter, Annotations& out) {
    StringRef rest = text_;
    if (subject == Subject::kField)
      for (StringRef part = rest.split(';').second; !part.empty(); part = part.split(';').second)
        read_key(part.split(';').first, subject, out);
    for (; !rest.empty(); rest = rest.drop_front()) {
      if (rest.data() != text_.data() && is_word(rest.data()[-1])) continue;
      const StringRef word = leading_word(rest);
      if (word.empty()) continue;
      if (rest.data() != text_.data() && key_of(rest)) warn_of_a_key_inside(word);
      StringRef behind = rest.drop_front(word.size());
      behind.consume_front(":");
      if (!behind.starts_with(" ")) continue;
      behind = behind.ltrim();
      const StringRef value = behind.take_until(llvm::isSpace);
      if (word.equals_insensitive("range") && looks_like_range(value))
        read_range(rest.take_front(value.end() - rest.begin()), value, subject, parameter, out);
      else if (value.contains("..") && looks_like_range(value) && is_slip(word, "range"))
        misspelled(word, "range");
    }
  }

  /// What formatters do to comments: `/// The oldest goes. ties: older`. Within a sentence it is
  /// prose.
  void warn_of_a_key_inside(StringRef key) {
    const StringRef before = StringRef(text_).take_front(key.data() - text_.data()).rtrim();
    if (before.empty() || !StringRef(".!?)").contains(before.back())) return;
    diagnostics_.push_back(
        diagnose(DiagnosticName::annotation_inside_a_line, range_of(key), key.str()));
  }

  /// `range of slots` and `range [from, to)` are prose.
  static bool looks_like_range(StringRef value) {
    return !leading_number(value).empty() || value.contains("..");
  }

  void read_range(StringRef all, StringRef value, Subject subject, const std::string& parameter,
                  Annotations& out) {
    const bool allowed = subject == Subject::kField || !parameter.empty();
    if (!belongs(all.take_front(5), allowed, name_of(subject))) return;
    StringRef rest = value;
    RangeAnnotation range;
    range.lowest = leading_number(rest).str();
    rest = rest.drop_front(range.lowest.size());
    const bool dots = rest.consume_front("..");
    if (dots) range.highest = leading_number(rest).str();
    rest = rest.drop_front(range.highest.size());
    const bool ends = rest.find_first_not_of(".,;:)!") == StringRef::npos;
    if (!dots || !ends || (range.lowest.empty() && range.highest.empty()))
      return malformed(value, "'" + value.rtrim(",;:)!").str() + "' is no range",
                       likely_range(value));
    if (!range.lowest.empty() && !range.highest.empty() &&
        number(range.lowest) > number(range.highest))
      return malformed(value, "a range goes from the lowest to the highest",
                       range.highest + ".." + range.lowest);
    range.at = range_of(all.drop_back(rest.size()));
    const bool first =
        subject == Subject::kField ? !out.range : out.parameters.emplace(parameter, range).second;
    if (!first) return said_twice(all.take_front(5));
    if (subject == Subject::kField) out.range = range;
  }

  /// `1-4096`, `1...4096`, `1,4096`: two numbers with something between them.
  static std::string likely_range(StringRef value) {
    const StringRef first = leading_number(value);
    StringRef rest = value.drop_front(first.size());
    if (first.empty()) return "";
    const size_t between = rest.find_first_of("0123456789");
    if (between == 0 || between == StringRef::npos) return "";
    const bool minus = between > 1 && rest[between - 1] == '-';
    rest = rest.drop_front(minus ? between - 1 : between);
    const StringRef second = leading_number(rest);
    return number(first) <= number(second) ? first.str() + ".." + second.str() : "";
  }

  void said_twice(StringRef word) { malformed(word, "'" + word.str() + "' is said twice"); }

  void read_example(StringRef part, StringRef said, Annotations& out) {
    ExampleAnnotation example;
    if (said.consume_front("{")) {
      const size_t close = said.find('}');
      if (close == StringRef::npos) return malformed(part, "the '{' of this example is not closed");
      for (StringRef setting : split_list(said.take_front(close)))
        if (!read_setting(setting, example)) return;
      said = said.drop_front(close + 1).trim();
    }
    const auto [given, expected] = said.split("->");
    if (expected.trim().empty())
      return malformed(part, "an example says what comes out: `given -> expected`");
    example.given = given.trim().str();
    example.expected = expected.trim().str();
    example.at = range_of(part);
    example.line = region_of(example.at, file_.text).line;
    out.examples.push_back(example);
  }

  bool read_setting(StringRef setting, ExampleAnnotation& example) {
    const StringRef name = leading_word(setting);
    const StringRef value = setting.drop_front(name.size()).trim(" \t=");
    if (name.empty() || value.empty()) {
      malformed(setting, "'" + setting.str() + "' is not a field and its value");
      return false;
    }
    if (std::find(fields_.begin(), fields_.end(), name) == fields_.end()) {
      const std::vector<std::string> near = nearest(name.str(), fields_);
      malformed(name, "there is no field '" + name.str() + "' that a test could set",
                near.size() == 1 ? near[0] : "");
      return false;
    }
    example.fields.emplace_back(name.str(), value.str());
    return true;
  }

  void read_except(StringRef part, StringRef said, Annotations& out) {
    ExceptAnnotation except;
    except.law = leading_word(said).str();
    StringRef rest = said.drop_front(except.law.size()).trim();
    if (except.law.empty() || (!rest.empty() && !rest.starts_with("(")))
      return malformed(said, "'except:' names one law, and why, or its fields, in parentheses");
    if (rest.consume_front("(")) {
      if (!rest.rtrim(".").ends_with(")"))
        return malformed(said, "the '(' of this exception is not closed");
      rest = rest.rtrim(".").drop_back().trim();
      for (StringRef field : split_list(rest)) except.fields.push_back(field.str());
      const bool of_members = except.law == "answer_matters" || except.law == "method_matters";
      const bool all_fields =
          std::all_of(except.fields.begin(), except.fields.end(), [&](const std::string& field) {
            return std::find(fields_.begin(), fields_.end(), field) != fields_.end() ||
                   (of_members && leading_word(field) == field);
          });
      if (!all_fields) {
        except.fields.clear();
        except.reason = rest.str();
      }
    }
    except.at = range_of(part);
    out.exceptions.push_back(except);
  }

  void read_law(StringRef part, StringRef said, Annotations& out) {
    if (leading_word(said) != said.rtrim("."))
      return malformed(said, "'law:' names one law, as in `law: recency`");
    out.laws.push_back({leading_word(said).str(), range_of(part)});
  }

  void read_ties(StringRef part, StringRef said, Annotations& out) {
    const std::vector<std::string> sides = {"older", "newer", "lower", "higher"};
    const std::string side = said.rtrim(".").str();
    if (std::find(sides.begin(), sides.end(), side) == sides.end()) {
      const std::vector<std::string> near = nearest(side, sides);
      return malformed(said, "'" + side + "' is not who wins a tie: older, newer, lower or higher",
                       near.size() == 1 ? near[0] : "");
    }
    if (out.ties) return said_twice(leading_word(part));
    out.ties = WordAnnotation{side, range_of(part)};
  }

  void read_counts(StringRef part, StringRef said, Annotations& out) {
    if (out.counts) return said_twice(leading_word(part));
    out.counts = WordAnnotation{said.rtrim(".").str(), range_of(part)};
  }

  const SourceFile& file_;
  const std::vector<std::string>& fields_;
  Diagnostics& diagnostics_;
  std::string text_;    // of the annotation, its slashes blanked
  unsigned begin_ = 0;  // of text_ in the file
};

/// A default that a test may not try is a slip in one of the two.
void check_default(const Member& field, const Annotations& said, Diagnostics& diagnostics) {
  const StringRef text = StringRef(field.initializer).trim("{} ");
  const StringRef value = leading_number(text);
  if (!said.range || value.empty() || !text.drop_front(value.size()).trim("fFuUlL").empty()) return;
  const auto& [lowest, highest, at] = *said.range;
  const bool inside = (lowest.empty() || number(lowest) <= number(value)) &&
                      (highest.empty() || number(value) <= number(highest));
  if (!inside)
    diagnostics.push_back(
        diagnose(DiagnosticName::default_out_of_range, at, text.str(), field.name));
}

}  // namespace

Result<ArtifactAnnotations> read_annotations(const SourceFile& file, const StructOutline& artifact,
                                             const std::vector<std::string>& fields) {
  Result<ArtifactAnnotations> out{ArtifactAnnotations{}, {}};
  Reader reader(file, fields, out.diagnostics);
  const size_t open = file.text.find('{', artifact.name_range.end);
  const auto behind = static_cast<unsigned>(std::min(open, file.text.size() - 1) + 1);
  out.value->artifact = reader.read(artifact.range, behind, Subject::kStruct, nullptr);
  for (const Member& member : artifact.members) {
    Annotations said;
    if (!member.is_other) {
      const Subject subject = member.is_function ? Subject::kMethod : Subject::kField;
      said = reader.read(member.range, member.range.end, subject, &member);
      check_default(member, said, out.diagnostics);
    }
    out.value->members.push_back(std::move(said));
  }
  std::sort(out.diagnostics.begin(), out.diagnostics.end());  // `int a, b;` share their comment
  out.diagnostics.erase(std::unique(out.diagnostics.begin(), out.diagnostics.end()),
                        out.diagnostics.end());
  return out;
}

std::vector<Edit> drop_notes_to_tests(const std::string& text, unsigned begin) {
  std::vector<Edit> out;
  const std::vector<DocLine> lines = doc_lines(text, begin, begin);
  const auto drop = [&](const DocLine& line) {
    const auto start = static_cast<unsigned>(text.rfind('\n', line.begin - 1) + 1);
    out.push_back(whole_line(text, start, static_cast<unsigned>(text.find('\n', line.begin))));
  };
  size_t kept = 0;  // lines at the beginning, up to the last that says something to readers
  for (size_t i = 0, count = 1; i < lines.size(); i += count) {
    count = lines_of_one(lines, i);
    if (!key_of(lines[i].text) && !lines[i].text.empty()) kept = i + 1;
  }
  for (size_t i = 0, count = 1; i < lines.size(); i += count) {
    count = lines_of_one(lines, i);
    const bool parts_notes = lines[i].text.empty() && i >= kept;
    if (!key_of(lines[i].text) && !parts_notes) continue;
    for (size_t each = i; each < i + count; ++each) drop(lines[each]);
  }
  return out;
}

}  // namespace combiner
