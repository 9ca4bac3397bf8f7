#pragma once

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>

#include "report.h"

namespace escapement {

struct Comparison;

/// The report, version 1, as docs/report.schema.json describes it. All other formats are drawn from the same
/// data.
nlohmann::ordered_json to_json(const Report&);

/// The same as text, with what came of comparing it, if it was. Bytes that are not UTF-8 become U+FFFD.
std::string to_json_text(const Report&, const Comparison* = nullptr);

/// What is not a report of this version. what() is one line that names the member:
/// `runs[0].results[2].verdict: what is wrong`, after the path of a file.
class ReportError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads what to_json wrote; counts and percentiles are taken from the results, not from the file. The
/// opening of a control comes back as one string. Throws ReportError.
Report from_json(const nlohmann::ordered_json&);

/// The same from a file. Members that came later than the first reports of this version may be missing.
Report load_report(const std::string& path);

}  // namespace escapement
