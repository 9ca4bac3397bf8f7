#pragma once

#include "calibrate.h"
#include "style.h"

#include <string>

namespace escapement {

/// For a person: how deep each guarantee is defended, and what was not shown.
std::string to_table(const Calibration&, const Style&);

/// `vacuous_probes`, `untested_layers`, `depth`, `matrix` and the openers of each probe.
std::string to_json_text(const Calibration&);

/// One page without scripts or files beside it: probes by layers, each cell as hot as the layer matters.
std::string to_html(const Calibration&);

}  // namespace escapement
