#include "cgroup_device_filter.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "cgroup_files.h"

// bpf(2); Linux, Documentation/admin-guide/cgroup-v2.rst, "Device controller", and kernel/bpf/cgroup.c. The
// program is too small for a compiler, and libbpf could add nothing to the three calls.

namespace isolator::cgroup {

namespace {

enum Register : std::uint8_t { result = BPF_REG_0, context, type, access, major, minor, denied };

constexpr bpf_insn instruction(int code, std::uint8_t to, std::uint8_t from, int offset, std::int32_t value) {
  bpf_insn out{};
  out.code = std::uint8_t(code);
  out.dst_reg = to & 15;
  out.src_reg = from & 15;
  out.off = std::int16_t(offset);
  out.imm = value;
  return out;
}
constexpr bpf_insn load(Register to, std::size_t offset) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, to, context, int(offset), 0);
}
constexpr bpf_insn move(Register to, Register from) {
  return instruction(BPF_ALU | BPF_MOV | BPF_X, to, from, 0, 0);
}
constexpr bpf_insn compute(int operation, Register to, std::int32_t value) {
  return instruction(BPF_ALU | operation | BPF_K, to, 0, 0, value);
}
// Of 32 bits: a 64-bit comparison would extend the sign of `value`.
constexpr bpf_insn unless_equal(Register left, std::uint32_t value) {
  return instruction(BPF_JMP32 | BPF_JNE | BPF_K, left, 0, 0, std::int32_t(value));
}
constexpr bpf_insn leave = instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);

constexpr std::int32_t bits_of_type = 0xffff;

std::int32_t bits(const Limits::Device& device) {
  return (device.mknod ? BPF_DEVCG_ACC_MKNOD : 0) | (device.read ? BPF_DEVCG_ACC_READ : 0) |
         (device.write ? BPF_DEVCG_ACC_WRITE : 0);
}

long bpf(int command, bpf_attr& attributes) {
  return ::syscall(SYS_bpf, command, &attributes, sizeof attributes);
}

bpf_attr none() {
  bpf_attr attributes;
  std::memset(&attributes, 0,
              sizeof attributes);  // the padding of a union counts too: the kernel looks at all of it
  return attributes;
}

constexpr const char* needs =
    "in v2 a program decides about devices, and to load and attach it takes CAP_BPF and CAP_NET_ADMIN "
    "outside of any "
    "user namespace, and a kernel with CONFIG_CGROUP_BPF";

Fd open_directory(const std::string& directory) {
  Fd out(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!out) fail(directory, errno);
  return out;
}

/// Identifiers of the programs that are attached to the cgroup itself.
std::vector<std::uint32_t> attached(const Fd& cgroup, const std::string& directory) {
  std::array<std::uint32_t, 64> ids{};  // BPF_CGROUP_MAX_PROGS
  bpf_attr query = none();
  query.query.target_fd = std::uint32_t(cgroup.get());
  query.query.attach_type = BPF_CGROUP_DEVICE;
  query.query.prog_ids = std::uint64_t(ids.data());
  query.query.prog_cnt = ids.size();
  if (bpf(BPF_PROG_QUERY, query) != 0) fail(directory + ": BPF_PROG_QUERY", errno, needs);
  return {ids.begin(), ids.begin() + query.query.prog_cnt};
}

bpf_prog_info information(const Fd& program, std::vector<bpf_insn>* code = nullptr) {
  bpf_prog_info info{};
  if (code != nullptr) {
    info.xlated_prog_insns = std::uint64_t(code->data());
    info.xlated_prog_len = std::uint32_t(code->size() * sizeof(bpf_insn));
  }
  bpf_attr ask = none();
  ask.info.bpf_fd = std::uint32_t(program.get());
  ask.info.info = std::uint64_t(&info);
  ask.info.info_len = sizeof info;
  if (bpf(BPF_OBJ_GET_INFO_BY_FD, ask) != 0) fail("BPF_OBJ_GET_INFO_BY_FD", errno, needs);
  return info;
}

}  // namespace

std::vector<bpf_insn> assemble(const std::vector<Limits::Device>& devices) {
  std::vector<bpf_insn> code = {
      load(type, offsetof(bpf_cgroup_dev_ctx, access_type)),  // the access in the upper half
      move(access, type),
      compute(BPF_RSH, access, 16),
      compute(BPF_AND, type, bits_of_type),
      load(major, offsetof(bpf_cgroup_dev_ctx, major)),
      load(minor, offsetof(bpf_cgroup_dev_ctx, minor)),
  };
  for (const Limits::Device& device : devices) {
    std::vector<bpf_insn> rule = {
        unless_equal(type, device.type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR)};
    if (device.major) rule.push_back(unless_equal(major, *device.major));
    if (device.minor) rule.push_back(unless_equal(minor, *device.minor));
    rule.push_back(move(denied, access));
    rule.push_back(compute(BPF_AND, denied, ~bits(device)));
    rule.push_back(unless_equal(denied, 0));
    rule.push_back(compute(BPF_MOV, result, 1));
    rule.push_back(leave);
    for (std::size_t i = 0; i < rule.size(); ++i)
      if (BPF_CLASS(rule[i].code) == BPF_JMP32) rule[i].off = std::int16_t(rule.size() - i - 1);
    code.insert(code.end(), rule.begin(), rule.end());
  }
  code.push_back(compute(BPF_MOV, result, 0));
  code.push_back(leave);
  return code;
}

std::optional<std::vector<Limits::Device>> disassemble(const std::vector<bpf_insn>& code) {
  std::vector<Limits::Device> out;
  Limits::Device next{.type = 'c'};
  for (const bpf_insn& one : code) {
    const std::uint32_t value = std::uint32_t(one.imm);
    if (one.code == (BPF_JMP32 | BPF_JNE | BPF_K)) {
      if (one.dst_reg == type) next = {.type = value == BPF_DEVCG_DEV_BLOCK ? 'b' : 'c'};
      if (one.dst_reg == major) next.major = value;
      if (one.dst_reg == minor) next.minor = value;
    } else if (one.code == (BPF_ALU | BPF_AND | BPF_K) && one.dst_reg == denied) {
      next.mknod = !(value & BPF_DEVCG_ACC_MKNOD);
      next.read = !(value & BPF_DEVCG_ACC_READ);
      next.write = !(value & BPF_DEVCG_ACC_WRITE);
    } else if (one.code == (BPF_ALU | BPF_MOV | BPF_K) && one.imm == 1) {
      out.push_back(next);
    }
  }
  // What is not exactly what these devices give was not understood.
  const std::vector<bpf_insn> again = assemble(out);
  const std::size_t size = again.size() * sizeof(bpf_insn);
  if (again.size() != code.size() || std::memcmp(again.data(), code.data(), size) != 0) return std::nullopt;
  return out;
}

void attach_filter(const std::string& directory, const std::vector<Limits::Device>& devices) {
  const std::vector<bpf_insn> code = assemble(devices);
  bpf_attr load = none();
  load.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE;
  load.insns = std::uint64_t(code.data());
  load.insn_cnt = std::uint32_t(code.size());
  load.license = std::uint64_t("Apache-2.0");
  const Fd program(int(bpf(BPF_PROG_LOAD, load)));
  if (!program) fail(directory + ": BPF_PROG_LOAD", errno, needs);

  const Fd cgroup = open_directory(directory);
  bpf_attr attach = none();
  attach.target_fd = std::uint32_t(cgroup.get());
  attach.attach_bpf_fd = std::uint32_t(program.get());
  attach.attach_type = BPF_CGROUP_DEVICE;
  attach.attach_flags = BPF_F_ALLOW_MULTI;  // a sandbox inside may add a program: each has to allow
  if (bpf(BPF_PROG_ATTACH, attach) != 0) fail(directory + ": BPF_PROG_ATTACH", errno, needs);
  if (attached(cgroup, directory) != std::vector{information(program).id})
    fail(directory, ENOENT, "the program that was attached is not there");
}

std::vector<std::vector<bpf_insn>> attached_filters(const std::string& directory) {
  std::vector<std::vector<bpf_insn>> all;
  for (const std::uint32_t id : attached(open_directory(directory), directory)) {
    bpf_attr by_id = none();
    by_id.prog_id = id;
    const Fd program(int(bpf(BPF_PROG_GET_FD_BY_ID, by_id)));
    if (!program) fail(directory + ": BPF_PROG_GET_FD_BY_ID", errno, needs);
    std::vector<bpf_insn>& code = all.emplace_back(information(program).xlated_prog_len / sizeof(bpf_insn));
    information(program, &code);
  }
  return all;
}

}  // namespace isolator::cgroup
