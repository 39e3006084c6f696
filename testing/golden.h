// What an artifact did when its author looked at it and accepted it: text beside the test, written
// by `combine test --accept` and by nothing else.
//
//   {sinks 2, window 3} rows 10 4
//     kv_cache[0..2]: 0+9 1+9 11..13
//
// Fields that are not named have their initial values, whatever these are by then.
#pragma once

#include <fstream>
#include <numeric>
#include <set>

#include "testing/example.h"

namespace coop::testing {

inline constexpr size_t kGoldenColumns = 120;

/// One scenario, and its outcome in lines.
struct Golden {
  Scenario scenario;
  bool alike = false;  // tokens are alike
  std::string text;    // the scenario, as the file says it
  std::vector<std::string> lines;
};

// ---- scenarios as text --------------------------------------------------------------------------

template <class Values, class Show>
std::string joined(const Values& values, const std::string& separator, Show show) {
  std::string out;
  for (const auto& value : values) out += (out.empty() ? "" : separator) + show(value);
  return out;
}

inline std::string joined(const std::vector<std::string>& words, const std::string& separator) {
  return joined(words, separator, [](const std::string& word) { return word; });
}

/// At `separator`, outside of quotes and parentheses; without blanks around, and empty ones.
inline std::vector<std::string> parts_of(const std::string& text, char separator) {
  std::vector<std::string> out(1);
  int depth = 0;
  bool quoted = false;
  for (const char c : text) {
    if (c == '"') quoted = !quoted;
    if (!quoted) depth += (c == '(') - (c == ')');
    if (c == separator && !quoted && depth == 0)
      out.emplace_back();
    else if (c != ' ' || quoted || !out.back().empty())
      out.back() += c;
  }
  std::erase_if(out, [](const std::string& part) { return part.empty(); });
  return out;
}

inline std::string golden_text(const Argument& argument) {
  if (argument.numbers.empty()) return '"' + argument.text + '"';
  std::string out;
  for (const double number : argument.numbers) out += (out.empty() ? "" : " ") + shown(number);
  return out;
}

template <class Subject>
std::string golden_text(const Description<Subject>& description, const Scenario& scenario,
                        bool alike) {
  std::vector<std::string> fields, parts;
  for (size_t i = 0; i < scenario.fields.size(); ++i)
    if (const auto& field = description.fields[i]; scenario.fields[i] != field.initial)
      fields.push_back(field.name + " " + shown(scenario.fields[i]));
  if (!scenario.rounds.empty()) {
    parts.push_back(alike ? "alike rows" : "rows");
    for (const int count : scenario.rounds) parts.back() += " " + std::to_string(count);
  }
  for (const Step& step : scenario.steps)
    parts.push_back(
        step.method + "(" +
        joined(step.arguments, ", ", [](const Argument& one) { return golden_text(one); }) + ")");
  return "{" + joined(fields, ", ") + "}" + (parts.empty() ? "" : " ") + joined(parts, "; ");
}

/// Reads what golden_text() wrote.
template <class Subject>
Golden golden_of(const Description<Subject>& description, const std::string& text) {
  Golden out{.text = text};
  for (const auto& field : description.fields) out.scenario.fields.push_back(field.initial);
  const size_t close = text.find('}');
  for (const std::string& said : parts_of(text.substr(1, close - 1), ',')) {
    const size_t blank = said.find(' ');
    for (size_t i = 0; i < description.fields.size(); ++i)
      if (description.fields[i].name == said.substr(0, blank))
        out.scenario.fields[i] = std::stod(said.substr(blank));
  }
  for (const std::string& part : parts_of(text.substr(close + 1), ';')) {
    const size_t open = part.find('(');
    if (open == std::string::npos) {
      out.alike = part.starts_with("alike");
      out.scenario.rounds = numbers_in(part.substr(part.find("rows") + 4));
      continue;
    }
    Step step{part.substr(0, open), {}};
    for (const std::string& one : parts_of(part.substr(open + 1, part.size() - open - 2), ',')) {
      std::istringstream words(one);
      std::vector<double> numbers;
      for (std::string word; words >> word;) numbers.push_back(std::strtod(word.c_str(), nullptr));
      step.arguments.push_back(one.starts_with('"') ? Argument(one.substr(1, one.size() - 2))
                                                    : Argument(numbers));
    }
    if (description.method(step.method)) out.scenario.steps.push_back(step);
  }
  return out;
}

// ---- outcomes as text ---------------------------------------------------------------------------

/// Numbers to six digits; `7 8 9` as `7..9`; of a long line the beginning, and sums.
inline std::string golden_line(const std::string& line) {
  std::vector<std::string> words;
  std::vector<int> run;
  double sum = 0, by_place = 0;
  size_t count = 0;
  const auto end_run = [&] {
    if (!run.empty()) words.push_back(in_runs(run));
    run.clear();
  };
  std::istringstream in(line);
  for (std::string word; in >> word;) {
    char* end = nullptr;
    const double number = std::strtod(word.c_str(), &end);
    if (*end || !std::isfinite(number)) {
      end_run();
      words.push_back(word);
      ++count;
      for (const char c : word) sum = std::fmod(sum * 31 + c, 99991);
      continue;
    }
    sum += number;
    by_place += static_cast<double>(++count % 97) * number;
    if (number == std::round(number) && std::abs(number) < 1e6) {
      run.push_back(static_cast<int>(number));
      continue;
    }
    end_run();
    std::ostringstream rounded;
    rounded.precision(6);
    rounded << number;
    words.push_back(rounded.str());
  }
  end_run();
  const std::string out = joined(words, " ");
  if (out.size() <= kGoldenColumns) return out;
  std::ostringstream digest;
  digest.precision(sum == std::round(sum) ? 15 : 6);
  digest << out.substr(0, kGoldenColumns / 2) << " ... " << count << " in all, sum " << sum
         << ", by place " << by_place;
  return digest.str();
}

/// `kv_cache[0]: 7`, `kv_cache[1]: 7` → `kv_cache[0..1]: 7`.
inline std::vector<std::string> layers_together(const std::vector<std::string>& lines) {
  std::vector<std::string> out;
  std::string last;  // without its number
  int first = 0;
  for (const std::string& line : lines) {
    const size_t open = line.find('['), close = line.find("]:");
    const bool numbered = open != std::string::npos && close != std::string::npos && open < close;
    const std::string plain = numbered ? line.substr(0, open) + line.substr(close) : "";
    if (numbered && plain == last) {
      const std::string number = line.substr(open + 1, close - open - 1);
      out.back() =
          line.substr(0, open + 1) + std::to_string(first) + ".." + number + line.substr(close);
      continue;
    }
    last = plain;
    if (numbered) first = std::stoi(line.substr(open + 1));
    out.push_back(line);
  }
  return out;
}

/// Nothing is done, and nothing was set: that outcome tells initial values.
template <class Subject>
bool is_as_born(const Description<Subject>& description, const Scenario& scenario) {
  for (size_t i = 0; i < scenario.fields.size(); ++i)
    if (scenario.fields[i] != description.fields[i].initial) return false;
  return scenario.rounds.empty() && scenario.steps.empty();
}

/// A field that nobody changed, an array that nobody wrote to.
template <class Subject>
bool stands_there_already(const Description<Subject>& description, const Scenario& scenario,
                          const std::string& line) {
  if (is_as_born(description, scenario)) return false;
  for (size_t i = 0; i < scenario.fields.size(); ++i)
    if (const std::string field = description.fields[i].name + " = ";
        line.starts_with(field) && is_about(line.substr(field.size()), shown(scenario.fields[i])))
      return true;
  for (const Step& step : scenario.steps)
    for (const Argument& argument : step.arguments)
      if (line == step.method + "() wrote " +
                      seen(std::vector<float>(argument.numbers.begin(), argument.numbers.end())))
        return true;
  return false;
}

template <class Subject>
std::vector<std::string> golden_lines(const Description<Subject>& description,
                                      const Scenario& scenario, bool alike) {
  std::optional<Alike> guard;
  if (alike) guard.emplace();
  Outcome outcome;
  try {
    outcome = play(description, scenario);
  } catch (const Broken& found) {
    return {"broken: " + golden_line(found.what)};
  }
  std::erase_if(outcome.seen, [&](const std::string& line) {
    return stands_there_already(description, scenario, line);
  });
  std::vector<std::string> out;
  for (const std::string& line : layers_together(outcome.seen)) out.push_back(golden_line(line));
  constexpr size_t kMost = 9;
  if (out.size() <= kMost) return out;
  std::string rest;
  for (size_t i = kMost; i < out.size(); ++i) rest += out[i] + " ";
  out.resize(kMost);
  out.push_back("and " + golden_line(rest));
  return out;
}

// ---- which scenarios ----------------------------------------------------------------------------

/// What of a scenario changes its outcome: one with another answer to this shows other mistakes.
template <class Subject>
std::set<std::string> features_of(const Description<Subject>& description, const Golden& golden) {
  const auto differs = [&](const Scenario& other, bool alike) {
    return golden_lines(description, other, alike) != golden.lines;
  };
  const bool is_initial = golden.text.starts_with("{}");
  std::string when;  // what few calls show, many show of an artifact that was filled
  if constexpr (requires { long_calls(description); }) {
    if (golden.scenario.steps.size() > kFewCalls) when = " at length";
    if (golden.scenario.steps.size() > kManyCalls / 2) when = " at great length";
  }
  std::set<std::string> out = {golden.alike ? "alike" : "all differ",
                               std::to_string(golden.lines.size()) + " lines"};
  for (size_t i = 0; i < description.fields.size(); ++i) {
    const auto& field = description.fields[i];
    if (field.range.low == field.range.high) continue;
    const double step = field.range.whole ? 1 : (field.range.high - field.range.low) / 8;
    std::string feature = field.name + (is_initial ? " at first" : "") + when;
    for (const double by : {-step, step}) {
      Scenario other = golden.scenario;
      other.fields[i] += by;
      const bool is_meant =
          field.range.low <= other.fields[i] && other.fields[i] <= field.range.high;
      feature += is_meant && differs(other, golden.alike) ? " yes" : " no";
    }
    out.insert(feature);
  }
  for (const auto& method : description.methods) {
    const Muted muted(method.name);
    if (differs(golden.scenario, golden.alike)) out.insert("calls " + method.name + when);
  }
  const OtherContents contents(kAll);
  if (differs(golden.scenario, golden.alike)) out.insert("contents");
  return out;
}

/// Some with initial values, some that are small, so that what they limit is reached.
template <class Subject>
void pin_fields(const Description<Subject>& description, uint64_t number, double most,
                Scenario& scenario) {
  scenario.fields.resize(description.fields.size());
  for (size_t i = 0; i < scenario.fields.size(); ++i) {
    const auto& field = description.fields[i];
    double& value = scenario.fields[i];
    if (number % 4 == 0) value = field.initial;
    if (number % 4 != 0 && field.range.whole && field.range.high > most && value > most)
      value = std::max(field.range.low, 1.0 + std::fmod(value, most));
  }
}

/// Drawn with these fields; of an artifact without a kind, calls know what is returned with them.
template <class Subject>
Scenario pinned(const Description<Subject>& description, uint64_t number) {
  const rc::Random random(kSeed + number);
  Scenario out;
  if constexpr (requires { long_calls(description); }) {
    const double most = number % 4 == 1 ? 24 : 8;
    out = long_calls(description,
                     [&](auto& drawn) {
                       pin_fields(description, number, most, drawn.scenario);
                       get_habits(number, drawn);
                     })(random, 100)
              .value();
  } else {
    out = usual(description)(random, 100).value();
    if constexpr (requires { many_key_uses(description); })  // which fill it and drive keys out
      if (number % 2 == 1) out = many_key_uses(description)(random, 100).value();
    pin_fields(description, number, 24, out);
  }
  if constexpr (!requires(Subject subject, std::vector<std::string> seen) {
                  subject.look_at_peers(seen);
                })
    out.rounds.clear();  // nobody is there to be given any
  return out;
}

/// By an eighth, where that is in the range.
template <class Subject>
void shrink_arrays(const Description<Subject>& description, Scenario& scenario) {
  for (Step& step : scenario.steps) {
    const auto& parameters = description.method(step.method)->parameters;
    for (size_t i = 0; i < parameters.size(); ++i)
      if (const Range& range = parameters[i].range;
          parameters[i].form == Parameter::kArray && !range.whole && range.low <= 0)
        for (double& number : step.arguments[i].numbers) number /= 8;
  }
}

/// Initial values; then some with rounds that just fill what the fields say, and some with numbers
/// near zero in arrays.
template <class Subject>
Golden drawn_golden(const Description<Subject>& description, uint64_t number) {
  Golden out{.scenario = pinned(description, number)};
  Scenario& scenario = out.scenario;
  if (number == 0) scenario.steps.clear(), scenario.rounds.clear();
  if (number % 5 == 4) shrink_arrays(description, scenario);
  double whole = 0;
  for (size_t i = 0; i < scenario.fields.size(); ++i)
    if (description.fields[i].range.whole) whole += std::max(0.0, scenario.fields[i]);
  if (!scenario.rounds.empty() && number % 2 == 0 && whole < 4096)
    scenario.rounds[0] =
        std::max(1, static_cast<int>(whole) + static_cast<int>(number / 2 % 5) - 1);
  out.alike = !scenario.rounds.empty() && number % 7 == 3;
  return out;
}

/// With its outcome.
template <class Subject>
Golden played(const Description<Subject>& description, Golden golden) {
  const Trying trying(golden.scenario);
  golden.text = golden_text(description, golden.scenario, golden.alike);
  golden.lines = golden_lines(description, golden.scenario, golden.alike);
  return golden;
}

/// How many are asked for features, which takes longer than a run.
inline constexpr uint64_t kWithFeatures = 240;

/// How many are drawn. Artifacts without a kind differ most in what shows their mistakes, and
/// of what keeps entries by key only a long story shows some.
template <class Subject>
constexpr uint64_t candidates_drawn(const Description<Subject>& description) {
  if constexpr (requires { long_calls(description); })
    return 2000;
  else if constexpr (requires { many_key_uses(description); })
    return 1000;
  else
    return kWithFeatures;
}

/// Some calls with initial values: up to and with the first of `method`, or as many as there may
/// be.
template <class Subject>
Scenario begun(const Description<Subject>& description, uint64_t number,
               const std::string& method = "") {
  constexpr size_t kMost = 4;
  Scenario out = pinned(description, 4 * number);
  const auto called = std::ranges::find(out.steps, method, &Step::method);
  const size_t count = called == out.steps.end() ? 0 : called - out.steps.begin() + 1;
  out.steps.resize(method.empty() ? std::min(kMost, out.steps.size()) : count);
  return out;
}

/// One setting, or the last argument given, just outside of its range; of an array one that is no
/// number.
template <class Subject>
std::vector<Scenario> beyond_ranges(const Description<Subject>& description) {
  constexpr uint64_t kOfField = 8, kOfParameter = 4;
  std::vector<Scenario> out;
  for (size_t i = 0; i < description.fields.size(); ++i)
    for (const double value :
         {description.fields[i].range.low - 1, description.fields[i].range.high + 1})
      for (uint64_t number = 0; number < kOfField; ++number) {
        out.push_back(begun(description, number));
        out.back().fields[i] = value;
      }
  for (const auto& method : description.methods)
    for (size_t i = 0; i < method.parameters.size(); ++i) {
      const auto& [name, range, form] = method.parameters[i];
      std::vector<double> values;
      if (form == Parameter::kNumber) values = {range.low - 1, range.high + 1};
      if (form == Parameter::kArray && !range.whole) values = {std::nan("")};
      for (const double value : values)
        for (uint64_t number = 0; number < kOfParameter; ++number)
          if (Scenario one = begun(description, number, method.name);
              !one.steps.empty() && !one.steps.back().arguments[i].numbers.empty()) {
            one.steps.back().arguments[i].numbers.back() = value;
            out.push_back(std::move(one));
          }
    }
  return out;
}

// ---- the file -----------------------------------------------------------------------------------

inline std::string in_file(const Golden& golden) {
  std::string out = golden.text + "\n";
  for (const std::string& line : golden.lines) out += "  " + line + "\n";
  return out;
}

/// Appends all that may be accepted, each behind its number (`@ 17`), with features that it shows
/// (`+ contents`). Outside of the ranges what is refused is meant, and all else is anybody's guess:
/// who asks runs this once more if it ends there, and it goes on with what comes next.
template <class Subject>
void write_candidates(const Description<Subject>& description, const std::string& path) {
  constexpr int kManyRows = 256, kLong = 12;  // what is longer takes longest: so many are enough
  uint64_t next = 0;
  std::ifstream before(path);
  for (std::string line; std::getline(before, line);) next += line.starts_with("@ ");
  std::ofstream out(path, std::ios::app);
  const uint64_t drawn = candidates_drawn(description);
  int long_ones = 0;
  for (; next < drawn; ++next) {
    out << "@ " << next << std::endl;
    Golden one = drawn_golden(description, next);
    const std::vector<int>& rounds = one.scenario.rounds;
    const bool is_long = std::accumulate(rounds.begin(), rounds.end(), 0) > kManyRows;
    if (is_long && ++long_ones > kLong) continue;
    one = played(description, std::move(one));
    if (one.lines.empty() || one.lines[0].starts_with("broken: ")) continue;
    out << in_file(one);
    if (next >= kWithFeatures) continue;
    for (const std::string& feature : features_of(description, one)) out << "+ " << feature << "\n";
  }
  const std::vector<Scenario> beyond = beyond_ranges(description);
  for (; next < drawn + beyond.size(); ++next) {
    out << "@ " << next << " beyond" << std::endl;
    const Golden one = played(description, {.scenario = beyond[next - drawn]});
    const auto refuses = [](const std::string& line) {
      return line.ends_with(" threw") || line == "it threw before it was used";
    };
    if (std::ranges::any_of(one.lines, refuses)) out << in_file(one);
  }
}

template <class Subject>
std::vector<Golden> read_goldens(const Description<Subject>& description, std::istream& in) {
  std::vector<Golden> out;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with("{"))
      out.push_back(golden_of(description, line));
    else if (line.starts_with("  ") && !out.empty())
      out.back().lines.push_back(line.substr(2));
  }
  return out;
}

/// `- was`, `+ is`: lines that differ.
inline std::string difference(const std::vector<std::string>& was,
                              const std::vector<std::string>& is) {
  std::string out;
  for (size_t i = 0; i < std::max(was.size(), is.size()); ++i) {
    const std::string before = i < was.size() ? was[i] : "", now = i < is.size() ? is[i] : "";
    if (is_about(now, before)) continue;
    if (i < was.size()) out += "\n  - " + before;
    if (i < is.size()) out += "\n  + " + now;
  }
  return out;
}

/// For who asks which scenarios notice a mistake: appends `x` for each that comes out otherwise
/// than the file says, `.` for each that does not. It goes on behind what was told before of
/// others.
template <class Subject>
void tell_which_differ(const Description<Subject>& description, const std::vector<Golden>& goldens,
                       const std::string& path) {
  const uint64_t enough = number_from("COOP_ENOUGH", goldens.size());
  std::string told;
  std::getline(std::ifstream(path), told);
  std::ofstream out(path, std::ios::app);
  for (size_t i = told.size(); i < goldens.size(); ++i) {
    if (std::ranges::count(told, 'x') >= static_cast<long>(enough)) return;
    const auto lines = golden_lines(description, goldens[i].scenario, goldens[i].alike);
    told += difference(goldens[i].lines, lines).empty() ? '.' : 'x';
    out << told.back() << std::flush;
  }
}

/// Every scenario of the file comes out as it says.
template <class Subject>
void outcomes_are_as_accepted(const Description<Subject>& description, const std::string& beside,
                              const std::string& name) {
  if (const char* path = std::getenv("COOP_ACCEPT")) return write_candidates(description, path);
  const char* given = std::getenv("COOP_GOLDEN");
  const std::string path = given ? given : beside.substr(0, beside.rfind('/') + 1) + name;
  std::ifstream file(path);
  const std::vector<Golden> goldens = read_goldens(description, file);
  if (const char* differing = std::getenv("COOP_DIFFERING"))
    return tell_which_differ(description, goldens, differing);
  if (goldens.empty()) return (void)(ADD_FAILURE() << "nothing is accepted in " << path);
  size_t others = 0;
  std::string smallest, told;
  for (const Golden& one : goldens) {
    const Trying trying(one.scenario);
    const auto lines = golden_lines(description, one.scenario, one.alike);
    const std::string found = difference(one.lines, lines);
    if (found.empty()) continue;
    ++others;
    if (smallest.empty() || one.text.size() < smallest.size()) smallest = one.text, told = found;
  }
  if (others > 0)
    ADD_FAILURE() << others << " of " << goldens.size() << " outcomes are not what was accepted; "
                  << "the smallest:\n  " << smallest << told
                  << "\n  intended? combine test --accept writes them again";
}

}  // namespace coop::testing

#define COOP_GOLDEN(artifact, file)                                          \
  TEST(artifact##_golden, outcomes_are_as_accepted) {                        \
    ::coop::testing::outcomes_are_as_accepted(kDescription, __FILE__, file); \
  }
