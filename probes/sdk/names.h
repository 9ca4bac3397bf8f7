#pragma once

#include "sys.h"
#include "text.h"

namespace probe {

/// "EPERM" for EPERM; "E1234" for a number that has no name.
Text error_name(int error);

/// "SIGKILL" for SIGKILL; "SIG40" for a number that has no name.
Text signal_name(int signal);

/// "ok", or the name of the errno.
Text answer(Result result);

/// Is this what a step can have as its result: "ok", "no effect", the name of an errno or of a signal?
bool is_result(std::string_view text);

}  // namespace probe
