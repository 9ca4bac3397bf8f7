#pragma once

#include "builder.h"

#include <array>
#include <cstddef>

namespace isolator {

/// The plan with one call replaced, as long as this lives: a fault that is a real one.
class Replaced {
 public:
  Replaced(const Plan& plan, std::size_t i, long nr, std::array<long, 6> arguments)
      : op_(const_cast<Plan::Store&>(plan.store()).ops[i]), before_(op_) {
    op_.nr = nr;
    op_.arg = arguments;
    op_.registers = 0;
    op_.into = -1;
    op_.check = nullptr;
    op_.tolerated = {};
  }
  ~Replaced() { op_ = before_; }
  Replaced(const Replaced&) = delete;
  Replaced& operator=(const Replaced&) = delete;

 private:
  Op& op_;
  Op before_;
};

}  // namespace isolator
