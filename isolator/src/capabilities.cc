// Capability sets; capabilities(7).

#include "capabilities.h"

#include "builder.h"

#include <linux/capability.h>
#include <linux/securebits.h>
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

bool contains(std::uint64_t set, unsigned capability) { return (set >> capability) & 1; }

void set(Builder& b, std::uint64_t permitted, std::uint64_t inheritable, const std::string& shown) {
  const __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];
  for (int half = 0; half < 2; ++half) {
    data[half].effective = data[half].permitted = __u32(permitted >> (32 * half));
    data[half].inheritable = __u32(inheritable >> (32 * half));
  }
  b.at(Step::capabilities, "permitted, effective, inheritable");
  CALL(b, capset, b.keep(header, "v3"),
       b.keep(data, "{" + shown + ", " + shown + ", " + (inheritable ? "keep" : "0") + "}"));
}

}  // namespace

// A new user namespace gives all that the kernel knows.
std::uint64_t kept_capabilities(const Spec& spec) {
  if (!spec.capabilities->where_held) return spec.capabilities->keep;
  const std::uint64_t all = (std::uint64_t(1) << cap_max_bits()) - 1;
  if (in_user_namespace(spec)) return spec.capabilities->keep & all;
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  if (syscall(SYS_capget, &header, data) != 0) throw Error(Step::capabilities, "capget", errno);
  return spec.capabilities->keep & (data[0].permitted | std::uint64_t(data[1].permitted) << 32) & all;
}

// Uid 0 gets what is in the bounding set, unless noroot makes it like any other. Ambient needs inheritable.
bool needs_ambient(const Spec& spec) {
  if (spec.capabilities->securebits & SECBIT_NOROOT) return true;
  return spec.identity.uid.value_or(in_user_namespace(spec) ? 0 : geteuid()) != 0;
}

// In a new user namespace the bounding set is full again, whatever the caller's was.
void drop_bounding_set(Builder& b) {
  if (!b.spec().capabilities) return;
  const std::uint64_t keep = kept_capabilities(b.spec());
  for (unsigned capability = 0; capability < unsigned(cap_max_bits()); ++capability) {
    if (contains(keep, capability)) continue;
    b.at(Step::capabilities, name_of(capability));
    CALL(b, prctl, FLAGS(PR_CAPBSET_DROP), Arg(capability, name_of(capability)));
  }
}

void set_capabilities(Builder& b) {
  if (!b.spec().capabilities) return;
  const std::uint64_t keep = kept_capabilities(b.spec());
  const std::uint64_t inheritable = needs_ambient(b.spec()) ? keep : 0;
  const unsigned securebits = b.spec().capabilities->securebits;
  constexpr std::uint64_t setpcap = std::uint64_t(1) << CAP_SETPCAP;
  if (securebits != 0)  // takes CAP_SETPCAP, and forbids what comes before it here
    set(b, keep | setpcap, inheritable, "keep|CAP_SETPCAP");
  else
    set(b, keep, inheritable, "keep");

  b.at(Step::capabilities, "ambient");
  CALL(b, prctl, FLAGS(PR_CAP_AMBIENT), FLAGS(PR_CAP_AMBIENT_CLEAR_ALL), 0, 0, 0);
  for (unsigned capability = 0; inheritable >> capability != 0; ++capability) {
    if (!contains(inheritable, capability)) continue;
    b.at(Step::capabilities, "ambient " + name_of(capability));
    CALL(b, prctl, FLAGS(PR_CAP_AMBIENT), FLAGS(PR_CAP_AMBIENT_RAISE), Arg(capability, name_of(capability)),
         0, 0);
  }
  if (securebits == 0) return;
  b.at(Step::capabilities, "securebits");
  CALL(b, prctl, FLAGS(PR_SET_SECUREBITS), Arg(long(securebits), in_hexadecimal(securebits)));
  if (!(keep & setpcap)) set(b, keep, inheritable, "keep");
}

}  // namespace isolator
