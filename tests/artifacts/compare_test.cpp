// The service that compares compressors, bound by hand, against the reference.
#include "services/compare.h"

#include <cmath>
#include <fstream>
#include <sstream>

#include "artifacts/compress/random_tokens.h"
#include "tests/artifacts/fixture.h"

namespace {

/// A document is the numbers of its tokens; each is written in two bytes.
struct NumberTokenizer : coop::Artifact {
  void load(this auto&, const std::string&, int) {}
  std::vector<int> encode(this auto&, const std::string& text) {
    std::istringstream in(text);
    std::vector<int> tokens;
    for (int token; in >> token;) tokens.push_back(token);
    return tokens;
  }
  std::string decode(this auto&, int, int) { return "ab"; }
  bool is_end(this auto&, int) { return false; }
};

/// HandBound binds a sampler, which is not used, and no metrics: these stand for them.
template <class Compressor>
struct Service : Compare<NaiveLoader, NumberTokenizer, Compressor> {
  struct Metrics {
    double seconds() { return 0.25; }
    double kept_share() { return 0.5; }
  };
  TopP sampler;
  Metrics compressor_metrics;
};

constexpr int kPrompt = 20;

/// Documents of these lengths; the second is too short to be scored.
class CompareTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream file(folder.file("text"));
    for (const int length : {30, kPrompt + 1, 40}) {
      documents.push_back(random_tokens(length, naive.vocab_size, length));
      for (const int token : documents.back()) file << token << ' ';
      file << "\n<|endoftext|>\n";
    }
  }

  /// What is printed, and the logits.
  template <class Compressor>
  std::pair<std::string, std::vector<std::vector<float>>> run(int budget) {
    HandBound<Service<Compressor>> service;
    service.loader.source = &naive;
    if constexpr (requires { service.compressor.budget; }) service.compressor.budget = budget;
    testing::internal::CaptureStdout();
    const std::string reference = budget == 0 ? "" : folder.file("full");
    const std::string logits = folder.file(budget == 0 ? "full" : "logits");
    service.run("", folder.file("text"), kPrompt, reference, logits, folder.file("scores"));
    std::vector<std::vector<float>> rows;
    std::ifstream file(logits, std::ios::binary);
    std::vector<float> row(naive.vocab_size);
    while (file.read(reinterpret_cast<char*>(row.data()), row.size() * sizeof(float))) {
      rows.push_back(row);
    }
    return {testing::internal::GetCapturedStdout(), rows};
  }

  static void expect_figure(const std::string& report, const std::string& name, double value) {
    const size_t at = report.find(name);
    ASSERT_NE(at, std::string::npos) << report;
    EXPECT_NEAR(std::stod(report.substr(at + name.size())), value, 2e-6) << name;
  }

  const NaiveLlama naive = random_llama();
  const ScratchFolder folder;
  std::vector<std::vector<int>> documents;
};

TEST_F(CompareTest, WithTheFullCacheScoresWhatTheReferenceSays) {
  const auto [report, logits] = run<NoCompression>(0);
  std::vector<std::vector<double>> expected;
  double nll = 0.0;
  for (const int document : {0, 2}) {
    const std::vector<int>& tokens = documents[document];
    const auto rows = naive.forward(tokens);
    for (size_t i = kPrompt; i + 1 < tokens.size(); ++i) {
      expected.push_back(rows[i]);
      double sum = 0.0;
      for (const double logit : rows[i]) sum += std::exp(logit);
      nll += std::log(sum) - rows[i][tokens[i + 1]];
    }
  }
  EXPECT_EQ(expected.size(), 9u + 19u);
  EXPECT_LT(largest_difference(expected, logits), 1e-4);
  expect_figure(report, "documents", 2);
  expect_figure(report, "tokens", 28);
  expect_figure(report, "nll", nll / 28);
  expect_figure(report, "kept share", 0.5);
  EXPECT_EQ(report.find("divergence"), std::string::npos);
}

TEST_F(CompareTest, TheDivergenceIsOfTheLogits) {
  const auto full = run<NoCompression>(0).second;
  const auto [report, logits] = run<RandomTokens>(12);
  ASSERT_EQ(full.size(), logits.size());
  double sum = 0.0;
  for (size_t row = 0; row < full.size(); ++row) {
    double of_full = 0.0, of_logits = 0.0;
    for (size_t i = 0; i < full[row].size(); ++i) {
      of_full += std::exp(static_cast<double>(full[row][i]));
      of_logits += std::exp(static_cast<double>(logits[row][i]));
    }
    for (size_t i = 0; i < full[row].size(); ++i) {
      const double p = std::exp(static_cast<double>(full[row][i])) / of_full;
      sum += p * std::log(p / std::exp(static_cast<double>(logits[row][i])) * of_logits);
    }
  }
  EXPECT_GT(sum, 0.001);
  expect_figure(report, "divergence", sum / full.size());
  const auto [unchanged, same] = run<RandomTokens>(kPrompt);
  expect_figure(unchanged, "divergence", 0.0);
  EXPECT_EQ(same, full);
}

TEST_F(CompareTest, EachScoredTokenHasALine) {
  const auto [report, logits] = run<NoCompression>(0);
  std::ifstream file(folder.file("scores"));
  int lines = 0, hits = 0;
  double total = 0.0;
  int document, begin, end, token, hit;
  double nll, divergence;
  while (file >> document >> begin >> end >> token >> nll >> divergence >> hit) {
    const int place = document == 0 ? kPrompt + 1 + lines : kPrompt + 1 + lines - 9;
    EXPECT_EQ(document, lines < 9 ? 0 : 2);
    EXPECT_EQ(begin, 2 * place);
    EXPECT_EQ(end, 2 * place + 2);
    EXPECT_EQ(token, documents[document][place]);
    const std::vector<float>& row = logits[lines];
    EXPECT_EQ(hit, *std::max_element(row.begin(), row.end()) == row[token]);
    ++lines, hits += hit, total += nll;
  }
  EXPECT_EQ(lines, 28);
  expect_figure(report, "hits", hits / 28.0);
  EXPECT_NEAR(total / 28, std::stod(report.substr(report.find("nll") + 3)), 1e-4);
}

/// Metrics and the peers that they ask, by hand.
struct BoundMetrics : CompressorMetrics {
  struct Model {
    LlamaConfig config = {.layers = 2};
  } model;
  struct Cache {
    int length(int layer) { return layer == 0 ? 10 : 20; }
    int next_position(int) { return 60; }
  } kv_cache;
  struct Start {
    double elapsed() { return 3.0; }
  } compressor_start;
  Device device;
};

TEST(CompressorMetricsTest, SeesWhatIsKeptAndAddsUpTime) {
  BoundMetrics metrics;
  EXPECT_EQ(metrics.length(), 15.0);
  EXPECT_EQ(metrics.kept_share(), 0.25);
  EXPECT_EQ(metrics.seconds(), 0.0);
  metrics.after_append(0);
  metrics.after_prefill();
  EXPECT_EQ(metrics.seconds(), 6.0);
}

TEST_F(CompareTest, RefusesWhatCannotBeCompared) {
  run<NoCompression>(0);
  documents = {random_tokens(30, naive.vocab_size, 1)};
  std::ofstream file(folder.file("text"));
  for (const int token : documents[0]) file << token << ' ';
  file.close();
  EXPECT_THROW(run<RandomTokens>(12), std::runtime_error);  // the reference has more
  testing::internal::GetCapturedStdout();
  std::ofstream(folder.file("full"), std::ios::trunc) << "short";
  EXPECT_THROW(run<RandomTokens>(12), std::runtime_error);
  testing::internal::GetCapturedStdout();
  std::ofstream(folder.file("text"), std::ios::trunc) << "1 2 3\n";
  EXPECT_THROW(run<NoCompression>(0), std::runtime_error);  // nothing to score
  testing::internal::GetCapturedStdout();
}

}  // namespace
