#include "combiner/commands/choose_outcomes.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringRef.h"

namespace combiner {
namespace {

class Choice {
 public:
  Choice(const std::vector<Candidate>& candidates, size_t most_lines)
      : candidates_(candidates), most_lines_(most_lines), order_(candidates.size()) {
    std::iota(order_.begin(), order_.end(), 0);
    llvm::sort(order_, [&](size_t a, size_t b) { return is_shorter(a, b); });
  }

  /// As their author wrote them, in so many words.
  void initial_values() {
    for (const size_t i : order_)
      if (candidates_[i].text == "{}" && has_room(i)) take(i);
  }

  /// What they do.
  void features_of_initial_values() {
    for (const size_t i : order_)
      if (has_room(i) && llvm::any_of(candidates_[i].features, [&](const std::string& feature) {
            const llvm::StringRef said = feature;
            return said.contains(" at first") && said.contains(" yes") && shown_[feature] == 0;
          }))
        take(i);
  }

  /// Until each mistake is noticed by `enough`, if anything here notices it.
  void mistakes(int enough) {
    for (;;) {
      size_t best = candidates_.size(), most = 0;
      for (const size_t i : order_) {
        if (!has_room(i)) continue;
        const size_t count = llvm::count_if(
            candidates_[i].notices, [&](size_t mistake) { return noticed_[mistake] < enough; });
        // count / lines > most / best's lines; at a tie the shorter stays
        if (count > 0 && (best == candidates_.size() || count * candidates_[best].line_count() >
                                                            most * candidates_[i].line_count()))
          best = i, most = count;
      }
      if (best == candidates_.size()) return;
      take(best);
    }
  }

  void features(int enough) {
    for (const size_t i : order_)
      if (has_room(i) && llvm::any_of(candidates_[i].features, [&](const std::string& feature) {
            return shown_[feature] < enough;
          }))
        take(i);
  }

  std::vector<size_t> chosen() {
    llvm::sort(chosen_, [&](size_t a, size_t b) { return is_shorter(a, b); });
    return chosen_;
  }

 private:
  bool is_shorter(size_t a, size_t b) const {
    const std::string &one = candidates_[a].text, &other = candidates_[b].text;
    return one.size() != other.size() ? one.size() < other.size() : one < other;
  }

  bool has_room(size_t i) const {
    return lines_ + candidates_[i].line_count() <= most_lines_ && !llvm::is_contained(chosen_, i);
  }

  void take(size_t i) {
    chosen_.push_back(i);
    lines_ += candidates_[i].line_count();
    for (const std::string& feature : candidates_[i].features) ++shown_[feature];
    for (const size_t mistake : candidates_[i].notices) ++noticed_[mistake];
  }

  const std::vector<Candidate>& candidates_;
  const size_t most_lines_;
  std::vector<size_t> order_, chosen_;
  size_t lines_ = 0;
  std::map<std::string, int> shown_;  // how many of the chosen show a feature
  std::map<size_t, int> noticed_;     // how many of them notice a mistake
};

}  // namespace

std::vector<size_t> choose_outcomes(const std::vector<Candidate>& candidates, size_t most_lines) {
  Choice choice(candidates, most_lines);
  choice.initial_values();
  choice.mistakes(1);
  choice.features_of_initial_values();
  choice.mistakes(2);
  for (const int enough : {1, 2, 3, 4}) choice.features(enough);
  return choice.chosen();
}

}  // namespace combiner
