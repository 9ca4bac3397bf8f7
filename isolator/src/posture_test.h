#pragma once

#include <isolator/launch.h>
#include <isolator/posture.h>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

namespace isolator::testing {

/// Of a payload that stands before its first instruction.
inline Posture stopped(const Child& child, const Posture& asked = {}) {
  siginfo_t stop{};
  if (waitid(P_PID, id_t(child.pid()), &stop, WSTOPPED | __WALL) != 0 || stop.si_status != SIGTRAP)
    ADD_FAILURE() << "it did not stop at its exec";
  return observe(child.pid(), asked);
}

inline Posture seen(Spec spec, const Posture& asked = {}) {
  spec.process.stop_at_exec = true;
  return stopped(launch(compile(spec)), asked);
}

}  // namespace isolator::testing
