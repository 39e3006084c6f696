// What is handed over to an artifact that another process owns: the caller's is emptied when the
// owner has it, and the owner has it once.
//
//   RESERVE  the bytes go to the owner, which keeps them until its lease ends
//   COMMIT   the owner runs the method on them
//   RELEASE  where no answer came: the owner tells what became of them, and forgets what it kept
//
// Each of them is repeated until it is answered, and run once.
#pragma once

#include "../give.h"
#include "owned.h"

constexpr int kReserve = 0xfffe, kCommit = 0xfffd, kRelease = 0xfffc;  // methods of every owner
constexpr int kLease = 8;  // deadlines: longer than a caller tries

/// At the owner: what was given and is not taken, and what became of what was.
class Moves {
 public:
  /// Runs what is no part of a hand-over by `dispatch`, and what is taken as well.
  template <class Dispatch>
  Bytes run(const Request& request, Dispatch dispatch) {
    std::erase_if(given_, [now = Clock::now()](const auto& one) { return one.second.end < now; });
    if (request.method < kRelease || request.method > kReserve) return dispatch(request);
    Reader reader{request.arguments};
    const uint64_t id = Wire<uint64_t>::get(reader);
    if (request.method == kReserve) {
      const int method = Wire<uint16_t>::get(reader);
      const milliseconds lease(Wire<uint32_t>::get(reader));
      given_[id] = {method, Clock::now() + lease, lease, Bytes(reader.rest), std::nullopt};
      return {};
    }
    const auto found = given_.find(id);
    if (found == given_.end()) throw std::runtime_error("what was given is not here any more");
    if (request.method == kCommit) take(found->second, dispatch);
    if (!found->second.outcome) {
      given_.erase(found);
      throw std::runtime_error("what was given was not taken in time");
    }
    const auto [status, result] = *found->second.outcome;
    if (status == Status::ok) return result;
    throw std::runtime_error(result);
  }

  size_t size() const { return given_.size(); }

 private:
  struct Given {
    int method = 0;
    Clock::time_point end;  // of the lease: who gave it is gone
    milliseconds lease;
    Bytes arguments;
    std::optional<Outcome> outcome;  // once it was taken
  };

  template <class Dispatch>
  static void take(Given& given, Dispatch dispatch) {
    try {
      given.outcome = {Status::ok, dispatch({given.method, given.arguments})};
    } catch (const std::exception& error) {
      given.outcome = {Status::failed, error.what()};
    }
    given.arguments.clear();
    given.end = Clock::now() + given.lease;
  }

  std::map<uint64_t, Given> given_;  // by the number that its caller has drawn
};

/// Calls a method that takes what it is given. Where that fails, the caller has it still: `failed`
/// and `unreachable` say that the owner has not, `expired` that it may.
template <class R, class... A>
R hand_over(Calls& calls, const Method& method, A&&... arguments) {
  const std::lock_guard lock(calls.connection.mutex);
  const auto phase = [&](int number) {
    return Method(number, method.deadline, /*repeatable=*/true, method.name);
  };
  const auto run = [&]() -> R {
    if (calls.connection.run_here) return calls.call<R>(method, std::as_const(arguments)...);
    std::random_device random;
    const uint64_t id = static_cast<uint64_t>(random()) << 32 | random();
    const auto lease = static_cast<uint32_t>(kLease * method.deadline.count());
    Bytes bytes;
    Wire<uint64_t>::put(bytes, id);
    Wire<uint16_t>::put(bytes, static_cast<uint16_t>(method.number));
    Wire<uint32_t>::put(bytes, lease);
    (Wire<std::remove_cvref_t<A>>::put(bytes, arguments), ...);
    try {
      calls.connection.exchange(phase(kReserve), bytes);
    } catch (const RemoteError& error) {
      if (error.status != Status::expired) throw;
      throw RemoteError(Status::unreachable, error.what() + std::string(": it has nothing of it"));
    }
    try {
      return calls.call<R>(phase(kCommit), id);
    } catch (const RemoteError& error) {
      if (error.status != Status::expired) throw;
    }
    try {
      return calls.call<R>(phase(kRelease), id);
    } catch (const RemoteError& error) {
      if (error.status == Status::failed) throw;
      throw RemoteError(Status::expired,
                        error.what() + std::string(": it may have what was given"));
    }
  };
  if constexpr (std::is_void_v<R>) {
    run();
    emptied(std::forward<A>(arguments)...);
  } else {
    R result = run();
    emptied(std::forward<A>(arguments)...);
    return result;
  }
}
