// The same by hand, with nothing but what it takes: a thread that echoes, and callers that wait as
// long as it takes. No deadline, no key, no check of what comes in.
#include <zmq.h>

#include <cstring>

#include "timing.h"

constexpr size_t kSize = 40 + sizeof(Words);

int main(int, char** argv) {  // serve|connect ENDPOINT
  void* const context = zmq_ctx_new();
  char message[kSize] = {}, caller[256];
  if (std::strcmp(argv[1], "serve") == 0) {
    void* const router = zmq_socket(context, ZMQ_ROUTER);
    zmq_bind(router, argv[2]);
    for (;;) {
      const int size = zmq_recv(router, caller, sizeof caller, 0);
      zmq_recv(router, message, kSize, 0);
      zmq_send(router, caller, size, ZMQ_SNDMORE);
      zmq_send(router, message, kSize, 0);
    }
  }
  void* const dealer = zmq_socket(context, ZMQ_DEALER);
  zmq_connect(dealer, argv[2]);
  time_calls([&] {
    zmq_send(dealer, message, kSize, 0);
    zmq_recv(dealer, message, kSize, 0);
  });
  zmq_close(dealer);
  zmq_ctx_term(context);
}
