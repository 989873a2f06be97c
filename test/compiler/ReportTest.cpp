// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Amounts, rounding, what an estimate rests on, and drawings.
#include "compiler/report/Report.h"
#include "compiler/report/Amounts.h"
#include "compiler/report/Chart.h"
#include <gtest/gtest.h>

using namespace dyadic;
using namespace dyadic::report;

namespace {

TEST(Amounts, DurationsAreExactAndHaveUnits) {
  auto seconds = [](llvm::StringRef text) { return llvm::cantFail(parseDuration(text)); };
  EXPECT_EQ(seconds("30ms"), model::Rational(3, 100));
  EXPECT_EQ(seconds("500us"), model::Rational(1, 2000));
  EXPECT_EQ(seconds("1.5 s"), model::Rational(3, 2));
  EXPECT_EQ(seconds("7ns"), model::Rational(7, 1000000000));
  for (const char *wrong : {"30", "", "ms", "-1s", "0ms", "3m", "1s2", "1e", "1e400s"}) {
    llvm::Expected<model::Rational> none = parseDuration(wrong);
    EXPECT_FALSE(bool(none)) << wrong;
    llvm::consumeError(none.takeError());
  }
}

TEST(Amounts, ShownWithThreeDigits) {
  EXPECT_EQ(shownDuration(0.0123), "12.3 ms");
  EXPECT_EQ(shownDuration(1.5), "1.50 s");
  EXPECT_EQ(shownDuration(5e-4), "500 us");
  EXPECT_EQ(shownDuration(9.9999e-4), "1.00 ms"); // rounds up into the next unit
  EXPECT_EQ(shownDuration(2e-9), "2.00 ns");
  EXPECT_EQ(shownDuration(123), "123 s");
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1,234,567");
  EXPECT_EQ(grouped(-123456), "-123,456");
  EXPECT_EQ(shownShare(0.1234), "12.3 %");
  EXPECT_EQ(shownName("a\x1b[31mb", 40), "a?[31mb");
  EXPECT_EQ(shownName("block/0/conv", 8), ".../conv");
}

model::Machine machine() {
  model::Machine m;
  m.name = "toy";
  m.clockHz = {1000, model::FigureKind::SetByUser, "--set"};
  m.kernels[static_cast<size_t>(model::KernelClass::Matmul)].mac[{8, 8}] = {0.5, model::FigureKind::Measured,
                                                                            "lab"};
  m.kernels[static_cast<size_t>(model::KernelClass::Matmul)].output = {2, model::FigureKind::Published,
                                                                       "paper"};
  m.kernels[static_cast<size_t>(model::KernelClass::Move)].element = {2, model::FigureKind::Assumed, "guess"};
  m.l2.memory = "SRAM";
  return m;
}

predict::Prediction prediction() {
  predict::Prediction p;
  p.layers.resize(2);
  p.layers[0].number = 1;
  p.layers[0].kind = model::KernelClass::Matmul;
  p.layers[0].weightBits = p.layers[0].activationBits = 8;
  p.layers[0].tiled = true;
  p.layers[0].cores = 3;
  p.layers[0].macs = 30;
  p.layers[0].workPerCore = {20, 10, 0};
  p.layers[0].time = {10.4, 1.4, 0.4, 0, 7, 3};
  p.layers[1].number = 2;
  p.layers[1].time = {20.4, 0, 0, 0, 0, 0};
  p.loadCycles = 5;
  return p;
}

TEST(Report, PartsAddUpAfterRounding) {
  Report r = makeReport(prediction(), machine());
  EXPECT_EQ(r.layers[0].cycles.total(), 11); // 10 + 1 + 0, not the 12 of 12.2
  EXPECT_EQ(r.steady.total(), 31);
  EXPECT_EQ(r.steady.transfer, 10);
  EXPECT_EQ(r.cold(), 36);
  EXPECT_NEAR(r.layers[0].share, 11.0 / 31, 1e-12);
  EXPECT_EQ(r.layers[0].busy(), 2);
  EXPECT_EQ(r.layers[0].mostAndLeast(), (std::pair<int64_t, int64_t>(20, 0)));
  EXPECT_EQ(r.layers[1].busy(), 1);
  EXPECT_FALSE(r.l1);
  EXPECT_FALSE(r.l2.room);
}

TEST(Report, DeadlinesAreMetToTheCycle) {
  Report r = makeReport(prediction(), machine());
  judge(r, model::Rational(31, 1000));
  EXPECT_TRUE(r.deadline->met);
  judge(r, model::Rational(309999, 10000000));
  EXPECT_FALSE(r.deadline->met);
}

TEST(Report, NamesTheFiguresItRestsOn) {
  Report r = makeReport(prediction(), machine());
  ASSERT_EQ(r.layers[0].figures.size(), 2u);
  EXPECT_EQ(r.layers[0].figures[0].path, "kernels.matmul.output");
  EXPECT_EQ(r.layers[0].figures[1].path, "kernels.matmul.w8a8");
  EXPECT_EQ(kindsOf(r.layers[0].figures), "measured 1, published 1");
  EXPECT_EQ(kindsOf(r.figures), "measured 1, published 1, assumed 1");
  EXPECT_EQ(kindsOf({}), "none");
  model::Machine bare = machine(); // instructions stand in for what is not stated
  bare.kernels = {};
  bare.core.load = {1, model::FigureKind::Published, "manual"};
  bare.core.multiply = {3, model::FigureKind::Published, "manual"};
  Report b = makeReport(prediction(), bare);
  ASSERT_EQ(b.layers[0].figures.size(), 2u);
  EXPECT_EQ(b.layers[0].figures[0].path, "core.load");
  EXPECT_EQ(b.layers[0].figures[1].path, "core.multiply");
}

TEST(Report, CsvQuotesWhatItMust) {
  EXPECT_EQ(csvText("plain"), "plain");
  EXPECT_EQ(csvText("8 rows, \"4\""), "\"8 rows, \"\"4\"\"\"");
}

TEST(Chart, DrawsEveryMarkAndEscapes) {
  Chart chart;
  chart.title = "a < b & \"c\"";
  chart.categories = {"1", "2", "3"};
  chart.logarithmic = true;
  chart.series = {{"s", {10.0, std::nullopt, 1000.0}, {}}, {"", {std::nullopt, std::nullopt, 0.0}, {}}};
  std::string svg = draw(chart);
  auto count = [&](llvm::StringRef what) { return llvm::StringRef(svg).count(what); };
  EXPECT_EQ(count("<circle"), 3u);
  EXPECT_EQ(count("<polyline"), 3u); // a gap ends a line
  EXPECT_EQ(count("a &lt; b &amp; &quot;c&quot;"), 1u);
  EXPECT_EQ(count(">1,000</text>"), 1u);
  EXPECT_EQ(count(">1</text>"), 2u); // the lowest decade and a category
  EXPECT_EQ(svg, draw(chart));
  chart.bars = true;
  svg = draw(chart);
  EXPECT_EQ(count("<rect x"), 3u + 1u); // and the legend
  chart.categories.clear();
  chart.series.clear();
  EXPECT_NE(draw(chart).find("</svg>"), std::string::npos);
}

} // namespace
