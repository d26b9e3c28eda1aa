import type h5wasm from "h5wasm/node";
import { ToolkitError } from "../core/error.ts";

type Module = Awaited<typeof h5wasm.ready>;

/** The HDF5 library, reading from the disk. */
export interface Hdf5Library {
  readonly File: typeof h5wasm.File;
  readonly module: Module;
  /**
   * Runs a call of the library: what it throws becomes one line that names the file, what it prints says why.
   *
   * @throws ToolkitError `bad-format`
   */
  guarded<T>(name: string, work: () => T): T;
}

/**
 * Loads the HDF5 library (h5wasm), in its build for Node: that one opens files of the disk and reads only what is asked for;
 * the build for browsers needs the whole file in memory.
 */
export async function hdf5Library(): Promise<Hdf5Library> {
  const { default: library } = await import("h5wasm/node");
  const module = await library.ready;
  return { File: library.File, module, guarded: (name, work) => guarded(module, name, work) };
}

/** The part of the library's file system that its messages go through. */
interface Output {
  write(stream: { fd: number }, bytes: Int8Array, offset: number, length: number, position?: number): number;
}

function guarded<T>(module: Module, name: string, work: () => T): T {
  const output = module.FS as unknown as Output;
  const { write } = output;
  const decoder = new TextDecoder();
  let printed = "";
  // its own handler that throws instead of printing leaves the library unusable
  output.write = (stream, bytes, offset, length, position) => {
    if (stream.fd !== 2) return write(stream, bytes, offset, length, position);
    printed += decoder.decode(bytes.slice(offset, offset + length));
    return length;
  };
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ToolkitError) throw cause;
    const why = reason(printed) ?? (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!;
    throw new ToolkitError("bad-format", `${name}: the HDF5 library cannot read it (${why.slice(0, 200)})`, { cause });
  } finally {
    output.write = write;
  }
}

/** The innermost of a stack of errors as the library prints it: `#008: file line 12 in function(): reason`. */
function reason(printed: string): string | undefined {
  return [...printed.matchAll(/^ *#\d+: .*? in \S+\(\): (.*)$/gm)].at(-1)?.[1];
}
