// The four quantisers and the two constants; what is printed is parsed again, and the generic form too.
// RUN: dyadic-opt %s | dyadic-opt | FileCheck %s
// RUN: dyadic-opt --mlir-print-op-generic %s | dyadic-opt | FileCheck %s

// CHECK-LABEL: func.func @main(%arg0: tensor<1x2x3xf32> {qonnx.name = "x"})
func.func @main(%x: tensor<1x2x3xf32> {qonnx.name = "x"}) -> (tensor<1x2x3xf32> {qonnx.name = "y"}) {
  // CHECK: qonnx.quant %arg0 "q" scale(dense<5.000000e-01> : tensor<f32>) zero(dense<0.000000e+00> : tensor<f32>) bits 4.000000e+00 signed true narrow false <half_even> : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  %q = qonnx.quant %x "q" scale(dense<0.5> : tensor<f32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow false <half_even> : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  // Scales and zero points broadcast from the right, as numpy does.
  // CHECK: qonnx.quant %{{.*}} "per_channel" scale(dense<{{\[\[}}5.000000e-01], [2.500000e-01]]> : tensor<2x1xf32>) zero(dense<1.500000e+00> : tensor<1xf32>) bits 7.500000e+00 signed false narrow true <floor>
  %p = qonnx.quant %q "per_channel" scale(dense<[[0.5], [0.25]]> : tensor<2x1xf32>) zero(dense<1.5> : tensor<1xf32>) bits 7.5 signed false narrow true <floor> : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  // CHECK: qonnx.bipolar_quant %{{.*}} "sign" scale(dense<2.000000e+00> : tensor<f32>) : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  %b = qonnx.bipolar_quant %p "sign" scale(dense<2.0> : tensor<f32>) : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  // CHECK: qonnx.trunc %{{.*}} "trunc" {in_bits = 8.000000e+00 : f32, is_signed = true, narrow = false, out_bits = 4.000000e+00 : f32, out_scale = dense<8.000000e+00> : tensor<f32>, rounding = #qonnx.rounding<down>, scale = dense<5.000000e-01> : tensor<f32>, version = 2 : i32, zero = dense<0.000000e+00> : tensor<f32>} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  %t = qonnx.trunc %b "trunc" {scale = dense<0.5> : tensor<f32>, zero = dense<0.0> : tensor<f32>, in_bits = 8.0 : f32, out_bits = 4.0 : f32, out_scale = dense<8.0> : tensor<f32>, is_signed = true, narrow = false, rounding = #qonnx.rounding<down>, version = 2 : i32} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  // CHECK: qonnx.multi_threshold %{{.*}} "mt" thresholds(dense<{{\[\[}}-1.000000e+00, 0.000000e+00, 1.000000e+00], [1.000000e+00, 0.000000e+00, 2.000000e+00]]> : tensor<2x3xf32>) {axis = 1 : i64, out_bias = -1.000000e+00 : f32, out_scale = 2.000000e+00 : f32}
  %m = qonnx.multi_threshold %t "mt" thresholds(dense<[[-1.0, 0.0, 1.0], [1.0, 0.0, 2.0]]> : tensor<2x3xf32>) {axis = 1 : i64, out_bias = -1.0 : f32, out_scale = 2.0 : f32} : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return %m : tensor<1x2x3xf32>
}

// CHECK-LABEL: func.func @constants
func.func @constants() {
  // CHECK: qonnx.constant dense<[1.000000e+00, 2.500000e-01]> : tensor<2xf32> : tensor<2xf32>
  %c = qonnx.constant dense<[1.0, 0.25]> : tensor<2xf32> : tensor<2xf32>
  // CHECK: qonnx.quant_constant codes(dense<{{\[\[}}-7, 7], [0, 1]]> : tensor<2x2xi8>) scale(dense<{{.*}}> : tensor<2x1xf32>) zero(dense<0.000000e+00> : tensor<f32>) bits 4.000000e+00 signed true narrow true : tensor<2x2xf32>
  %w = qonnx.quant_constant codes(dense<[[-7, 7], [0, 1]]> : tensor<2x2xi8>) scale(dense<[[0.5], [0.25]]> : tensor<2x1xf32>) zero(dense<0.0> : tensor<f32>) bits 4.0 signed true narrow true : tensor<2x2xf32>
  // CHECK: qonnx.quant_constant codes(dense<[0, 255]> : tensor<2xui8>) {{.*}} zero(dense<1.280000e+02> : tensor<f32>)
  %u = qonnx.quant_constant codes(dense<[0, 255]> : tensor<2xui8>) scale(dense<0.5> : tensor<f32>) zero(dense<128.0> : tensor<f32>) bits 8.0 signed false narrow false : tensor<2xf32>
  return
}

// Every rounding mode has one name.
// CHECK-LABEL: func.func private @rounding
// CHECK-SAME: [#qonnx.rounding<half_even>, #qonnx.rounding<ceil>, #qonnx.rounding<floor>, #qonnx.rounding<down>, #qonnx.rounding<up>, #qonnx.rounding<half_up>, #qonnx.rounding<half_down>]
func.func private @rounding() attributes {modes = [#qonnx.rounding<half_even>, #qonnx.rounding<ceil>, #qonnx.rounding<floor>, #qonnx.rounding<down>, #qonnx.rounding<up>, #qonnx.rounding<half_up>, #qonnx.rounding<half_down>]}

// What the user declared of an input stays text: 1/255 is 1/255.
// CHECK-LABEL: func.func private @declared
// CHECK-SAME: #qonnx.lattice<bits = 8, is_signed = false, scale = "1/255", zero = "0", mean = ["0.485", "0.456"], std = ["0.229", "0.224"]>
func.func private @declared() attributes {lattice = #qonnx.lattice<bits = 8, is_signed = false, scale = "1/255", zero = "0", mean = ["0.485", "0.456"], std = ["0.229", "0.224"]>}
