#pragma once

// For each system call arguments with which it does nothing, whoever calls: root of the host too. A pointer
// is 1, where no page is; a descriptor is -1; a process, a key and a clock have a number that none has;
// flags, commands and sizes are ones that no kernel knows. So the kernel answers EFAULT, EBADF, EINVAL or
// ESRCH to who is let in, and what has no arguments asks, or changes the child alone that calls it.

#include <cstddef>
#include <string_view>

namespace probe {

struct SafeCalls {
  const char* names;  ///< parted by spaces
  long arguments[6] = {};
  const char* never = nullptr;  ///< why these are not made; null: they are
};

namespace detail {

constexpr long bad = 1;              // a pointer; below mmap_min_addr nobody may map a page, but root
constexpr long no_fd = -1;           // also flags, an operation, a length, an id: all bits set
constexpr long nobody = 0x7fffffff;  // above any pid (proc(5), pid_max), no key of System V, no clock

}  // namespace detail

// The names of i386 that are no others there with 32 or 64 behind them stand with the rest; see also
// counterpart().
// clang-format off
inline constexpr SafeCalls safe_calls[] = {
    {"getpid gettid getppid getuid getgid geteuid getegid getpgrp sched_yield munlockall sgetmask inotify_init "
     "restart_syscall break stty gtty ftime prof lock mpx ulimit profil idle afs_syscall tuxcall security vserver "
     "setsid"},
    // The path, or the structure, is the first argument.
    {"open creat stat lstat access execve truncate chdir rename mkdir rmdir link unlink symlink readlink chmod chown "
     "lchown mknod statfs utime utimes uselib acct mount umount2 chroot pivot_root swapon swapoff setxattr lsetxattr "
     "getxattr lgetxattr listxattr llistxattr removexattr lremovexattr mq_open mq_unlink memfd_create sethostname "
     "setdomainname init_module delete_module create_module query_module get_kernel_syms add_key request_key pipe "
     "pipe2 uname gettimeofday settimeofday time times sysinfo rt_sigpending nanosleep getcwd capget capset "
     "sigaltstack get_thread_area set_thread_area io_setup io_destroy io_getevents io_submit io_cancel io_pgetevents "
     "getcpu adjtimex getresuid getresgid io_uring_setup vm86old _sysctl nfsservctl",
     {detail::bad, detail::bad, detail::bad, detail::bad, detail::bad, detail::bad}},
    // The descriptor is the first argument, and the path or the structure the second.
    {"read write close fstat lseek pread64 pwrite64 readv writev ioctl accept accept4 connect recvfrom "
     "recvmsg shutdown bind listen getsockname getpeername setsockopt getsockopt fcntl flock fsync fdatasync "
     "ftruncate getdents getdents64 readdir fchdir fchmod fchown fstatfs readahead fsetxattr fgetxattr flistxattr "
     "fremovexattr fadvise64 epoll_ctl openat openat2 mkdirat mknodat fchownat futimesat newfstatat unlinkat "
     "renameat renameat2 linkat symlinkat readlinkat fchmodat fchmodat2 faccessat faccessat2 sync_file_range "
     "vmsplice utimensat fallocate preadv preadv2 pwritev pwritev2 recvmmsg name_to_handle_at "
     "open_by_handle_at syncfs execveat statx mq_timedsend mq_timedreceive mq_notify mq_getsetattr "
     "timerfd_gettime inotify_add_watch cachestat setxattrat getxattrat listxattrat removexattrat "
     "file_getattr file_setattr",
     {detail::no_fd, detail::bad, detail::bad, detail::bad, detail::bad, detail::bad}},
    // Without flags: 1 is MSG_OOB, which filters look for.
    {"sendto sendmsg sendmmsg", {detail::no_fd, detail::bad, 0, 0, 0, 0}},
    {"sendfile splice tee copy_file_range", {detail::no_fd, detail::no_fd, detail::no_fd, detail::no_fd, 1, 0}},
    // Descriptors, ids, commands or flags that are none; behind them a pointer, which is not come to.
    {"dup dup2 dup3 setns finit_module io_uring_enter io_uring_register open_tree open_tree_attr move_mount fsconfig "
     "fsmount fspick mount_setattr quotactl_fd landlock_add_rule landlock_restrict_self inotify_rm_watch "
     "fanotify_init fanotify_mark kexec_file_load pidfd_open pidfd_getfd pidfd_send_signal process_madvise "
     "process_mrelease process_vm_readv process_vm_writev setuid setgid setreuid setregid setresuid setresgid "
     "setfsuid setfsgid setgroups getgroups getpriority setpriority ioprio_set ioprio_get sched_setparam "
     "sched_getparam sched_setscheduler sched_getscheduler sched_get_priority_max sched_get_priority_min "
     "sched_rr_get_interval sched_setattr sched_getattr sched_setaffinity sched_getaffinity prctl arch_prctl "
     "ptrace kcmp seccomp keyctl membarrier userfaultfd memfd_secret pkey_alloc pkey_free sysfs ustat syslog "
     "reboot mlockall unshare set_mempolicy epoll_create epoll_create1 inotify_init1 getitimer shmat shmctl semctl "
     "msgctl msgrcv iopl bdflush vm86 getpmsg putpmsg epoll_ctl_old epoll_wait_old lookup_dcookie quotactl "
     "signal personality",
     {detail::no_fd, detail::no_fd, detail::no_fd, detail::no_fd, detail::no_fd, detail::no_fd}},
    {"bpf msgsnd semop semtimedop setitimer rt_sigaction rt_sigprocmask setrlimit getrlimit getrusage signalfd "
     "signalfd4 timerfd_settime select pselect6",
     {detail::no_fd, detail::bad, detail::bad, detail::bad, detail::bad, detail::bad}},
    {"socket socketpair", {-1, 1, 0, detail::bad}},
    {"epoll_wait epoll_pwait epoll_pwait2", {detail::no_fd, detail::bad, 1, 0, detail::bad, 8}},
    {"poll ppoll", {detail::bad, 1, 0, detail::bad, 8}},
    // Addresses that are not at the beginning of a page, or that end where they begin.
    {"munmap mprotect pkey_mprotect msync mincore madvise mbind remap_file_pages mlock2 "
     "set_mempolicy_home_node map_shadow_stack mseal",
     {detail::bad, detail::bad, -1, -1, -1, -1}},
    {"mremap", {detail::bad, 1, 1, 0, 0}},
    {"mlock munlock shmdt", {detail::bad, 1}},
    {"mmap brk alarm nice ssetmask modify_ldt eventfd", {0, 0, 0, 0, detail::no_fd, 0}},
    {"futex", {detail::bad, 1 /* FUTEX_WAKE */, 1, 0, 0, 0}},
    // Pointers first, and an operation or flags that no kernel knows.
    {"futex_waitv futex_wake futex_wait futex_requeue rseq rseq_slice_yield set_robust_list clone3 fsopen "
     "getrandom landlock_create_ruleset statmount listmount listns lsm_list_modules get_mempolicy kexec_load "
     "rt_sigsuspend rt_sigtimedwait",
     {detail::bad, -1, -1, -1, -1, -1}},
    {"lsm_get_self_attr lsm_set_self_attr", {-1, detail::bad, detail::bad, -1}},
    {"perf_event_open", {detail::bad, 0, -1, -1, 0}},
    {"set_tid_address", {detail::bad}},
    {"eventfd2", {0, -1}},
    {"close_range", {-1, 0, 0}},  // the last before the first
    {"ioperm", {-1, 1, 0}},       // beyond the last port
    {"umask", {0777}},
    {"clone", {0x800}},  // CLONE_SIGHAND alone, which does not go without CLONE_VM
    {"wait4", {-1, 0, 0x100}},
    {"waitid", {0, 0, 0, 0x100}},
    // Processes that are not there, and a signal that is none besides.
    {"kill tkill", {detail::nobody, 1000}},
    {"tgkill", {detail::nobody, detail::nobody, 1000}},
    {"rt_sigqueueinfo", {detail::nobody, 1000, detail::bad}},
    {"rt_tgsigqueueinfo", {detail::nobody, detail::nobody, 1000, detail::bad}},
    {"getpgid getsid get_robust_list", {detail::nobody, detail::bad, detail::bad}},
    {"setpgid", {detail::nobody, -1}},
    {"prlimit64", {detail::nobody, -1, detail::bad, detail::bad}},
    {"migrate_pages", {detail::nobody, 64, detail::bad, detail::bad}},
    {"move_pages", {detail::nobody, 1, detail::bad, detail::bad, detail::bad, -1}},
    // Without IPC_CREAT they make nothing.
    {"shmget semget msgget", {detail::nobody, 0, 0}},
    {"clock_settime clock_gettime clock_getres clock_adjtime timer_gettime timer_getoverrun timer_delete",
     {detail::nobody, detail::bad}},
    {"clock_nanosleep timer_settime timer_create timerfd_create", {detail::nobody, -1, detail::bad, detail::bad}},
    // Each stands for many: socket and shmdt, which have arguments at address 1.
    {"socketcall", {1 /* SYS_SOCKET */, detail::bad}},
    {"ipc", {22 /* SHMDT */, 0, 0, 0, detail::bad}},

    {"exit exit_group", {}, "ends who calls it"},
    {"fork vfork", {}, "takes no arguments and starts a process; clone is asked for one that cannot be"},
    {"pause sigsuspend", {}, "waits for a signal"},
    {"rt_sigreturn sigreturn", {}, "takes the registers from wherever the stack points to"},
    {"sync", {}, "takes no arguments and writes everything back that the host has not yet written"},
    {"vhangup", {}, "takes no arguments and hangs up the terminal, for who may"},
    {"uprobe uretprobe", {}, "made by code of the kernel's own; from elsewhere it ends who calls it"},
};

/// A name that is only i386's: whose work it does natively, where that is no rule of names.
inline constexpr const char* counterparts[][2] = {
    {"_llseek", "lseek"}, {"_newselect", "select"}, {"mmap2", "mmap"}, {"umount", "umount2"},
    {"fstatat64", "newfstatat"}, {"fadvise64_64", "fadvise64"}, {"waitpid", "wait4"}, {"ugetrlimit", "getrlimit"},
    {"sigaction", "rt_sigaction"}, {"sigprocmask", "rt_sigprocmask"}, {"sigpending", "rt_sigpending"},
    {"oldstat", "stat"}, {"oldlstat", "lstat"}, {"oldfstat", "fstat"}, {"olduname", "uname"},
    {"oldolduname", "uname"}, {"stime", "settimeofday"}, {"socketcall", "socket"}, {"ipc", "shmdt"},
    {"nice", "setpriority"},
    // In the native table these are rows without a call behind them, which is no filter's doing.
    {"set_thread_area", ""}, {"get_thread_area", ""},
};
// clang-format on

/// The native name of a call: its own, but where i386 has another for the same.
constexpr std::string_view counterpart(std::string_view name) {
  for (const auto& [other, native] : counterparts)
    if (name == other) return native;
  return name;
}

/// The same without what says how wide its arguments are: clock_gettime64, chown32.
constexpr std::string_view without_width(std::string_view name) {
  for (const std::string_view end : {"_time64", "64", "32"})
    if (name.ends_with(end)) return {name.data(), name.size() - end.size()};
  return name;
}

namespace detail {

constexpr bool holds(std::string_view names, std::string_view name) {
  for (std::size_t at = names.find(name); at != names.npos; at = names.find(name, at + 1)) {
    const std::size_t end = at + name.size();
    if ((at == 0 || names[at - 1] == ' ') && (end == names.size() || names[end] == ' ')) return true;
  }
  return false;
}

constexpr const SafeCalls* row_of(std::string_view name) {
  for (const SafeCalls& row : safe_calls)
    if (!name.empty() && holds(row.names, name)) return &row;
  return nullptr;
}

}  // namespace detail

/// Null for a call that nobody has thought about yet; that one is not made either.
constexpr const SafeCalls* safe_arguments(std::string_view name) {
  for (const std::string_view each : {name, counterpart(name), without_width(name)})
    if (const SafeCalls* row = detail::row_of(each)) return row;
  return nullptr;
}

}  // namespace probe
