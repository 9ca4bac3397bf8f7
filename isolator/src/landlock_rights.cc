#include "landlock.h"

namespace isolator {
namespace {

using Rights = Landlock::Rights;

// linux/landlock.h, in the order of the bits.
constexpr LandlockRight rights[] = {
    {"execute", &Rights::files, 1 << 0, 1},
    {"write_file", &Rights::files, 1 << 1, 1},
    {"read_file", &Rights::files, 1 << 2, 1},
    {"read_dir", &Rights::files, 1 << 3, 1},
    {"remove_dir", &Rights::files, 1 << 4, 1},
    {"remove_file", &Rights::files, 1 << 5, 1},
    {"make_char", &Rights::files, 1 << 6, 1},
    {"make_dir", &Rights::files, 1 << 7, 1},
    {"make_reg", &Rights::files, 1 << 8, 1},
    {"make_sock", &Rights::files, 1 << 9, 1},
    {"make_fifo", &Rights::files, 1 << 10, 1},
    {"make_block", &Rights::files, 1 << 11, 1},
    {"make_sym", &Rights::files, 1 << 12, 1},
    {"refer", &Rights::files, 1 << 13, 2},
    {"truncate", &Rights::files, 1 << 14, 3},
    {"ioctl_dev", &Rights::files, 1 << 15, 5},
    {"bind_tcp", &Rights::ports, 1 << 0, 4},
    {"connect_tcp", &Rights::ports, 1 << 1, 4},
    {"abstract_unix_socket", &Rights::scopes, 1 << 0, 6},
    {"signal", &Rights::scopes, 1 << 1, 6},
};

}  // namespace

std::span<const LandlockRight> landlock_rights() { return rights; }

}  // namespace isolator
