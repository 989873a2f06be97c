// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// schedules FIRST COUNT: the self-test of an emitted network under as many transfer schedules of the host's
// cluster. It must pass whenever all transfers arrive, and say so whenever one does not.
#include "dyadic_host.h"
#include "net.h"
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv) {
  const uint32_t first = argc == 3 ? (uint32_t)atoi(argv[1]) : 0u;
  const uint32_t count = argc == 3 ? (uint32_t)atoi(argv[2]) : 0u;
  uint32_t failures = 0u;
  uint64_t transfers = 0u;
  for (uint32_t seed = first; seed < first + count; ++seed) {
    const uint32_t mode = seed % (DYADIC_HOST_MIXED + 1u);
    dyadic_host_schedule(seed, (dyadic_host_mode)mode);
    const int wrong = net_selftest() != 0;
    const uint32_t failed = dyadic_host_failed();
    transfers += dyadic_host_started();
    failures += failed != 0u ? 1u : 0u;
    if (wrong != (failed != 0u)) {
      const net_selftest_fault *f = net_selftest_first_fault();
      printf("schedule %u of mode %u, %u transfers failed: sample %u, element %u: %lld, not %lld\n", seed,
             mode, failed, (unsigned)f->sample, (unsigned)f->element, (long long)f->found,
             (long long)f->expected);
      return 1;
    }
  }
  printf("%u schedules, %llu transfers, %u runs with a failure\n", count, (unsigned long long)transfers,
         failures);
  return count == 0u || transfers == 0u;
}
