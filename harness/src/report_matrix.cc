#include "report_matrix.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "report_text.h"

namespace escapement {
namespace {

constexpr unsigned gap = 2;

using Names = std::span<const std::string>;
using Widths = std::vector<unsigned>;

unsigned sum(const Widths& widths) { return std::accumulate(widths.begin(), widths.end(), 0u); }

/// Each heading above its own column.
Widths side_by_side(Names names) {
  Widths widths;
  for (const std::string& name : names) widths.push_back(text::width(name) + gap);
  return widths;
}

/// The first, third, ... heading a line higher, with a line down to its column, which is `narrow` columns
/// wide: the heading may stand above its right neighbour too, whose own heading is no wider than its column.
Widths staggered(Names names, unsigned narrow) {
  Widths widths;
  for (std::size_t i = 0; i < names.size(); ++i) {
    unsigned own = text::width(names[i]) + 1;
    if (i % 2 == 0) {
      widths.push_back(i + 1 < names.size() ? narrow : own);
    } else {
      unsigned upper = text::width(names[i - 1]) + 1;
      widths.push_back(std::max(own, upper > narrow ? upper - narrow : 0));
    }
  }
  return widths;
}

struct Layout {
  Widths widths;
  bool two_lines = false;
};

/// How `names` fit into `columns`; empty widths where they do not. One name alone always fits.
Layout fit(Names names, unsigned columns) {
  if (Widths one = side_by_side(names); sum(one) <= columns + gap || names.size() == 1) return {one, false};
  // The wider the narrow columns, the more even the distances between the glyphs.
  for (unsigned narrow = 6; narrow >= 2; --narrow)
    if (Widths two = staggered(names, narrow); sum(two) <= columns + 1) return {two, true};
  return {};
}

std::string trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

void head(std::vector<std::string>& lines, Names names, const Layout& layout, unsigned indent,
          const Style& style) {
  std::string upper(indent, ' '), lower(indent, ' ');
  for (std::size_t i = 0; i < names.size(); ++i) {
    unsigned own = layout.widths[i];
    if (!layout.two_lines) {
      lower += text::left(names[i], own);
    } else if (i % 2 == 0) {
      unsigned both = own + (i + 1 < names.size() ? layout.widths[i + 1] : 0);
      upper += text::left(names[i], both);
      lower += paint(style, Tone::dim, style.utf8 ? "│" : "|") + std::string(own - 1, ' ');
    } else {
      lower += paint(style, Tone::strong, names[i]) + std::string(own - text::width(names[i]), ' ');
    }
  }
  if (layout.two_lines) lines.push_back(paint(style, Tone::strong, trimmed(upper)));
  lines.push_back(layout.two_lines ? trimmed(lower) : paint(style, Tone::strong, trimmed(lower)));
}

std::string cells(const Row& row, std::size_t first, const Layout& layout, const Style& style) {
  std::string line;
  unsigned pending = 0;  // blanks are written only before a glyph, so that no line ends in them
  for (std::size_t i = 0; i < layout.widths.size(); ++i) {
    if (const Result* cell = row.cells[first + i]) {
      Mark kind = mark(*cell);
      line += std::string(pending, ' ') + paint(style, tone(kind), std::string(glyph(kind, style.utf8)));
      pending = layout.widths[i] - 1;
    } else {
      pending += layout.widths[i];
    }
  }
  return line;
}

}  // namespace

std::vector<std::string> matrix(const std::vector<Row>& rows, const std::vector<std::string>& headings,
                                const Style& style) {
  unsigned label = 0;
  for (const Row& row : rows) label = std::max(label, text::width(text::clean(row.probe, style.utf8)));
  unsigned indent = 2 + label + gap;
  unsigned room = style.width > indent ? style.width - indent : 1;

  // As few blocks as possible, all of about the same size.
  Names names(headings);
  std::size_t blocks = 1;
  auto begin_of = [&](std::size_t block) { return names.size() * block / blocks; };
  auto part = [&](std::size_t block) {
    return names.subspan(begin_of(block), begin_of(block + 1) - begin_of(block));
  };
  auto all_fit = [&] {
    for (std::size_t b = 0; b < blocks; ++b)
      if (fit(part(b), room).widths.empty()) return false;
    return true;
  };
  while (blocks < names.size() && !all_fit()) ++blocks;

  std::vector<std::string> lines;
  for (std::size_t b = 0; !names.empty() && b < blocks; ++b) {
    Layout layout = fit(part(b), room);
    if (b > 0) lines.emplace_back();
    head(lines, part(b), layout, indent, style);
    const std::string* cls = nullptr;
    for (const Row& row : rows) {
      if (!cls || *cls != row.cls) lines.push_back(paint(style, Tone::dim, text::clean(row.cls, style.utf8)));
      cls = &row.cls;
      std::string name = "  " + text::left(text::clean(row.probe, style.utf8), label + gap);
      lines.push_back(trimmed(name + cells(row, begin_of(b), layout, style)));
    }
  }
  return lines;
}

}  // namespace escapement
