// Compares logits that a program wrote with the naive reference:
//   check_logits MODEL LOGITS TOLERANCE < TOKENS
// MODEL is a llama2.c checkpoint, LOGITS float32 (positions, vocab_size), TOKENS numbers parted by
// white space. Prints the largest difference; exits 1 when it is above TOLERANCE.
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include "tests/reference/naive_llama.h"

int main(int argc, char** argv) {
  NaiveLlama naive;
  if (argc != 4 || !naive.read_llama2c(argv[1])) {
    std::fprintf(stderr, "usage: check_logits MODEL LOGITS TOLERANCE < TOKENS\n");
    return 2;
  }
  std::vector<int> tokens;
  for (int token; std::cin >> token;) tokens.push_back(token);
  std::ifstream file(argv[2], std::ios::binary);
  std::vector<float> row(naive.vocab_size);
  double largest = 0.0;
  int rows = 0;
  const auto expected = naive.forward(tokens);
  while (file.read(reinterpret_cast<char*>(row.data()), row.size() * sizeof(float))) {
    if (rows == static_cast<int>(expected.size())) {
      std::fprintf(stderr, "more rows of logits than tokens\n");
      return 1;
    }
    for (int i = 0; i < naive.vocab_size; ++i) {
      const double difference = std::abs(expected[rows][i] - row[i]);
      if (!(difference <= largest)) largest = difference;  // NaN too
    }
    ++rows;
  }
  std::printf("%d positions, largest difference %.2e\n", rows, largest);
  return rows > 0 && largest <= std::atof(argv[3]) ? 0 : 1;
}
