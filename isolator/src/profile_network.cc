// [network]

#include "profile_read.h"
#include "profile_values.h"
#include "units.h"

#include <arpa/inet.h>
#include <net/if.h>

namespace isolator {
namespace {

/// Bits of an address of the family that is written, 0 where it is none.
unsigned bits(const std::string& address) {
  unsigned char binary[16];
  if (inet_pton(AF_INET, address.c_str(), binary) == 1) return 32;
  return inet_pton(AF_INET6, address.c_str(), binary) == 1 ? 128 : 0;
}

void read_addresses(const Node& section, std::string_view name, bool prefix, std::vector<std::string>& out) {
  const Node* list = find(section, name);
  if (list == nullptr) return;
  for (const Node& node : *list->as<Node::List>()) {
    const std::string& written = text(node);
    const std::size_t slash = prefix ? std::min(written.find('/'), written.size()) : written.size();
    const unsigned most = bits(written.substr(0, slash));
    const auto length = parse_unsigned(written.substr(std::min(slash + 1, written.size())));
    if (most == 0 || (prefix && (!length || *length > most)))
      fail(node.place, "network." + std::string(name),
           in_quotes(written) + (prefix ? "; expected an address with its prefix, 10.0.0.2/24 or fd00::2/64"
                                        : "; expected an address, 10.0.0.1 or fd00::1"));
    out.push_back(written);
  }
}

}  // namespace

Network read_network(const Node& section) {
  using Kind = Network::Kind;
  constexpr std::pair<std::string_view, Kind> kinds[] = {
      {"none", Kind::none}, {"loopback", Kind::loopback}, {"veth", Kind::veth}, {"user", Kind::user}};
  Network network;
  std::string_view kind = "loopback";
  if (const Node* node = find(section, "kind")) {
    network.kind = one_of(*node, "network.kind", kinds);
    kind = text(*node);
  }
  for (const Node::Entry& entry : *section.as<Node::Table>())
    if (network.kind != Kind::veth && entry.key != "kind" &&
        !(entry.value.as<Node::List>() && entry.value.as<Node::List>()->empty()))
      fail(entry.place, "network." + entry.key,
           "not a key of kind " + in_quotes(kind) + "; expected it with \"veth\" only");
  if (const Node* node = find(section, "interface")) {
    network.interface = text(*node);
    // As dev_valid_name() of the kernel has it.
    if (network.interface.empty() || network.interface.size() >= IFNAMSIZ || network.interface == "." ||
        network.interface == ".." || network.interface.find_first_of(" \t\n\v\f\r/:") != std::string::npos)
      fail(node->place, "network.interface",
           in_quotes(network.interface) + "; expected at most 15 bytes, no space, '/' or ':'");
  }
  read_addresses(section, "addresses", true, network.addresses);
  read_addresses(section, "host_addresses", true, network.host_addresses);
  read_addresses(section, "gateways", false, network.gateways);
  return network;
}

}  // namespace isolator
