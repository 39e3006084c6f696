// Calls to an artifact that one process owns. ZeroMQ carries them: DEALER at a caller, ROUTER at
// the owner.
//
//   caller: arguments → Header + bytes → its queue     the deadline ends a call, whatever happens
//   owner:  receive, which stamps the arrival → its queue → run, one call after another
#pragma once

#include <zmq.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <thread>
#include <tuple>

#include "wire.h"

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;
constexpr Clock::time_point kNever = Clock::time_point::max();

enum class Status : uint32_t { ok, failed, expired, unreachable, wrong_version };

/// Why a call has no result. It `failed` at its owner, which says why; its time `expired`, and it
/// was run or was not; its owner was `unreachable`, so it was not; or its owner is of another
/// build.
struct RemoteError : std::runtime_error {
  RemoteError(Status status, const std::string& text) : std::runtime_error(text), status(status) {}
  Status status;
};

/// In front of the bytes of a call, and of its answer.
struct Header {
  uint64_t program = 0;      // stands for the methods and their signatures: builds may differ
  uint16_t version = 1;      // of this header
  uint16_t method = 0;       // its number
  uint32_t caller = 0;       // its rank
  uint32_t incarnation = 0;  // drawn by each process as it begins: a restart shows
  uint32_t budget = 0;       // milliseconds that the caller still waits; 0: it does not
  uint64_t sequence = 0;     // the number of the caller's call
  Status status = Status::ok;
  uint32_t bytes = 0;  // that follow
};
static_assert(sizeof(Header) == 40, "no gaps, so that nothing but this is sent");

/// What is declared of a method.
struct Method {
  Method(int number, milliseconds deadline = milliseconds(1000), bool repeatable = false,
         const char* name = __builtin_FUNCTION())  // of the function that makes the call
      : number(number), deadline(deadline), repeatable(repeatable), name(name) {}
  int number;
  milliseconds deadline;
  bool repeatable;
  const char* name;
};

constexpr int kWaitingCasts = 64;  // of each caller, at the owner

// ---- sockets

using Context = std::shared_ptr<void>;
using Socket = std::unique_ptr<void, int (*)(void*)>;

/// For CURVE, as text. Without the owner's public key there is no answer from it.
struct Keys {
  char public_key[41] = {}, secret_key[41] = {};
};

inline Keys make_keys() {
  Keys keys;
  if (zmq_curve_keypair(keys.public_key, keys.secret_key) == 0) return keys;
  throw std::runtime_error("this libzmq was built without CURVE");
}

inline Context make_context() { return Context(zmq_ctx_new(), zmq_ctx_term); }

inline Socket make_socket(const Context& context, int type) {
  Socket socket(zmq_socket(context.get(), type), zmq_close);
  if (!socket) throw std::runtime_error(std::string("no socket: ") + zmq_strerror(errno));
  // What is received has no limit of its own: where input stops, a heartbeat that is late or a peer
  // that goes aborts libzmq (its issues 3937 and 4841).
  const std::pair<int, int> options[] = {
      {ZMQ_SNDHWM, type == ZMQ_PAIR ? 64 * kWaitingCasts : 2 * kWaitingCasts},
      {ZMQ_RCVHWM, 0},
      {ZMQ_IMMEDIATE, 1},  // nothing is kept for who is not there
      {ZMQ_LINGER, 0},
      {ZMQ_RECONNECT_IVL, 50},
      {ZMQ_CONNECT_TIMEOUT, 1500},
      {ZMQ_HANDSHAKE_IVL, 1500},
      {ZMQ_HEARTBEAT_IVL, 500},  // so that a pulled cable is noticed
      {ZMQ_HEARTBEAT_TIMEOUT, 1500}};
  for (const auto& [option, value] : options)
    zmq_setsockopt(socket.get(), option, &value, sizeof value);
  const int64_t largest = kLargestMessage + sizeof(Header);
  zmq_setsockopt(socket.get(), ZMQ_MAXMSGSIZE, &largest, sizeof largest);
  return socket;
}

/// Whether the socket is ready, to be read (ZMQ_POLLIN) or written (ZMQ_POLLOUT), by the deadline.
inline bool wait_for(const Socket& socket, short event, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    zmq_pollitem_t item = {socket.get(), 0, event, 0};
    const int ready = zmq_poll(&item, 1, std::max<long>(0, left.count()));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return ready > 0;
    if (Clock::now() >= deadline) return false;
  }
}

/// The frames of a message; none when the socket's context has ended.
inline std::vector<Bytes> receive(const Socket& socket) {
  std::vector<Bytes> frames;
  zmq_msg_t part;
  zmq_msg_init(&part);
  do {
    while (zmq_msg_recv(&part, socket.get(), 0) < 0)
      if (errno != EINTR) return {};
    frames.emplace_back(static_cast<char*>(zmq_msg_data(&part)), zmq_msg_size(&part));
  } while (zmq_msg_more(&part));
  zmq_msg_close(&part);
  return frames;
}

/// False where nobody takes them: the queue is full, or nobody is there.
inline bool send(const Socket& socket, std::initializer_list<std::string_view> frames) {
  for (const std::string_view& frame : frames) {
    const int flags = ZMQ_DONTWAIT | (&frame + 1 == frames.end() ? 0 : ZMQ_SNDMORE);
    while (zmq_send(socket.get(), frame.data(), frame.size(), flags) < 0)
      if (errno != EINTR) return false;
  }
  return true;
}

inline Bytes message(Header header, std::string_view body) {
  if (body.size() > kLargestMessage) throw std::length_error("more than a message can hold");
  header.bytes = static_cast<uint32_t>(body.size());
  return Bytes(reinterpret_cast<const char*>(&header), sizeof header).append(body);
}

/// The header of a message that is as long as it says.
inline std::optional<Header> read_header(std::string_view message) {
  Header header;
  if (message.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, message.data(), sizeof header);
  if (header.bytes != message.size() - sizeof header) return std::nullopt;
  return header;
}

// ---- the caller

constexpr int kGreeting = 0xffff;  // a method of every owner that does nothing

/// An answer, or what went wrong.
using Outcome = std::pair<Status, Bytes>;

/// One artifact's owner, as a process that calls it sees it. A call is run at most once, and ends
/// at its deadline, whatever happens; a repeatable one is sent again until then.
struct Connection {
  Connection(const char* artifact, uint64_t program) : artifact(artifact) {
    header.program = program;
    header.incarnation = std::random_device()();
  }

  /// `owner_key` is the public one.
  void connect(const std::string& endpoint, const char* owner_key) {
    socket = make_socket(context, ZMQ_DEALER);
    if (owner_key[0] != 0) {
      const Keys own = make_keys();
      zmq_setsockopt(socket.get(), ZMQ_CURVE_SERVERKEY, owner_key, sizeof own.public_key);
      zmq_setsockopt(socket.get(), ZMQ_CURVE_PUBLICKEY, own.public_key, sizeof own.public_key);
      zmq_setsockopt(socket.get(), ZMQ_CURVE_SECRETKEY, own.secret_key, sizeof own.secret_key);
    }
    if (zmq_connect(socket.get(), endpoint.c_str()) != 0)
      throw std::runtime_error(endpoint + ": " + zmq_strerror(errno));
  }

  /// Waits until the owner answers, whoever of the two began first.
  void greet(milliseconds patience) { exchange({kGreeting, patience, true}, {}); }

  /// The bytes of the arguments go out, those of the result come back: none for a cast.
  std::optional<Bytes> exchange(const Method& method, const Bytes& arguments) {
    const auto deadline = Clock::now() + method.deadline;
    Outcome outcome = {Status::expired, "other calls of this process took all of its time"};
    if (const std::unique_lock lock(mutex, deadline); lock) {
      header.method = static_cast<uint16_t>(method.number);
      outcome = run_here  ? run_here(method.number, arguments, casting ? kNever : deadline)
                : casting ? casting(*this, method, arguments, deadline)
                          : ask(method, arguments, deadline);
      if (casting && (run_here || outcome.first == Status::ok)) return std::nullopt;
    }
    if (outcome.first == Status::ok) return outcome.second;
    throw RemoteError(outcome.first,
                      std::string(artifact) + "." + method.name + ": " + outcome.second);
  }

  /// A call: waits for its answer, and repeats what may be repeated.
  Outcome ask(const Method& method, const Bytes& arguments, Clock::time_point deadline) {
    const std::string in_time = " within " + std::to_string(method.deadline.count()) + " ms";
    ++header.sequence;
    for (bool sent = false;; sent = true) {
      const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now()).count();
      header.budget = static_cast<uint32_t>(std::max<long>(1, left));
      if ((!wait_for(socket, ZMQ_POLLOUT, deadline) ||
           !send(socket, {message(header, arguments)})) &&
          !sent)
        return {Status::unreachable, owner + " took no call" + in_time};
      const auto again = Clock::now() + std::min(method.deadline / 4, milliseconds(250));
      while (wait_for(socket, ZMQ_POLLIN, method.repeatable ? std::min(again, deadline) : deadline))
        if (const std::optional<Outcome> outcome = read_answer()) return *outcome;
      if (Clock::now() >= deadline) return {Status::expired, "no answer from " + owner + in_time};
    }
  }

  /// What came, unless it answers a cast or a call that was given up.
  std::optional<Outcome> read_answer() {
    const std::vector<Bytes> frames = receive(socket);
    const std::optional<Header> reply = frames.empty() ? std::nullopt : read_header(frames[0]);
    if (!reply || reply->sequence > header.sequence) return std::nullopt;
    answered = std::max(answered, reply->sequence);
    last_answer = Clock::now();
    if (owner_incarnation != 0 && owner_incarnation != reply->incarnation)
      std::fprintf(stderr, "%s: %s began anew, and has lost what it held\n", artifact,
                   owner.c_str());
    owner_incarnation = reply->incarnation;
    if (reply->sequence != header.sequence || casting) return std::nullopt;
    return Outcome(reply->status, frames[0].substr(sizeof(Header)));
  }

  const char* artifact;  // its name
  std::string owner;     // in messages, e.g. rank 0
  /// Set in the process where it lives, which needs no messages.
  std::function<Outcome(int method, const Bytes& arguments, Clock::time_point deadline)> run_here;
  Context context = make_context();
  Socket socket{nullptr, zmq_close};
  Header header;          // of the last call
  uint64_t answered = 0;  // the sequence number up to which nothing waits
  Clock::time_point last_answer = Clock::now();
  uint32_t owner_incarnation = 0;
  Outcome (*casting)(Connection&, const Method&, const Bytes&,
                     Clock::time_point) = nullptr;  // in cast()
  uint64_t dropped = 0;                             // casts that nobody took
  std::recursive_timed_mutex mutex;                 // one call at a time
};

/// What each process has of an artifact that one of them owns. What is generated derives from it,
/// and has the artifact's methods, a line each; so here are few names.
struct Calls {
  Calls(const char* artifact, uint64_t program) : connection(artifact, program) {}

  template <class R, class... A>
  R call(const Method& method, const A&... arguments) {
    Bytes bytes;
    (Wire<A>::put(bytes, arguments), ...);
    const std::optional<Bytes> result = connection.exchange(method, bytes);
    if constexpr (!std::is_void_v<R>) {
      if (!result) return R();
      Reader reader{*result};
      static_assert(std::is_same_v<decltype(Wire<R>::get(reader)), R>,
                    "a view of what the owner holds cannot be returned");
      return Wire<R>::get(reader);
    }
  }

  Connection connection;
};

/// The leader calls, and all ranks get its result.
template <class World, class F>
auto once(World& world, Calls&, F call) {
  return once(world, call);
}

/// Every rank calls, and gets its own result.
template <class World, class F>
auto each(World&, Calls&, F call) {
  return call();
}

/// A cast beyond those that may wait is dropped, or waits itself until its deadline.
enum class WhenFull { drop, block };

/// Sends a cast. Nobody waits for its answer, by which the owner acknowledges it.
template <WhenFull when_full>
Outcome tell(Connection& connection, const Method& method, const Bytes& arguments,
             Clock::time_point deadline) {
  const auto patience = when_full == WhenFull::drop ? Clock::now() : deadline;
  const auto full = [&] {
    return connection.header.sequence >= connection.answered + kWaitingCasts;
  };
  while (full() && wait_for(connection.socket, ZMQ_POLLIN, patience)) connection.read_answer();
  if (!full() && wait_for(connection.socket, ZMQ_POLLOUT, patience)) {
    ++connection.header.sequence;
    connection.header.budget = 0;
    if (send(connection.socket, {message(connection.header, arguments)})) return {};
    --connection.header.sequence;
  }
  // An owner that was restarted acknowledges nothing of before, so one is let through at times.
  if (full() && Clock::now() >= connection.last_answer + method.deadline) {
    ++connection.answered;
    connection.last_answer = Clock::now();
  }
  if (when_full == WhenFull::block)
    return {Status::unreachable, connection.owner + " took no more casts"};
  ++connection.dropped;
  return {};
}

/// The leader calls and nobody waits, so there is no result, and only the owner tells of a failure.
template <class World, class F>
void cast(World& world, Calls& calls, F call, WhenFull when_full = WhenFull::block) {
  if (world.rank() != 0) return;
  Connection& connection = calls.connection;
  const std::lock_guard lock(connection.mutex);
  connection.casting = when_full == WhenFull::drop ? tell<WhenFull::drop> : tell<WhenFull::block>;
  const std::shared_ptr<void> end(nullptr, [&](void*) { connection.casting = nullptr; });
  call();
}

// ---- the owner

struct Request {
  int method;
  std::string_view arguments;
};

template <class F, class R, class... A>
Bytes answer(const Request& request, const F& call, R (F::*)(A...) const) {
  Reader reader{request.arguments};
  // In braces, since those are read from left to right.
  std::tuple<decltype(Wire<std::remove_cvref_t<A>>::get(reader))...> arguments{
      Wire<std::remove_cvref_t<A>>::get(reader)...};
  if (!reader.rest.empty()) throw std::runtime_error("more bytes than the method's arguments");
  Bytes result;
  if constexpr (std::is_void_v<R>) {
    std::apply(call, arguments);
  } else {
    Wire<R>::put(result, std::apply(call, arguments));
  }
  return result;
}
/// Makes the call that a request is for, e.g. [&](uint64_t key) { return directory.find(key); }.
template <class F>
Bytes answer(const Request& request, const F& call) {
  return answer(request, call, &F::operator());
}

/// Takes the calls to one artifact as long as it lives. One thread receives and stamps them, one
/// runs them, one after another: what waited too long is not run, and what comes again is answered
/// from memory.
class Owner {
 public:
  using Dispatch = std::function<Bytes(const Request&)>;

  /// It listens at one interface: tcp://eth0:* (any port), tcp://10.0.0.1:7001
  Owner(Connection& connection, const std::string& interface, const Keys& keys, Dispatch dispatch)
      : connection_(connection), dispatch_(std::move(dispatch)) {
    for (const char* all : {"tcp://*", "tcp://0.0.0.0", "tcp://[::]"})
      if (interface.starts_with(all)) throw std::runtime_error(interface + ": name one interface");
    if (const int on = 1; keys.secret_key[0] != 0) {
      zmq_setsockopt(router_.get(), ZMQ_CURVE_SERVER, &on, sizeof on);
      zmq_setsockopt(router_.get(), ZMQ_CURVE_SECRETKEY, keys.secret_key, sizeof keys.secret_key);
    }
    if (zmq_bind(router_.get(), interface.c_str()) != 0)
      throw std::runtime_error("cannot listen at " + interface + ": " + zmq_strerror(errno));
    char bound[256] = {};
    size_t size = sizeof bound;
    zmq_getsockopt(router_.get(), ZMQ_LAST_ENDPOINT, bound, &size);
    endpoint = bound;
    zmq_bind(inbox_.get(), "inproc://queue");
    zmq_connect(queue_.get(), "inproc://queue");
    connection_.run_here = [this](int method, const Bytes& arguments, Clock::time_point deadline) {
      return run({method, arguments}, deadline);
    };
    receiver_ = std::thread([this] { receive_calls(); });
    runner_ = std::thread([this] { run_calls(); });
  }
  ~Owner() {
    zmq_ctx_shutdown(context_.get());  // ends the loops of both threads
    receiver_.join();
    runner_.join();
    connection_.run_here = nullptr;
  }

  std::string endpoint;  // where it listens: tcp://10.0.0.1:40123

 private:
  struct Session {  // of a caller, from its start to its end
    uint64_t sequence = 0;
    Bytes reply;
    Clock::time_point used;
  };

  /// For the artifact's own process, and for what came by message. Nobody waits for a cast, so it
  /// has no deadline, and its failure is told here.
  Outcome run(const Request& request, Clock::time_point deadline) {
    const std::unique_lock lock(mutex_, deadline);
    if (!lock || Clock::now() > deadline) return {Status::expired, "its time ended in the queue"};
    Outcome outcome = {Status::failed, "threw what is no std::exception"};
    try {
      outcome = {Status::ok, request.method == kGreeting ? Bytes() : dispatch_(request)};
    } catch (const std::exception& error) {
      outcome.second = error.what();
    } catch (...) {
    }
    if (outcome.second.size() > kLargestMessage)
      outcome = {Status::failed, "the result is larger than a message"};
    if (deadline == kNever && outcome.first != Status::ok)
      std::fprintf(stderr, "%s: a cast failed: %s\n", connection_.artifact, outcome.second.c_str());
    return outcome;
  }

  /// Replies go out, calls come in and are stamped.
  void receive_calls() {
    zmq_pollitem_t items[] = {{inbox_.get(), 0, ZMQ_POLLIN, 0}, {router_.get(), 0, ZMQ_POLLIN, 0}};
    for (;;) {
      if (zmq_poll(items, 2, -1) < 0) {
        if (errno == EINTR) continue;
        return;
      }
      if (items[0].revents & ZMQ_POLLIN) {
        const std::vector<Bytes> reply = receive(inbox_);
        if (reply.size() == 2) send(router_, {reply[0], reply[1]});  // to whom is still there
      }
      if (items[1].revents & ZMQ_POLLIN) {
        const std::vector<Bytes> call = receive(router_);
        const auto now = Clock::now();
        const std::string_view arrival(reinterpret_cast<const char*>(&now), sizeof now);
        if (call.size() == 2 && read_header(call[1])) send(inbox_, {call[0], call[1], arrival});
      }
    }
  }

  void run_calls() {
    for (;;) {
      const std::vector<Bytes> call = receive(queue_);  // from whom, what, when
      if (call.empty()) return;
      Clock::time_point arrival;
      std::memcpy(&arrival, call[2].data(), sizeof arrival);
      const Bytes reply = reply_to(call[1], arrival);
      if (!reply.empty()) send(queue_, {call[0], reply});
    }
  }

  /// None for a call whose caller went on long ago.
  Bytes reply_to(std::string_view call, Clock::time_point arrival) {
    Header header = *read_header(call);
    const auto reply = [&](const Outcome& outcome) {
      header.incarnation = incarnation_;
      header.status = outcome.first;
      return message(header, outcome.second);
    };
    if (header.program != connection_.header.program ||
        header.version != connection_.header.version)
      return reply({Status::wrong_version, "the owner is of another build"});

    Session& session = sessions_[{header.caller, header.incarnation}];
    session.used = arrival;
    if (header.sequence == session.sequence) return session.reply;  // it was run already
    if (header.sequence < session.sequence) return {};
    const auto deadline = header.budget ? arrival + milliseconds(header.budget) : kNever;
    session.sequence = header.sequence;
    session.reply = reply(run({header.method, call.substr(sizeof header)}, deadline));
    const Bytes answer = session.reply;
    if (sessions_.size() > 1024)  // callers come and go
      sessions_.erase(std::min_element(sessions_.begin(), sessions_.end(), [](auto& a, auto& b) {
        return a.second.used < b.second.used;
      }));
    return answer;
  }

  Connection& connection_;
  Dispatch dispatch_;
  uint32_t incarnation_ = std::random_device()();
  std::map<std::pair<uint32_t, uint32_t>, Session> sessions_;  // by caller and its incarnation
  std::timed_mutex mutex_;                                     // the artifact's
  Context context_ = make_context();
  Socket router_ = make_socket(context_, ZMQ_ROUTER);
  Socket inbox_ = make_socket(context_, ZMQ_PAIR);  // the queue, as the thread that receives has it
  Socket queue_ = make_socket(context_, ZMQ_PAIR);  // and the one that runs
  std::thread receiver_, runner_;
};
