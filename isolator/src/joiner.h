#pragma once

#include "child.h"

#include <sys/types.h>

namespace isolator {

/// A Shared for two processes that share nothing else. Throws Error{Step::clone}.
class SharedPage {
 public:
  SharedPage();
  ~SharedPage();
  SharedPage(const SharedPage&) = delete;
  SharedPage& operator=(const SharedPage&) = delete;
  Shared& operator*() const { return *shared_; }

 private:
  Shared* shared_;
};

/// The process that enters namespaces and clones the child there. Its end comes with the exec of the child.
class Joiner {
 public:
  explicit Joiner(pid_t pid) : pid_(pid) {}
  ~Joiner();
  Joiner(const Joiner&) = delete;
  Joiner& operator=(const Joiner&) = delete;
  bool has_ended() const;

 private:
  pid_t pid_;
};

}  // namespace isolator
