// Tests of Llama2cCheckpoint, derived by `combine test artifacts/load/llama2c_checkpoint.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: loader, since load fills a LlamaConfig and LlamaWeights
#include "artifacts/load/llama2c_checkpoint.h"

#include "testing/loader.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : Llama2cCheckpoint {
  Device device;
  struct {
    int rank() const { return 0; }
    int size() const { return 1; }
  } world;
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "Llama2cCheckpoint",
    .methods = loader_methods<Subject>(),
};

COOP_SMOKE(Llama2cCheckpoint)
COOP_METHOD_MATTERS(Llama2cCheckpoint, load)
COOP_LAWS(Llama2cCheckpoint, same_again, instances_are_apart, the_shape_is_that_of_the_file,
          the_weights_are_those_of_the_file, a_second_model_is_like_a_first,
          what_is_no_whole_file_is_refused)
