#pragma once

namespace isolator::ledger {

/// Makes the table, which the children of this process then share. A second call does nothing. Throws
/// std::system_error.
void open();

/// Lets go on what is frozen in it, in v1: no signal ends a process before.
void thaw();

/// Removes everything that stands in it, cgroups with all that is in them; says on stderr what it cannot.
void clear();

}  // namespace isolator::ledger
