// A traced step as a drawing: the network from the image down to the loss, forward to its left,
// backward to its right.
#pragma once

#include <string>

#include "tools/lienet/trace_run.h"

namespace lienet::commands {

// One <svg> element, narrow enough for a phone, with colours of its own for light and dark. A row
// for each op; lines are the tensors that go on and the gradients that come back, a sum sign where
// several parts make a gradient, a tinted row where it is inhibited. Bars: time, and bytes in use
// (of which the row's own tensor).
std::string trace_svg(const Trace& trace);

// A self-contained page: what was done, the drawing, all numbers.
std::string trace_html(const Trace& trace, const std::string& title, const std::string& note);

}  // namespace lienet::commands
