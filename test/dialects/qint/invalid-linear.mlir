// What the verifier says of linear ops and their constants.
// RUN: dyadic-opt %s -verify-diagnostics -split-input-file

func.func @f(%x: tensor<?x2xui4>) {
  // expected-error@+1 {{'qint.reshape' op needs ranked tensors of static shape, found 'tensor<?x2xui4>'}}
  %0 = qint.reshape %x : tensor<?x2xui4> -> tensor<4xui4>
  return
}

// -----

func.func @f(%x: tensor<0x2xui4>) {
  // expected-error@+1 {{'qint.reshape' op needs tensors of 1 to 2^31 elements, found 'tensor<0x2xui4>'}}
  %0 = qint.reshape %x : tensor<0x2xui4> -> tensor<0xui4>
  return
}

// -----

func.func @f(%x: tensor<2xui65>) {
  // expected-error@+1 {{'qint.reshape' op computes with integers of 1 to 64 bits, found 'tensor<2xui65>'}}
  %0 = qint.reshape %x : tensor<2xui65> -> tensor<2xui65>
  return
}

// -----

func.func @f() {
  // expected-error@+1 {{'qint.constant' op values must be integers of up to 64 bits, of the result's shape}}
  %0 = qint.constant dense<1> : tensor<3xi8> : tensor<2xsi4>
  return
}

// -----

func.func @f() {
  // expected-error@+1 {{'qint.constant' op values must be dense}}
  %0 = qint.constant dense_resource<__elided__> : tensor<2xi8> : tensor<2xsi4>
  return
}

// -----

func.func @f() {
  // expected-error@+1 {{'qint.constant' op value 8 does not fit 'si4'}}
  %0 = qint.constant dense<[7, 8]> : tensor<2xi8> : tensor<2xsi4>
  return
}

// -----

func.func @f() {
  // expected-error@+1 {{'qint.constant' op value -1 does not fit 'ui4'}}
  %0 = qint.constant dense<-1> : tensor<2xi8> : tensor<2xui4>
  return
}

// -----

// Bipolar codes are -1 and +1.
func.func @f() {
  // expected-error@+1 {{'qint.constant' op value 0 does not fit 'si1'}}
  %0 = qint.constant dense<0> : tensor<2xi8> : tensor<2xsi1>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>, %w: tensor<3x3x3x2xsi4>) {
  // expected-error@+1 {{'qint.conv2d' op needs two positive kernel extents, strides, dilations, and pads top, left, bottom, right, all 32-bit numbers}}
  %0 = qint.conv2d %x, %w "c" {strides = array<i64: 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x5x4x2xui4>, tensor<3x3x3x2xsi4>) -> tensor<1x5x4x3xsi32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>, %w: tensor<3x3x3x2xsi4>) {
  // expected-error@+1 {{'qint.conv2d' op needs two positive kernel extents, strides, dilations, and pads top, left, bottom, right, all 32-bit numbers}}
  %0 = qint.conv2d %x, %w "c" {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, -1>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x5x4x2xui4>, tensor<3x3x3x2xsi4>) -> tensor<1x5x4x3xsi32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>, %w: tensor<3x3x3x2xsi4>) {
  // expected-error@+1 {{'qint.conv2d' op needs weights O kh kw C/group and a group that divides O}}
  %0 = qint.conv2d %x, %w "c" {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 2 : i64, input_zero = 0 : si64} : (tensor<1x5x4x2xui4>, tensor<3x3x3x2xsi4>) -> tensor<1x5x4x3xsi32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>, %w: tensor<3x3x3x2xsi4>) {
  // expected-error@+1 {{'qint.conv2d' op accumulates in si32 or si64, found 'si16'}}
  %0 = qint.conv2d %x, %w "c" {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x5x4x2xui4>, tensor<3x3x3x2xsi4>) -> tensor<1x5x4x3xsi16>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>, %w: tensor<3x3x3x2xsi4>) {
  // expected-error@+1 {{'qint.conv2d' op input N H W C and result N Ho Wo O do not match the weights}}
  %0 = qint.conv2d %x, %w "c" {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x5x4x2xui4>, tensor<3x3x3x2xsi4>) -> tensor<1x5x4x4xsi32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>, %w: tensor<3x3x3x2xsi4>) {
  // expected-error@+1 {{'qint.conv2d' op spatial axis 1 has 4 windows, result has 3}}
  %0 = qint.conv2d %x, %w "c" {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, group = 1 : i64, input_zero = 0 : si64} : (tensor<1x5x4x2xui4>, tensor<3x3x3x2xsi4>) -> tensor<1x5x3x3xsi32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>, %w: tensor<3x3x3x2xsi4>) {
  // expected-error@+1 {{'qint.depthwise_conv2d' op needs weights kh kw C}}
  %0 = qint.depthwise_conv2d %x, %w "c" {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : (tensor<1x5x4x2xui4>, tensor<3x3x3x2xsi4>) -> tensor<1x5x4x3xsi32>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>, %w: tensor<3x3x4xsi4>) {
  // expected-error@+1 {{'qint.depthwise_conv2d' op input N H W C and result N Ho Wo O do not match the weights}}
  %0 = qint.depthwise_conv2d %x, %w "c" {strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : (tensor<1x5x4x2xui4>, tensor<3x3x4xsi4>) -> tensor<1x5x4x4xsi32>
  return
}

// -----

func.func @f(%x: tensor<4x2xui4>) {
  // expected-error@+1 {{'qint.im2col' op takes N H W C to [windows, kh*kw*C]}}
  %0 = qint.im2col %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<4x2xui4> -> tensor<20x18xui4>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>) {
  // expected-error@+1 {{'qint.im2col' op result must be [20, 18]}}
  %0 = qint.im2col %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<1x5x4x2xui4> -> tensor<20x9xui4>
  return
}

// -----

func.func @f(%x: tensor<1x5x4x2xui4>) {
  // expected-error@+1 {{'qint.im2col' op 'ui4' does not hold values -3..12 and 0}}
  %0 = qint.im2col %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, input_zero = 3 : si64} : tensor<1x5x4x2xui4> -> tensor<20x18xui4>
  return
}

// -----

// Padding has value 0, which is no bipolar code.
func.func @f(%x: tensor<1x5x4x2xsi1>) {
  // expected-error@+1 {{'qint.im2col' op 'si1' does not hold values -1..1 and 0}}
  %0 = qint.im2col %x {kernel = array<i64: 3, 3>, strides = array<i64: 1, 1>, pads = array<i64: 1, 1, 1, 1>, dilations = array<i64: 1, 1>, input_zero = 0 : si64} : tensor<1x5x4x2xsi1> -> tensor<20x18xsi1>
  return
}

// -----

func.func @f(%x: tensor<3x8xui4>, %w: tensor<2x7xsi4>) {
  // expected-error@+1 {{'qint.matmul' op takes [rows, K] and weights [O, K] to [rows, O]}}
  %0 = qint.matmul %x, %w "m" {input_zero = 0 : si64} : (tensor<3x8xui4>, tensor<2x7xsi4>) -> tensor<3x2xsi32>
  return
}

// -----

func.func @f(%x: tensor<3x8xui4>, %w: tensor<2x8xsi4>) {
  // expected-error@+1 {{'qint.matmul' op accumulates in si32 or si64, found 'ui32'}}
  %0 = qint.matmul %x, %w "m" {input_zero = 0 : si64} : (tensor<3x8xui4>, tensor<2x8xsi4>) -> tensor<3x2xui32>
  return
}
