#pragma once

#include <map>
#include <string>

namespace escapement {

/// The settings of the kernel that decide about attacks, by the names of sysctl(8): "kernel.dmesg_restrict"
/// -> "1". What this kernel does not have, or does not show to this user, is not among them. `directory`
/// stands for /proc/sys.
std::map<std::string, std::string> kernel_settings(const std::string& directory = "/proc/sys");

enum class Shift { same, tighter, looser, unclear };

/// What it means for attacks that a setting was `was` and is `is`; an empty value: it is not there. Unclear
/// is what has no order, or where its being gone says nothing.
Shift shift(const std::string& setting, const std::string& was, const std::string& is);

}  // namespace escapement
