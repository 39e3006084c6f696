// What an artifact of no known kind is held to, beside what holds of any artifact.
#pragma once

#include "testing/by_name.h"
#include "testing/calls.h"
