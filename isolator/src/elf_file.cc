#include "elf_file.h"

#include <isolator/error.h>
#include <isolator/fd.h>

#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>

#include <cerrno>
#include <memory>

namespace isolator {
namespace {

using Handle = std::unique_ptr<::Elf, int (*)(::Elf*)>;

struct Image {
  const std::string& path;
  ::Elf* elf;

  [[noreturn]] void refuse(int err = ENOEXEC) const {
    throw Error(Step::root, path, err, "its ELF headers contradict each other");
  }

  /// A string that ends within `limit` bytes.
  std::string string_at(std::uint64_t offset, std::uint64_t limit) const {
    const Elf_Data* data = elf_getdata_rawchunk(elf, std::int64_t(offset), limit, ELF_T_BYTE);
    if (data == nullptr) refuse();
    const std::string_view bytes(static_cast<const char*>(data->d_buf), data->d_size);
    const std::size_t end = bytes.find('\0');
    if (end == std::string_view::npos) refuse();
    return std::string(bytes.substr(0, end));
  }

  std::vector<GElf_Phdr> segments() const {
    std::size_t count = 0;
    if (elf_getphdrnum(elf, &count) != 0) refuse();
    std::vector<GElf_Phdr> out(count);
    for (std::size_t i = 0; i < count; ++i)
      if (gelf_getphdr(elf, int(i), &out[i]) == nullptr) refuse();
    return out;
  }
};

// By the segments, as the loader does: a stripped program has no sections.
void read_dynamic(const Image& image, const std::vector<GElf_Phdr>& segments, const GElf_Phdr& dynamic,
                  ElfFile& out) {
  Elf_Data* table =
      elf_getdata_rawchunk(image.elf, std::int64_t(dynamic.p_offset), dynamic.p_filesz, ELF_T_DYN);
  if (table == nullptr) image.refuse();
  std::vector<GElf_Dyn> entries;
  const std::size_t each = gelf_fsize(image.elf, ELF_T_DYN, 1, EV_CURRENT);
  for (std::size_t i = 0; i < dynamic.p_filesz / each; ++i) {
    GElf_Dyn entry{};
    if (gelf_getdyn(table, int(i), &entry) == nullptr) image.refuse();
    if (entry.d_tag == DT_NULL) break;
    entries.push_back(entry);
  }
  std::uint64_t strings = 0, size = 0;
  for (const GElf_Dyn& entry : entries) {
    if (entry.d_tag == DT_STRTAB) strings = entry.d_un.d_ptr;
    if (entry.d_tag == DT_STRSZ) size = entry.d_un.d_val;
  }
  std::uint64_t offset = 0;
  for (const GElf_Phdr& segment : segments)
    if (segment.p_type == PT_LOAD && strings >= segment.p_vaddr &&
        strings - segment.p_vaddr < segment.p_filesz)
      offset = segment.p_offset + (strings - segment.p_vaddr);
  const auto text = [&](const GElf_Dyn& entry) {
    if (offset == 0 || entry.d_un.d_val >= size) image.refuse();
    return image.string_at(offset + entry.d_un.d_val, size - entry.d_un.d_val);
  };
  for (const GElf_Dyn& entry : entries) {
    if (entry.d_tag == DT_NEEDED) out.needed.push_back(text(entry));
    if (entry.d_tag == DT_RPATH) out.rpath = text(entry);
    if (entry.d_tag == DT_RUNPATH) out.runpath = text(entry);
  }
}

}  // namespace

std::optional<ElfFile> read_elf(const std::string& path) {
  elf_version(EV_CURRENT);
  const Fd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) throw Error(Step::root, path, errno);
  const Handle handle(elf_begin(fd.get(), ELF_C_READ_MMAP, nullptr), elf_end);
  if (!handle || elf_kind(handle.get()) != ELF_K_ELF) return std::nullopt;
  const Image image{path, handle.get()};
  GElf_Ehdr header{};
  if (gelf_getehdr(handle.get(), &header) == nullptr) image.refuse();
  ElfFile out{.word = header.e_ident[EI_CLASS], .machine = header.e_machine};
  const std::vector<GElf_Phdr> segments = image.segments();
  for (const GElf_Phdr& segment : segments) {
    if (segment.p_type == PT_INTERP) out.interpreter = image.string_at(segment.p_offset, segment.p_filesz);
    if (segment.p_type == PT_DYNAMIC) read_dynamic(image, segments, segment, out);
  }
  return out;
}

}  // namespace isolator
