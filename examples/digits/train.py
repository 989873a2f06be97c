# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Trains the digits classifier with Brevitas and writes digits.onnx, the held-out images and their labels."""

import argparse
import pathlib
import random

import brevitas.nn as qnn
import numpy as np
import torch
from brevitas.export import export_qonnx
from brevitas.quant import Int8ActPerTensorFloat, Int8WeightPerChannelFloat, Int16Bias, Uint8ActPerTensorFloat
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

SEED = 7


def held_out_third():
    """The 1797 images as [n, 1, 8, 8] float32 in [0, 1] (pixel / 16, exact), a third of them held out."""
    digits = load_digits()
    images = (digits.images / 16.0).astype(np.float32)[:, None]
    return train_test_split(
        images, digits.target.astype(np.int64), test_size=599, random_state=SEED, stratify=digits.target
    )


def conv(inputs, outputs, kernel, bits, **options):
    return qnn.QuantConv2d(
        inputs,
        outputs,
        kernel,
        padding=kernel // 2,
        bias=False,
        weight_quant=Int8WeightPerChannelFloat,
        weight_bit_width=bits,
        **options,
    )


def relu(bits, **options):
    return qnn.QuantReLU(act_quant=Uint8ActPerTensorFloat, bit_width=bits, **options)


class Digits(nn.Module):
    """Stem; residual block of a depthwise and a pointwise layer; strided convolution; pool; linear."""

    def __init__(self):
        super().__init__()
        self.image = qnn.QuantIdentity(act_quant=Uint8ActPerTensorFloat, bit_width=8)
        self.stem = nn.Sequential(conv(1, 16, 3, bits=8), nn.BatchNorm2d(16), relu(8))
        self.block = nn.Sequential(
            conv(16, 16, 3, bits=4, groups=16),
            nn.BatchNorm2d(16),
            relu(4),
            conv(16, 16, 1, bits=2),
            nn.BatchNorm2d(16),
            qnn.QuantIdentity(act_quant=Int8ActPerTensorFloat, bit_width=4),
        )
        self.join = relu(4)
        # The bias is quantised with the product of input and weight scale, so the scale travels with the tensor here.
        self.down = nn.Sequential(
            conv(16, 32, 3, bits=2, stride=2),
            nn.BatchNorm2d(32),
            relu(2, return_quant_tensor=True),
            nn.MaxPool2d(2),
        )
        self.classify = qnn.QuantLinear(
            128,
            10,
            bias=True,
            weight_quant=Int8WeightPerChannelFloat,
            weight_bit_width=4,
            bias_quant=Int16Bias,
        )

    def forward(self, x):
        x = self.stem(self.image(x))
        x = self.join(x + self.block(x))
        return self.classify(torch.flatten(self.down(x), 1))


def train(model, images, labels, epochs):
    optimiser = torch.optim.Adam(model.parameters(), lr=5e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, epochs)
    for epoch in range(epochs):
        model.train()
        for batch in torch.randperm(len(images)).split(64):
            shifted = torch.roll(images[batch], int(torch.randint(-1, 2, ())), dims=3)
            loss = nn.functional.cross_entropy(model(shifted), labels[batch])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        schedule.step()
        if epoch % 10 == 9:
            print(f"epoch {epoch + 1}: loss {loss.item():.4f}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent)
    parser.add_argument("--epochs", type=int, default=60)
    options = parser.parse_args()

    torch.set_num_threads(1)
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    train_x, test_x, train_y, test_y = held_out_third()
    model = Digits()
    train(model, torch.from_numpy(train_x), torch.from_numpy(train_y), options.epochs)

    model.eval()
    with torch.no_grad():
        right = (model(torch.from_numpy(test_x)).argmax(1).numpy() == test_y).sum()
    print(f"held out: {right} of {len(test_y)} right ({100 * right / len(test_y):.2f} %)")
    options.out.mkdir(parents=True, exist_ok=True)
    export_qonnx(
        model,
        args=torch.from_numpy(test_x[:1]),
        export_path=str(options.out / "digits.onnx"),
        input_names=["image"],
        output_names=["logits"],
    )
    np.save(options.out / "digits_x.npy", test_x)
    np.save(options.out / "digits_labels.npy", test_y.astype(np.int32))


if __name__ == "__main__":
    main()
