#pragma once

// Calls that io_uring(7) makes for a program, each with arguments with which it does nothing:
// safe-arguments.h says how. The numbers stand here as numbers, since those of a later kernel than the
// headers are asked for too; a kernel that does not know one answers EINVAL, which none of these arguments
// brings about.

#include <linux/io_uring.h>
#include <sys/mman.h>

#include "child.h"

namespace probe {

struct RingCall {
  const char* native;  ///< the system call that it stands for
  unsigned char operation;
  int fd = -1;
  unsigned long address = 0, address2 = 0;
  unsigned length = 0, flags = 0;
  int file = 0;  ///< the other descriptor of splice(2), the options of waitid(2)
  unsigned long address3 = 0;
};

inline constexpr RingCall ring_calls[] = {
    {"readv", 1, -1, 1, 0, 1},
    {"writev", 2, -1, 1, 0, 1},
    {"fsync", 3},
    {"poll", 6},
    {"sync_file_range", 8},
    {"sendmsg", 9, -1, 1},
    {"recvmsg", 10, -1, 1},
    {"accept4", 13},
    {"connect", 16, -1, 1, 16},
    {"fallocate", 17},
    {"openat", 18, -1, 1},
    {"close", 19},
    {"statx", 21, -1, 1, 1},
    {"read", 22, -1, 1, 0, 1},
    {"write", 23, -1, 1, 0, 1},
    {"fadvise64", 24},
    {"madvise", 25, 0, 4096, 0, 4096, 3 /* MADV_WILLNEED */},  // of a page that is not there: ENOMEM
    {"sendto", 26, -1, 1, 0, 1},
    {"recvfrom", 27, -1, 1, 0, 1},
    {"openat2", 28, -1, 1, 1, 24},
    {"epoll_ctl", 29, -1, 0, 0, 2 /* EPOLL_CTL_DEL */},
    {"splice", 30, -1, 0, 0, 1, 0, -1},
    {"tee", 33, -1, 0, 0, 1, 0, -1},
    {"shutdown", 34},
    {"renameat2", 35, -1, 1, 1},
    {"unlinkat", 36, -1, 1},
    {"mkdirat", 37, -1, 1},
    {"symlinkat", 38, -1, 1, 1},
    {"linkat", 39, -1, 1, 1},
    {"fsetxattr", 41, -1, 1, 1},
    {"setxattr", 42, -1, 1, 1, 0, 0, 0, 1},
    {"fgetxattr", 43, -1, 1, 1},
    {"getxattr", 44, -1, 1, 1, 0, 0, 0, 1},
    {"socket", 45, -1, 0, 1},
    {"waitid", 50, 0, 0, 0, 0, 0, 5 /* WNOHANG | WEXITED */},
    {"futex_wait", 51, 130 /* 32 bits, private */, 4, 0, 0, 0, 0, 1},
    {"futex_wake", 52, 130, 4, 0, 0, 0, 0, 1},
    {"futex_waitv", 53, 0, 1, 0, 1},
    {"ftruncate", 55},
    {"bind", 56, -1, 1, 16},
    {"listen", 57},
    {"epoll_wait", 59, -1, 1, 0, 1},
    {"pipe2", 62, 0, 1},
};

/// A ring of io_uring(7) that takes one request at a time.
class Ring {
 public:
  Result setup() {
    io_uring_params p{};
    Result fd = sys(SYS_io_uring_setup, 4, &p);
    if (!fd) return fd;
    fd_ = static_cast<int>(fd.value);
    const unsigned long ends[] = {p.sq_off.array + p.sq_entries * sizeof(unsigned),
                                  p.cq_off.cqes + p.cq_entries * sizeof(io_uring_cqe)};
    // One mapping for both queues, since Linux 5.4 (IORING_FEAT_SINGLE_MMAP).
    Result queues = map(ends[0] > ends[1] ? ends[0] : ends[1], IORING_OFF_SQ_RING);
    if (!queues) return queues;
    Result entries = map(p.sq_entries * sizeof(io_uring_sqe), IORING_OFF_SQES);
    if (!entries) return entries;
    char* base = reinterpret_cast<char*>(queues.value);
    submit_tail_ = reinterpret_cast<unsigned*>(base + p.sq_off.tail);
    submit_mask_ = *reinterpret_cast<unsigned*>(base + p.sq_off.ring_mask);
    array_ = reinterpret_cast<unsigned*>(base + p.sq_off.array);
    complete_head_ = reinterpret_cast<unsigned*>(base + p.cq_off.head);
    complete_tail_ = reinterpret_cast<unsigned*>(base + p.cq_off.tail);
    complete_mask_ = *reinterpret_cast<unsigned*>(base + p.cq_off.ring_mask);
    completions_ = reinterpret_cast<io_uring_cqe*>(base + p.cq_off.cqes);
    entry_ = reinterpret_cast<io_uring_sqe*>(entries.value);
    return fd;
  }

  /// Hands a request in and waits for its end. What io_uring_enter(2) answered is in `entered`.
  Result make(const RingCall& call, Result& entered) {
    *entry_ = io_uring_sqe{};
    entry_->opcode = call.operation;
    entry_->fd = call.fd;
    entry_->addr = call.address;
    entry_->addr2 = call.address2;
    entry_->len = call.length;
    entry_->rw_flags = static_cast<int>(call.flags);
    entry_->splice_fd_in = call.file;
    entry_->addr3 = call.address3;
    const unsigned tail = *submit_tail_;
    array_[tail & submit_mask_] = 0;
    __atomic_store_n(submit_tail_, tail + 1, __ATOMIC_RELEASE);
    entered = sys(SYS_io_uring_enter, fd_, 1, 1, IORING_ENTER_GETEVENTS, nullptr, 0);
    if (!entered) return entered;
    const unsigned head = *complete_head_;
    if (head == __atomic_load_n(complete_tail_, __ATOMIC_ACQUIRE)) return {-1, EAGAIN};
    const int result = completions_[head & complete_mask_].res;
    __atomic_store_n(complete_head_, head + 1, __ATOMIC_RELEASE);
    return result < 0 ? Result{-1, result == -EINVAL ? ENOSYS : -result} : Result{result};
  }

 private:
  Result map(unsigned long size, long offset) const {
    return sys(SYS_mmap, nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd_, offset);
  }

  int fd_ = -1;
  unsigned *submit_tail_ = nullptr, *array_ = nullptr, *complete_head_ = nullptr, *complete_tail_ = nullptr;
  unsigned submit_mask_ = 0, complete_mask_ = 0;
  io_uring_cqe* completions_ = nullptr;
  io_uring_sqe* entry_ = nullptr;
};

}  // namespace probe
