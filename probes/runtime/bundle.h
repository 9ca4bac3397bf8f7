#pragma once

// Attacks on who starts a sandbox, by the bundle that it is started from: an image, or a configuration, that
// somebody else has made. OCI runtime-spec, config.md

#include "openings.h"
#include "probe.h"

/// What runtimes are told to mount, in place of all else.
#define MOUNTS(...) "{\"op\":\"add\",\"path\":\"/mounts\",\"value\":[" __VA_ARGS__ "]}"
#define PROC_OF_A_RUNTIME "{\"destination\":\"/proc\",\"type\":\"proc\",\"source\":\"proc\"}"
#define BIND(SOURCE, DESTINATION)                                                      \
  "{\"destination\":\"" DESTINATION "\",\"type\":\"bind\",\"source\":\"{root}/" SOURCE \
  "\","                                                                                \
  "\"options\":[\"bind\"]}"
