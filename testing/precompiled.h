// What tests of artifacts of no model include, in one piece: `combine test` reads and compiles it
// once for all of them.
#pragma once

#include "testing/cache_manager.h"
#include "testing/contracts.h"
#include "testing/counts.h"
#include "testing/example.h"
#include "testing/fake_peer.h"
#include "testing/golden.h"
#include "testing/sampler.h"
#include "testing/ties.h"
#include "testing/universal.h"
