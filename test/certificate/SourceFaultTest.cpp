// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plants faults in what a certificate says a rescale reads: other nodes, other integers, other elements.
#include "Support.h"
#include <gtest/gtest.h>

namespace dyadic::certificate::test {
namespace {

class Planter {
public:
  Planter(const std::string &path, const std::string &name) : name(name), c(certify(path, {})) {
    if (!c.text.empty())
      honest = llvm::cantFail(readClaims(c.text));
  }

  void run() {
    ASSERT_FALSE(c.text.empty()) << name << ": " << c.problem;
    EXPECT_TRUE(llvm::cantFail(check(honest, *c.model)).faults.empty()) << name;
    std::set<int64_t> counted = honest.givers(); // an output that no quantiser rounds is not looked at
    for (const RescaleClaim &rescale : honest.rescales)
      for (const AccumulatorClaim &a : rescale.accumulators)
        for (const SourceClaim &s : a.sources)
          counted.insert(s.rescale);
    for (size_t r = 0; r < honest.rescales.size(); ++r)
      for (size_t a = 0; a < honest.rescales[r].accumulators.size(); ++a)
        if (counted.count(static_cast<int64_t>(r)) && honest.rescales[r].accumulators[a].sources.size() == 1)
          source(r, a);
    for (size_t k = 0; k < honest.codes.size(); ++k)
      codes(k);
  }
  int planted = 0;

private:
  template <typename Plant> void expectFound(const std::string &what, Plant plant) {
    Claims claims = honest;
    plant(claims);
    EXPECT_FALSE(llvm::cantFail(check(claims, *c.model)).faults.empty()) << name << ": " << what;
    ++planted;
  }

  void source(size_t r, size_t a) {
    const SourceClaim &own = honest.rescales[r].accumulators[a].sources[0];
    const std::string of = " of accumulator " + std::to_string(a) + " of rescale " + std::to_string(r);
    auto in = [=](Claims &claims) -> SourceClaim & { return claims.rescales[r].accumulators[a].sources[0]; };
    if (!own.codes) {
      expectFound("another node" + of, [&](Claims &x) { in(x).name += "?"; });
      if (own.channels.empty()) // else those tell what it reads
        expectFound("nothing is read" + of, [&](Claims &x) { in(x).reads.clear(); });
      for (const CodesClaim &q : honest.codes)
        if (own.reads == std::vector<std::string>{q.key})
          expectFound("codes in place of their sum" + of, [&](Claims &x) {
            in(x) = {};
            in(x).codes = true;
            in(x).name = q.key;
          });
      return;
    }
    expectFound("other codes" + of, [&](Claims &x) {
      in(x).name += "?";
      in(x).rescale = -1;
    });
    if (own.rescale < 0 || honest.givers().count(own.rescale))
      return;
    const RescaleClaim &maker = honest.rescales[static_cast<size_t>(own.rescale)];
    if (maker.accumulators.size() == 1) // a range as wide as need be
      expectFound("what a rescale reads in place of what it makes" + of, [&](Claims &x) {
        in(x) = maker.accumulators[0].sources[0];
        for (ChannelClaim &f : x.rescales[r].channels)
          if (f.form != Form::Table)
            for (const ChannelClaim &g : maker.channels)
              f.range[a] = {std::min(f.range[a].first, g.range[0].first),
                            std::max(f.range[a].second, g.range[0].second)};
      });
  }

  void codes(size_t k) {
    const CodesClaim &own = honest.codes[k];
    const std::string of = " of '" + own.key + "'";
    if (own.origins.empty() || own.origins[0].rescale < 0)
      return;
    for (int by : {-1, 1})
      expectFound("what is added" + of, [&](Claims &x) { x.codes[k].add += by; });
    expectFound("the sign" + of, [&](Claims &x) { x.codes[k].mul = -x.codes[k].mul; });
    if (own.view.empty())
      return;
    expectFound("another shape" + of, [&](Claims &x) { x.codes[k].view[0] += 1; });
    for (int by : {-1, 1})
      if (own.origins.size() > 1) {
        expectFound("where one begins" + of, [&](Claims &x) { x.codes[k].origins[1].begin += by; });
        expectFound("where one ends" + of, [&](Claims &x) { x.codes[k].origins.back().extent += by; });
      }
    expectFound("a graph input's codes" + of, [&](Claims &x) {
      for (Origin &o : x.codes[k].origins)
        o = {-1, "x?", o.begin, o.extent, {}};
    });
  }

  std::string name;
  Certified c;
  Claims honest;
};

TEST(PlantedFaults, AreFoundInWhatIsRead) {
  int planted = 0;
  for (const char *name : {"conv_3x3", "conv_depthwise", "add_two_accumulators", "concat_into_conv"}) {
    Planter p(std::string(DYADIC_TEST_NETWORKS) + "/" + name + ".onnx", name);
    p.run();
    planted += p.planted;
  }
  for (const char *name : {"unrounded_leaky_skip", "certificate_nested_activations"}) {
    Planter p(std::string(DYADIC_SOURCE "/test/fuzz/kept/") + name + ".onnx", name);
    p.run();
    planted += p.planted;
  }
  std::printf("what is read: %d faults found\n", planted);
  EXPECT_GE(planted, 60);
}

/// Codes less by one in memory than in the model: right for who is told so, not for who reads them.
TEST(PlantedFaults, AreFoundInCodesThatLieElsewhere) {
  Certified c = certify(std::string(DYADIC_TEST_NETWORKS) + "/concat_into_conv.onnx", {});
  ASSERT_FALSE(c.text.empty()) << c.problem;
  const Claims honest = llvm::cantFail(readClaims(c.text));
  int planted = 0;
  for (size_t k = 0; k < honest.codes.size(); ++k) {
    Claims claims = honest;
    bool read = false;
    claims.codes[k].add += 1;
    for (const Origin &o : claims.codes[k].origins) {
      if (o.rescale < 0)
        continue;
      RescaleClaim &r = claims.rescales[static_cast<size_t>(o.rescale)];
      --r.clampMin;
      --r.clampMax;
      for (ChannelClaim &f : r.channels)
        f.b -= Integer(1) << static_cast<unsigned long>(f.n);
      for (const RescaleClaim &other : claims.rescales)
        for (const AccumulatorClaim &a : other.accumulators)
          for (const SourceClaim &s : a.sources)
            read |= s.codes ? s.rescale == o.rescale : llvm::is_contained(s.reads, claims.codes[k].key);
    }
    if (claims.codes[k].origins[0].rescale < 0 || claims.codes[k].origins.size() > 1)
      continue;
    EXPECT_EQ(llvm::cantFail(check(claims, *c.model)).faults.empty(), !read) << claims.codes[k].key;
    planted += read;
  }
  EXPECT_GE(planted, 1);
}

/// A row and a column of one tensor, and of two that hold the same codes, are not twice the same integer.
TEST(PlantedFaults, AreFoundInRowsReadAsColumns) {
  Certified c = certify(DYADIC_SOURCE "/test/fuzz/kept/certificate_rows_and_columns.onnx", {});
  ASSERT_FALSE(c.text.empty()) << c.problem;
  const Claims honest = llvm::cantFail(readClaims(c.text));
  EXPECT_TRUE(llvm::cantFail(check(honest, *c.model)).faults.empty());
  int planted = 0;
  for (size_t r = 0; r < honest.rescales.size(); ++r) {
    if (honest.rescales[r].accumulators.size() != 2)
      continue;
    Claims claims = honest;
    RescaleClaim &own = claims.rescales[r];
    own.accumulators.pop_back();
    own.terms = 1;
    for (ChannelClaim &f : own.channels) {
      f.m = {f.m[0] + f.m[1]};
      f.range.pop_back();
    }
    EXPECT_FALSE(llvm::cantFail(check(claims, *c.model)).faults.empty()) << "rescale " << r;
    ++planted;
  }
  EXPECT_EQ(planted, 2);
}

} // namespace
} // namespace dyadic::certificate::test
