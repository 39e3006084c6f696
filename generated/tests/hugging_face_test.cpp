// Tests of HuggingFace, derived by `combine test artifacts/load/hugging_face.h`.
// To change them, write to the artifact: ranges, contracts, examples, exceptions (docs/testing.md).
// Kind: loader, since load fills a LlamaConfig and LlamaWeights
// Peers: model {config}
#include "artifacts/load/hugging_face.h"

#include "testing/loader.h"

using namespace coop::testing;

/// The artifact as it is written, beside a reference for each peer that it reaches.
struct Subject : HuggingFace {
  Device device;
  struct {
    int rank() const { return 0; }
    int size() const { return 1; }
  } world;
  FakeModel model;

  void look_at_peers(std::vector<std::string>& seen) const { model.look(seen); }
};

/// What a scenario may set and call.
const Description<Subject> kDescription{
    .name = "HuggingFace",
    .methods = loader_methods<Subject>(),
};

COOP_SMOKE(HuggingFace)
COOP_PEERS(HuggingFace)
COOP_METHOD_MATTERS(HuggingFace, load)
COOP_LAWS(HuggingFace, same_again, instances_are_apart, the_shape_is_that_of_the_file,
          the_weights_are_those_of_the_file, a_second_model_is_like_a_first,
          what_is_no_whole_file_is_refused)
