// Whose request runs next: the client's who was served least.
#pragma once

#include <coop/artifact.h>

#include <algorithm>
#include <deque>
#include <map>

/// VTC (Sheng et al., 2024, "Fairness in Serving Large Language Models"): each client has a counter
/// of the tokens it was served, by what they cost. Who has nothing waiting saves up no credit: on
/// coming back, a client starts no lower than those who wait.
struct VirtualTokenCounter : coop::Artifact {
  int prompt_cost = 1;     ///< Of a token that is read; range 0..16.
  int generated_cost = 2;  ///< Of a token that is written, each in a step of its own; range 0..16.

  /// A request of `client` waits.
  /// client         whose; range 0..1000000
  /// prompt_tokens  that it has; range 1..1000000
  void submit(this auto& self, int client, int prompt_tokens) {
    COOP_EXPECTS(prompt_tokens > 0);
    Client& mine = self.clients[client];
    if (mine.prompts.empty()) mine.served = std::max(mine.served, self.least_served());
    mine.prompts.push_back(prompt_tokens);
    COOP_ENSURES(self.least_served() <= mine.served);
  }

  /// Takes the oldest request of the client who was served least, of equals the lowest, and charges
  /// its prompt. Whose it is, or -1 if nobody waits.
  /// example: admit() -> -1
  /// example: submit(4, 10); submit(2, 10); admit() -> 2
  /// example: submit(1, 10); submit(2, 5); submit(1, 9); submit(2, 5); admit(); admit(); admit()
  ///   -> 2
  /// example: submit(1, 9); submit(1, 1); submit(2, 1); submit(2, 1); admit(); admit();
  ///   generated(2, 4); admit() -> 1
  int admit(this auto& self) {
    auto least = self.clients.end();
    for (auto at = self.clients.begin(); at != self.clients.end(); ++at) {
      if (at->second.prompts.empty()) continue;
      if (least == self.clients.end() || at->second.served < least->second.served) least = at;
    }
    if (least == self.clients.end()) return -1;
    Client& client = least->second;
    client.served += static_cast<long>(self.prompt_cost) * client.prompts.front();
    client.prompts.pop_front();
    if (client.prompts.empty()) self.left_at = client.served;
    return least->first;
  }

  /// `client` was written `tokens` more.
  /// client  whose; range 0..1000000
  /// tokens  how many; range 0..1000000
  void generated(this auto& self, int client, int tokens) {
    COOP_EXPECTS(tokens >= 0);
    self.clients[client].served += static_cast<long>(self.generated_cost) * tokens;
  }

  /// What `client` was served, and was lifted by.
  /// example: submit(1, 10); admit(); generated(1, 3); served(1) -> 16
  /// example: submit(1, 10); admit(); submit(2, 5); served(2) -> 10
  /// example: submit(1, 10); submit(1, 10); admit(); submit(2, 5); admit(); served(2) -> 10
  long served(this auto& self, int client) {
    const auto at = self.clients.find(client);
    return at == self.clients.end() ? 0 : at->second.served;
  }

 private:
  struct Client {
    long served = 0;
    std::deque<int> prompts;  // tokens of each request that waits, the oldest first
  };

  /// The least counter of those who wait; when nobody does, that of who waited last.
  long least_served(this auto& self) {
    bool anybody = false;
    long least = self.left_at;
    for (const auto& [number, client] : self.clients) {
      if (client.prompts.empty()) continue;
      least = anybody ? std::min(least, client.served) : client.served;
      anybody = true;
    }
    return least;
  }

  std::map<int, Client> clients;
  long left_at = 0;  // counter of the client whose last waiting request was taken last
};
