#include "claim.h"

namespace probe {
namespace {

bool contains(std::initializer_list<const char*> list, std::string_view result) {
  for (const char* each : list)
    if (result == each) return true;
  return false;
}

}  // namespace

std::string_view name(Claim claim) {
  switch (claim) {
    case Claim::contained:
      return "contained";
    case Claim::escaped:
      return "escaped";
    case Claim::undecided:
      return "undecided";
  }
  return "";
}

const Attempt* Tally::find(std::initializer_list<Attempt> declared, std::string_view name) {
  for (const Attempt& each : declared)
    if (name == each.name) return &each;
  return nullptr;
}

void Tally::count(const Attempt* found, std::string_view attempt, std::string_view call,
                  std::string_view result, bool reaches_out) {
  ++made_;
  if (found == nullptr) {
    // The judge knows no denial for it, and so must not be led to count it.
    if (other_.empty()) other_ = Text("the attempt \"", attempt, "\" is not declared");
    return;
  }
  const bool permitted = contains(found->passes, result);
  if (permitted && reaches_out) {
    if (passed_.empty())
      passed_ = result == "ok" ? Text(call, " passed") : Text(call, ": ", result, ", so it was permitted");
  } else if (permitted || contains(found->denials, result)) {
    if (denied_.empty()) denied_ = Text(call, ": ", result);
    if (permitted) {
      const std::string_view scope(found->scope);
      const bool is_namespace = scope != "session" && scope != "group";
      denied_.add(", in a ").add(scope).add(is_namespace ? " namespace of its own" : " of its own");
    }
    summary_.add(summary_.empty() ? "" : ", ").add(attempt).add(": ").add(result);
  } else {
    if (other_.empty()) other_ = Text(call, ": ", result, ", neither passed nor denied");
  }
}

void Tally::cut_short(std::string_view reason) { other_ = Text(reason); }

Claim Tally::claim() const {
  if (!passed_.empty()) return Claim::escaped;
  return made_ == 0 || !other_.empty() ? Claim::undecided : Claim::contained;
}

Text Tally::reason() const {
  if (!passed_.empty()) return passed_;
  if (!other_.empty()) return other_;
  if (made_ == 0) return Text("no attempt was made");
  return made_ == 1 ? denied_ : summary_;
}

}  // namespace probe
