// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Grids, shards, points read back, and workers.
#include "compiler/explore/Point.h"
#include "compiler/explore/Tables.h"
#include "compiler/explore/Workers.h"
#include <gtest/gtest.h>
#include <unistd.h>

using namespace dyadic;
using namespace dyadic::explore;

namespace {

TEST(Grid, SortedWhateverTheOrder) {
  Grid a = llvm::cantFail(Grid::parse({"l2.bytes=512K,256K", "cluster.cores=8,2,4,2"}));
  Grid b = llvm::cantFail(Grid::parse({"cluster.cores=2,4,8", "l2.bytes=262144,512KiB"}));
  ASSERT_EQ(a.size(), 6u);
  for (size_t i = 0; i < a.size(); ++i)
    EXPECT_EQ(a.name(i), b.name(i));
  EXPECT_EQ(a.name(0), "cluster.cores=2 l2.bytes=262144");
  EXPECT_EQ(a.name(5), "cluster.cores=8 l2.bytes=524288");
  Grid c = llvm::cantFail(Grid::parse({"l1.buffer_bytes=9000,16000", "impl=mac,lut"}));
  EXPECT_EQ(c.name(0), "impl=lut l1.buffer_bytes=9000"); // by number, not by text
}

TEST(Grid, RefusesWhatIsNoSweep) {
  for (const char *wrong : {"l2.bytes", "=3", "l2.bytes=", "l2.bytes=1,,2", "l2.bytes=x", "no.such=1",
                            "impl=fast", "impl=conv0=lut"}) {
    llvm::Expected<Grid> none = Grid::parse({wrong});
    EXPECT_FALSE(bool(none)) << wrong;
    llvm::consumeError(none.takeError());
  }
}

TEST(Shards, EachPointInExactlyOne) {
  for (size_t n : {1u, 3u, 7u})
    for (size_t point = 0; point < 20; ++point) {
      size_t holders = 0;
      for (size_t i = 1; i <= n; ++i)
        holders += llvm::cantFail(parseShard(std::to_string(i) + "/" + std::to_string(n))).holds(point);
      EXPECT_EQ(holders, 1u);
    }
  for (const char *wrong : {"0/3", "4/3", "1", "a/b", "1/0", "-1/3"}) {
    llvm::Expected<Shard> none = parseShard(wrong);
    EXPECT_FALSE(bool(none)) << wrong;
    llvm::consumeError(none.takeError());
  }
}

TEST(Point, DamagedTextIsNone) {
  Grid grid = llvm::cantFail(Grid::parse({"cluster.cores=2"}));
  Point point{"key", {"2"}, {{"too large", {"--set l2.bytes=9"}}}, {}, {}};
  std::string text = llvm::formatv("{0}", llvm::json::Value(toJson(point, grid)));
  std::optional<Point> back = fromJson(text, grid, "key");
  ASSERT_TRUE(back);
  EXPECT_FALSE(back->feasible());
  EXPECT_EQ(back->obstacles[0].fixes[0], "--set l2.bytes=9");
  EXPECT_FALSE(fromJson(text, grid, "other"));
  EXPECT_FALSE(fromJson(text.substr(0, text.size() / 2), grid, "key"));
  EXPECT_FALSE(fromJson("[]", grid, "key"));
  point.obstacles.clear(); // feasible, but without a prediction
  text = llvm::formatv("{0}", llvm::json::Value(toJson(point, grid)));
  EXPECT_FALSE(fromJson(text, grid, "key"));
}

TEST(Drawings, ManyLinesBecomeThree) {
  for (size_t cores : {12u, 13u}) {
    std::string sweep = "cluster.cores=";
    for (size_t i = 1; i <= cores; ++i)
      sweep += (i == 1 ? "" : ",") + std::to_string(i);
    Plan plan;
    plan.grid = llvm::cantFail(Grid::parse({sweep}));
    Points points;
    for (size_t i = 0; i < plan.grid.size(); ++i) {
      llvm::json::Object layer{{"layer", 1}, {"node", "n"}, {"cycles", static_cast<int64_t>(100 * (i + 1))}};
      points.push_back({"", plan.grid.at(i), {}, {}, {}});
      points.back().prediction["layers"] = llvm::json::Array{std::move(layer)};
    }
    std::string svg = layersSvg(plan, points);
    EXPECT_EQ(llvm::StringRef(svg).count("<circle"), cores == 12 ? 12u : 3u);
    EXPECT_EQ(llvm::StringRef(svg).contains("median: 700<"), cores == 13);
  }
}

TEST(Workers, DoEachNumberOnceAndTellFailures) {
  std::string path = testing::TempDir() + "dyadic-workers-XXXXXX";
  char *name = path.data();
  int file = mkstemp(name);
  ASSERT_GE(file, 0);
  size_t told = 0;
  auto mark = [&](size_t i) -> llvm::Error {
    char byte = static_cast<char>(i);
    EXPECT_EQ(write(file, &byte, 1), 1);
    return llvm::Error::success();
  };
  llvm::cantFail(runForked(50, 4, mark, [&](size_t done) { told = done; }));
  EXPECT_EQ(told, 50u);
  char all[64];
  ASSERT_EQ(pread(file, all, sizeof all, 0), 50);
  std::sort(all, all + 50);
  for (char i = 0; i < 50; ++i)
    EXPECT_EQ(all[static_cast<size_t>(i)], i);
  unlink(name);
  close(file);
  auto fail = [](size_t i) { return i == 3 ? failure(ExitCode::Disk, "full") : llvm::Error::success(); };
  llvm::Error error = runForked(10, 2, fail, [](size_t) {});
  ExitCode code = ExitCode::Ok;
  llvm::handleAllErrors(std::move(error), [&](const Failure &f) { code = f.code(); });
  EXPECT_EQ(code, ExitCode::Disk);
  llvm::cantFail(runForked(0, 2, fail, [](size_t) {}));
}

} // namespace
