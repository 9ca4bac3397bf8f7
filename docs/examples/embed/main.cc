// Runs a command that sees the machine's programs, read-only, and nothing else: no network, no other process.

#include <isolator/launch.h>

#include <iostream>

int main(int, char** argv) try {
  isolator::Spec spec;
  using isolator::Ns;
  spec.unshare = Ns::user | Ns::mount | Ns::pid | Ns::net | Ns::ipc;
  spec.root.method = isolator::Root::Method::pivot_root;
  spec.root.read_only = true;
  for (const char* directory : {"/usr", "/bin", "/lib", "/lib64"})
    spec.mounts.push_back({.source = directory, .target = directory, .optional = true, .read_only = true});
  for (char** word = argv + 1; *word != nullptr; ++word) spec.process.argv.emplace_back(*word);

  const isolator::Outcome outcome = isolator::launch(isolator::compile(spec)).wait();
  return outcome.kind == isolator::Outcome::Kind::exited ? outcome.code : 128 + outcome.code;
} catch (const isolator::Error& e) {
  std::cerr << e.what() << '\n' << e.hint << '\n';
  return 125;
}
