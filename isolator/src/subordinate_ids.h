#pragma once

#include "builder.h"

#include <sys/types.h>

#include <string>
#include <vector>

namespace isolator {

/// One of the two kinds of ids, as subuid(5) and newuidmap(1) know it.
struct IdKind {
  const char* name;     ///< "uid"
  const char* file;     ///< "/etc/subuid"
  const char* program;  ///< "newuidmap"
  std::uint32_t caller;
};
IdKind user_ids();
IdKind group_ids();

/// One line of subuid(5) or subgid(5).
struct Lent {
  std::uint64_t first = 0, count = 0;
};

/// Those of the caller, by name or by number.
std::vector<Lent> lent_to_caller(const IdKind&);

/// The same map in numbers alone. Throws Error{Step::maps} where the caller has too few subordinate ids, with
/// the line that gives them.
std::vector<IdRange> in_numbers(const std::vector<IdRange>&, const IdKind&);

/// The program that may write such a map for who is not root. Throws Error{Step::maps} where there is none.
std::string map_program(const IdKind&);

/// Has `program` write the map of a process. Throws Error{Step::maps} with what it says.
void write_map_by(const std::string& program, const IdKind&, pid_t, const std::string& lines);

}  // namespace isolator
