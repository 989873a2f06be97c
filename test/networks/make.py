# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes every test network with its inputs, the reference executor's results and the index.

make.py [--out FOLDER] [PATTERN...]     only networks whose name matches a pattern; the index then keeps the others
"""

import argparse
import fnmatch
import importlib
import json
import pathlib

import numpy as np
import onnx

import exact
import net
import reference

# Near relatives of other networks: for the long form of the tests.
LONG = [
    "conv_width_[3567]",
    "quant_mode_*_zero_point",
    "quant_mode_half_even",
    "conv_notset",
    "conv_1x1_stride_2",
    "conv_*_dilation",
    "conv_dilation_rectangular",
    "conv_bias_scalar_scale",
    "conv_stride_beyond_kernel",
    "conv_kernel_beyond_input",
    "matmul_bias_first",
    "matmul_4d",
    "matmul_1_by_1",
    "gemm_scalar_bias",
    "gemm_no_bias",
    "batchnorm_epsilon",
    "batchnorm_twice",
    "maxpool_default_stride",
    "avgpool_asymmetric_pads",
    "avgpool_same_upper",
    "avgpool_1d",
    "maxpool_1d",
    "global_average_1d",
    "batchnorm_after_conv_1d",
    "act_9_to_12_bits",
    "quant_chain",
    "multithreshold_on_sums",
    "multithreshold_input",
    "add_itself",
    "add_leaky_relu",
    "concat_rows",
    "concat_output",
    "residual_chain",
    "flatten_axis_2",
    "reshape_minus_1",
    "reshape_zero",
    "transpose_rows_columns",
    "resize_sizes",
    "resize_output",
    "pad_attribute",
    "lattice_maxpool",
    "input_vector",
    "softmax_opset_11",
    "argmax_and_logits",
    "opset_11_ir_5",
    "opset_14_*",
    "opset_20_ir_9",
    "opset_23_*",
    "names_partly_repeated",
    "names_colons",
    "initialisers_unused",
    "domain_brevitas_onnx_1",
    "domain_finn_*",
    "external_data_unused",
    "batch_3_folded",
    "leaky_relu_ties",
]
GROUPS = [
    "convolution",
    "linear",
    "normalisation",
    "pooling",
    "quantisers",
    "residual",
    "layout",
    "inputs",
    "formats",
]


def save_by_name(folder, name, part, arrays):
    """One tensor as NAME.PART.npy, several as NAME.PART.TENSOR.npy; returns tensor name -> file name."""
    files = {}
    for i, (tensor, array) in enumerate(arrays.items()):
        files[tensor] = f"{name}.{part}.npy" if len(arrays) == 1 else f"{name}.{part}.{i}.npy"
        np.save(folder / files[tensor], array)
    return files


def executor_differs(outputs, codes, float_outputs, float_codes):
    """Where the float32 executor disagrees with the exact meaning: codes that differ for each key."""
    assert codes.keys() == float_codes.keys()
    for tensor, array in outputs.items():
        assert array.shape == float_outputs[tensor].shape, tensor
    counts = {k: int((codes[k] != float_codes[k]).sum()) for k in codes}
    counts = {k: c for k, c in counts.items() if c}
    for tensor, array in outputs.items():
        far = np.abs(array - float_outputs[tensor]) > 1e-5 * max(np.abs(array).max(), 1e-9)
        assert counts or not far.any(), f"{tensor}: outputs differ though all codes agree"
    return {"executor_differs": counts} if counts else {}


def write(folder, group, name):
    """Builds one network, writes its files and returns its line of the index."""
    function, covers, options = net.REGISTRY[name]
    options = dict(options)
    required = options.pop("required", True)
    note = options.pop("note", None)
    save = options.pop("save", None)
    n = net.Net(name, **options)
    function(n)
    for old in folder.glob(f"{name}.*"):
        old.unlink()
    path = folder / f"{name}.onnx"
    if save:
        save(n.model, path)
    else:
        path.write_bytes(n.model.SerializeToString(deterministic=True))

    tier = "long" if any(fnmatch.fnmatch(name, p) for p in LONG) else "short"
    entry = {"name": name, "group": group, "covers": covers, "required": required, "tier": tier}
    lattice = dict(net.split_spec(spec) for spec in n.specs)
    if n.specs:
        (folder / f"{name}.spec").write_text("\n".join(n.specs) + "\n")
    entry["options"] = [word for spec in n.specs for word in ("--input", spec)] + n.options
    if note:
        entry["note"] = note
    entry["inputs"] = save_by_name(folder, name, "x", n.feeds)
    exact_inputs = {n: exact.on_lattice(x, lattice[n]) if n in lattice else x for n, x in n.feeds.items()}
    model = onnx.load(path)
    outputs, codes = exact.run(model, exact_inputs)
    outputs = {tensor: exact.rounded(array) for tensor, array in outputs.items()}
    entry["outputs"] = save_by_name(folder, name, "y", outputs)
    if codes:
        np.savez_compressed(
            folder / f"{name}.codes.npz", **{k: reference.narrowest(c) for k, c in codes.items()}
        )
        entry["codes"] = f"{name}.codes.npz"
    entry.update(executor_differs(outputs, codes, *reference.run(model, n.seen)))
    return entry


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent / "data")
    parser.add_argument("patterns", nargs="*", default=[])
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    index = options.out / "index.json"
    entries = (
        {e["name"]: e for e in json.loads(index.read_text())} if options.patterns and index.exists() else {}
    )
    known = []
    for group in GROUPS:
        before = set(net.REGISTRY)
        importlib.import_module(group)
        for name in [n for n in net.REGISTRY if n not in before]:
            known.append(name)
            if not options.patterns or any(fnmatch.fnmatch(name, p) for p in options.patterns):
                entries[name] = write(options.out, group, name)
    lines = [json.dumps(entries[n]) for n in known if n in entries]
    index.write_text("[\n" + ",\n".join(lines) + "\n]\n")
    size = sum(f.stat().st_size for f in options.out.iterdir())
    print(f"{len(lines)} networks, {size} bytes")


if __name__ == "__main__":
    main()
