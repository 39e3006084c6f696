// Compares the logits that a program wrote with the naive reference:
//   check_logits MODEL TOKENIZER TEXT LOGITS TOLERANCE
// MODEL and TOKENIZER are llama2.c's, TEXT is a file with one document, and LOGITS is what
// services/perplexity.h wrote for it: float32 (positions, vocab_size). Prints the largest
// difference; exits 1 when it is above TOLERANCE.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "artifacts/tokenize/llama2c_tokenizer.h"
#include "tests/reference/naive_llama.h"

int main(int argc, char** argv) try {
  NaiveLlama naive;
  if (argc != 6 || !naive.read_llama2c(argv[1])) {
    std::fprintf(stderr, "usage: check_logits MODEL TOKENIZER TEXT LOGITS TOLERANCE\n");
    return 2;
  }
  Llama2cTokenizer tokenizer;
  tokenizer.path = argv[2];
  tokenizer.load(argv[1], naive.vocab_size);
  std::ifstream text_file(argv[3]);
  std::string text{std::istreambuf_iterator<char>(text_file), {}};
  if (!text.empty() && text.back() == '\n') text.pop_back();
  const auto expected = naive.forward(tokenizer.encode(text));

  std::ifstream file(argv[4], std::ios::binary);
  std::vector<float> row(naive.vocab_size);
  double largest = 0.0;
  size_t rows = 0;
  while (file.read(reinterpret_cast<char*>(row.data()), row.size() * sizeof(float))) {
    if (rows == expected.size()) {
      std::fprintf(stderr, "more rows of logits than tokens\n");
      return 1;
    }
    for (int i = 0; i < naive.vocab_size; ++i) {
      const double difference = std::abs(expected[rows][i] - row[i]);
      if (!(difference <= largest)) largest = difference;  // NaN too
    }
    ++rows;
  }
  std::printf("%zu positions, largest difference %.2e\n", rows, largest);
  return rows > 0 && largest <= std::atof(argv[5]) ? 0 : 1;
} catch (const std::exception& error) {
  std::fprintf(stderr, "error: %s\n", error.what());
  return 1;
}
