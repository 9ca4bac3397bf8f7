#pragma once

#include "input.h"
#include "output.h"
#include "probe.h"

namespace probe {

/// The one of `probes` that this process was told to be; null until then.
extern const Probe* self;

/// What it was told to attack; null until then.
extern const Order* told;

/// What it was greeted with, and is known by.
extern Text nonce;

/// What the harness says, on standard input.
extern Input orders;

/// Ends the JSON object in `out`, and the probe if nobody can hear it any more.
void end_line(Output& out);

/// Reads lines until "end" or until the harness is gone.
void wait_for_end();

/// The exit status that repeats the claim.
int status();

}  // namespace probe
