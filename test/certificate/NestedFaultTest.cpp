// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Plants faults in every number by which rescales without a quantiser make integers of one another.
#include "Harmless.h"
#include "Support.h"
#include <gtest/gtest.h>

namespace dyadic::certificate::test {
namespace {

class Planter {
public:
  explicit Planter(const std::string &name)
      : name(name),
        c(certify(std::string(DYADIC_SOURCE "/test/fuzz/kept/certificate_") + name + ".onnx", {})) {
    if (!c.text.empty())
      honest = llvm::cantFail(readClaims(c.text));
  }

  void run() {
    ASSERT_FALSE(c.text.empty()) << name << ": " << c.problem;
    for (const Fault &f : faultsOf(honest))
      ADD_FAILURE() << name << ": " << f.text();
    const std::set<int64_t> givers = honest.givers();
    for (size_t r = 0; r < honest.rescales.size(); ++r)
      if (givers.count(static_cast<int64_t>(r)) == 0)
        rescale(r);
  }

  /// Each sum reads another channel's integers in place of its own.
  void swapChannels() {
    ASSERT_FALSE(c.text.empty()) << name << ": " << c.problem;
    for (size_t r = 0; r < honest.rescales.size(); ++r)
      for (size_t a = 0; a < honest.rescales[r].accumulators.size(); ++a) {
        if (honest.rescales[r].accumulators[a].sources[0].channels.size() < 2)
          continue;
        Claims claims = honest;
        SourceClaim &source = claims.rescales[r].accumulators[a].sources[0];
        std::swap(source.channels[0], source.channels[1]);
        EXPECT_FALSE(faultsOf(claims).empty()) << name << ": accumulator " << a << " of rescale " << r;
        ++planted;
      }
  }

  /// Each sum in a word that its greatest values leave.
  void narrowWords() {
    ASSERT_FALSE(c.text.empty()) << name << ": " << c.problem;
    for (size_t r = 0; r < honest.rescales.size(); ++r)
      for (size_t a = 0; a < honest.rescales[r].accumulators.size(); ++a) {
        Claims claims = honest;
        SourceClaim &source = claims.rescales[r].accumulators[a].sources[0];
        Integer most;
        for (const ChannelClaim &channel : honest.rescales[r].channels)
          most =
              std::max({most, Integer(abs(channel.range[a].first)), Integer(abs(channel.range[a].second))});
        const auto bits = static_cast<int64_t>(mpz_sizeinbase(most.get_mpz_t(), 2));
        if (source.codes || most == 0 || bits >= source.bits) // as wide as the word: it is no bound
          continue;
        source.bits = bits;
        EXPECT_FALSE(faultsOf(claims).empty()) << name << ": accumulator " << a << " of rescale " << r;
        ++planted;
      }
  }

  /// Each sum of what lies beyond another zero.
  void shiftZeros() {
    ASSERT_FALSE(c.text.empty()) << name << ": " << c.problem;
    for (size_t r = 0; r < honest.rescales.size(); ++r)
      for (size_t a = 0; a < honest.rescales[r].accumulators.size(); ++a)
        for (int by : {-1, 1}) {
          Claims claims = honest;
          SourceClaim &source = claims.rescales[r].accumulators[a].sources[0];
          if (source.codes)
            continue;
          source.zero += by;
          for (ChannelClaim &channel : claims.rescales[r].channels) { // wide enough all the same
            channel.range[a].first *= 2;
            channel.range[a].second *= 2;
          }
          EXPECT_FALSE(faultsOf(claims).empty()) << name << ": accumulator " << a << " of rescale " << r;
          ++planted;
        }
  }

  int planted = 0, found = 0;

private:
  std::vector<Fault> faultsOf(const Claims &claims) { return llvm::cantFail(check(claims, *c.model)).faults; }

  /// What a rescale makes of the one integer that all are made of.
  static int64_t through(const Claims &claims, size_t r, int64_t element, int64_t x) {
    const RescaleClaim &rescale = claims.rescales[r];
    std::vector<int64_t> read;
    for (const AccumulatorClaim &a : rescale.accumulators) {
      const SourceClaim &s = a.sources[0];
      read.push_back(s.codes && s.rescale >= 0 ? through(claims, static_cast<size_t>(s.rescale), element, x)
                                               : x);
    }
    return valueOf(rescale, rescale.channels[static_cast<size_t>(element) % rescale.channels.size()], read);
  }

  /// By trying out all integers: quantisers get the same codes, and sums the same integers.
  bool isHarmless(const Claims &claims, int64_t element) const {
    std::set<size_t> ends;
    const std::pair<Integer, Integer> none{0, -1};
    auto range = none;
    for (size_t r = 0; r < honest.rescales.size(); ++r)
      for (const AccumulatorClaim &a : honest.rescales[r].accumulators) {
        const SourceClaim &s = a.sources[0];
        ends.insert(s.made.begin(), s.made.end());
        if (s.made.empty() && honest.givers().count(static_cast<int64_t>(r)))
          ends.insert(r);
        const auto &channels = honest.rescales[r].channels;
        if (!s.codes && s.made.empty() && range == none)
          range = channels[static_cast<size_t>(element) % channels.size()].range[0];
      }
    for (size_t r : ends)
      for (int64_t x = range.first.get_si(); x <= range.second; ++x)
        if (through(honest, r, element, x) != through(claims, r, element, x))
          return false;
    return true;
  }

  /// Each channel on its own, where there is one for all.
  void rescale(size_t r) {
    const RescaleClaim &rescale = honest.rescales[r];
    const std::vector<SourceClaim> &sources = rescale.accumulators[0].sources;
    size_t outputs = sources.empty() ? 0 : sources[0].weights.size(), own = rescale.channels.size();
    const size_t k = r % 2 ? 0 : std::max(outputs, own) - 1;
    channel(r, k, rescale.channels[k % own]);
  }

  void channel(size_t r, size_t k, const ChannelClaim &honestly) {
    auto expectFound = [&](const char *what, auto plant) {
      const int by = ++planted % 2 ? 1 : -1;
      Claims claims = honest;
      std::vector<ChannelClaim> &channels = claims.rescales[r].channels;
      while (channels.size() <= k)
        channels.push_back(channels[0]);
      plant(channels[k], by);
      if (faultsOf(claims).empty()) // a clamp or a rounding may hide it
        EXPECT_TRUE(isHarmless(claims, static_cast<int64_t>(k)))
            << name << ": " << what << " of rescale " << r << ", channel " << k << ", by " << by;
      else
        ++found;
    };
    const auto &[lo, hi] = honestly.range[0];
    if (honestly.form == Form::Dyadic32 || honestly.form == Form::Dyadic64) {
      for (size_t t = 0; t < honestly.m.size(); ++t)
        expectFound("m", [&](ChannelClaim &x, int by) { x.m[t] += by; });
      expectFound("b", [&](ChannelClaim &x, int by) { x.b += by; });
    } else if (honestly.form == Form::TwoSegment && lo < honestly.numbers[0] - 1 &&
               honestly.numbers[0] < hi) {
      expectFound("m", [&](ChannelClaim &x, int by) { x.m[0] += by; });
      expectFound("b", [&](ChannelClaim &x, int by) { x.b += by; });
      for (size_t t : {1, 2})
        expectFound("a number", [&](ChannelClaim &x, int by) { x.numbers[t] += by; });
    } else if (honestly.form == Form::Table) {
      for (size_t t = 1; t < honestly.numbers.size(); t += 1 + honestly.numbers.size() / 4)
        expectFound("an entry", [&](ChannelClaim &x, int by) { x.numbers[t] += by; });
    }
  }

  std::string name;
  Certified c;
  Claims honest;
};

TEST(PlantedFaults, AreFoundInIntegersMadeOfIntegers) {
  int found = 0;
  for (const char *name : {"nested_activations", "mean_of_each_channel", "sums_of_several"}) {
    Planter p(name);
    p.run();
    found += p.found;
  }
  std::printf("integers made of integers: %d faults found\n", found);
  EXPECT_GE(found, 35);
}

TEST(PlantedFaults, AreFoundInTheChannelsThatSeveralSumsRead) {
  Planter p("sums_of_several");
  p.swapChannels();
  EXPECT_EQ(p.planted, 4);
}

TEST(PlantedFaults, AreFoundInTheWordsOfSums) {
  for (const char *name : {"nested_activations", "mean_of_each_channel", "sums_of_several"}) {
    Planter p(name);
    p.narrowWords();
    EXPECT_GE(p.planted, 2) << name;
  }
}

TEST(PlantedFaults, AreFoundInTheZerosOfSums) {
  for (const char *name : {"mean_of_each_channel", "sums_of_several"}) {
    Planter p(name);
    p.shiftZeros();
    EXPECT_GE(p.planted, 4) << name;
  }
}

} // namespace
} // namespace dyadic::certificate::test
