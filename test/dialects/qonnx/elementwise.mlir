// Element-wise ops: binary ones broadcast as numpy does.
// RUN: dyadic-opt %s | dyadic-opt | FileCheck %s
// RUN: dyadic-opt --mlir-print-op-generic %s | dyadic-opt | FileCheck %s

// CHECK-LABEL: @binary
func.func @binary(%x: tensor<1x2x3xf32>, %c: tensor<2x1xf32>) {
  // CHECK: qonnx.add %arg0, %arg1 : (tensor<1x2x3xf32>, tensor<2x1xf32>) -> tensor<1x2x3xf32>
  %0 = qonnx.add %x, %c : (tensor<1x2x3xf32>, tensor<2x1xf32>) -> tensor<1x2x3xf32>
  // CHECK: qonnx.sub %arg1, %arg0 : (tensor<2x1xf32>, tensor<1x2x3xf32>) -> tensor<1x2x3xf32>
  %1 = qonnx.sub %c, %x : (tensor<2x1xf32>, tensor<1x2x3xf32>) -> tensor<1x2x3xf32>
  // CHECK: qonnx.mul
  %2 = qonnx.mul %x, %x : (tensor<1x2x3xf32>, tensor<1x2x3xf32>) -> tensor<1x2x3xf32>
  // CHECK: qonnx.div
  %3 = qonnx.div %x, %c : (tensor<1x2x3xf32>, tensor<2x1xf32>) -> tensor<1x2x3xf32>
  return
}

// CHECK-LABEL: @unary
func.func @unary(%x: tensor<1x2x3xf32>) {
  // CHECK: qonnx.relu %arg0 : tensor<1x2x3xf32>
  %0 = qonnx.relu %x : tensor<1x2x3xf32>
  // CHECK: qonnx.leaky_relu %{{.*}} {alpha = 0.1015625 : f32} : tensor<1x2x3xf32>
  %1 = qonnx.leaky_relu %0 {alpha = 0.1015625 : f32} : tensor<1x2x3xf32>
  // CHECK: qonnx.clip %{{.*}} {max = 6.000000e+00 : f32, min = 0.000000e+00 : f32} : tensor<1x2x3xf32>
  %2 = qonnx.clip %1 {min = 0.0 : f32, max = 6.0 : f32} : tensor<1x2x3xf32>
  // CHECK: qonnx.clip %{{.*}} {max = 1.000000e+00 : f32} : tensor<1x2x3xf32>
  %3 = qonnx.clip %2 {max = 1.0 : f32} : tensor<1x2x3xf32>
  // CHECK: qonnx.neg %{{.*}} : tensor<1x2x3xf32>
  %4 = qonnx.neg %3 : tensor<1x2x3xf32>
  // CHECK: qonnx.abs %{{.*}} : tensor<1x2x3xf32>
  %5 = qonnx.abs %4 : tensor<1x2x3xf32>
  // CHECK: qonnx.prelu %{{.*}} slope(dense<{{.*}}> : tensor<2x1xf32>) : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  %6 = qonnx.prelu %5 slope(dense<[[0.5], [-0.5]]> : tensor<2x1xf32>) : tensor<1x2x3xf32> -> tensor<1x2x3xf32>
  return
}
