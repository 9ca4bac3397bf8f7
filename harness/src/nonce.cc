#include "nonce.h"

#include <cstdio>
#include <random>

namespace escapement {

std::string nonce() {
  std::random_device random;
  char text[33];
  std::snprintf(text, sizeof text, "%08x%08x%08x%08x", random(), random(), random(), random());
  return text;
}

}  // namespace escapement
