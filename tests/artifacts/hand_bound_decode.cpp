// Decodes with the service bound by hand:
//   hand_bound_decode MODEL TOKENIZER PROMPT STEPS [COMPRESSOR [SINKS WINDOW [TEMPERATURE SEED]]]
// prints what the emitted program prints for the same arguments. A MODEL that is a folder is read
// in Hugging Face's layout and TOKENIZER is not used; otherwise both are llama2.c's, and an empty
// TOKENIZER is the one beside the model. COMPRESSOR is streaming (default) or none.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <string>

#include "artifacts/compress/none.h"
#include "artifacts/load/llama2c_checkpoint.h"
#include "artifacts/tokenize/llama2c_tokenizer.h"
#include "services/decode.h"
#include "tests/artifacts/hand_bound.h"

template <class Service>
int decode(int argc, char** argv) {
  HandBound<Service> service;
  if constexpr (requires { service.tokenizer.path; }) service.tokenizer.path = argv[2];
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
  if (std::filesystem::is_directory(argv[1])) {
    return none ? decode<Decode<HuggingFace, BytePair, NoCompression>>(argc, argv)
                : decode<Decode<>>(argc, argv);
  }
  return none ? decode<Decode<Llama2cCheckpoint, Llama2cTokenizer, NoCompression>>(argc, argv)
              : decode<Decode<Llama2cCheckpoint, Llama2cTokenizer>>(argc, argv);
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
