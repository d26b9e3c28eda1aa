/** Whether this machine stores the low byte first, as EDF does. */
const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/**
 * Decodes stored integers to physical values: out = (digital - digitalMinimum) * gain + physicalMinimum.
 *
 * @param bytes little-endian signed integers of 2 (EDF) or 3 (BDF) bytes from `offset` on
 * @param out written from `outStart` on, `count` values
 */
export function decodePhysicalInto(
  bytes: Uint8Array,
  offset: number,
  sampleBytes: 2 | 3,
  count: number,
  { digitalMinimum, gain, physicalMinimum }: { digitalMinimum: number; gain: number; physicalMinimum: number },
  out: Float64Array,
  outStart: number,
): void {
  const words = sampleBytes === 2 ? int16View(bytes, offset, count) : undefined;
  if (words) {
    for (let i = 0; i < count; i++) out[outStart + i] = (words[i]! - digitalMinimum) * gain + physicalMinimum;
    return;
  }
  const high = sampleBytes - 1;
  for (let i = 0, at = offset; i < count; i++, at += sampleBytes) {
    const low = sampleBytes === 2 ? bytes[at]! : bytes[at]! | (bytes[at + 1]! << 8);
    const digital = low | ((bytes[at + high]! << 24) >> (32 - 8 * sampleBytes));
    out[outStart + i] = (digital - digitalMinimum) * gain + physicalMinimum;
  }
}

/** Decodes stored integers as they are; see `decodePhysicalInto`. */
export function decodeDigitalInto(
  bytes: Uint8Array,
  offset: number,
  sampleBytes: 2 | 3,
  count: number,
  out: Int32Array,
  outStart: number,
): void {
  const high = sampleBytes - 1;
  for (let i = 0, at = offset; i < count; i++, at += sampleBytes) {
    const low = sampleBytes === 2 ? bytes[at]! : bytes[at]! | (bytes[at + 1]! << 8);
    out[outStart + i] = low | ((bytes[at + high]! << 24) >> (32 - 8 * sampleBytes));
  }
}

function int16View(bytes: Uint8Array, offset: number, count: number): Int16Array | undefined {
  const start = bytes.byteOffset + offset;
  return littleEndian && start % 2 === 0 ? new Int16Array(bytes.buffer, start, count) : undefined;
}
