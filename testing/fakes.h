// What every reference peer can do: check what it is asked, be looked at, and lie when a test asks
// whether anybody listens.
#pragma once

#include "testing/describe.h"

namespace coop::testing {

/// `kv_cache.length`: what one peer is asked lies by one as long as this lives.
class Perturbed {
 public:
  explicit Perturbed(std::string read) { current() = std::move(read); }
  ~Perturbed() { current().clear(); }
  static std::string& current() {
    static std::string read;
    return read;
  }
};

/// Base of reference peers.
class Peer {
 public:
  explicit Peer(std::string name) : name_(std::move(name)) {}

 protected:
  /// The artifact asked for what this peer never does.
  void asks(bool allowed, const std::string& call, const std::string& wanted) const {
    if (!allowed) throw Broken{name_ + "." + call + " wants " + wanted};
  }

  bool lies(const std::string& read) const { return Perturbed::current() == name_ + "." + read; }

  template <class T>
  T told(const std::string& read, T value) const {
    // Fewer and not more: who believes it reads nothing that is not there. Nothing stays nothing,
    // and one is not made nothing, by which somebody may divide.
    return lies(read) && !(T(0) <= value && value < T(2)) ? static_cast<T>(value - 1) : value;
  }

 private:
  std::string name_;
};

inline std::string call_of(const std::string& method, std::initializer_list<double> arguments) {
  return method + "(" + [&] {
    std::string out;
    for (const double x : arguments) out += (out.empty() ? "" : ", ") + shown(x);
    return out;
  }() + ")";
}

}  // namespace coop::testing
