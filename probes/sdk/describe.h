#pragma once

#include "probe.h"

namespace probe {

/// Answers --describe (a JSON array), --help and any other argument on standard output or standard error.
/// -1 if there was no argument, otherwise the exit status.
int answer_arguments(int count, char** arguments);

}  // namespace probe
