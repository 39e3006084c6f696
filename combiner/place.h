// Crop → Plan: how each call across artifacts is made at the requested scale, and what each method
// becomes. The last stage that knows the scale.
#pragma once

#include "combiner/crop.h"

namespace combiner {

/// A method that touches only its own state stays a member of its struct. One that reaches a peer,
/// itself or through what it calls, becomes a function of the service: model.forward is
/// model_forward(Decode& self, ...). An overload set moves together.
Result<Plan> place(const Request& request, const Registry& registry, const Crop& crop);

}  // namespace combiner
