// Capability sets; capabilities(7).

#include "builder.h"

#include <linux/capability.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <cerrno>

namespace isolator {
namespace {

std::string name_of(unsigned capability) {
  char* text = cap_to_name(cap_value_t(capability));
  if (text == nullptr) return std::to_string(capability);
  std::string out(text);
  cap_free(text);
  return out;
}

// A new user namespace gives all that the kernel knows.
std::uint64_t held(const Builder& b) {
  const std::uint64_t all = (std::uint64_t(1) << cap_max_bits()) - 1;
  if (has(b.spec().unshare, Ns::user)) return all;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) throw Error(Step::capabilities, "capget", errno);
  return (data[0].permitted | std::uint64_t(data[1].permitted) << 32) & all;
}

std::uint64_t wanted(const Builder& b) {
  const Capabilities& capabilities = *b.spec().capabilities;
  return capabilities.where_held ? capabilities.keep & held(b) : capabilities.keep;
}

bool contains(std::uint64_t set, unsigned capability) { return (set >> capability) & 1; }

// Not uid 0: exec keeps nothing for it but what is ambient, and ambient needs inheritable.
bool needs_ambient(const Builder& b) {
  return b.spec().identity.uid.value_or(has(b.spec().unshare, Ns::user) ? 0 : geteuid()) != 0;
}

}  // namespace

// In a new user namespace the bounding set is full again, whatever the caller's was.
void drop_bounding_set(Builder& b) {
  if (!b.spec().capabilities) return;
  const std::uint64_t keep = wanted(b);
  for (unsigned capability = 0; capability < unsigned(cap_max_bits()); ++capability) {
    if (contains(keep, capability)) continue;
    b.at(Step::capabilities, name_of(capability));
    CALL(b, prctl, FLAGS(PR_CAPBSET_DROP), Arg(capability, name_of(capability)));
  }
}

void set_capabilities(Builder& b) {
  if (!b.spec().capabilities) return;
  const std::uint64_t keep = wanted(b);
  const std::uint64_t inheritable = needs_ambient(b) ? keep : 0;
  const __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];
  for (int half = 0; half < 2; ++half) {
    data[half].effective = data[half].permitted = __u32(keep >> (32 * half));
    data[half].inheritable = __u32(inheritable >> (32 * half));
  }
  b.at(Step::capabilities, "permitted, effective, inheritable");
  CALL(b, capset, b.keep(header, "v3"),
       b.keep(data, "{keep, keep, " + std::string(inheritable ? "keep" : "0") + "}"));

  b.at(Step::capabilities, "ambient");
  CALL(b, prctl, FLAGS(PR_CAP_AMBIENT), FLAGS(PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0);
  for (unsigned capability = 0; inheritable >> capability != 0; ++capability) {
    if (!contains(inheritable, capability)) continue;
    b.at(Step::capabilities, "ambient " + name_of(capability));
    CALL(b, prctl, FLAGS(PR_CAP_AMBIENT), FLAGS(PR_CAP_AMBIENT_RAISE), Arg(capability, name_of(capability)),
         0, 0);
  }
}

}  // namespace isolator
