#pragma once

#include "report.h"

// For the tests of the report formats: three profiles and five probes, in which every kind of cell occurs.
namespace escapement {

inline Result sample_result(const char* probe, const char* cls, const char* guarantee, Verdict verdict,
                            bool claimed, const char* reason) {
  Result r;
  r.probe = probe;
  r.cls = cls;
  r.guarantee = guarantee;
  r.verdict = verdict;
  r.claimed = claimed;
  r.outcome = outcome_of(verdict, claimed);
  r.reason = reason;
  r.steps = {{"chroot(\".out\")", verdict == Verdict::escaped ? "ok" : "EPERM", "walk"},
             {"close(3)", "ok", ""}};
  r.witness = {"root", verdict == Verdict::escaped ? "the canary was read" : "unchanged"};
  r.control = {
      {"root.method=chroot", "capabilities.keep+=cap_sys_chroot"}, "strict", Verdict::escaped, "got out"};
  r.time = {microseconds(400), microseconds(95), microseconds(1600), {}};
  r.time.launch_steps = {{"clone", microseconds(180)}, {"mount", microseconds(60)}};
  return r;
}

inline Report sample_report() {
  constexpr auto contained = Verdict::contained, escaped = Verdict::escaped;
  auto cell = [](const char* probe, Verdict verdict, bool claimed, const char* reason) {
    std::string_view id = probe;
    if (id == "fork-bomb")
      return sample_result(probe, "limits", "limits.processes", verdict, claimed, reason);
    if (id == "memory-hog") return sample_result(probe, "limits", "limits.memory", verdict, claimed, reason);
    if (id == "kill-outside-pid")
      return sample_result(probe, "process", "process.signal", verdict, claimed, reason);
    return sample_result(probe, "filesystem", "filesystem.root", verdict, claimed, reason);
  };
  Report report;
  report.host = {
      "6.1.0-50", "x86_64", "v2", "0f1e", {"landlock", "yama"}, 1000, {{"kernel.dmesg_restrict", "1"}}};
  report.runs = {
      {"isolator", "open", "nothing at all", {}, {{"pid", "shared"}, {"user", "shared"}}, {}},
      {"isolator", "unshare", "namespaces around a chroot", {"pid", "user", "chroot"}, {{"pid", "new"}}, {}},
      {"isolator", "strict", "for code that nobody trusts", {"pid", "seccomp"}, {{"pid", "new"}}, {}},
  };
  report.runs[0].results = {
      cell("chroot-double-escape", escaped, false, "chroot(\".\") reached the host's root"),
      cell("kill-outside-pid", escaped, false, "victim got SIGURG"),
      cell("fork-bomb", escaped, false, "128 of 128 processes ran at once"),
      cell("memory-hog", Verdict::not_testable, false,
           "the control did not fire: /sys/fs/cgroup/cgroup.controllers lists no memory controller"),
  };
  report.runs[1].results = {
      cell("chroot-double-escape", escaped, false, "chroot(\".\") reached the host's root"),
      cell("kill-outside-pid", contained, false, "kill(4711, SIGURG): ESRCH"),
      cell("fork-bomb", Verdict::broken, true, "the probe claims contained, the host counted 129"),
  };
  report.runs[2].results = {
      cell("chroot-double-escape", contained, true, "chroot(\".out\"): EPERM"),
      cell("kill-outside-pid", escaped, true, "victim got SIGURG"),
      cell("fork-bomb", contained, true, "fork refused at 31: EAGAIN"),
      cell("memory-hog", Verdict::not_testable, true,
           "the control did not fire: /sys/fs/cgroup/cgroup.controllers lists no memory controller"),
  };
  for (Run& run : report.runs)
    for (Result& r : run.results)
      if (r.verdict == Verdict::not_testable)
        r.control.verdict = contained, r.control.reason = "64 MiB: SIGKILL";
  report.runs[1].results[2].time = {};  // its launch failed
  report.runs[1].results[2].time.launch_steps.clear();
  report.left_out = {{"cgroup", "needs root"}, {"capdrop", "needs root"}};
  report.elapsed = microseconds(2'914'000);
  return report;
}

}  // namespace escapement
