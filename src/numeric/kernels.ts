import { ToolkitError } from "../core/error.ts";
import { kernelBytes } from "./kernelBytes.ts";

/** The compiled functions, by name; addresses and counts in, see `assembly/`. */
export interface KernelExports {
  /** Dot product of two f32 arrays, accumulated in f64. */
  dot(a: number, b: number, count: number): number;
  /** Cholesky factorisation in place, f64, see `assembly/cholesky.ts`; returns -1 or the row of a bad pivot. */
  choleskyInPlace(a: number, order: number, diagonal: number, panel: number, tolerance: number): number;
  /** c += A'B for f64 panels of four interleaved rows, see `assembly/cholesky.ts`. */
  panelProduct(
    a: number,
    aGroups: number,
    aStride: number,
    b: number,
    bGroups: number,
    bStride: number,
    count: number,
    c: number,
  ): void;
  /** One pass of radix 4 of a Fourier transform, interleaved complex f64, see `assembly/fourier.ts`. */
  fourierPass4(from: number, to: number, blocks: number, stride: number, twiddles: number): void;
  /** Sum of an f32 array, accumulated in f64. */
  sum(a: number, count: number): number;
  /** target <- target o numerator * factor, results below 1e-30 become 0. */
  multiplyInto(target: number, numerator: number, factor: number, count: number): void;
  /** target <- target + source. */
  addInto(target: number, source: number, count: number): void;
  /** Source [rows, columns] to target [ceil(columns / width), rows, width], width 4 or 8. */
  packStrips(source: number, rows: number, columns: number, width: number, target: number): void;
  /** Source [ceil(columns / 8), sourceRows, 8] to target [rows, columns]. */
  unpackStrips(source: number, sourceRows: number, target: number, rows: number, columns: number): void;
  /** Source [rows, columns] to target [ceil(rows / 4), paddedColumns, 4]. */
  packInterleaved(source: number, rows: number, columns: number, paddedColumns: number, target: number): void;
  /** Numerator of a Kullback-Leibler update; the sum of x log(x / v) if asked for. See `assembly/kl.ts`. */
  klNumerator(
    x: number,
    ySteps: number,
    yRows: number,
    z: number,
    ratio: number,
    out: number,
    components: number,
    length: number,
    panels: number,
    floor: number,
    withLog: boolean,
  ): number;
  /** The sum of x log(x / v) alone. */
  klLog(
    x: number,
    ySteps: number,
    z: number,
    ratio: number,
    components: number,
    length: number,
    panels: number,
    floor: number,
  ): number;
  /** A'B for A [rows / 4, length, 4] and B [panels, length, 8] to out [panels, rows, 8]. */
  product(a: number, b: number, out: number, rows: number, length: number, panels: number): void;
  /** Sum of x log(r), 0 log 0 = 0. */
  logSum(x: number, r: number, count: number): number;
  /** p = S h, written as f32; returns its sum of squares. */
  guideProject(guide: number, rows: number, frames: number, h: number, projection: number): number;
  /** Terms a and c of a row problem on the sphere, see `assembly/sphere.ts`; returns its free minimiser's squared norm. */
  sphereTerms(
    h: number,
    g: number,
    guide: number,
    projection: number,
    rows: number,
    frames: number,
    scale: number,
    base: number,
    pull: number,
    shift: number,
    a: number,
    c: number,
  ): number;
  /** c -= extra h; returns the free minimiser's squared norm. */
  sphereShift(a: number, c: number, h: number, frames: number, extra: number): number;
  /** The row problem's minimiser under a multiplier nu > 0; returns its squared norm, stores a slope (f64). */
  sphereRoot(a: number, c: number, frames: number, nu: number, out: number, slope: number): number;
  /** out = factor x, results below 1e-30 become 0. */
  scaleRow(x: number, frames: number, factor: number, out: number): void;
  /** out = h (g + pull p'S) / (base + push p'S); returns its sum of squares. */
  contrastStep(
    h: number,
    g: number,
    guide: number,
    projection: number,
    rows: number,
    frames: number,
    base: number,
    pull: number,
    push: number,
    out: number,
  ): number;
}

/** A piece of kernel memory: its byte address and the array on the same bytes. */
export interface KernelArray<T extends Float32Array | Float64Array> {
  readonly address: number;
  readonly array: T;
}

/**
 * One memory with the compiled kernels on it. Arrays are handed out one after the other and live as long as the arena;
 * one arena per piece of work, so nothing is freed by hand. The memory never grows: its size is stated at the start.
 */
export interface KernelArena {
  readonly kernels: KernelExports;
  /** Zeroed single-precision array, 16-byte aligned. */
  float32(length: number): KernelArray<Float32Array>;
  /** Zeroed double-precision array, 16-byte aligned. */
  float64(length: number): KernelArray<Float64Array>;
}

// Compiled once; every arena is an instance of it. The one module-level state of the toolkit.
let compiled: WebAssembly.Module | undefined;

/** Bytes that AssemblyScript's stub runtime keeps at the bottom of the memory. */
const reservedBytes = 65_536;
const pageBytes = 65_536;
const maximumBytes = 2 ** 32 - pageBytes;

/**
 * Makes an arena.
 *
 * @param bytes room for all arrays to come; each is rounded up to 16 bytes
 * @throws ToolkitError `bad-option` if that is more than WebAssembly can address (4 GiB)
 */
export function createArena(bytes: number): KernelArena {
  if (!(bytes >= 0 && bytes + reservedBytes <= maximumBytes)) {
    throw new ToolkitError(
      "bad-option",
      `kernels: ${bytes} bytes of kernel memory asked for; at most ${maximumBytes} fit`,
    );
  }
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(kernelBytes), (character) => character.charCodeAt(0)));
  const memory = new WebAssembly.Memory({ initial: Math.ceil((bytes + reservedBytes) / pageBytes) });
  const instance = new WebAssembly.Instance(compiled, { env: { memory, abort: onAbort } });
  let next = reservedBytes;
  const take = (size: number): number => {
    const address = next;
    next += Math.ceil(size / 16) * 16;
    if (next > memory.buffer.byteLength) {
      throw new ToolkitError("bad-option", `kernels: arena of ${memory.buffer.byteLength} bytes is full; ask for more`);
    }
    return address;
  };
  return {
    kernels: instance.exports as unknown as KernelExports,
    float32: (length) => {
      const address = take(4 * length);
      return { address, array: new Float32Array(memory.buffer, address, length) };
    },
    float64: (length) => {
      const address = take(8 * length);
      return { address, array: new Float64Array(memory.buffer, address, length) };
    },
  };
}

function onAbort(): never {
  throw new Error("kernels: a kernel aborted");
}
