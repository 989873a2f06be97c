// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// One row for each layer, the same names as in the JSON.
#include "compiler/report/Amounts.h"
#include "compiler/report/Report.h"

namespace dyadic::report {

std::string csvText(llvm::StringRef text) {
  if (text.find_first_of(",\"\r\n") == llvm::StringRef::npos)
    return text.str();
  std::string quoted = "\"";
  for (char c : text)
    quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

std::string toCsv(const Report &report) {
  std::string text =
      "layer,node,kernel,macs,cycles,share,compute_cycles,fork_cycles,barrier_cycles,exposed_cycles,"
      "transfer_cycles,l1_bytes,l2_bytes,tiles,tile,spread,double_buffered,cores,busy_cores,"
      "most_work,least_work,transfers,bytes_in,bytes_out,l3_bytes\n";
  for (const LayerReport &r : report.layers) {
    const predict::LayerPrediction &l = r.layer;
    auto [most, least] = r.mostAndLeast();
    std::string twice;
    for (const std::string &name : l.doubleBuffered)
      twice += (twice.empty() ? "" : " ") + name;
    const std::vector<std::string> cells = {std::to_string(l.number),
                                            csvText(l.node),
                                            l.kernel,
                                            std::to_string(l.macs),
                                            std::to_string(r.cycles.total()),
                                            fixed(r.share, 6),
                                            std::to_string(r.cycles.compute),
                                            std::to_string(r.cycles.fork),
                                            std::to_string(r.cycles.barrier),
                                            std::to_string(r.cycles.exposed),
                                            std::to_string(r.cycles.transfer),
                                            std::to_string(l.l1Bytes),
                                            std::to_string(l.l2Bytes),
                                            std::to_string(l.tiles),
                                            csvText(l.shape),
                                            l.spread,
                                            csvText(twice),
                                            std::to_string(l.cores),
                                            std::to_string(r.busy()),
                                            std::to_string(most),
                                            std::to_string(least),
                                            std::to_string(l.transfers),
                                            std::to_string(l.bytesIn),
                                            std::to_string(l.bytesOut),
                                            std::to_string(l.fetch.bytes)};
    for (size_t i = 0; i < cells.size(); ++i)
      text += (i == 0 ? "" : ",") + cells[i];
    text += "\n";
  }
  return text;
}

} // namespace dyadic::report
