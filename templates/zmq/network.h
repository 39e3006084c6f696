// Where owned artifacts take calls, when processes are started one by one: each is told which it
// owns, and where the others are. An artifact of which nothing is said lives in the process that
// calls it.
//
//   ./prog --serve=prefix_directory@tcp://10.0.0.1:7001 --key=job.key
//   ./prog --connect=prefix_directory@tcp://10.0.0.1:7001 --key=job.key.public --prompt=...
//
// Who begins first does not matter, and each of them may be started again.
#pragma once

#include <sys/stat.h>

#include <fstream>
#include <sstream>

#include "../cluster/owned.h"
#include "world.h"

class Network {
 public:
  template <class Flags>
  void add_flags(Flags& flags) {
    flags.option("--serve", serve_, "Owns NAME@ENDPOINT,... and only answers calls; or @FILE");
    flags.option("--share", share_, "Owns NAME@ENDPOINT,... and runs as well; or @FILE");
    flags.option("--connect", connect_, "Calls NAME@ENDPOINT,... that others own; or @FILE");
    flags.option("--key", key_, "File of the key; an owner makes it, and FILE.public for callers");
    flags.option("--patience", patience_, "Seconds that an owner may be late");
  }

  /// Nothing is run here, so what `run` requires need not be given.
  bool only_serves() const { return !serve_.empty(); }

  struct Place {
    std::string endpoint = "inproc://here";  // which nobody else reaches
    bool owned = true;
  };

  /// Where an artifact is. `calls` are those to it.
  Place place(Calls& calls) {
    if (all_calls_.empty()) {
      read_key();
      read_places(serve_, true);
      read_places(share_, true);
      read_places(connect_, false);
    }
    all_calls_.push_back(&calls);
    return places_[calls.connection.artifact];
  }

  /// From here on calls are made: waits for those who answer. A process that only serves stays
  /// here.
  void begin() {
    if (places_.size() > all_calls_.size()) {
      for (const Calls* calls : all_calls_) places_.erase(calls->connection.artifact);
      throw std::runtime_error("nothing that is owned is called " + places_.begin()->first);
    }
    if (only_serves()) std::this_thread::sleep_until(kNever);
    for (Calls* calls : all_calls_)
      calls->connection.greet(milliseconds(static_cast<long>(1000 * patience_)));
  }

  Keys keys;

 private:
  static std::string read_file(const std::string& path) {
    std::ostringstream text;
    if (!(text << std::ifstream(path).rdbuf())) throw std::runtime_error("cannot read " + path);
    return text.str();
  }

  void read_places(std::string list, bool owned) {
    if (!list.empty() && list[0] == '@') list = read_file(list.substr(1));
    std::replace(list.begin(), list.end(), ',', '\n');
    std::istringstream words(list);
    for (std::string word; words >> word;) {
      const size_t at = word.find('@');
      if (at == word.npos) throw std::runtime_error("'" + word + "' is no NAME@ENDPOINT");
      const std::string endpoint = word.substr(at + 1);
      const bool of_this_host =
          endpoint.starts_with("tcp://127.") || endpoint.starts_with("ipc://");
      if (endpoint.find('*') != endpoint.npos)
        throw std::runtime_error(endpoint + ": name one interface, and a port");
      if (owned && !of_this_host && key_.empty())
        throw std::runtime_error(endpoint + ": who listens to other hosts needs a --key");
      if (!places_.insert({word.substr(0, at), {endpoint, owned}}).second)
        throw std::runtime_error(word.substr(0, at) + " has two endpoints");
    }
  }

  void read_key() {
    if (key_.empty()) return;
    const bool owns = !serve_.empty() || !share_.empty();
    if (owns && !std::ifstream(key_)) {
      const Keys made = make_keys();
      const mode_t others = ::umask(077);  // only its owner may read the file
      std::ofstream(key_) << made.public_key << "\n" << made.secret_key << "\n";
      std::ofstream(key_ + ".public") << made.public_key << "\n";
      ::umask(others);
    }
    std::istringstream words(read_file(key_));
    std::string public_key, secret_key;
    words >> public_key >> secret_key;
    if (public_key.size() != 40 || (owns && secret_key.size() != 40))
      throw std::runtime_error(key_ + " holds no key" + (owns ? " of an owner" : ""));
    public_key.copy(keys.public_key, 40);
    secret_key.copy(keys.secret_key, 40);
  }

  std::string serve_, share_, connect_, key_;
  double patience_ = 30;
  std::map<std::string, Place> places_;  // by artifact
  std::vector<Calls*> all_calls_;
};

/// One artifact: it is owned here and runs `dispatch`, or is called where it is.
class Ownership {
 public:
  Ownership(World&, Network& network, Calls& calls, Owner::Dispatch dispatch) {
    const Network::Place place = network.place(calls);
    if (place.owned) {
      owner_ = std::make_unique<Owner>(calls.connection, place.endpoint, network.keys, dispatch);
    } else {
      calls.connection.header.caller = std::random_device()();
      calls.connection.owner = "its owner at " + place.endpoint;
      calls.connection.connect(place.endpoint, network.keys.public_key);
    }
  }

 private:
  std::unique_ptr<Owner> owner_;
};
