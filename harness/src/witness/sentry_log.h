#pragma once

#include "tracer.h"

#include <string>
#include <vector>

namespace escapement {

/// The answers that gVisor's kernel wrote down (`runsc --strace --debug-log=DIRECTORY/`), in their order.
/// Calls that this machine's libseccomp has no number for are left out.
std::vector<Answer> answers_of_sentry(const std::string& directory);

/// One line of it; number -1 where it is not the end of a call.
Answer answer_of_sentry(const std::string& line);

}  // namespace escapement
