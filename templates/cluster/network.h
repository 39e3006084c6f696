// Where owned artifacts take calls, when MPI starts the processes: each owner listens at one named
// interface of its host, and MPI tells the others where, and with which key.
#pragma once

#include <exception>

#include "owned.h"
#include "world.h"  // and mpi.h

struct Network {
  std::string interface;  // e.g. eth0, or an address

  template <class Flags>
  void add_flags(Flags& flags) {
    flags.option("--interface", interface, "Where owned artifacts take calls: eth0, an address");
  }
};

/// All ranks are on one host.
inline bool is_one_host() {
  MPI_Comm host;
  int here = 0, all = 0;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &host);
  MPI_Comm_size(host, &here);
  MPI_Comm_size(MPI_COMM_WORLD, &all);
  MPI_Comm_free(&host);
  return here == all;
}

/// One artifact, from the start of the calls to their end: `rank` owns it, and runs `dispatch`.
class Ownership {
 public:
  Ownership(World& world, const Network& network, Calls& calls, Owner::Dispatch dispatch,
            int rank = 0) {
    struct {
      char endpoint[128] = {};
      char public_key[sizeof Keys::public_key] = {};
    } where;
    const bool one_host = is_one_host();
    if (world.rank() == rank) {
      if (network.interface.empty() && !one_host)
        throw std::runtime_error(
            "ranks are on several hosts, so say at which interface owned artifacts take calls: "
            "--interface eth0, or an address");
      const std::string interface = network.interface.empty() ? "127.0.0.1" : network.interface;
      const Keys keys = make_keys();
      owner_ =
          std::make_unique<Owner>(calls.connection, "tcp://" + interface + ":*", keys, dispatch);
      owner_->endpoint.copy(where.endpoint, sizeof where.endpoint - 1);
      std::copy(std::begin(keys.public_key), std::end(keys.public_key), where.public_key);
    }
    MPI_Bcast(&where, sizeof where, MPI_BYTE, rank, MPI_COMM_WORLD);
    if (world.rank() == rank) return;
    calls.connection.header.caller = static_cast<uint32_t>(world.rank());
    calls.connection.owner = "rank " + std::to_string(rank) + " at " + where.endpoint;
    calls.connection.connect(where.endpoint, where.public_key);
    calls.connection.greet(milliseconds(10000));
  }

  /// The owner answers until every rank has made its last call; after an error nobody waits.
  ~Ownership() {
    if (std::uncaught_exceptions() > 0) return;
    MPI_Request all_are_here;
    MPI_Ibarrier(MPI_COMM_WORLD, &all_are_here);
    for (int done = 0; !done; std::this_thread::sleep_for(milliseconds(done ? 0 : 1)))
      MPI_Test(&all_are_here, &done, MPI_STATUS_IGNORE);
  }

 private:
  std::unique_ptr<Owner> owner_;
};
