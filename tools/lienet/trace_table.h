// A traced step as tables and as JSON.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "tools/lienet/trace_run.h"
#include "tools/pictures/curves_page.h"

namespace lienet::commands {

// A row for each op, and for each complete gradient. A leaf is a parameter: what is done to its
// gradient counts as the next op's time. Two shares of the mask: of positions, and of |G|^2.
Table forward_table(const Trace& trace);
Table backward_table(const Trace& trace);

// "forward_ms", "backward_ms", "peak_bytes", "loss", and a list of each pass: "forward",
// "backward". What a row has not is null or left out.
nlohmann::ordered_json json_of(const Trace& trace);

}  // namespace lienet::commands
