// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Axes, marks and a legend, in plain SVG elements.
#include "compiler/report/Chart.h"
#include "compiler/report/Amounts.h"
#include "llvm/ADT/StringExtras.h"
#include <algorithm>
#include <array>
#include <cmath>

namespace dyadic::report {
namespace {

constexpr double leastLeft = 90, top = 40, plotHeight = 320, right = 20;
/// Of a character of 12 pixels, on average of wide ones; of labels that are turned by 35 degrees.
constexpr double charWidth = 7, across = 0.82, down = 0.58;
constexpr std::array<const char *, 12> colours = {"#1f77b4", "#d62728", "#2ca02c", "#ff7f0e",
                                                  "#9467bd", "#8c564b", "#17becf", "#7f7f7f",
                                                  "#bcbd22", "#e377c2", "#000080", "#004d00"};

std::string number(double value) { return fixed(value, 1); }

class Drawing {
public:
  explicit Drawing(const Chart &chart) : chart(chart) {
    size_t characters = 0;
    for (const std::string &category : chart.categories)
      characters = std::max(characters, category.size());
    const double longest = charWidth * static_cast<double>(characters);
    double each = std::max(28.0, chart.bars ? 10.0 * static_cast<double>(chart.series.size()) : 28.0);
    step = std::max(each, 640 / std::max<double>(1, static_cast<double>(chart.categories.size())));
    width = step * std::max<double>(1, static_cast<double>(chart.categories.size()));
    slanted = longest + 6 > step;
    bottom = (slanted ? 28 + down * longest : 28) + (chart.xTitle.empty() ? 0 : 22);
    left = slanted ? std::max(leastLeft, across * longest - step / 2 + 10) : leastLeft;
    scale();
  }

  std::string text() {
    size_t named = 0;
    for (const Series &s : chart.series)
      named += !s.name.empty();
    double legend = 18 * static_cast<double>(named + (crossed() ? 1 : 0));
    double w = left + width + right, h = top + plotHeight + bottom + legend + 10;
    out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" +
          number(w) + "\" height=\"" + number(h) + "\" viewBox=\"0 0 " + number(w) + " " + number(h) +
          "\" font-family=\"sans-serif\" font-size=\"12\">\n<rect width=\"100%\" height=\"100%\" "
          "fill=\"white\"/>\n";
    label(left, 22, "start", chart.title, " font-size=\"15\"");
    axes();
    for (size_t i = 0; i < chart.series.size(); ++i)
      chart.bars ? bars(i) : line(i);
    gaps();
    double y = top + plotHeight + bottom + 10;
    for (size_t i = 0; i < chart.series.size(); ++i)
      if (!chart.series[i].name.empty()) {
        out += "<rect x=\"" + number(left) + "\" y=\"" + number(y - 9) +
               "\" width=\"12\" height=\"10\" fill=\"" + colour(i) + "\"/>\n";
        label(left + 18, y, "start", chart.series[i].name);
        y += 18;
      }
    if (crossed())
      label(left + 2, y, "start", "x  " + chart.gap);
    return out + "</svg>\n";
  }

private:
  void scale() {
    double least = HUGE_VAL, most = 0;
    for (const Series &s : chart.series)
      for (const std::optional<double> &v : s.values)
        if (v)
          least = std::min(least, std::max(1.0, *v)), most = std::max(most, *v);
    if (chart.logarithmic) {
      low = std::floor(std::log10(std::min(least, std::max(1.0, most))));
      high = std::max(low + 1, std::ceil(std::log10(std::max(1.0, most))));
      for (double t = low; t <= high; ++t)
        ticks.push_back(std::pow(10, t));
      return;
    }
    double unit = std::pow(10, std::floor(std::log10(std::max(1.0, most / 4))));
    for (double factor : {1.0, 2.0, 5.0, 10.0})
      if (unit * factor * 5 >= most) {
        unit *= factor;
        break;
      }
    high = std::max(unit, unit * std::ceil(most / unit));
    for (double t = 0; t <= high; t += unit)
      ticks.push_back(t);
  }
  double y(double value) const {
    double v = chart.logarithmic ? std::log10(std::max(1.0, value)) : value;
    return top + plotHeight * (1 - std::clamp((v - low) / (high - low), 0.0, 1.0));
  }
  double x(size_t category) const { return left + step * (static_cast<double>(category) + 0.5); }
  static const char *colour(size_t series) { return colours[series % colours.size()]; }

  void label(double atX, double atY, const char *anchor, llvm::StringRef text, const std::string &more = "") {
    out += "<text x=\"" + number(atX) + "\" y=\"" + number(atY) + "\" text-anchor=\"" + anchor + "\"" + more +
           ">" + xmlText(text) + "</text>\n";
  }
  void rule(double x1, double y1, double x2, double y2, const char *stroke) {
    out += "<line x1=\"" + number(x1) + "\" y1=\"" + number(y1) + "\" x2=\"" + number(x2) + "\" y2=\"" +
           number(y2) + "\" stroke=\"" + stroke + "\"/>\n";
  }
  void axes() {
    for (double t : ticks) {
      rule(left, y(t), left + width, y(t), "#dddddd");
      label(left - 6, y(t) + 4, "end", grouped(std::llround(t)));
    }
    rule(left, top, left, top + plotHeight, "black");
    rule(left, top + plotHeight, left + width, top + plotHeight, "black");
    double base = top + plotHeight + 16;
    for (size_t i = 0; i < chart.categories.size(); ++i)
      label(x(i), base, slanted ? "end" : "middle", chart.categories[i],
            slanted ? " transform=\"rotate(-35 " + number(x(i)) + " " + number(base) + ")\"" : "");
    label(left + width / 2, top + plotHeight + bottom - 8, "middle", chart.xTitle);
    label(left - 74, top + plotHeight / 2, "middle", chart.yTitle,
          " transform=\"rotate(-90 " + number(left - 74) + " " + number(top + plotHeight / 2) + ")\"");
  }
  std::string hint(const Series &s, size_t i) const {
    std::string text = chart.categories[i] + (s.name.empty() ? "" : ", " + s.name);
    if (i < s.hints.size() && !s.hints[i].empty())
      text += ", " + s.hints[i];
    return "<title>" + xmlText(text + ": " + grouped(std::llround(*s.values[i]))) + "</title>";
  }
  void bars(size_t index) {
    const Series &s = chart.series[index];
    double each = 0.8 * step / static_cast<double>(chart.series.size());
    for (size_t i = 0; i < s.values.size() && i < chart.categories.size(); ++i)
      if (s.values[i]) {
        double from = x(i) - 0.4 * step + each * static_cast<double>(index),
               height = top + plotHeight - y(*s.values[i]);
        out += "<rect x=\"" + number(from) + "\" y=\"" + number(y(*s.values[i])) + "\" width=\"" +
               number(each) + "\" height=\"" + number(height) + "\" fill=\"" + colour(index) + "\">" +
               hint(s, i) + "</rect>\n";
      }
  }
  /// A value that is not there is told at the axis: by a word where none is, else by a cross for each series.
  void gaps() {
    for (size_t i = 0; !chart.gap.empty() && i < chart.categories.size(); ++i) {
      size_t missing = 0;
      for (size_t k = 0; k < chart.series.size(); ++k) {
        if (chart.series[k].values[i])
          continue;
        double at = x(i) + 8 * (static_cast<double>(k) - static_cast<double>(chart.series.size() - 1) / 2);
        if (!chart.bars && !noneAt(i))
          label(at, top + plotHeight - 3, "middle", "x", std::string(" fill=\"") + colour(k) + "\"");
        ++missing;
      }
      if (missing > 0 && noneAt(i))
        label(x(i) + 4, top + plotHeight - 6, "start", chart.gap,
              " fill=\"#7f7f7f\" transform=\"rotate(-90 " + number(x(i) + 4) + " " +
                  number(top + plotHeight - 6) + ")\"");
    }
  }
  /// Whether some series has a value where another has none.
  bool crossed() const {
    for (size_t i = 0; !chart.gap.empty() && !chart.bars && i < chart.categories.size(); ++i)
      if (!noneAt(i) && llvm::any_of(chart.series, [&](const Series &s) { return !s.values[i]; }))
        return true;
    return false;
  }
  bool noneAt(size_t category) const {
    return llvm::none_of(chart.series, [&](const Series &s) { return s.values[category].has_value(); });
  }
  /// Earlier lines and marks are larger, so that they show beneath those that lie on them.
  double over(size_t index) const {
    return static_cast<double>(chart.series.size() - 1 - index) / static_cast<double>(chart.series.size());
  }
  void line(size_t index) {
    const Series &s = chart.series[index];
    std::string points;
    auto flush = [&] {
      if (!points.empty())
        out += "<polyline fill=\"none\" stroke=\"" + std::string(colour(index)) + "\" stroke-width=\"" +
               number(1.5 + 4 * over(index)) + "\" points=\"" + points + "\"/>\n";
      points.clear();
    };
    std::string marks;
    for (size_t i = 0; i < s.values.size() && i < chart.categories.size(); ++i) {
      if (!s.values[i]) {
        flush();
        continue;
      }
      points += (points.empty() ? "" : " ") + number(x(i)) + "," + number(y(*s.values[i]));
      marks += "<circle cx=\"" + number(x(i)) + "\" cy=\"" + number(y(*s.values[i])) + "\" r=\"" +
               number(3 + 3 * over(index)) + "\" fill=\"" + colour(index) + "\">" + hint(s, i) +
               "</circle>\n";
    }
    flush();
    out += marks;
  }

  const Chart &chart;
  std::string out;
  std::vector<double> ticks;
  double low = 0, high = 1, step = 1, width = 1, left = leastLeft, bottom = 50;
  bool slanted = false;
};

} // namespace

std::string xmlText(llvm::StringRef text) {
  std::string safe;
  for (char c : text)
    switch (c) {
    case '<':
      safe += "&lt;";
      break;
    case '>':
      safe += "&gt;";
      break;
    case '&':
      safe += "&amp;";
      break;
    case '"':
      safe += "&quot;";
      break;
    default:
      safe += llvm::isPrint(c) ? c : '?';
    }
  return safe;
}

std::string draw(const Chart &chart) { return Drawing(chart).text(); }

} // namespace dyadic::report
