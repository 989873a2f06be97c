// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// A Cortex-M as a machine of one core: the board's DMA controller, its data cache, its cycle counter.
#ifndef DYADIC_CORTEX_M_H
#define DYADIC_CORTEX_M_H

#include "dyadic_machine.h"

DYADIC_BEGIN

// Given by the compiler's command line where it holds for the whole program:
//   DYADIC_CACHE_LINE_BYTES  32 where the data cache is on (M7, M55) and a DMA controller is used; otherwise
//                            undefined, and no cache is touched
//   DYADIC_TCM_FIRST, _BYTES where the DTCM lies, if not in the first 256 KiB from 0x20000000
//   DYADIC_CYCLE_COUNTER     address of a counter instead of the DWT's, and
//   DYADIC_CYCLE_COUNTER_HZ  how often it counts, which is the core's clock for the DWT's

// The answer of a DMA hook that leaves a box to the core, for its shape or for its memories (DMA1 and DMA2 of
// an STM32H7 do not reach the DTCM, its MDMA does).
enum { DYADIC_DMA_DECLINED = -1 };

// A DMA controller. start begins the transfer and returns 0, DYADIC_DMA_DECLINED or a status of
// dyadic_machine.h; wait returns when it is over, with 0 or a status, such as DYADIC_MACHINE_TIMEOUT. Several
// transfers are in flight at once; a controller with fewer channels declines or waits. handle is the hooks'
// to use.
typedef struct dyadic_dma {
  int (*start)(void *board, const dyadic_transfer *transfer, uint32_t *handle);
  int (*wait)(void *board, const dyadic_transfer *transfer, uint32_t handle);
  void *board;
} dyadic_dma;

// From now on transfers go through these hooks, which the caller keeps; null: the core copies. Nothing is in
// flight meanwhile.
//
// With DYADIC_CACHE_LINE_BYTES the network's own calls of dyadic_cache_clean and dyadic_cache_invalidate keep
// L2 right; L1 then lies in tightly coupled memory, given to NAME_init_l1: a transfer to or from anywhere
// else is refused (NAME_ERR_TRANSFER). Where a box that ends behind the cache is declined, the port first
// waits for all that is in flight, as both may end in one line: decline few.
void dyadic_cortex_m_dma(const dyadic_dma *dma);

DYADIC_END

#endif
