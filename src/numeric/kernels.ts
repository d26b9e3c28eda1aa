import { ToolkitError } from "../core/error.ts";
import type { FloatArray } from "../core/matrix.ts";
import type { FactorKernels } from "./factorKernels.ts";
import { kernelBytes } from "./kernelBytes.ts";

/** The compiled functions in double precision, by name; addresses and counts in, see `assembly/`. */
export interface KernelExports {
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
  /** Spectra of a block of four interleaved f64 series, see `assembly/spectra.ts`. */
  blockSpectra(
    x: number,
    used: number,
    work: number,
    twiddles: number,
    out: number,
    turned: number,
    binBytes: number,
  ): void;
  /** Spectra of products back to lags, f64, see `assembly/spectra.ts`. */
  binsToLags(
    a: number,
    lagGroups: number,
    bins: number,
    b: number,
    bytes: number,
    apart: number,
    columns: number,
    c: number,
    stride: number,
  ): void;
  /** Second-order sections on eight channels side by side, in place, f64, see `assembly/sos.ts`. */
  filterSections8(
    data: number,
    channelBytes: number,
    samples: number,
    backward: boolean,
    sections: number,
    sectionCount: number,
    state: number,
  ): void;
  /** Sums of a polyphase filter, f64, see `assembly/sos.ts`. */
  polyphaseInto(
    out: number,
    outputs: number,
    inputs: number,
    phases: number,
    taps: number,
    up: number,
    phase: number,
    stride: number,
    turn: number,
  ): void;
  /** One pass of radix 4 of a Fourier transform, interleaved complex f64, see `assembly/fourier.ts`. */
  fourierPass4(from: number, to: number, blocks: number, stride: number, twiddles: number): void;
}

/** A piece of kernel memory: its byte address and the array on the same bytes. */
export interface KernelArray<T extends FloatArray> {
  readonly address: number;
  readonly array: T;
}

/** One memory. Arrays are handed out one after the other and live as long as it; its size is stated at the start. */
interface Memory {
  /** Zeroed double-precision array, 16-byte aligned. */
  float64(length: number): KernelArray<Float64Array>;
}

/**
 * One memory with the compiled kernels on it; one arena per piece of work, so nothing is freed by hand. The memory never
 * grows.
 */
export interface KernelArena extends Memory {
  readonly kernels: KernelExports;
}

/** The precision of a factorization. */
export type Precision = "float32" | "float64";

/** Which build of the factorization kernels runs: with fused multiply-add where the engine has relaxed SIMD. */
export type KernelBuild = "simd128" | "relaxed-simd";

/** An arena for factorizations: its kernels and arrays have the arena's precision. */
export interface FactorArena extends Memory {
  readonly kernels: FactorKernels;
  readonly precision: Precision;
  readonly build: KernelBuild;
  /** Numbers of the precision in two vectors of four or two: the width of a strip. */
  readonly stripLength: number;
  /** The memory itself, for those who need its address. */
  readonly buffer: ArrayBuffer;
  /** Zeroed array of the arena's precision, 64-byte aligned. */
  array(length: number): KernelArray<FloatArray>;
}

// Compiled once; every arena is an instance of one of them. The one module-level state of the toolkit.
const compiled: Partial<Record<keyof typeof kernelBytes, WebAssembly.Module>> = {};
let relaxed: boolean | undefined;

/** Bytes that AssemblyScript's stub runtime keeps at the bottom of the memory. */
const reservedBytes = 65_536;
const pageBytes = 65_536;
const maximumBytes = 2 ** 32 - pageBytes;
/** Where arrays start: at a vector, in an arena for factorizations at a cache line. */
const vectorBytes = 16;
const lineBytes = 64;

/** The build that runs here unless another is asked for. */
export function kernelBuild(): KernelBuild {
  relaxed ??= WebAssembly.validate(decode("float32Relaxed"));
  return relaxed ? "relaxed-simd" : "simd128";
}

/**
 * Makes an arena for the kernels in double precision.
 *
 * @param bytes room for all arrays to come; each is rounded up to 16 bytes
 * @throws ToolkitError `bad-option` if that is more than WebAssembly can address (4 GiB)
 */
export function createArena(bytes: number): KernelArena {
  const { instance, take, buffer } = instantiate("general", bytes, vectorBytes);
  return {
    kernels: instance.exports as unknown as KernelExports,
    float64: (length) => floatsAt(Float64Array, buffer, take(8 * length), length),
  };
}

/**
 * Makes an arena for factorizations.
 *
 * @param bytes room for all arrays to come; each is rounded up to 64 bytes
 * @param precision of kernels and arrays
 * @param build which build; default the fastest that runs here. The two differ in rounding
 * @throws ToolkitError `bad-option` if that is more than WebAssembly can address (4 GiB)
 */
export function createFactorArena(
  bytes: number,
  precision: Precision,
  build: KernelBuild = kernelBuild(),
): FactorArena {
  const name = build === "simd128" ? precision : (`${precision}Relaxed` as const);
  const { instance, take, buffer } = instantiate(name, bytes, lineBytes);
  const numberBytes = precision === "float32" ? 4 : 8;
  const Floats = precision === "float32" ? Float32Array : Float64Array;
  return {
    kernels: instance.exports as unknown as FactorKernels,
    precision,
    build,
    stripLength: 32 / numberBytes,
    buffer,
    array: (length) => floatsAt<FloatArray>(Floats, buffer, take(numberBytes * length), length),
    float64: (length) => floatsAt(Float64Array, buffer, take(8 * length), length),
  };
}

function floatsAt<T extends FloatArray>(
  Floats: new (buffer: ArrayBuffer, address: number, length: number) => T,
  buffer: ArrayBuffer,
  address: number,
  length: number,
): KernelArray<T> {
  return { address, array: new Floats(buffer, address, length) };
}

function decode(name: keyof typeof kernelBytes): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(kernelBytes[name]), (character) => character.charCodeAt(0));
}

function instantiate(name: keyof typeof kernelBytes, bytes: number, alignment: number) {
  if (!(bytes >= 0 && bytes + reservedBytes <= maximumBytes)) {
    throw new ToolkitError(
      "bad-option",
      `kernels: ${bytes} bytes of kernel memory asked for; at most ${maximumBytes} fit`,
    );
  }
  compiled[name] ??= new WebAssembly.Module(decode(name));
  const memory = new WebAssembly.Memory({ initial: Math.ceil((bytes + reservedBytes) / pageBytes) });
  const instance = new WebAssembly.Instance(compiled[name], { env: { memory, abort: onAbort } });
  let next = reservedBytes;
  const take = (size: number): number => {
    const address = next;
    next += Math.ceil(size / alignment) * alignment;
    if (next > memory.buffer.byteLength) {
      throw new ToolkitError("bad-option", `kernels: arena of ${memory.buffer.byteLength} bytes is full; ask for more`);
    }
    return address;
  };
  return { instance, take, buffer: memory.buffer as ArrayBuffer };
}

function onAbort(): never {
  throw new Error("kernels: a kernel aborted");
}
