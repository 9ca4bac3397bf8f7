// Pairs of ways, measured in turn, and what is promised of them. A figure in microseconds belongs to one
// machine on one day; the ratio of two that were measured together does not.

#include <isolator/keeper.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>

#include "breakdown.h"
#include "context.h"
#include "processes.h"
#include "samples.h"
#include "way.h"

namespace {

struct Pair {
  const char* what;
  const char* beside;
  double bound = 0;  // of the ratio of their p50; 0: none is promised
};

constexpr Pair pairs[] = {
    {"library/strict_no_net_no_limits", "peer/bwrap_share_net", 0.20},
    {"library/strict", "peer/bwrap", 0.40},
    {"library/strict", "peer/runc", 0.10},
    {"process/isolator_strict", "peer/bwrap", 0.6},
    {"pool/strict_no_net", "posix_spawn", 2.5},
    {"pool/strict", "posix_spawn"},
    {"caller/512_MiB", "caller/small", 1.2},
    {"caller/20000_descriptors_since", "caller/small", 1.2},
    {"caller/20000_descriptors", "caller/small", 1.2},
    {"host/1000_mounts_template", "host/30_mounts_template", 2},
    {"host/1000_mounts", "host/30_mounts"},
    {"four_threads/library_strict_no_net", "four_threads/bwrap_share_net", 1.0 / 3},
    {"four_threads/library_strict", "four_threads/bwrap"},
    {"library/strict", "floor/all", 3},
    {"library/strict_no_net", "floor/no_net"},
    {"template/strict_no_net_no_limits", "library/strict_no_net_no_limits"},
    {"library/strict", "library/strict_no_limits"},
    {"library/open", "floor/none"},
    {"floor/none", "posix_spawn"},
    {"peer/unshare", "peer/bwrap"},
    {"peer/crun", "peer/bwrap"},
    {"peer/nsjail", "peer/bwrap"},
    {"peer/minijail", "peer/bwrap"},
};
constexpr int warm_up = 20, default_rounds = 500;

enum Status { held = 0, broken = 1, not_measured = 2 };

void print(const char* name, const bench::Percentiles& p) {
  std::printf("  %-36s %8.0f %8.0f %8.0f", name, p.p50, p.p90, p.p99);
}

// A B, B A, A B, ...: what else the machine does meets both alike, and so does what one leaves behind for the
// next (a network namespace is taken down after its last process has gone).
Status compare(const Pair& pair, int rounds) try {
  const bench::Work what = bench::way(pair.what).prepare(), beside = bench::way(pair.beside).prepare();
  for (int i = 0; i < warm_up; ++i) what(), beside();
  bench::Samples of_what, of_beside;
  for (int i = 0; i < rounds; ++i) {
    if (i % 2 == 0) of_what.push_back(what());
    of_beside.push_back(beside());
    if (i % 2 == 1) of_what.push_back(what());
    bench::reap_orphans();
  }
  const bench::Percentiles a = bench::percentiles(of_what), b = bench::percentiles(of_beside);
  const double ratio = a.p50 / b.p50;
  const bool ok = pair.bound == 0 || ratio <= pair.bound;
  print(pair.what, a);
  std::printf("\n");
  print(pair.beside, b);
  std::printf("   %5.2f", ratio);
  if (pair.bound != 0) std::printf("  %s %g", ok ? "<=" : "BROKEN: >", pair.bound);
  std::printf("\n\n");
  return ok ? held : broken;
} catch (const std::exception& e) {
  std::printf("  %s / %s\n  not measured: %s\n\n", pair.what, pair.beside, e.what());
  return not_measured;
}

int run(int rounds) {
  for (const auto& [key, value] : bench::context()) std::printf("%s: %s   ", key.c_str(), value.c_str());
  std::printf("\n%d rounds a pair; microseconds\n\n  %-36s %8s %8s %8s   %5s\n", rounds, "", "p50", "p90",
              "p99", "ratio");
  int worst = held;
  for (const Pair& pair : pairs) {
    const Status status = compare(pair, rounds);
    if (pair.bound != 0 && status != held && worst != broken) worst = status;
    std::fflush(stdout);
  }
  if (worst != not_measured) bench::print_breakdown(rounds);
  std::printf("\nThe command lines of the peers\n");
  for (const bench::Way& way : bench::peers())
    std::printf("  %-22s %s\n", way.name.c_str(), way.command.c_str());
  return worst;
}

}  // namespace

int main(int argc, char** argv) {
  const int rounds = argc == 1 ? default_rounds : argc == 2 ? std::atoi(argv[1]) : 0;
  if (rounds <= 0) {
    std::fprintf(stderr,
                 "usage: ratios [ROUNDS]\n"
                 "Exit status: 0 every bound holds, 1 one is broken, 2 one could not be measured.\n");
    return not_measured;
  }
  return isolator::under_keeper([=] { return run(rounds); }, false);
}
