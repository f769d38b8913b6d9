// How long this process has lived: loading and set-up count, too.
#pragma once

namespace lienet {

// Seconds, to a hundredth; NaN where the system does not tell.
double process_age();

}  // namespace lienet
