import { ToolkitError } from "../core/error.ts";
import { kernelBytes } from "./kernelBytes.ts";

/** The compiled functions, by name; addresses and counts in, see `assembly/`. */
export interface KernelExports {
  /** Dot product of two f32 arrays, accumulated in f64. */
  dot(a: number, b: number, count: number): number;
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
