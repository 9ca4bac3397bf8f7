#pragma once

#include "profile_tree.h"

#include <string>

namespace isolator {

/// Lays one `--set` over a profile that check_shape has passed:
///
///     key=value     sets it, the section included where it is missing
///     list+=value   appends it, or each element of a list, unless it is there already
///     list-=value   removes it; a table removes every entry that has all of its values
///
/// Throws ProfileError, which names the setting, where the key does not exist, the value has the wrong type,
/// or the element to be removed could never stand in that list.
void apply_setting(Node& tree, const std::string& text);

}  // namespace isolator
