#include "report_list.h"

#include <algorithm>

#include "report_text.h"

namespace escapement {
namespace {

using Words = std::vector<std::string>;

constexpr unsigned gap = 2;
constexpr unsigned widest_text = 100;  // longer lines of prose are hard to read
constexpr unsigned least_wrap = 20;    // a narrower last column would be a word a line

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

void section(std::string& out, const char* name, const Words& paragraphs, const Style& style) {
  constexpr unsigned indent = 14;
  unsigned room = std::max(std::min(style.width, widest_text), indent + least_wrap) - indent;
  std::string label = std::string("  ") + name;
  for (const std::string& paragraph : paragraphs)
    for (const std::string& line : text::wrap(text::clean(paragraph, style.utf8), room)) {
      out += paint(style, Tone::dim, text::left(label, indent)) + line + '\n';
      label.clear();
    }
}

Words attempts(const nlohmann::json& probe) {
  Words lines;
  for (const auto& attempt : probe.at("attempts")) {
    Words denials = attempt.at("denials").get<Words>();
    lines.push_back(attempt.at("name").get<std::string>() + ": denied by " + text::join(denials, " or "));
  }
  return lines;
}

}  // namespace

std::string to_list(const Words& headings, const std::vector<Words>& rows, const Style& style) {
  std::vector<unsigned> widths;
  auto measure = [&](const Words& row) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], text::width(text::clean(row[i], style.utf8)));
  };
  measure(headings);
  for (const Words& row : rows) measure(row);
  if (widths.empty()) return "";
  unsigned before = 0;
  for (std::size_t i = 0; i + 1 < widths.size(); ++i) before += widths[i] + gap;
  bool wraps = style.terminal && style.width >= before + least_wrap;

  auto draw = [&](const Words& row, Tone tone) {
    std::string line;
    for (std::size_t i = 0; i + 1 < widths.size(); ++i)
      line += text::left(i < row.size() ? text::clean(row[i], style.utf8) : "", widths[i] + gap);
    std::string last = row.size() == widths.size() ? text::clean(row.back(), style.utf8) : "";
    Words parts = wraps ? text::wrap(last, style.width - before) : Words{last};
    std::string out = paint(style, tone, trimmed(line + (parts.empty() ? "" : parts[0]))) + '\n';
    for (std::size_t i = 1; i < parts.size(); ++i) out += std::string(before, ' ') + parts[i] + '\n';
    return out;
  };
  std::string out = draw(headings, Tone::strong);
  for (const Words& row : rows) out += draw(row, Tone::plain);
  return out;
}

std::string to_explanation(const nlohmann::json& probe, const Style& style) {
  auto text_of = [&](const char* key) { return probe.at(key).get<std::string>(); };
  std::string out = paint(style, Tone::strong, text::clean(text_of("id"), style.utf8)) + "  " +
                    text::clean(text_of("summary"), style.utf8) + "\n\n";
  section(out, "guarantee", {text_of("guarantee")}, style);
  section(out, "technique", {text_of("technique")}, style);
  section(out, "attempts", attempts(probe), style);
  section(out, "witness", probe.at("witness").get<Words>(), style);
  section(out, "opening", probe.at("opening").get<Words>(), style);
  section(out, "remedy", {text_of("remedy")}, style);
  if (probe.value("only_in_guest", false))
    section(out, "runs", {"in a virtual machine of its own alone: pytest suites/ --kernel release"}, style);
  section(out, "references", probe.at("references").get<Words>(), style);
  return out;
}

}  // namespace escapement
