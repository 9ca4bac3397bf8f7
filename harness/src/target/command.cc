// Anything else: a command line of the user's own, as they would start their sandbox themselves.

#include "../report_text.h"
#include "programs.h"
#include "target.h"

#include <stdexcept>

namespace escapement {
namespace {

std::string filled(std::string text, const Place& place) {
  const std::pair<std::string, std::string> names[] = {{"{probe}", place.program},
                                                       {"{root}", place.root},
                                                       {"{directory}", place.directory},
                                                       {"{name}", place.name}};
  for (const auto& [name, value] : names) text = text::replaced(text, name, quoted({value}));
  return text;
}

class Command : public Target {
 public:
  explicit Command(const std::string& text) : text_(text) {
    if (text.find("{probe}") == text.npos && text.find("{root}") == text.npos)
      throw std::invalid_argument("--command: expected {probe}, or {root} with its " +
                                  std::string(probe_inside) + ", or nothing would attack: " + text);
  }

  Invocation invocation(const Place& place, const isolator::Spec*) const override {
    return {{find_program("sh"), "-c", filled(text_, place)}, {}, {}};
  }

  // What a command line expresses only its author knows: the claims of the profile are what is held against
  // it.
  std::vector<Gap> gaps(const isolator::Spec&) const override { return {}; }
  bool kernel_of_its_own() const override { return true; }
  std::vector<std::string> refusals() const override { return {"EPERM", "EACCES", "ENOSYS"}; }

 private:
  std::string text_;
};

}  // namespace

std::unique_ptr<Target> command_target(const std::string& text) { return std::make_unique<Command>(text); }

}  // namespace escapement
