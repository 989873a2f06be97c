// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// What link-boards links: an object for each level of memory, and the tile loop with a DMA controller.
#include "dyadic_cortex_m.h"
#include "dyadic_sections.h"
#include "pipeline.h"

#ifndef L1_EXTRA
#define L1_EXTRA 0
#endif

DYADIC_L1 uint8_t board_l1[110 * 1024 + L1_EXTRA];
DYADIC_L2 uint8_t board_l2[400 * 1024];
DYADIC_L3 const uint8_t board_l3[300 * 1024] = {1};
uint32_t board_data = 5u;
uint32_t board_bss;

void SystemInit(void);
void dyadic_fault(void);
void board_near(void);

void SystemInit(void) {}
void dyadic_fault(void) {
  for (;;) {
  }
}
DYADIC_L1_CODE void board_near(void) { board_bss += board_data + board_l3[dyadic_now() % sizeof board_l3]; }

static int start(void *board, const dyadic_transfer *transfer, uint32_t *handle) {
  (void)board;
  *handle = transfer->box.lines;
  return transfer->direction == DYADIC_L3_TO_L2 ? DYADIC_DMA_DECLINED : DYADIC_MACHINE_OK;
}
static int wait(void *board, const dyadic_transfer *transfer, uint32_t handle) {
  (void)board;
  return transfer->box.lines == handle ? DYADIC_MACHINE_OK : DYADIC_MACHINE_TIMEOUT;
}

int main(void) {
  static const dyadic_dma dma = {start, wait, 0};
  const Pipeline p = {1u, 0, FAULT_NONE, board_l2, board_l2 + L2_BYTES, board_l1};
  dyadic_cortex_m_dma(&dma);
  board_near();
  return pipelineRun(&p);
}
