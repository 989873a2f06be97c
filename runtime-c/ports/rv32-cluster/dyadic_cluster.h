// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// How the harts of a RISC-V machine make a cluster: hart 0 is the controller, the next ones are its cores,
// the last one is the transfer engine.
#ifndef DYADIC_CLUSTER_H
#define DYADIC_CLUSTER_H

#include "dyadic_base.h"

DYADIC_BEGIN

#ifndef DYADIC_CLUSTER_CORES
#define DYADIC_CLUSTER_CORES 8
#endif

// The core-local interruptor: a word for each hart that interrupts it, and the time they share.
#ifndef DYADIC_CLINT
#define DYADIC_CLINT 0x02000000u
#endif
#ifndef DYADIC_CLINT_HZ
#define DYADIC_CLINT_HZ 10000000u
#endif

// Where reset sends every hart but 0; interrupts stay off. Sleeps until the controller has work, and does not
// read memory before.
void dyadic_cluster_hart(uint32_t hart);

DYADIC_END

#endif
