# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""npy and npz files with Python's own library only."""
import array
import ast
import struct
import zipfile

TYPES = {"|i1": "b", "|u1": "B", "<i2": "h", "<u2": "H", "<i4": "i", "<u4": "I", "<i8": "q", "<u8": "Q", "<f4": "f", "<f8": "d"}


def parse_npy(data):
    """(shape, array.array) of an npy file's bytes."""
    assert data[:6] == b"\x93NUMPY", "not an npy file"
    begin, size = (10, struct.unpack("<H", data[8:10])[0]) if data[6] == 1 else (12, struct.unpack("<I", data[8:12])[0])
    header = ast.literal_eval(data[begin:begin + size].decode())
    values = array.array(TYPES[header["descr"]])
    values.frombytes(data[begin + size:])
    return header["shape"], values


def write_npy(path, shape, values):
    header = repr({"descr": {v: k for k, v in TYPES.items()}[values.typecode], "fortran_order": False, "shape": tuple(shape)})
    header += " " * (63 - (len(header) + 10) % 64) + "\n"
    with open(path, "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values.tobytes())


def read_npz(path):
    with zipfile.ZipFile(path) as archive:
        return {name[:-4]: parse_npy(archive.read(name)) for name in archive.namelist()}


def write_npz(path, arrays):
    """Arrays of 64-bit integers by name."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, (shape, values) in arrays.items():
            scratch = path + ".npy"
            write_npy(scratch, shape, array.array("q", values))
            archive.write(scratch, name + ".npy")
