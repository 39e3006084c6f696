// The same of artifacts of a model, whose headers know its shape.
#pragma once

#include "testing/attention.h"
#include "testing/cache.h"
#include "testing/compressor.h"
#include "testing/model.h"
#include "testing/precompiled.h"
