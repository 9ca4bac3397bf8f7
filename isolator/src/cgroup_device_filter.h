#pragma once

#include <isolator/fd.h>
#include <isolator/spec.h>
#include <linux/bpf.h>

#include <optional>
#include <string>
#include <vector>

namespace isolator::cgroup {

/// A program of type BPF_PROG_TYPE_CGROUP_DEVICE that allows these and no other.
std::vector<bpf_insn> assemble(const std::vector<Limits::Device>&);

/// The devices that such a program allows; nothing where it was not made by assemble().
std::optional<std::vector<Limits::Device>> disassemble(const std::vector<bpf_insn>&);

/// Loads the program and attaches it to a cgroup of v2, where it stays as long as the cgroup; then asks the
/// kernel whether it is there. What programs of the cgroups above deny stays denied. Throws
/// Error{Step::cgroup}.
void attach_filter(const std::string& directory, const std::vector<Limits::Device>&);

/// The programs that are attached to the cgroup itself. Throws Error{Step::cgroup}.
std::vector<std::vector<bpf_insn>> attached_filters(const std::string& directory);

}  // namespace isolator::cgroup
