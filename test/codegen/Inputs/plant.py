#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""plant.py FAULT IN OUT: puts one fault into a placed plat module, in the first layer that works tile by tile.

Faults: missing-wait, wrong-owner, overlapping-buffers, uncovered-output, early-reuse, missing-chunk-wait;
of a tensor in L3 missing-band-wait, missing-store-wait, unstored-band, early-band, narrow-band; of weights that come anew for each
band missing-round-wait, missing-round, early-round.
"""
import re
import sys


def once(pattern, replacement, text, flags=0):
    changed, count = re.subn(pattern, replacement, text, count=1, flags=flags)
    if count != 1:
        sys.exit("plant: nothing to change by %s" % pattern)
    return changed


def stream(text, name):
    """The value of a stream of the first layer, and of its buffer."""
    return re.search(r'(%%\w+) = plat.stream "%s" .*? via (%%\w+) ' % name, text).groups()


def sharing(text):
    """Two operands of the first layer, the first one's buffer large enough for the other: name and buffer of each."""
    head = text[:text.index("plat.tiled @")]
    sizes = {v: int(n) for v, n in re.findall(r"(%\w+) = plat.buffer .*?size_bytes = (\d+)", text)}
    near = re.findall(r'plat.stream "(\w+)" .*? via (%\w+) slots (\d+)', head)
    for a in near:
        for b in near:
            known = head.index("%s = plat.buffer" % a[1]) < head.index('plat.stream "%s"' % b[0])
            if a is not b and a[2] == b[2] and sizes[a[1]] >= sizes[b[1]] and known and a[0] in ("input", "weights"):
                return a, b
    sys.exit("plant: nothing to share")


def plant_round(fault, text):
    """In how the first chunk comes again for the second band."""
    again = re.search(r" *plat.await_chunk (%\w+) 0.*\n(?= *plat.run @\w+ +rows \d+ to \d+ channels 0 to \d+ band 1)", text)
    if not again:
        sys.exit("plant: no chunk comes for a second band")
    starts = list(re.finditer(r" *plat.start_chunk %s 0.*\n" % again.group(1), text[:again.start()]))[-1]
    if fault == "missing-round-wait":
        return text[:again.start()] + text[again.end():]
    if fault == "missing-round":
        return text[:starts.start()] + text[starts.end():again.start()] + text[again.end():]
    last = list(re.finditer(r" *plat.run @\w+ +rows .* band 0.*\n", text[:starts.start()]))[-1]  # of the first band
    return text[:last.start()] + starts.group() + text[last.start():starts.start()] + text[starts.end():]


def plant(fault, text):
    if fault in ("missing-round-wait", "missing-round", "early-round"):
        return plant_round(fault, text)
    value, near = stream(text, "input")
    if fault == "missing-wait":
        return once(r" *plat.await %s +this\n" % value, "", text)
    if fault == "wrong-owner":  # one operand comes to where another one comes to
        (_, home, _), (other, _, _) = sharing(text)
        return once(r'(plat.stream "%s" .*? via )%%\w+ ' % other, r"\g<1>%s " % home, text)
    if fault == "overlapping-buffers":  # the output is made where the input lies
        home = re.search(r'%s = plat.buffer .*?offset = (\d+)' % near, text).group(1)
        return once(r'(%s = plat.buffer .*?offset = )\d+' % stream(text, "output")[1], r"\g<1>" + home, text)
    if fault == "uncovered-output":  # the last rows are no tile's
        return once(r", [^,\]]*\], columns", "], columns", text)
    if fault == "early-reuse":  # one slot, refilled before the tile is computed
        text = once(r"(plat.stream \"input\" .*? slots )2", r"\g<1>1", text)
        text = once(r" *plat.start %s +next\n" % value, "", text)
        return once(r"( *)plat.team\n", r"\1plat.start %s next\n\1plat.team\n" % value, text)
    if fault == "missing-chunk-wait":
        return once(r" *plat.await_chunk .*\n", "", text)
    if fault in ("missing-band-wait", "early-band", "narrow-band"):  # of the first that is read
        bands = re.search(r"(%\w+) = plat.bands of [^{\n]*?(?: loc\(.*)?\n", text).group(1)
        if fault == "missing-band-wait":
            return once(r" *plat.await_band %s 0.*\n" % bands, "", text)
        if fault == "early-band":  # the second comes before the first is used
            text = once(r" *plat.start_band %s 1.*\n" % bands, "", text)
            return once(r"(( *)plat.await_band %s 0.*\n)" % bands, r"\1\2plat.start_band %s 1\n" % bands, text)
        return once(r"(%s = plat.bands .*? bounds \[0, )(\d+)" % bands,
                    lambda m: m.group(1) + str(int(m.group(2)) // 2), text)
    written = re.search(r"(%\w+) = plat.bands of .*\{out\}", text)
    if fault == "missing-store-wait":
        return once(r" *plat.await_band %s 0.*\n" % written.group(1), "", text)
    if fault == "unstored-band":
        text = once(r" *plat.start_band %s 0.*\n" % written.group(1), "", text)
        return once(r" *plat.await_band %s 0.*\n" % written.group(1), "", text)
    sys.exit(__doc__)


if __name__ == "__main__":
    with open(sys.argv[2]) as file:
        planted = plant(sys.argv[1], file.read())
    with open(sys.argv[3], "w") as file:
        file.write(planted)
