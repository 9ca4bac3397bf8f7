// Where the kernel lies in memory. The harness knows it, if this host tells its root; a probe that has learnt
// it shows so by a checksum, since the address itself is nothing for a report.

#include "witness.h"

#include <algorithm>
#include <cstdint>
#include <fstream>

namespace escapement {
namespace {

using Finding = Observation::Finding;

/// FNV-1a of 64 bits: a probe can compute it without a library.
std::string checksum(const std::string& text) {
  std::uint64_t sum = 0xcbf29ce484222325;
  for (const char byte : text) sum = (sum ^ std::uint8_t(byte)) * 0x100000001b3;
  return std::to_string(sum >> 1);
}

class SymbolsWitness : public Witness {
 public:
  Planted plant(const Inside&) override {
    std::ifstream file("/proc/kallsyms");
    for (std::string line; std::getline(file, line);) {
      if (line.find_first_not_of('0') == line.find(' ')) continue;  // hidden, or an offset
      checksum_ = checksum(line);
      return {};
    }
    return {.order = "", .not_planted = "the harness is not told where the kernel lies", .absent = true};
  }

  Observation observe(const Record& record) override {
    const bool knows = std::find(record.saw.begin(), record.saw.end(), checksum_) != record.saw.end();
    if (knows) return {Finding::reached, "it knows where the kernel lies"};
    return {Finding::unchanged, "it does not know where the kernel lies"};
  }

  Observation observe_after(const Record& record, const std::map<std::string, std::uint64_t>&) override {
    return record.live;
  }

 private:
  std::string checksum_;
};

}  // namespace

std::unique_ptr<Witness> symbols_witness() { return std::make_unique<SymbolsWitness>(); }

}  // namespace escapement
