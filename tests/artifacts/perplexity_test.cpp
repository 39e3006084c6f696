// The service that measures perplexity, bound by hand, against the reference.
#include "services/perplexity.h"

#include <cmath>
#include <fstream>

#include "tests/artifacts/fixture.h"

namespace {

/// Each byte is a token, so that any model with 256 of them can read.
struct ByteTokenizer : coop::Artifact {
  void load(this auto&, const std::string&, int) {}
  std::vector<int> encode(this auto&, const std::string& text) {
    std::vector<int> tokens = {1};
    for (const char byte : text) tokens.push_back(static_cast<unsigned char>(byte));
    return tokens;
  }
  std::string decode(this auto&, int, int token) {
    return std::string(1, static_cast<char>(token));
  }
  bool is_end(this auto&, int token) { return token == 1; }
};

struct Service : Perplexity<NaiveLoader, ByteTokenizer, StreamingLlm> {
  TopP sampler;  // HandBound binds one; it is not used
};

TEST(Perplexity, EqualsTheReference) {
  NaiveLlama naive = random_llama();
  naive.vocab_size = 256;
  naive.randomize(3);
  const ScratchFolder folder;
  std::string first = "It was a day of rain.\nNobody went out.", second = "Then came the sun,";
  for (int i = 0; i < 3; ++i) second += " and the sun stayed";
  std::ofstream(folder.file("text")) << first << "\n<|endoftext|>\n" << second << "\n";

  HandBound<Service> service;
  service.loader.source = &naive;
  service.compressor.sinks = 2;
  service.compressor.window = 30;
  testing::internal::CaptureStdout();
  EXPECT_EQ(service.run("", folder.file("text"), 2048, 4, folder.file("logits")), 0);
  const std::string report = testing::internal::GetCapturedStdout();

  ByteTokenizer tokenizer;
  std::vector<int> tokens = tokenizer.encode(first);
  const std::vector<int> more = tokenizer.encode(second);
  tokens.insert(tokens.end(), more.begin(), more.end());
  const int last = tokens.back();
  tokens.pop_back();
  const auto expected = naive.forward(tokens, 2, 30, NaiveLlama::Positions::kWithinCache);
  std::vector<std::vector<float>> logits;
  std::ifstream file(folder.file("logits"), std::ios::binary);
  std::vector<float> row(256);
  while (file.read(reinterpret_cast<char*>(row.data()), 1024)) logits.push_back(row);
  EXPECT_LT(largest_difference(expected, logits), 1e-4);

  tokens.push_back(last);
  double nll = 0.0;
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    double sum = 0.0;
    for (const double logit : expected[i]) sum += std::exp(logit);
    nll += std::log(sum) - expected[i][tokens[i + 1]];
  }
  char total[32];
  std::snprintf(total, sizeof(total), "all     %8.4f", nll / (tokens.size() - 1));
  EXPECT_NE(report.find(total), std::string::npos) << report;
  EXPECT_NE(report.find(std::to_string(tokens.size()) + "  "), std::string::npos) << report;
  EXPECT_NE(report.find("          32  "), std::string::npos) << report;  // the cache's length
}

TEST(Perplexity, RefusesTextsThatAreAbsentOrTooShort) {
  const NaiveLlama naive = random_llama();
  const ScratchFolder folder;
  std::ofstream(folder.file("text")) << "\n";
  HandBound<Service> service;
  service.loader.source = &naive;
  EXPECT_THROW(service.run("", folder.file("absent")), std::runtime_error);
  EXPECT_THROW(service.run("", folder.file("text")), std::runtime_error);
}

}  // namespace
