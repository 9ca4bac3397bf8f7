#pragma once

namespace bench {

/// Launches profile strict `rounds` times and prints, a line each, the p50 of every step of the launch and of
/// its end.
void print_breakdown(int rounds);

}  // namespace bench
