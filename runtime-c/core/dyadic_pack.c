// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
// Reading and writing the elements of a tensor of any storage type.
#include "dyadic_pack.h"

// What turns stored bits into a value: ((bits << doubled) ^ flip) - minus. Signed: flipping the sign bit and
// taking it off again extends it. Bipolar: 2 * bit - 1.
typedef struct decoder {
  uint32_t doubled;
  int32_t flip;
  int32_t minus;
} decoder;

static const decoder plainBits = {0u, 0, 0};

static int isBipolar(dyadic_type type) { return type.bits == 1u && type.is_signed != 0u; }

// For types of at most 16 bits.
static decoder decoderOf(dyadic_type type, int32_t zero) {
  decoder d = {0u, 0, zero};
  if (isBipolar(type)) {
    d.doubled = 1u;
    d.minus += 1;
  } else if (type.is_signed != 0u) {
    d.flip = (int32_t)1 << (type.bits - 1u);
    d.minus += d.flip;
  }
  return d;
}

static int32_t decode(decoder d, uint32_t bits) { return ((int32_t)(bits << d.doubled) ^ d.flip) - d.minus; }

// The same for types of 2 bits or more, where nothing is doubled.
static int16_t decodeWide(decoder d, uint32_t bits) { return (int16_t)(((int32_t)bits ^ d.flip) - d.minus); }

// Element i starts in this byte, at this bit; computed so that i * bits need not fit 32 bits.
static size_t byteOf(uint32_t bits, uint32_t i) { return (size_t)(i >> 3) * bits + (((i & 7u) * bits) >> 3); }
static uint32_t bitOf(uint32_t bits, uint32_t i) { return ((i & 7u) * bits) & 7u; }

static uint32_t loadPacked(const uint8_t *bytes, uint32_t bits, uint32_t i) {
  const size_t at = byteOf(bits, i);
  const uint32_t shift = bitOf(bits, i);
  uint32_t window = bytes[at];
  if (shift + bits > 8u) {
    window |= (uint32_t)bytes[at + 1u] << 8;
  }
  return (window >> shift) & ((1u << bits) - 1u);
}

static void storePacked(uint8_t *bytes, uint32_t bits, uint32_t i, uint32_t value) {
  const size_t at = byteOf(bits, i);
  const uint32_t shift = bitOf(bits, i);
  const uint32_t mask = ((1u << bits) - 1u) << shift;
  value = (value << shift) & mask;
  bytes[at] = (uint8_t)((bytes[at] & ~mask) | value);
  if (shift + bits > 8u) {
    bytes[at + 1u] = (uint8_t)((bytes[at + 1u] & ~(mask >> 8)) | (value >> 8));
  }
}

size_t dyadic_type_bytes(dyadic_type type, size_t n) {
  if (type.bits <= 8u) {
    return (n >> 3) * type.bits + (((n & 7u) * type.bits + 7u) >> 3);
  }
  return type.bits <= 16u ? n * 2u : (type.bits <= 32u ? n * 4u : n * 8u);
}

int64_t dyadic_type_min(dyadic_type type) {
  if (type.is_signed == 0u) {
    return 0;
  }
  return isBipolar(type) ? -1 : -((int64_t)(((uint64_t)1 << (type.bits - 1u)) - 1u)) - 1;
}

int64_t dyadic_type_max(dyadic_type type) {
  if (isBipolar(type)) {
    return 1;
  }
  const uint32_t bits = type.is_signed != 0u || type.bits == 64u ? type.bits - 1u : type.bits;
  return (int64_t)(((uint64_t)1 << bits) - 1u);
}

static int fits(dyadic_operand operand, int64_t low, int64_t high) {
  return operand.type.bits <= 32u && dyadic_type_min(operand.type) - operand.zero >= low &&
         dyadic_type_max(operand.type) - operand.zero <= high;
}

int dyadic_fits_int16(dyadic_operand operand) { return fits(operand, INT16_MIN, INT16_MAX); }

int dyadic_fits_int32(dyadic_operand operand) { return fits(operand, INT32_MIN, INT32_MAX); }

int64_t dyadic_load(const void *data, dyadic_type type, uint32_t i) {
  if (type.bits <= 8u) {
    return decode(decoderOf(type, 0), loadPacked((const uint8_t *)data, type.bits, i));
  }
  if (type.bits <= 16u) {
    return type.is_signed != 0u ? (int64_t)((const int16_t *)data)[i] : (int64_t)((const uint16_t *)data)[i];
  }
  if (type.bits <= 32u) {
    return type.is_signed != 0u ? (int64_t)((const int32_t *)data)[i] : (int64_t)((const uint32_t *)data)[i];
  }
  return ((const int64_t *)data)[i];
}

void dyadic_store(void *data, dyadic_type type, uint32_t i, int64_t code) {
  if (type.bits <= 8u) {
    const uint32_t value = isBipolar(type) ? (uint32_t)(code > 0) : (uint32_t)((uint64_t)code & 0xFFu);
    storePacked((uint8_t *)data, type.bits, i, value);
  } else if (type.bits <= 16u) {
    ((uint16_t *)data)[i] = (uint16_t)((uint64_t)code & 0xFFFFu);
  } else if (type.bits <= 32u) {
    ((uint32_t *)data)[i] = (uint32_t)((uint64_t)code & 0xFFFFFFFFu);
  } else {
    ((int64_t *)data)[i] = code;
  }
}

uint32_t dyadic_load_bits(const void *data, dyadic_type type, uint32_t i) {
  if (type.bits <= 8u) {
    return loadPacked((const uint8_t *)data, type.bits, i);
  }
  return ((const uint16_t *)data)[i] & ((1u << type.bits) - 1u);
}

// Reads the stream from element i on; a byte is fetched only when a bit of it is needed.
static void unpackStream(const uint8_t *bytes, uint32_t bits, decoder d, uint32_t i, uint32_t n,
                         int16_t *out) {
  const uint8_t *next = bytes + byteOf(bits, i);
  const uint32_t mask = (1u << bits) - 1u;
  uint32_t window = 0u;
  uint32_t held = 0u;
  const uint32_t skip = bitOf(bits, i);
  if (n != 0u && skip != 0u) {
    window = (uint32_t)*next++ >> skip;
    held = 8u - skip;
  }
  for (uint32_t j = 0u; j < n; ++j) {
    if (held < bits) {
      window |= (uint32_t)*next++ << held;
      held += 8u;
    }
    out[j] = (int16_t)decode(d, window & mask);
    window >>= bits;
    held -= bits;
  }
}

// Whole bytes of 8 / bits elements each; bits is 1, 2 or 4. Returns how many elements that were.
static uint32_t unpackBytes(const uint8_t *bytes, uint32_t bits, decoder d, uint32_t i, uint32_t n,
                            int16_t *out) {
  const uint8_t *next = bytes + byteOf(bits, i);
  uint32_t j = 0u;
  if (bits == 4u) {
    for (; j + 2u <= n; j += 2u) {
      const uint32_t b = *next++;
      out[j] = decodeWide(d, b & 15u);
      out[j + 1u] = decodeWide(d, b >> 4);
    }
  } else if (bits == 2u) {
    for (; j + 4u <= n; j += 4u) {
      const uint32_t b = *next++;
      out[j] = decodeWide(d, b & 3u);
      out[j + 1u] = decodeWide(d, (b >> 2) & 3u);
      out[j + 2u] = decodeWide(d, (b >> 4) & 3u);
      out[j + 3u] = decodeWide(d, b >> 6);
    }
  } else {
    for (; j + 8u <= n; j += 8u) {
      const uint32_t b = *next++;
      for (uint32_t k = 0u; k < 8u; ++k) {
        out[j + k] = (int16_t)decode(d, (b >> k) & 1u);
      }
    }
  }
  return j;
}

static void unpackSmall(const uint8_t *bytes, uint32_t bits, decoder d, uint32_t i, uint32_t n,
                        int16_t *out) {
  if (bits == 8u && d.flip != 0) { // minus holds the flipped sign bit, which a signed read does not need
    const int8_t *from = (const int8_t *)bytes + i;
    const int32_t zero = d.minus - d.flip;
    for (uint32_t j = 0u; j < n; ++j) {
      out[j] = (int16_t)(from[j] - zero);
    }
    return;
  }
  if (bits == 8u) {
    const uint8_t *from = bytes + i;
    for (uint32_t j = 0u; j < n; ++j) {
      out[j] = (int16_t)((int32_t)from[j] - d.minus);
    }
    return;
  }
  uint32_t done = 0u;
  if ((bits == 1u || bits == 2u || bits == 4u) && bitOf(bits, i) == 0u) {
    done = unpackBytes(bytes, bits, d, i, n, out);
  }
  unpackStream(bytes, bits, d, i + done, n - done, out + done);
}

void dyadic_unpack_i16(const void *data, dyadic_operand operand, uint32_t i, uint32_t n, int16_t *out) {
  const uint32_t bits = operand.type.bits;
  if (bits <= 8u) {
    unpackSmall((const uint8_t *)data, bits, decoderOf(operand.type, operand.zero), i, n, out);
    return;
  }
  for (uint32_t j = 0u; j < n; ++j) {
    out[j] = (int16_t)((int32_t)dyadic_load(data, operand.type, i + j) - operand.zero);
  }
}

void dyadic_unpack_i32(const void *data, dyadic_operand operand, uint32_t i, uint32_t n, int32_t *out) {
  for (uint32_t j = 0u; j < n; ++j) {
    out[j] = (int32_t)(dyadic_load(data, operand.type, i + j) - operand.zero);
  }
}

void dyadic_unpack_i64(const void *data, dyadic_operand operand, uint32_t i, uint32_t n, int64_t *out) {
  for (uint32_t j = 0u; j < n; ++j) {
    out[j] = dyadic_load(data, operand.type, i + j) - operand.zero;
  }
}

void dyadic_unpack_bits(const void *data, dyadic_type type, uint32_t i, uint32_t n, uint16_t *out) {
  if (type.bits <= 8u) {
    unpackSmall((const uint8_t *)data, type.bits, plainBits, i, n, (int16_t *)out);
    return;
  }
  for (uint32_t j = 0u; j < n; ++j) {
    out[j] = (uint16_t)dyadic_load_bits(data, type, i + j);
  }
}

// Writes the stream from element i on; the bits around the run keep their values.
static void packStream(uint8_t *bytes, dyadic_type type, uint32_t i, uint32_t n, const int32_t *codes) {
  const uint32_t bits = type.bits;
  const uint32_t mask = (1u << bits) - 1u;
  const int bipolar = isBipolar(type);
  uint8_t *next = bytes + byteOf(bits, i);
  uint32_t held = bitOf(bits, i);
  if (n == 0u) {
    return;
  }
  uint32_t window = held != 0u ? *next & ((1u << held) - 1u) : 0u;
  for (uint32_t j = 0u; j < n; ++j) {
    const uint32_t value = bipolar ? (uint32_t)(codes[j] > 0) : (uint32_t)codes[j] & mask;
    window |= value << held;
    held += bits;
    if (held >= 8u) {
      *next++ = (uint8_t)(window & 0xFFu);
      window >>= 8;
      held -= 8u;
    }
  }
  if (held != 0u) {
    *next = (uint8_t)((*next & (0xFFu << held)) | window);
  }
}

void dyadic_pack_i32(void *data, dyadic_type type, uint32_t i, uint32_t n, const int32_t *codes) {
  if (type.bits == 8u) {
    uint8_t *to = (uint8_t *)data + i;
    for (uint32_t j = 0u; j < n; ++j) {
      to[j] = (uint8_t)((uint32_t)codes[j] & 0xFFu);
    }
    return;
  }
  if (type.bits < 8u) {
    packStream((uint8_t *)data, type, i, n, codes);
    return;
  }
  for (uint32_t j = 0u; j < n; ++j) {
    dyadic_store(data, type, i + j, codes[j]);
  }
}

// Copies n bytes; the compiler may turn it into memcpy.
static void copyBytes(uint8_t *to, const uint8_t *from, size_t n) {
  for (size_t j = 0u; j < n; ++j) {
    to[j] = from[j];
  }
}

void dyadic_copy(void *target, uint32_t to, const void *source, uint32_t from, uint32_t n, dyadic_type type) {
  const uint32_t bits = type.bits;
  if (bits > 8u) {
    const size_t bytes = dyadic_type_bytes(type, 1u);
    copyBytes((uint8_t *)target + to * bytes, (const uint8_t *)source + from * bytes, n * bytes);
    return;
  }
  uint8_t *out = (uint8_t *)target;
  const uint8_t *in = (const uint8_t *)source;
  uint32_t done = 0u;
  if (bitOf(bits, to) == 0u && bitOf(bits, from) == 0u) {
    done = n & ~7u; // eight elements are whole bytes at every width
    copyBytes(out + byteOf(bits, to), in + byteOf(bits, from), (size_t)(done >> 3) * bits);
  }
  for (uint32_t j = done; j < n; ++j) {
    storePacked(out, bits, to + j, loadPacked(in, bits, from + j));
  }
}
