// Requests, each for one of several replicas.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// What is asked, and what came of it.
struct RoutedRequest {
  std::string text;
  std::string answer;
  enum { kWaiting, kGiven, kAnswered } state = kWaiting;
  int replica = 0;                                   // whom it was given to
  std::chrono::steady_clock::time_point given = {};  // when
};

/// Replicas ask for work when they have none, so that who is fast gets more of it. Of what waits, a
/// replica gets what begins most like what it had before, of which its cache may still know.
/// Whatever is not answered in time goes to another one.
struct Router : coop::Artifact {
  int patience = 60000;  ///< Milliseconds to wait for an answer; range 1..86400000.

  /// All that is to be answered. When replicas are processes each of them says so, and the first is
  /// heard.
  [[coop::repeatable]] void open(this auto& self, const std::vector<std::string>& texts) {
    if (!self.requests.empty()) return;
    for (const std::string& text : texts) self.requests.emplace_back().text = text;
  }

  /// A replica's number, by which it asks from then on.
  /// example: join(); join() -> 1
  [[coop::each, coop::repeatable]] int join(this auto& self) { return self.replicas++; }

  /// A request and its number; -1 when none waits, but one may come back; nothing when all are
  /// answered.
  /// example: next(0) -> nothing
  [[coop::each, coop::repeatable]] std::optional<std::pair<int, std::string>> next(this auto& self,
                                                                                   int replica) {
    self.take_back_late();
    int best = -1;
    size_t most = 0;
    bool all_answered = true;
    for (size_t i = 0; i < self.requests.size(); ++i) {
      const RoutedRequest& request = self.requests[i];
      all_answered = all_answered && request.state == RoutedRequest::kAnswered;
      if (request.state != RoutedRequest::kWaiting) continue;
      const size_t alike = self.alike(self.newest[replica], request.text);
      if (best >= 0 && alike <= most) continue;
      best = static_cast<int>(i);
      most = alike;
    }
    if (all_answered) return std::nullopt;
    if (best < 0) return std::pair(-1, std::string());
    RoutedRequest& request = self.requests[best];
    request.state = RoutedRequest::kGiven;
    request.replica = replica;
    request.given = std::chrono::steady_clock::now();
    self.newest[replica] = request.text;
    return std::pair(best, request.text);
  }

  /// What came of request `number`. Of two answers the first counts.
  /// example: answer(0, "yes") -> refuses
  [[coop::each, coop::repeatable]] void answer(this auto& self, int number,
                                               const std::string& text) {
    RoutedRequest& request = self.requests.at(number);
    if (request.state == RoutedRequest::kAnswered) return;
    request.state = RoutedRequest::kAnswered;
    request.answer = text;
  }

  /// All answers, in the order of the requests.
  [[coop::repeatable]] std::vector<std::string> answers(this auto& self) {
    std::vector<std::string> answers;
    for (const RoutedRequest& request : self.requests) answers.push_back(request.answer);
    return answers;
  }

 private:
  /// Who has them may be gone.
  void take_back_late(this auto& self) {
    const auto late = std::chrono::steady_clock::now() - std::chrono::milliseconds(self.patience);
    for (RoutedRequest& request : self.requests) {
      if (request.state == RoutedRequest::kGiven && request.given < late) {
        request.state = RoutedRequest::kWaiting;
      }
    }
  }

  /// How many bytes two texts begin with alike.
  static size_t alike(const std::string& a, const std::string& b) {
    return std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first - a.begin();
  }

  std::vector<RoutedRequest> requests;
  std::map<int, std::string> newest;  // by replica: what it was given last
  int replicas = 0;
};
