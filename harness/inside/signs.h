#pragma once

#include "host_values.h"

#include <map>
#include <string>
#include <vector>

namespace escapement::unwitnessed {

/// What this process sees of where it is, as it was read: without any thought about what it means.
struct Facts {
  std::map<std::string, std::string>
      files;                         ///< path -> what it holds, at most a page or two; missing: not there
  std::map<std::string, int> calls;  ///< a call that every Linux answers -> its errno, 0 where it passed
  std::map<std::string, std::string> namespaces;  ///< "pid" -> "pid:[4026531836]"
  std::string container;  ///< of the environment: what engines and nspawn(1) say of themselves
  std::string release;
  bool log_names_gvisor = false;  ///< the log of the kernel does
  bool filtered = false;          ///< does a seccomp filter answer for the kernel?
  std::string
      hypervisor;  ///< as the processor names it: CPUID leaf 0x40000000; empty: it does not speak of one
  bool root_is_a_mount = true;  ///< is "/" where something is mounted? statx(2), STATX_ATTR_MOUNT_ROOT
  bool has_proc = true;
};

Facts facts_here();

enum class Kind { container, user_space_kernel, virtual_machine };

/// One thing that speaks for a kind of boundary; each is independent of the others.
struct Sign {
  Kind of;
  std::string where, says;
  bool weak = false;  ///< what is seen outside of any sandbox too: a root that was copied from an image, a
                      ///< service with less rights
};

std::vector<Sign> signs_of(const Facts& facts);

struct Boundary {
  std::string kind;  ///< "container", "user-space kernel", "virtual machine" or "none seen"
  std::string name;  ///< "gVisor", "KVM", "docker", ...; empty: not known
  std::string text;  ///< for a person
  std::vector<Sign> signs;
};

/// What is between here and the host. A kernel in user space needs two signs, a container one that is not
/// weak. A virtual machine may be around the host as well, which a comparison with it tells.
Boundary boundary_of(const Facts& facts, const std::vector<Likeness>& comparison = {});

}  // namespace escapement::unwitnessed
