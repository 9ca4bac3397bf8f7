// Sockets by which the programs of a desktop and of the system speak to each other. Behind them stand
// programs that do as they are told by whoever gets in: start a service, read the keyboard, take a picture of
// the screen.

#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>

#include "probe.h"

namespace probe {
namespace {

/// Connects to each, until one answers, and leaves without a word. A name that begins with @ is none of a
/// file.
void knock(std::initializer_list<const char*> names) {
  for (std::string_view name : names) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    if (name[0] == '@') address.sun_path[0] = '\0';
    Result made = sys(SYS_socket, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (!made) {
      attempt("connect", "socket()", made);
      return;
    }
    Fd socket(step("socket()", made));
    if (attempt("connect", Text("connect(", quoted(name), ")"),
                sys(SYS_connect, socket.get(), &address, offsetof(sockaddr_un, sun_path) + name.size())))
      return;
  }
}

}  // namespace

constinit const Probes probes = {
    {.id = "dbus-session",
     .cls = "ipc",
     .guarantee = "ipc.desktop",
     .summary = "reach the message bus of the system or of a user",
     .technique = "Connects to the sockets of the system's bus and of the first user's, and says nothing. "
                  "Through the bus one asks systemd to start a program, outside of every sandbox.",
     .references = {"https://dbus.freedesktop.org/doc/dbus-specification.html", "systemd(1)"},
     .attempts =
         {{"connect", {"ENOENT", "ECONNREFUSED", "EACCES", "EPERM"}, {"ok"}, {"ENOENT", "ECONNREFUSED"}}},
     .witness = {"trace"},
     .opening = {"mounts+={type=\"bind\",source=\"/run\",target=\"/run\"}"},
     .remedy = "Show the sandbox no /run of the host.",
     .attack =
         [](const Order&) {
           knock({"/run/dbus/system_bus_socket", "/run/user/1000/bus", "/run/user/0/bus"});
         }},
    {.id = "x11-wayland",
     .cls = "ipc",
     .guarantee = "ipc.desktop",
     .summary = "reach the screen",
     .technique = "Connects to the sockets of an X server, by the file and by the abstract name that has no "
                  "file, and to that of a Wayland compositor; it says nothing. A client of X reads all keys "
                  "and sees all windows.",
     .references = {"Xserver(1)", "unix(7)"},
     .attempts =
         {{"connect", {"ENOENT", "ECONNREFUSED", "EACCES", "EPERM"}, {"ok"}, {"ENOENT", "ECONNREFUSED"}}},
     .witness = {"trace"},
     .opening = {"namespaces.new-=net"},
     .remedy =
         "Give the sandbox a network namespace of its own, and show it neither /tmp nor /run of the host.",
     .attack =
         [](const Order&) {
           knock({"@/tmp/.X11-unix/X0", "@/tmp/.X11-unix/X1", "/tmp/.X11-unix/X0", "/tmp/.X11-unix/X1",
                  "/run/user/1000/wayland-0"});
         }},
};

}  // namespace probe
