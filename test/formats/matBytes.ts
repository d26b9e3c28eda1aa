import { deflateSync } from "node:zlib";

/** A value as a MATLAB array: numbers are double, texts rows of UTF-16, lists cells, objects structures. */
export type MatValue =
  | number
  | string
  | null
  | Uint8Array
  | readonly MatValue[]
  | { readonly shape: readonly number[]; readonly numbers: readonly number[]; readonly single?: boolean }
  | { readonly elements: readonly Readonly<Record<string, MatValue>>[] };

/** How a file is written. */
export interface MatBytesOptions {
  readonly compressed?: boolean;
  readonly bigEndian?: boolean;
}

/** Bytes of a MATLAB 5 file. */
export function matBytes(variables: Readonly<Record<string, MatValue>>, options: MatBytesOptions = {}): Uint8Array {
  const { compressed = false, bigEndian = false } = options;
  const header = new Uint8Array(128).fill(32);
  new TextEncoder().encodeInto("MATLAB 5.0 MAT-file, made by a test", header);
  header.set([0, 0, 0, 0, 0, 0, 0, 0, ...(bigEndian ? [1, 0, 0x4d, 0x49] : [0, 1, 0x49, 0x4d])], 116);
  const parts = Object.entries(variables).map(([name, value]) => {
    const plain = matrix(name, value, !bigEndian);
    if (!compressed) return plain;
    const packed = deflateSync(plain);
    return join([words([15, packed.length], !bigEndian), packed]);
  });
  return join([header, ...parts]);
}

/** An element: its tag, its data, and zeros up to eight bytes. */
export function element(type: number, data: Uint8Array, little = true): Uint8Array {
  return join([words([type, data.length], little), data, new Uint8Array((8 - (data.length % 8)) % 8)]);
}

/** A matrix element of any class. */
export function matrixOf(
  classCode: number,
  { name = "", shape = [1, 1], parts = [] as Uint8Array[], little = true, flags = 0 } = {},
): Uint8Array {
  return element(
    14,
    join([
      element(6, words([classCode | flags, 0], little), little),
      element(5, words(shape, little), little),
      element(1, new TextEncoder().encode(name), little),
      ...parts,
    ]),
    little,
  );
}

function matrix(name: string, value: MatValue, little: boolean): Uint8Array {
  const of = (classCode: number, shape: number[], parts: Uint8Array[]) =>
    matrixOf(classCode, { name, shape, parts, little });
  if (value instanceof Uint8Array) return value;
  if (value === null) return of(6, [0, 0], [element(9, new Uint8Array(0), little)]);
  if (typeof value === "number") return of(6, [1, 1], [element(9, floats([value], 8, little), little)]);
  if (typeof value === "string") {
    const units = new Uint8Array(value.length * 2);
    const view = new DataView(units.buffer);
    for (let i = 0; i < value.length; i++) view.setUint16(2 * i, value.charCodeAt(i), little);
    return of(4, [value.length === 0 ? 0 : 1, value.length], [element(4, units, little)]);
  }
  if ("numbers" in value) {
    const size = value.single ? 4 : 8;
    return of(
      value.single ? 7 : 6,
      [...value.shape],
      [element(value.single ? 7 : 9, floats(value.numbers, size, little), little)],
    );
  }
  if ("elements" in value) {
    const fields = Object.keys(value.elements[0] ?? {});
    const names = new Uint8Array(32 * fields.length);
    fields.forEach((field, f) => {
      new TextEncoder().encodeInto(field, names.subarray(32 * f));
    });
    const small = new Uint8Array(8);
    small.set(words([(4 << 16) | 5, 32], little));
    const parts = value.elements.flatMap((entry) => fields.map((field) => matrix("", entry[field]!, little)));
    return of(2, [1, value.elements.length], [small, element(1, names, little), ...parts]);
  }
  return of(
    1,
    [1, value.length],
    value.map((cell) => matrix("", cell, little)),
  );
}

/** Bytes of 32-bit words. */
export function words(values: readonly number[], little = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(4 * values.length));
  values.forEach((value, i) => {
    view.setInt32(4 * i, value, little);
  });
  return new Uint8Array(view.buffer);
}

/** Bytes of floats of 4 or 8 bytes. */
export function floats(values: readonly number[], size: 4 | 8, little = true): Uint8Array {
  const view = new DataView(new ArrayBuffer(size * values.length));
  values.forEach((value, i) => {
    if (size === 4) view.setFloat32(size * i, value, little);
    else view.setFloat64(size * i, value, little);
  });
  return new Uint8Array(view.buffer);
}

/** Bytes one behind the other. */
export function join(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
