// Tests of RandomWeights, derived by `combine test artifacts/load/random_weights.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: loader, since load fills a LlamaConfig and LlamaWeights
#include "artifacts/load/random_weights.h"

#include "testing/loader.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : RandomWeights {
  Device device;
  struct {
    int rank() const { return 0; }
    int size() const { return 1; }
  } world;
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "RandomWeights",
    .fields = {field_of<Subject>("seed", &Subject::seed, said({0, 1000000}))},
    .methods = loader_methods<Subject>(),
};

COOP_SMOKE(RandomWeights)
COOP_FIELD_MATTERS(RandomWeights, seed)
COOP_METHOD_MATTERS(RandomWeights, load)
COOP_LAWS(RandomWeights, what_is_meant_is_not_refused, same_again, instances_are_apart,
          the_shape_is_that_of_the_file, the_weights_are_those_of_the_file,
          a_second_model_is_like_a_first)
