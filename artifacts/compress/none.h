// No compression: the cache keeps every token.
#pragma once

#include <coop/artifact.h>

struct NoCompression : coop::Artifact {};
