#pragma once

#include <sys/types.h>

#include <functional>
#include <span>
#include <vector>

namespace isolator {

/// Runs `work` in a child process and returns its exit status (128+N where signal N ended it). SIGINT,
/// SIGTERM, SIGHUP and SIGQUIT of the caller end the work by SIGKILL; the caller then kills every process
/// that it left behind, removes everything that stands in the ledger, and dies of that signal. The same falls
/// to it when the child is killed by another. Throws std::system_error.
///
/// Should the caller itself be killed, this is for the work to do: the descriptor that it gets then hangs up
/// (poll(2)). The child is a subreaper, so that kill_descendants() finds all that was started.
///
/// With `new_session` the work is cut off from the caller's terminal and process group, so that a signal to
/// the whole group reaches only the caller.
///
/// With `pass_signals` they do not end it, nor do SIGUSR1, SIGUSR2, SIGALRM and SIGWINCH pass unseen: each is
/// a byte for the work to read from `caller` (Waiting::signals). Only where an earlier one has not been read
/// yet is it as above. The caller dies of the last one where the work ends with 128 and its number. Without a
/// new session those that a terminal sends are not passed: it has sent them to the work as well.
int in_child(const std::function<int(int caller)>& work, bool new_session = true, bool pass_signals = false);

/// The same for work that does not look whether the caller is there. The child is then a keeper, which has no
/// other task: the work runs in a process below it, and whichever of the two ends first, SIGKILL included,
/// nothing of the work is left.
int under_keeper(const std::function<int()>& work, bool new_session = true);

/// SIGKILL to every descendant of the calling process, which must be a child subreaper
/// (PR_SET_CHILD_SUBREAPER), until none is left, in whatever process group, session or PID namespace; only
/// the children in `spare` live on. Returns how many were killed.
int kill_descendants(std::span<const pid_t> spare = {});

/// The processes whose parent `parent` is, from /proc.
std::vector<pid_t> children_of(pid_t parent);

}  // namespace isolator
