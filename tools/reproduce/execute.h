// Does what a plan lists.
#pragma once

#include <functional>

#include "tools/reproduce/plan.h"

namespace lienet::reproduce {

struct ExecuteHooks {
  std::function<bool()> stop;                   // asked between and during steps
  std::function<void(const std::string&)> say;  // lines for people
};

// Each step that is not done yet, as a process of its own: this program with the step's command
// line, a training that was interrupted with --resume. Trainings show their progress; what analyses
// print goes to FOLDER/output.txt. `pass`: seconds that a pass is expected to take; later ones are
// those measured. False: stopped. Throws Error where a step fails.
bool execute(const Plan& plan, double pass, const ExecuteHooks& hooks);

// The command line of a step as it would be run now.
std::vector<std::string> command_of(const Step& step);

}  // namespace lienet::reproduce
