// A program on one rank and on several: what crosses ranks is to be the same on any number of them.
//
//   int run_program(int argc, char** argv);  // as combine emits it for the node, with a record
//   OverRanks runs(run_program, {"--model", "layers=2"}, "--steps");
//   runs.expect_same("model.attention_block", "sum");
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

/// A call that crossed ranks, or might have, and the numbers that one of them got.
struct RankCall {
  std::string name;          // e.g. model.attention_block
  bool is_together = false;  // all ranks made it
  std::vector<double> numbers;
};

/// What a program did on some number of ranks.
struct RankRun {
  int status = 0;                            // its exit code, or -1 when it was killed
  std::string said;                          // on both streams
  std::vector<std::vector<RankCall>> ranks;  // the calls of each, in their order; as they ended

  size_t count(const std::string& call) const {
    size_t out = 0;
    for (const std::vector<RankCall>& rank : ranks)
      for (const RankCall& each : rank) out += each.name == call;
    return ranks.empty() ? 0 : out / ranks.size();
  }
};

class OverRanks {
 public:
  using Program = int (*)(int, char**);
  static constexpr int kMost = 4;       // ranks
  static constexpr int kFewSteps = 2;   // of `steps`
  static constexpr int kMoreSteps = 4;  // to see what two of them cost

  /// `steps`: the flag of how often the program does what it does for each token; empty: none.
  /// `excepted`: calls that may give something else, so that no difference begins there.
  OverRanks(Program program, std::vector<std::string> arguments, std::string steps,
            std::vector<std::string> excepted = {})
      : program_(program),
        arguments_(std::move(arguments)),
        steps_(std::move(steps)),
        excepted_(std::move(excepted)) {}

  /// All numbers of ranks are as fine as one.
  void expect_that_it_runs() {
    for (int ranks = 1; ranks <= kMost; ++ranks) {
      const RankRun& run = this->run(ranks);
      if (run.status == 0) continue;
      ADD_FAILURE() << "on " << in_words(ranks) << " it "
                    << (run.status < 0 ? "was ended: a deadlock, or a crash"
                                       : "exits with " + std::to_string(run.status))
                    << ", and says\n"
                    << run.said << "what the program is told stands behind -- of the command";
      return;
    }
  }

  /// What `call` gives, whose author promises `rule`: to 1e-5 of its largest number what it gives
  /// on the fewest ranks that make the call, in each call; and the same bits on all ranks.
  void expect_same(const std::string& call, const std::string& rule) {
    for (int ranks = 1; ranks <= kMost; ++ranks)
      if (run(ranks).status != 0) GTEST_SKIP() << "the program does not run on " << in_words(ranks);
    int fewest = 1;
    while (fewest <= kMost && run(fewest).count(call) == 0) ++fewest;
    if (fewest > kMost) GTEST_SKIP() << call << " was not called: give other arguments behind --";
    for (int ranks = std::max(2, fewest); ranks <= kMost; ++ranks) {
      if (run(ranks).count(call) == 0) continue;  // so many of them do it in another way
      const Difference first = first_difference(ranks);
      const Difference here = difference(fewest, ranks, {call});
      if (here.call.empty()) continue;
      if (first.call != call)
        GTEST_SKIP() << "differs as well, behind " << first.call << ", which is first";
      FAIL() << call << ", [[coop::" << rule << "]], is another on " << in_words(ranks) << ": "
             << here.words << "\n"
             << hint(rule);
    }
  }

  /// In no step is anybody's owner called; and what crosses ranks in one is what was accepted, the
  /// file $COOP_GOLDEN. $COOP_ACCEPT writes that file.
  void expect_cost(const std::vector<std::string>& collectives,
                   const std::vector<std::string>& owned) {
    for (int ranks = 2; ranks <= kMost; ++ranks)
      for (const int steps : {kFewSteps, kMoreSteps})
        if (run(ranks, steps).status != 0) GTEST_SKIP() << "the program does not run";
    std::string cost;
    for (int ranks = 2; ranks <= kMost; ++ranks) {
      cost += "in each step on " + in_words(ranks) + ":";
      for (const std::string& call : collectives) {
        std::ostringstream amount;
        amount << of_a_step(ranks, call);
        if (of_a_step(ranks, call) > 0) cost += " " + call + " " + amount.str();
      }
      cost += "\n";
      for (const std::string& call : owned)
        EXPECT_EQ(of_a_step(ranks, call), 0)
            << "calls of " << call << " in each step on " << in_words(ranks)
            << ": the owner of one artifact would wait on every token of all ranks";
    }
    std::printf("%s", cost.c_str());
    const char* golden = std::getenv("COOP_GOLDEN");
    if (golden == nullptr) return;
    if (std::getenv("COOP_ACCEPT") != nullptr) std::ofstream(golden) << cost;
    std::stringstream accepted;
    accepted << std::ifstream(golden).rdbuf();
    if (!accepted.str().empty() && accepted.str() != cost)
      ADD_FAILURE() << "accepted was, in " << golden << ":\n"
                    << accepted.str() << "--accept writes what it is now";
  }

 private:
  struct Difference {
    std::string call;  // empty: there is none
    std::string words;
  };

  const RankRun& run(int ranks, int steps = kFewSteps) {
    const auto [found, fresh] = runs_.try_emplace({ranks, steps});
    if (fresh) found->second = start(ranks, steps);
    return found->second;
  }

  /// In a process of its own, which a deadlock ends after a minute.
  RankRun start(int ranks, int steps) const {
    const std::string folder = std::filesystem::temp_directory_path() / "over_ranks.XXXXXX";
    std::string made = folder;
    if (mkdtemp(made.data()) == nullptr) return {-1, "no temporary folder can be made", {}};
    std::vector<std::string> words = {"program", "--ranks=" + std::to_string(ranks)};
    words.insert(words.end(), arguments_.begin(), arguments_.end());
    if (!steps_.empty()) words.push_back(steps_ + "=" + std::to_string(steps));
    std::fflush(nullptr);
    const pid_t child = fork();
    if (child == 0) {
      setenv("COOP_RECORD", (made + "/record").c_str(), 1);
      const bool heard = std::freopen((made + "/said").c_str(), "w", stdout) != nullptr;
      if (heard) dup2(fileno(stdout), fileno(stderr));
      alarm(60);
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      std::exit(program_(static_cast<int>(words.size()), argv.data()));
    }
    RankRun out;
    int status = -1;
    waitpid(child, &status, 0);
    out.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    std::stringstream said;
    said << std::ifstream(made + "/said").rdbuf();
    out.said = said.str();
    out.ranks = read(made + "/record");
    std::filesystem::remove_all(made);
    if (out.status == 0 && static_cast<int>(out.ranks.size()) != ranks) out.status = -1;
    return out;
  }

  static std::vector<std::vector<RankCall>> read(const std::string& path) {
    std::vector<std::vector<RankCall>> out;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) {
      std::istringstream words(line);
      std::string word;
      words >> word;
      if (word == "rank") {
        out.emplace_back();
        continue;
      }
      const bool is_together = word == "all_ranks";
      words >> word;
      out.back().push_back({word, is_together, {}});
      while (words >> word) out.back().back().numbers.push_back(std::strtod(word.c_str(), nullptr));
    }
    return out;
  }

  /// Of all calls that one rank and several make.
  Difference first_difference(int ranks) {
    std::vector<std::string> both;
    for (const std::string& name : names(1))
      if (run(ranks).count(name) > 0) both.push_back(name);
    if (const Difference out = difference(1, ranks, both); !out.call.empty()) return out;
    return difference(2, ranks, names(ranks));
  }

  std::vector<std::string> names(int ranks) {
    std::vector<std::string> out;
    for (const RankCall& call : run(ranks).ranks[0])
      if (!std::count(excepted_.begin(), excepted_.end(), call.name)) out.push_back(call.name);
    return out;
  }

  /// Calls up to one that all ranks make together. What a rank asks alone, some may ask and others
  /// not: rank 0 prints.
  struct Stretch {
    std::vector<RankCall> alone;
    RankCall together;
  };

  static std::vector<Stretch> stretches(const std::vector<RankCall>& calls,
                                        const std::vector<std::string>& names) {
    std::vector<Stretch> out(1);
    for (const RankCall& call : calls) {
      if (!std::count(names.begin(), names.end(), call.name)) continue;
      if (!call.is_together) {
        out.back().alone.push_back(call);
      } else {
        out.back().together = call;
        out.emplace_back();
      }
    }
    return out;
  }

  /// The first call, of those named, that gives something else on more ranks than on fewer.
  Difference difference(int fewer, int more, const std::vector<std::string>& names) {
    const std::vector<Stretch> expected = stretches(run(fewer).ranks[0], names);
    std::vector<std::vector<Stretch>> found;
    for (const std::vector<RankCall>& rank : run(more).ranks)
      found.push_back(stretches(rank, names));
    std::map<std::string, int> seen;
    for (size_t i = 0; i < expected.size(); ++i) {
      for (size_t rank = 0; rank < found.size(); ++rank) {
        if (i >= found[rank].size())
          return {expected[i - 1].together.name, "it is called less often"};
        const std::vector<RankCall>& alone = found[rank][i].alone;
        const bool as_often = alone.size() == expected[i].alone.size();
        for (size_t j = 0; as_often && j < alone.size(); ++j)
          if (const std::string words = apart(expected[i].alone[j], alone[j]); !words.empty())
            return {alone[j].name, "one of them" + words};
      }
      const RankCall& one = expected[i].together;
      const std::string which = "its call " + std::to_string(++seen[one.name]);
      for (size_t rank = 0; rank < found.size(); ++rank) {
        const RankCall& other = found[rank][i].together;
        const std::string words = apart(one, other);
        if (!words.empty()) return {one.name.empty() ? other.name : one.name, which + words};
        if (other.numbers != found[0][i].together.numbers)
          return {one.name, which + " does not give all of them the same bits"};
      }
    }
    return {};
  }

  /// How two results differ; nothing where they do not.
  static std::string apart(const RankCall& one, const RankCall& other) {
    const std::vector<double>&expected = one.numbers, &found = other.numbers;
    if (one.name != other.name) return other.name.empty() ? " is not made" : " is made too often";
    if (expected.size() != found.size())
      return " gives " + std::to_string(found.size()) + " numbers, not " +
             std::to_string(expected.size());
    double largest = 1.0;
    for (const double number : expected) largest = std::max(largest, std::abs(number));
    for (size_t i = 0; i < expected.size(); ++i) {
      if (std::abs(expected[i] - found[i]) <= 1e-5 * largest) continue;
      std::ostringstream out;
      out << " gives " << found[i] << " at " << i << " of " << expected.size() << ", not "
          << expected[i];
      return out.str();
    }
    return "";
  }

  /// What breaks that promise, most often.
  static std::string hint(const std::string& rule) {
    if (rule == "sum")
      return "is something that all ranks hold, e.g. a residual or a bias, added within each part? "
             "Or is a part not added up that only some heads know?";
    if (rule == "keyed") return "have calls that belong together one key, e.g. put and find?";
    if (rule == "same") return "does it follow from this rank's heads alone?";
    return "does each rank give its own part, and in the order of the ranks?";
  }

  double of_a_step(int ranks, const std::string& call) {
    const double more = run(ranks, kMoreSteps).count(call), few = run(ranks).count(call);
    return (more - few) / (kMoreSteps - kFewSteps);
  }

  static std::string in_words(int ranks) {
    return ranks == 1 ? "one rank" : std::to_string(ranks) + " ranks";
  }

  Program program_;
  std::vector<std::string> arguments_;
  std::string steps_;
  std::vector<std::string> excepted_;
  std::map<std::pair<int, int>, RankRun> runs_;  // by ranks and steps
};
