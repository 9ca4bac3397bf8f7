#include "syscall_groups.h"

namespace isolator {
namespace {

struct Row {
  std::string_view name, meaning, calls;
};

// Names as libseccomp spells them. A call may stand in several groups.
constexpr Row rows[] = {
    {"@default", "asks about itself, waits, gives up rights of its own",
     "capget futex futex_requeue futex_wait futex_waitv futex_wake get_robust_list getcpu getpriority "
     "getrandom getrlimit "
     "getrusage ioprio_get landlock_add_rule landlock_create_ruleset landlock_restrict_self membarrier "
     "restart_syscall "
     "sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getattr sched_getparam "
     "sched_getscheduler "
     "sched_rr_get_interval sched_yield seccomp sysinfo times uname"},
    // With read and write, enough for a static program to start, have children and end, its libc included:
    // brk, mprotect, readlink (/proc/self/exe) and getrandom are made before main().
    {"@process",
     "starts, signals, waits for and ends processes; with read and write enough for a static program",
     "arch_prctl brk clone clone3 execve execveat exit exit_group fork getpgid getpgrp getpid getppid "
     "getrandom getsid gettid "
     "kill mmap mprotect munmap pidfd_open pidfd_send_signal prctl prlimit64 readlink readlinkat "
     "rseq rt_sigaction "
     "rt_sigprocmask rt_sigreturn set_robust_list set_tid_address setpgid setsid tgkill tkill vfork wait4 "
     "waitid"},
    {"@memory", "maps, protects and locks memory",
     "brk get_mempolicy madvise map_shadow_stack memfd_create memfd_secret mincore mlock mlock2 mlockall "
     "mmap mprotect mremap "
     "msync munlock munlockall munmap pkey_alloc pkey_free pkey_mprotect process_madvise process_mrelease"},
    {"@signal", "takes, blocks and queues signals",
     "pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn rt_sigsuspend "
     "rt_sigtimedwait "
     "rt_tgsigqueueinfo sigaltstack signalfd signalfd4"},
    {"@time", "reads clocks, sleeps, sets timers; sets no clock",
     "alarm clock_getres clock_gettime clock_nanosleep getitimer gettimeofday nanosleep setitimer time "
     "timer_create "
     "timer_delete timer_getoverrun timer_gettime timer_settime timerfd_create timerfd_gettime "
     "timerfd_settime times"},
    {"@sync", "writes files back to the disk", "fdatasync fsync msync sync sync_file_range syncfs"},
    {"@io", "uses descriptors that are already open, and waits for them",
     "close close_range copy_file_range dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait "
     "epoll_pwait2 epoll_wait "
     "eventfd eventfd2 fadvise64 fcntl flock fstat ftruncate ioctl lseek pipe pipe2 poll ppoll pread64 "
     "preadv preadv2 "
     "pselect6 pwrite64 pwritev pwritev2 read readahead readv select sendfile splice tee vmsplice write "
     "writev"},
    {"@file", "opens, makes, lists, names, watches and removes files",
     "access cachestat chdir chmod creat faccessat faccessat2 fallocate fchdir fchmod fchmodat fchmodat2 "
     "fgetxattr flistxattr "
     "fremovexattr fsetxattr fstat fstatfs ftruncate futimesat getcwd getdents getdents64 getxattr "
     "inotify_add_watch "
     "inotify_init inotify_init1 inotify_rm_watch lgetxattr link linkat listxattr llistxattr lremovexattr "
     "lsetxattr lstat "
     "mkdir mkdirat mknod mknodat name_to_handle_at newfstatat open openat openat2 readlink readlinkat "
     "removexattr rename "
     "renameat renameat2 rmdir setxattr stat statfs statx symlink symlinkat truncate umask unlink unlinkat "
     "utime utimensat "
     "utimes"},
    {"@network", "makes and uses sockets",
     "accept accept4 bind connect getpeername getsockname getsockopt listen recvfrom recvmmsg recvmsg "
     "sendmmsg sendmsg sendto "
     "setsockopt shutdown socket socketpair"},
    {"@ipc", "System V and POSIX queues, semaphores and shared memory; keys",
     "add_key keyctl mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget "
     "msgrcv msgsnd "
     "request_key semctl semget semop semtimedop shmat shmctl shmdt shmget"},
    {"@identity", "asks who it is; changes nothing",
     "getegid geteuid getgid getgroups getresgid getresuid getuid"},
    {"@chown", "gives files to others", "chown fchown fchownat lchown"},
    {"@mount", "changes mounts and roots; makes and enters namespaces",
     "chroot fsconfig fsmount fsopen fspick mount mount_setattr move_mount open_tree pivot_root setns "
     "umount2 unshare"},
    {"@module", "loads and removes kernel modules", "delete_module finit_module init_module"},
    {"@resources", "sets priorities, affinity, memory policy and limits",
     "ioprio_set mbind migrate_pages move_pages prlimit64 sched_setaffinity sched_setattr sched_setparam "
     "sched_setscheduler "
     "set_mempolicy set_mempolicy_home_node setpriority setrlimit"},
    {"@async", "asynchronous input and output: aio, io_uring, whose requests no filter sees",
     "io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit io_uring_enter io_uring_register "
     "io_uring_setup"},
    {"@privileged",
     "needs privilege: identity, clocks, hostname, swap, quota, accounting, bpf, kexec, ports, reboot",
     "acct adjtimex bpf capset clock_adjtime clock_settime fanotify_init fanotify_mark ioperm iopl "
     "kexec_file_load kexec_load "
     "open_by_handle_at quotactl quotactl_fd reboot setdomainname setfsgid setfsuid setgid setgroups "
     "sethostname setregid "
     "setresgid setresuid setreuid settimeofday setuid swapoff swapon syslog vhangup"},
    {"@debug", "looks into other processes and the kernel; weakens the randomised address space",
     "kcmp perf_event_open personality pidfd_getfd process_vm_readv process_vm_writev ptrace userfaultfd"},
    {"@obsolete", "nothing of today needs it, or the kernel has it no more",
     "_sysctl afs_syscall create_module epoll_ctl_old epoll_wait_old get_kernel_syms get_thread_area getpmsg "
     "lookup_dcookie "
     "modify_ldt nfsservctl putpmsg query_module remap_file_pages security set_thread_area sysfs tuxcall "
     "uselib ustat vserver"},
};

std::vector<std::string_view> split(std::string_view words) {
  std::vector<std::string_view> out;
  while (!words.empty()) {
    const std::size_t space = std::min(words.find(' '), words.size());
    out.push_back(words.substr(0, space));
    words.remove_prefix(std::min(space + 1, words.size()));
  }
  return out;
}

}  // namespace

const std::vector<SyscallGroup>& syscall_groups() {
  static const std::vector<SyscallGroup> groups = [] {
    std::vector<SyscallGroup> out;
    for (const Row& row : rows) out.push_back({row.name, row.meaning, split(row.calls)});
    return out;
  }();
  return groups;
}

const SyscallGroup* find_syscall_group(std::string_view name) {
  for (const SyscallGroup& group : syscall_groups())
    if (group.name == name) return &group;
  return nullptr;
}

}  // namespace isolator
