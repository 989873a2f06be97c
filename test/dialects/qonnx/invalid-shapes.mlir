// What no op accepts: tensors without a static shape, without elements, or beyond all bounds.
// RUN: dyadic-opt %s -verify-diagnostics -split-input-file

func.func @f(%x: tensor<?x2xf32>) {
  // expected-error@+1 {{'qonnx.relu' op needs ranked tensors of static shape, found 'tensor<?x2xf32>'}}
  %0 = qonnx.relu %x : tensor<?x2xf32>
  return
}

// -----

func.func @f(%x: tensor<*xf32>) {
  // expected-error@+1 {{'qonnx.neg' op needs ranked tensors of static shape, found 'tensor<*xf32>'}}
  %0 = qonnx.neg %x : tensor<*xf32>
  return
}

// -----

func.func @f(%x: tensor<3x0xf32>) {
  // expected-error@+1 {{'qonnx.abs' op needs tensors of 1 to 2^31 elements, found 'tensor<3x0xf32>'}}
  %0 = qonnx.abs %x : tensor<3x0xf32>
  return
}

// -----

func.func @f(%x: tensor<4611686018427387904x8xf32>) {
  // expected-error@+1 {{'qonnx.clip' op needs tensors of 1 to 2^31 elements, found 'tensor<4611686018427387904x8xf32>'}}
  %0 = qonnx.clip %x : tensor<4611686018427387904x8xf32>
  return
}
