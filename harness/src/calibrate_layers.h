#pragma once

#include <isolator/spec.h>

#include <string>
#include <vector>

namespace escapement {

/// One mechanism of a sandbox, and the settings that take it away or weaken it.
struct Layer {
  std::string name;
  std::vector<std::string> settings;
};

/// The layers of a sandbox that can be taken away alone, each as a whole. A mount namespace cannot: what is
/// mounted in it would be mounted on the host.
std::vector<Layer> removable_layers(const isolator::Spec& spec);

/// An opening, by the layers that its settings weaken, in the order in which they come.
std::vector<Layer> by_layer(const std::vector<std::string>& opening);

}  // namespace escapement
