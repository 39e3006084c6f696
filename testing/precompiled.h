// What tests may include beside the header of a kind: `combine test` reads and compiles both once
// for all artifacts of the kind. Kinds stand apart, since each says how its artifacts are run.
#pragma once

#include "testing/contracts.h"
#include "testing/counts.h"
#include "testing/example.h"
#include "testing/fake_peer.h"
#include "testing/golden.h"
#include "testing/ties.h"
