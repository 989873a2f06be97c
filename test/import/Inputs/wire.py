# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""wire.py GOOD.onnx FOLDER: damaged files made from a good one by hand, and what the importer says of each."""
import os
import subprocess
import sys


def varint(n):
    out = b""
    while n > 127:
        out, n = out + bytes([n & 127 | 128]), n >> 7
    return out + bytes([n])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def nested(depth):
    """An attribute that holds a graph with a node with an attribute, and so on."""
    graph = b""
    for _ in range(depth):
        graph = field(1, field(5, field(6, graph)))
    return field(7, graph)


good = open(sys.argv[1], "rb").read()
graph = 7
cases = [
    ("empty", b""),
    ("one byte", b"\x08"),
    ("text", b"input x float32[1, 4]\n"),
    ("a picture", b"\x89PNG\r\n\x1a\n" + bytes(64)),
    ("a zip archive", b"PK\x03\x04" + bytes(64)),
    ("only zeros", bytes(64)),
    ("the first half", good[: len(good) // 2]),
    ("all but the last byte", good[:-1]),
    ("a byte more", good + b"\x0a"),
    ("no graph", b"\x08\x08"),
    ("graph is a number", b"\x08\x08" + varint(graph << 3) + b"\x05"),
    ("graph is 4 fixed bytes", b"\x08\x08" + varint(graph << 3 | 5) + bytes(4)),
    ("graph is longer than the file", b"\x08\x08" + varint(graph << 3 | 2) + varint(1 << 30)),
    ("graph has 2^63 bytes", b"\x08\x08" + varint(graph << 3 | 2) + varint(1 << 63)),
    ("a number of 11 bytes", b"\x08" + b"\xff" * 10 + b"\x01" + field(graph, b"")),
    ("field number 0", b"\x02\x00" + good),
    ("wire type 7", b"\x0f\x00" + good),
    ("a group that never ends", good + b"\x0b"),
    ("a group that never began", good + b"\x0c"),
    ("an empty graph", field(graph, b"")),
    ("graphs in graphs", nested(40)),
    ("a node of garbage", field(graph, field(1, b"\xff\xff\xff"))),
    ("an initialiser of garbage", field(graph, field(5, b"\x0b\x0b"))),
    ("a name that is no UTF-8", field(graph, field(1, field(4, b"Relu") + field(3, b"\xff\xfe")))),
    ("more nodes than are read", field(graph, field(1, b"") * 200001)),
    ("more initialisers than are read", field(graph, field(5, b"") * 400001)),
    ("unknown fields", field(300, b"anything") + good + field(301, bytes(9))),
    ("unknown fields in the graph", good + field(graph, field(99, b"x"))),
]
for name, data in cases:
    path = os.path.join(sys.argv[2], "m.onnx")
    with open(path, "wb") as f:
        f.write(data)
    done = subprocess.run(["dyadic-import", path], capture_output=True, text=True, errors="replace", timeout=60)
    said = [line.replace(sys.argv[2] + "/", "") for line in done.stderr.splitlines()]
    print("%s: exit %d: %s" % (name, done.returncode, " / ".join(said[:6])))
