// Calls to an artifact that one process owns: ZeroMQ carries them, a ROUTER socket at the owner, a
// DEALER socket at each caller.
//
//   caller: call → Header + arguments → DEALER      its deadline ends a call, whatever happens
//   owner:  ROUTER → receive, which stamps the arrival → at most 64 wait → serve, one after another
//
// A call is run at most once. Only one that is declared repeatable is sent again, and the owner
// answers a repetition from memory. An answer that comes too late is dropped.
#pragma once

#include <zmq.h>

#include <algorithm>
#include <array>
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

enum class Status : uint32_t { ok, failed, expired, unreachable, wrong_version };

/// Why a call has no result: it `failed` at its owner, which says why; its time `expired`, and it
/// may have been run or not; its owner was `unreachable`, or is of another build.
struct RemoteError : std::runtime_error {
  RemoteError(Status status, const std::string& text) : std::runtime_error(text), status(status) {}
  Status status;
};

/// In front of each message, there and back.
struct Header {
  uint64_t program;      // what can be called, and with what; another build has another
  uint16_t version = 1;  // of this header
  uint16_t method;
  uint32_t caller;       // its rank, or what it drew as it began
  uint32_t incarnation;  // drawn as the sender began: one that was restarted has another
  uint32_t budget;       // milliseconds that are left; 0: nobody waits for an answer
  uint64_t sequence;     // of the caller's calls
  Status status = Status::ok;
  uint32_t bytes;  // that follow
};
static_assert(sizeof(Header) == 40, "a layout without gaps");

/// What the declaration of a method says about calls to it. Its name is that of the function in
/// which this is made.
struct Method {
  Method(int number, milliseconds deadline = milliseconds(1000), bool repeatable = false,
         const char* name = __builtin_FUNCTION())
      : number(number), deadline(deadline), repeatable(repeatable), name(name) {}
  int number;
  milliseconds deadline;
  bool repeatable;
  const char* name;
};

/// What a cast does while 64 wait already: it is lost, or waits until its deadline.
enum class WhenFull { drop, block };

// ---- Messages ---------------------------------------------------------------------------------

/// Keys of CURVE, as text. Whoever has not the owner's public key gets no answer from it.
struct Keys {
  std::array<char, 41> public_key = {}, secret_key = {};
};

inline Keys make_keys() {
  Keys keys;
  if (zmq_curve_keypair(keys.public_key.data(), keys.secret_key.data()) != 0)
    throw std::runtime_error("this libzmq was built without CURVE");
  return keys;
}

using Context = std::shared_ptr<void>;
using Socket = std::unique_ptr<void, int (*)(void*)>;

inline Context make_context() { return Context(zmq_ctx_new(), zmq_ctx_term); }

inline Socket make_socket(const Context& context, int type) {
  Socket socket(zmq_socket(context.get(), type), zmq_close);
  if (!socket) throw std::runtime_error(std::string("no socket: ") + zmq_strerror(errno));
  const auto set = [&](int option, int value) {
    zmq_setsockopt(socket.get(), option, &value, sizeof value);
  };
  const int64_t largest = kLargestMessage + sizeof(Header);
  zmq_setsockopt(socket.get(), ZMQ_MAXMSGSIZE, &largest, sizeof largest);
  set(ZMQ_LINGER, 0);
  set(ZMQ_SNDHWM, type == ZMQ_PAIR ? 32 : 64);  // both ends of a pair count
  set(ZMQ_RCVHWM, type == ZMQ_PAIR ? 32 : 64);
  set(ZMQ_IMMEDIATE, 1);  // nothing is kept for somebody who is not there
  set(ZMQ_RECONNECT_IVL, 50);
  set(ZMQ_HEARTBEAT_IVL, 500);  // a pulled cable is noticed
  set(ZMQ_HEARTBEAT_TIMEOUT, 1500);
  set(ZMQ_CONNECT_TIMEOUT, 1500);
  set(ZMQ_HANDSHAKE_IVL, 1500);
  return socket;
}

/// Whether the socket can be read, or written, before the deadline; a signal is no reason to stop.
inline bool wait_for(void* socket, short event, Clock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    zmq_pollitem_t item = {socket, 0, event, 0};
    const int ready = zmq_poll(&item, 1, std::max<long>(0, left.count()));
    if (ready > 0 || (ready < 0 && errno != EINTR)) return ready > 0;
    if (Clock::now() >= deadline) return false;
  }
}

/// False where the context has come to its end.
inline bool receive(void* socket, std::vector<Bytes>& frames) {
  frames.clear();
  for (int more = 1; more;) {
    zmq_msg_t part;
    zmq_msg_init(&part);
    int size;
    while ((size = zmq_msg_recv(&part, socket, 0)) < 0 && errno == EINTR) {
    }
    if (size >= 0) frames.emplace_back(static_cast<char*>(zmq_msg_data(&part)), size);
    more = size >= 0 && zmq_msg_more(&part);
    zmq_msg_close(&part);
    if (size < 0) return false;
  }
  return true;
}

/// False where nobody takes them: the queue is full, nobody is there, the context has ended.
inline bool send(void* socket, const std::vector<std::string_view>& frames) {
  for (const std::string_view& frame : frames) {
    const int more = &frame == &frames.back() ? 0 : ZMQ_SNDMORE;
    while (zmq_send(socket, frame.data(), frame.size(), ZMQ_DONTWAIT | more) < 0)
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

inline uint32_t draw_incarnation() { return std::random_device()(); }

// ---- The caller -------------------------------------------------------------------------------

/// One artifact's owner, as this process reaches it.
struct Connection {
  const char* artifact;        // e.g. "prefix_directory"
  uint64_t program;            // stands for the signatures of its methods
  uint32_t caller = 0;         // e.g. the rank
  std::string owner = "here";  // in messages: "rank 0"

  /// Where the artifact lives a call needs no message.
  using Outcome = std::pair<Status, Bytes>;
  std::function<Outcome(int method, const Bytes& arguments, Clock::time_point deadline)> run_here =
      {};

  Context context = {};
  Socket socket = {nullptr, zmq_close};
  std::timed_mutex mutex = {};  // one call of this process at a time
  uint32_t incarnation = draw_incarnation(), owner_incarnation = 0;
  uint64_t sequence = 0;
  uint64_t dropped = 0;  // casts that were lost

  void open(const Context& shared, const std::string& endpoint, const char* owner_key);
  Bytes exchange(const Method& method, const Bytes& arguments);
  Outcome ask(Header header, const Method& method, const Bytes& arguments,
              Clock::time_point deadline);
  std::optional<Outcome> read_answer(uint64_t sequence);
};

/// What cast() makes of the calls to an artifact that its thread makes meanwhile.
struct Casting {
  const Connection* connection = nullptr;
  WhenFull when_full = WhenFull::drop;
};
inline thread_local Casting casting;

inline void Connection::open(const Context& shared, const std::string& endpoint,
                             const char* owner_key) {
  context = shared;
  socket = make_socket(context, ZMQ_DEALER);
  if (owner_key && *owner_key) {
    const Keys own = make_keys();
    zmq_setsockopt(socket.get(), ZMQ_CURVE_SERVERKEY, owner_key, 41);
    zmq_setsockopt(socket.get(), ZMQ_CURVE_PUBLICKEY, own.public_key.data(), 41);
    zmq_setsockopt(socket.get(), ZMQ_CURVE_SECRETKEY, own.secret_key.data(), 41);
  }
  if (zmq_connect(socket.get(), endpoint.c_str()) != 0)
    throw std::runtime_error(endpoint + ": " + zmq_strerror(errno));
}

/// The answer to this call, if it is what came; what answers a call that was given up is dropped.
inline std::optional<Connection::Outcome> Connection::read_answer(uint64_t sequence) {
  std::vector<Bytes> frames;
  if (!receive(socket.get(), frames) || frames.size() != 1) return std::nullopt;
  const std::optional<Header> header = read_header(frames[0]);
  if (!header || header->sequence != sequence) return std::nullopt;
  if (owner_incarnation && owner_incarnation != header->incarnation)
    std::fprintf(stderr, "%s: %s was restarted, and has lost what it held\n", artifact,
                 owner.c_str());
  owner_incarnation = header->incarnation;
  return Outcome(header->status, frames[0].substr(sizeof(Header)));
}

inline Connection::Outcome Connection::ask(Header header, const Method& method,
                                           const Bytes& arguments, Clock::time_point deadline) {
  const bool is_cast = casting.connection == this;
  const bool drops = is_cast && casting.when_full == WhenFull::drop;
  const std::string in_time = " within " + std::to_string(method.deadline.count()) + " ms";
  for (bool sent = false;; sent = true) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
    header.budget = is_cast ? 0 : static_cast<uint32_t>(std::max<long>(1, left.count()));
    if (!wait_for(socket.get(), ZMQ_POLLOUT, drops ? Clock::now() : deadline) ||
        !send(socket.get(), {message(header, arguments)})) {
      dropped += drops;
      if (drops) return {};
      if (!sent) return {Status::unreachable, owner + " took no call" + in_time};
    } else if (is_cast) {
      return {};
    }
    const auto again = Clock::now() + method.deadline / 4;
    const auto until = method.repeatable ? std::min(deadline, again) : deadline;
    while (wait_for(socket.get(), ZMQ_POLLIN, until))
      if (std::optional<Outcome> outcome = read_answer(header.sequence)) return *outcome;
    if (Clock::now() >= deadline) return {Status::expired, "no answer from " + owner + in_time};
  }
}

inline Bytes Connection::exchange(const Method& method, const Bytes& arguments) {
  const auto deadline = Clock::now() + method.deadline;
  Outcome outcome = {Status::expired, "the other calls of this process took all of its time"};
  if (run_here) {
    outcome = run_here(method.number, arguments, deadline);
  } else if (std::unique_lock lock(mutex, deadline); lock) {
    Header header = {.program = program,
                     .method = static_cast<uint16_t>(method.number),
                     .caller = caller,
                     .incarnation = incarnation,
                     .budget = 0,
                     .sequence = ++sequence,
                     .bytes = 0};
    outcome = ask(header, method, arguments, deadline);
  }
  if (outcome.first == Status::ok) return outcome.second;
  throw RemoteError(outcome.first,
                    std::string(artifact) + "." + method.name + ": " + outcome.second);
}

/// What every process has of an artifact that one of them owns. What is generated derives from it
/// and has the artifact's methods, each of them a line.
struct Calls {
  Connection connection;

  Calls(const char* artifact, uint64_t program) : connection{artifact, program} {}

  template <class R, class... A>
  R call(const Method& method, const A&... arguments) {
    Bytes bytes;
    (Wire<A>::put(bytes, arguments), ...);
    const Bytes answer = connection.exchange(method, bytes);
    if constexpr (!std::is_void_v<R>) {
      if (casting.connection == &connection) return R();
      Reader reader{answer};
      static_assert(std::is_same_v<decltype(Wire<R>::get(reader)), R>,
                    "a view of what only the owner holds");
      return Wire<R>::get(reader);
    }
  }
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

/// The leader calls and nobody waits; there is no result, and nobody hears of a failure but its
/// owner.
template <class World, class F>
void cast(World& world, Calls& calls, F call, WhenFull when_full = WhenFull::block) {
  if (world.rank() != 0) return;
  const Casting before = std::exchange(casting, {&calls.connection, when_full});
  try {
    call();
  } catch (...) {
    casting = before;
    throw;
  }
  casting = before;
}

// ---- The owner --------------------------------------------------------------------------------

struct Request {
  int method;
  std::string_view arguments;
};

template <class F, class R, class... A>
Bytes answer(const Request& request, const F& call, R (F::*)(A...) const) {
  static_assert(
      ((!std::is_lvalue_reference_v<A> || std::is_const_v<std::remove_reference_t<A>>) && ...),
      "what a call writes into its arguments would be lost");
  Reader reader{request.arguments};
  // Braces, since what stands in them is read from left to right.
  std::tuple<decltype(Wire<std::remove_cvref_t<A>>::get(reader))...> arguments{
      Wire<std::remove_cvref_t<A>>::get(reader)...};
  if (!reader.rest.empty()) throw std::runtime_error("more came than the method's arguments");
  Bytes result;
  if constexpr (std::is_void_v<R>) {
    std::apply(call, arguments);
  } else {
    Wire<R>::put(result, std::apply(call, arguments));
  }
  return result;
}

/// Calls with the arguments of a request: `answer(request, [&](uint64_t key) { return a.find(key);
/// })`.
template <class F>
Bytes answer(const Request& request, const F& call) {
  return answer(request, call, &F::operator());
}

constexpr int kGreeting = 0xffff;  // a method that every owner has: it does nothing

/// Takes calls as long as it lives: a thread receives and stamps, another one runs.
class Owner {
 public:
  using Dispatch = std::function<Bytes(const Request&)>;

  /// `interface` is one address to listen at, e.g. tcp://eth0:*
  Owner(Connection& connection, const std::string& interface, const Keys& keys, Dispatch dispatch)
      : connection_(connection), dispatch_(std::move(dispatch)) {
    if (keys.secret_key[0]) {
      const int on = 1;
      zmq_setsockopt(router_.get(), ZMQ_CURVE_SERVER, &on, sizeof on);
      zmq_setsockopt(router_.get(), ZMQ_CURVE_SECRETKEY, keys.secret_key.data(), 41);
    }
    if (zmq_bind(router_.get(), interface.c_str()) != 0)
      throw std::runtime_error("cannot listen at " + interface + ": " + zmq_strerror(errno));
    char bound[256] = {};
    size_t size = sizeof bound;
    zmq_getsockopt(router_.get(), ZMQ_LAST_ENDPOINT, bound, &size);
    endpoint = bound;
    zmq_bind(queue_.get(), "inproc://queue");
    zmq_connect(bench_.get(), "inproc://queue");
    connection_.run_here = [this](int method, const Bytes& arguments, Clock::time_point deadline) {
      return run({method, arguments}, deadline);
    };
    receiving_ = std::thread([this] { receive_calls(); });
    serving_ = std::thread([this] { serve_calls(); });
  }
  ~Owner() {
    zmq_ctx_shutdown(context_.get());  // ends the loops of both threads
    receiving_.join();
    serving_.join();
    connection_.run_here = nullptr;
  }
  Owner(const Owner&) = delete;
  Owner& operator=(const Owner&) = delete;

  std::string endpoint;  // where it listens: tcp://10.0.0.1:40123

 private:
  struct Session {  // one caller, from its start to its end
    uint64_t sequence = 0;
    Bytes reply;
    Clock::time_point used;
  };

  /// Both the artifact's own process and the thread that serves come here.
  Connection::Outcome run(const Request& request, Clock::time_point deadline) {
    const std::unique_lock lock(mutex_, deadline);
    if (!lock || Clock::now() > deadline)
      return {Status::expired, "its time was up before its turn"};
    try {
      return {Status::ok, request.method == kGreeting ? Bytes() : dispatch_(request)};
    } catch (const std::exception& error) {
      return {Status::failed, error.what()};
    } catch (...) {
      return {Status::failed, "it threw what is no std::exception"};
    }
  }

  /// Stamps what comes and puts it into the queue. While that is full, the rest stays with its
  /// senders.
  void receive_calls() {
    std::vector<Bytes> frames;
    for (;;) {
      const bool room = wait_for(queue_.get(), ZMQ_POLLOUT, Clock::now());
      zmq_pollitem_t items[] = {
          {queue_.get(), 0, static_cast<short>(room ? ZMQ_POLLIN : ZMQ_POLLIN | ZMQ_POLLOUT), 0},
          {router_.get(), 0, static_cast<short>(room ? ZMQ_POLLIN : 0), 0}};
      if (zmq_poll(items, 2, -1) < 0 && errno != EINTR) return;
      if (items[0].revents & ZMQ_POLLIN) {
        if (!receive(queue_.get(), frames)) return;
        send(router_.get(), {frames[0], frames[1]});  // if the caller is gone, its deadline ends it
      }
      if (items[1].revents & ZMQ_POLLIN) {
        if (!receive(router_.get(), frames)) return;
        const Clock::time_point arrival = Clock::now();
        if (frames.size() == 2 && read_header(frames[1]))
          send(queue_.get(),
               {frames[0], frames[1], {reinterpret_cast<const char*>(&arrival), sizeof arrival}});
      }
    }
  }

  void serve_calls() {
    std::vector<Bytes> frames;  // who, what, when
    while (receive(bench_.get(), frames)) {
      Clock::time_point arrival;
      std::memcpy(&arrival, frames[2].data(), sizeof arrival);
      const Bytes reply = reply_to(frames[1], arrival);
      if (!reply.empty()) send(bench_.get(), {frames[0], reply});
    }
  }

  /// A call that comes again is not run again: it gets the same reply.
  Bytes reply_to(std::string_view call, Clock::time_point arrival) {
    Header header = *read_header(call);
    const auto reply = [&](const Connection::Outcome& outcome) {
      header.incarnation = incarnation_;
      header.status = outcome.first;
      return message(header, outcome.second);
    };
    if (header.program != connection_.program || header.version != Header().version)
      return reply({Status::wrong_version, "its owner is of another build"});
    Session& session = sessions_[{header.caller, header.incarnation}];
    session.used = arrival;
    if (header.sequence > session.sequence) {
      const auto deadline = header.budget ? arrival + milliseconds(header.budget)
                                          : Clock::time_point::max();  // nobody waits for a cast
      session.sequence = header.sequence;
      const auto outcome = run({header.method, call.substr(sizeof header)}, deadline);
      if (!header.budget && outcome.first != Status::ok)
        std::fprintf(stderr, "%s: a cast failed: %s\n", connection_.artifact,
                     outcome.second.c_str());
      session.reply = header.budget ? reply(outcome) : Bytes();
    } else if (header.sequence < session.sequence) {
      return {};  // its caller went on long ago
    }
    const Bytes answer = session.reply;
    if (sessions_.size() > 1024)  // callers come and go
      sessions_.erase(std::min_element(sessions_.begin(), sessions_.end(), [](auto& a, auto& b) {
        return a.second.used < b.second.used;
      }));
    return answer;
  }

  Connection& connection_;
  Dispatch dispatch_;
  std::timed_mutex mutex_;  // the artifact's
  uint32_t incarnation_ = draw_incarnation();
  std::map<std::pair<uint32_t, uint32_t>, Session> sessions_;  // by caller and its incarnation
  Context context_ = make_context();
  Socket router_ = make_socket(context_, ZMQ_ROUTER);
  Socket queue_ = make_socket(context_, ZMQ_PAIR);  // the end of the thread that receives
  Socket bench_ = make_socket(context_, ZMQ_PAIR);  // the end of the thread that serves
  std::thread receiving_, serving_;
};
