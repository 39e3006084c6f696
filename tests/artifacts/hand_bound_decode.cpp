// Decodes with the service bound by hand:
//   hand_bound_decode MODEL TOKENIZER PROMPT STEPS [COMPRESSOR [SINKS WINDOW [TEMPERATURE SEED]]]
// prints what the emitted program prints for the same arguments. COMPRESSOR is streaming (default)
// or none.
#include <cstdlib>
#include <exception>

#include "artifacts/compress/none.h"
#include "artifacts/load/llama2c_checkpoint.h"
#include "artifacts/tokenize/llama2c_tokenizer.h"
#include "services/decode.h"
#include "tests/artifacts/hand_bound.h"

template <class Compressor>
int decode(int argc, char** argv) {
  HandBound<Decode<Llama2cCheckpoint, Llama2cTokenizer, Compressor>> service;
  service.tokenizer.path = argv[2];
  if constexpr (requires { service.compressor.window; }) {
    if (argc > 7) service.compressor.sinks = std::atoi(argv[6]);
    if (argc > 7) service.compressor.window = std::atoi(argv[7]);
  }
  if (argc > 8) service.sampler.temperature = std::strtof(argv[8], nullptr);
  if (argc > 9) service.sampler.seed = std::atoi(argv[9]);
  return service.run(argv[1], argv[3], std::atoi(argv[4]));
}

int main(int argc, char** argv) try {
  if (argc < 5) {
    std::fprintf(stderr,
                 "usage: hand_bound_decode MODEL TOKENIZER PROMPT STEPS [COMPRESSOR ...]\n");
    return 2;
  }
  const bool none = argc > 5 && std::string(argv[5]) == "none";
  return none ? decode<NoCompression>(argc, argv) : decode<StreamingLlm>(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
