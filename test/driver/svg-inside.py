#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""svg-inside.py FILE.svg...: no text of a drawing begins or ends outside it, at 6.5 pixels a character."""
import math
import re
import sys
import xml.dom.minidom

for name in sys.argv[1:]:
    svg = xml.dom.minidom.parse(name).documentElement
    width, height = float(svg.getAttribute("width")), float(svg.getAttribute("height"))
    for text in svg.getElementsByTagName("text"):
        x, y, words = float(text.getAttribute("x")), float(text.getAttribute("y")), text.firstChild.data if text.firstChild else ""
        turn = re.match(r"rotate\((-?\d+) ", text.getAttribute("transform"))
        angle = math.radians(float(turn.group(1))) if turn else 0.0
        length = 6.5 * len(words)
        begin = {"start": 0.0, "middle": -length / 2, "end": -length}[text.getAttribute("text-anchor")]
        for along in (begin, begin + length):
            at = x + along * math.cos(angle), y + along * math.sin(angle)
            assert 0 <= at[0] <= width and 0 <= at[1] <= height, (name, words, at)
