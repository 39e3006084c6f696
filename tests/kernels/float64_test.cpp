// The kernels against float64: those of the CPU, or, compiled by nvcc, those of CUDA, which are
// skipped without a GPU. Behind them, kernels with a mistake each, which the same checks must find.
#include "tests/kernels/float64.h"

#include <gtest/gtest.h>

#include <utility>

namespace {

/// Needs what the kernels run on.
class AgainstFloat64 : public testing::TestWithParam<Numbers> {
 protected:
  void SetUp() override {
#ifdef __CUDACC__
    int count = 0;
    const cudaError_t error = cudaGetDeviceCount(&count);
    if (error != cudaSuccess || count == 0) GTEST_SKIP() << "needs an NVIDIA GPU";
#endif
  }

  Device device;
  Operations kernels = device_operations(device);
};

TEST_P(AgainstFloat64, SiluMul) { EXPECT_EQ(wrong_silu_mul(kernels, GetParam()), ""); }
TEST_P(AgainstFloat64, RmsNorm) { EXPECT_EQ(wrong_rms_norm(kernels, GetParam()), ""); }
TEST_P(AgainstFloat64, Matmul) { EXPECT_EQ(wrong_matmul(kernels, GetParam()), ""); }
TEST_P(AgainstFloat64, Rope) { EXPECT_EQ(wrong_rope(kernels, GetParam()), ""); }
TEST_P(AgainstFloat64, Attend) { EXPECT_EQ(wrong_attend(kernels, GetParam()), ""); }
TEST_P(AgainstFloat64, AttendPaged) {
  for (const auto& [block, first] : {std::pair(1, 0), {16, 0}, {16, 15}, {64, 7}}) {
    read_from_blocks(device, kernels, block, first);
    EXPECT_EQ(wrong_attend(kernels, GetParam()), "") << block << " " << first;
  }
}

INSTANTIATE_TEST_SUITE_P(On, AgainstFloat64, testing::Values(Numbers::kIntegers, Numbers::kRandom),
                         [](const auto& info) {
                           return info.param == Numbers::kIntegers ? "Integers" : "RandomNumbers";
                         });

class EqualsFloat64 : public AgainstFloat64 {};

TEST_P(EqualsFloat64, Add) { EXPECT_EQ(wrong_add(kernels), ""); }
TEST_P(EqualsFloat64, Embed) { EXPECT_EQ(wrong_embed(kernels), ""); }
TEST_P(EqualsFloat64, MoveRows) { EXPECT_EQ(wrong_move_rows(kernels), ""); }
TEST_P(EqualsFloat64, StoreRows) { EXPECT_EQ(wrong_store_rows(kernels), ""); }
TEST_P(EqualsFloat64, RopeAngles) { EXPECT_EQ(wrong_rope_angles(kernels), ""); }

INSTANTIATE_TEST_SUITE_P(On, EqualsFloat64, testing::Values(Numbers::kRandom),
                         [](const auto&) { return "AnyNumbers"; });

}  // namespace
