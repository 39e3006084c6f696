// What the author of an artifact includes. It parses alone, in any editor and with no other flag
// than -std=c++23; `combine` finds it by itself.
#pragma once

// Rules on methods (`[[coop::sum]]`) are for `combine`; a compiler passes over them, also in the
// files that include this one.
#if defined(__clang__)
#pragma clang diagnostic ignored "-Wunknown-attributes"
#elif defined(__GNUC__) && __GNUC__ >= 12
#pragma GCC diagnostic ignored_attributes "coop::"
#endif

// Which scale and which device is being emitted, for code that needs the preprocessor. `combine`
// defines all five, as 0 or 1; a file that is opened alone is seen as single-gpu on the CPU.
#ifndef COOP_SINGLE_GPU
#define COOP_SINGLE_GPU 1
#define COOP_NODE 0
#define COOP_CLUSTER 0
#endif
#ifndef COOP_CUDA
#define COOP_CUDA 0
#define COOP_CPU 1
#endif

namespace coop {

/// The base that says "this struct is an artifact": a unit that is written alone, as if every
/// resource of the system were local, and bound to its siblings by `combine`.
///
/// A method takes `this auto& self` and reaches through `self`:
///   self.window               its own members
///   self.kv_cache.length(l)   a peer: whatever the service registers under the name kv_cache
///   self.hooks.after_append(l) every registered artifact that defines after_append, in order of
///                             registration; with none, the call leaves no trace
///   self.world                rank() and size() of the scale: constants 0 and 1 on a single GPU
///   self.device               where buffers live and kernels run (kernels/<device>/device.h)
/// A peer may be optional: `if constexpr (requires { self.prefix_cache; })`; so may work that only
/// listeners need: `requires { self.hooks.after_weights; }`.
///
/// Public data members with an initializer are configuration: the emitted program takes them as
/// flags (`--compressor.window=508`). What changes while the program runs is private.
struct Artifact {};

/// Only so that the condition of a contract is compiled. Nothing defines it.
bool condition(bool holds);

/// Which invariant is meant: the one on that line of the artifact's header.
template <int kLine>
struct Line {};

}  // namespace coop

// Contracts say what a method may count on and what it promises. They are for tests: a generated
// test checks them; nothing of them is emitted, unless `combine --contracts` asks for checks. The
// condition is a bool, changes nothing, and may say `self.` and reach peers.
//
//   COOP_EXPECTS(layer >= 0);                  what whoever calls has to see to
//   COOP_ENSURES(self.length(layer) <= limit); what holds where it stands: in front of a return
//   COOP_INVARIANT(sinks >= 0);                beside the public members: holds between two calls
#ifndef COOP_TESTING

#define COOP_EXPECTS(...) static_cast<void>(sizeof(::coop::condition(__VA_ARGS__)))
#define COOP_ENSURES(...) static_cast<void>(sizeof(::coop::condition(__VA_ARGS__)))

#else

namespace coop::testing {

/// Says that a contract of kind "expects" or "ensures" does not hold. Defined by whoever tests.
void contract_broken(const char* kind, const char* condition, const char* file, int line);

}  // namespace coop::testing

#define COOP_EXPECTS(...) COOP_CHECK_CONTRACT("expects", #__VA_ARGS__, __VA_ARGS__)
#define COOP_ENSURES(...) COOP_CHECK_CONTRACT("ensures", #__VA_ARGS__, __VA_ARGS__)
#define COOP_CHECK_CONTRACT(kind, text, ...) \
  (static_cast<bool>(__VA_ARGS__)            \
       ? void()                              \
       : ::coop::testing::contract_broken(kind, text, __FILE__, __LINE__))

#endif

/// A method that names the condition if it does not hold; else null. Members may be named without
/// `self`, which is the artifact with its peers.
#define COOP_INVARIANT(...)                                                           \
  template <class Self>                                                               \
  const char* broken_invariant(::coop::Line<__LINE__>, [[maybe_unused]] Self& self) { \
    return static_cast<bool>(__VA_ARGS__) ? nullptr : #__VA_ARGS__;                   \
  }

#ifdef COOP_TESTING

#include <array>
#include <utility>

namespace coop::testing {

template <class Artifact, class Subject, int kLine>
concept HasInvariant = requires(Artifact& artifact, Subject& subject) {
  artifact.broken_invariant(Line<kLine>{}, subject);
};

/// Headers of artifacts are shorter than this.
constexpr int kLinesMax = 2000;

/// How many invariants an artifact has of its own.
template <class Artifact, class Subject = Artifact>
constexpr int count_invariants() {
  return []<int... kLines>(std::integer_sequence<int, kLines...>) {
    return (int{HasInvariant<Artifact, Subject, kLines>} + ...);
  }(std::make_integer_sequence<int, kLinesMax>{});
}

/// The lines that they stand on.
template <class Artifact, class Subject>
constexpr auto lines_of_invariants() {
  std::array<int, count_invariants<Artifact, Subject>()> out{};
  auto next = out.begin();
  [&]<int... kLines>(std::integer_sequence<int, kLines...>) {
    ((HasInvariant<Artifact, Subject, kLines> ? void(*next++ = kLines) : void()), ...);
  }(std::make_integer_sequence<int, kLinesMax>{});
  return out;
}

template <class Artifact, int kLine, class Subject>
void check_invariant(Subject& subject, const char*& broken) {
  if (!broken) broken = static_cast<Artifact&>(subject).broken_invariant(Line<kLine>{}, subject);
}

/// The first invariant of `Artifact` that does not hold for the subject, which is one, beside its
/// peers; null when all hold.
template <class Artifact, class Subject>
const char* broken_invariant(Subject& subject) {
  static constexpr auto kOn = lines_of_invariants<Artifact, Subject>();
  const char* broken = nullptr;
  [&]<std::size_t... kNth>(std::index_sequence<kNth...>) {
    (check_invariant<Artifact, kOn[kNth]>(subject, broken), ...);
  }(std::make_index_sequence<kOn.size()>{});
  return broken;
}

}  // namespace coop::testing

#endif
