// What tests may include beside the header of a kind: `combine test` reads and compiles it once for
// all artifacts. Headers of kinds stand apart, since each says how its artifacts are run; each is
// read and compiled once on top of this one.
#pragma once

#include "testing/contracts.h"
#include "testing/counts.h"
#include "testing/example.h"
#include "testing/fake_peer.h"
#include "testing/golden.h"
#include "testing/refusals.h"
#include "testing/ties.h"
