import type { Dataset, File as LibraryFile } from "h5wasm/node";
import { ToolkitError } from "../core/error.ts";
import { openFile } from "./file.ts";
import { type Hdf5Library, hdf5Library } from "./hdf5Library.ts";
import { checkHdf5Superblock } from "./hdf5Superblock.ts";

/** First element and the one after the last, along one dimension. */
export type Hdf5Range = readonly [start: number, end: number];

/** An array in an HDF5 file; elements are read when asked for. */
export interface Hdf5Dataset {
  /** Where it is in the file, such as `/0001/response`. */
  readonly path: string;
  /** Lengths of its dimensions; the last one is contiguous. */
  readonly shape: readonly number[];
  /**
   * Reads a block of it as float64, the last dimension contiguous.
   *
   * @param ranges one for each dimension; default all of it
   * @throws ToolkitError `bad-option` for ranges outside, `bad-format` if the file is damaged there, `bad-value` for integers that
   * float64 cannot hold
   */
  read(ranges?: readonly Hdf5Range[]): Promise<Float64Array>;
}

/** An opened HDF5 file. Paths are relative to its root: `0001/response`. */
export interface Hdf5File {
  /** Path of the file. */
  readonly name: string;
  /** What is at a path; links to other files count as nothing. */
  kind(path: string): "group" | "dataset" | undefined;
  /**
   * Names in a group, sorted; default the root.
   *
   * @throws ToolkitError `not-found` if there is no such group
   */
  keys(path?: string): readonly string[];
  /**
   * An array of integers or floats.
   *
   * @throws ToolkitError `not-found` if there is none, `unsupported` if it holds something else, or is packed in a way of its own
   */
  dataset(path: string): Hdf5Dataset;
  /** Closes the file; reading afterwards is an error. */
  close(): Promise<void>;
}

/** Numbers of the filters that come with HDF5: gzip, shuffle, checksum, szip, nbit, scale-offset. */
const standardFilters = 6;

/** Read at once; the memory of the library grows to about this and never shrinks. */
const pieceBytes = 16 * 2 ** 20;

/**
 * Opens an HDF5 file on the disk. Nothing but the tables that are asked for is read, whatever the size of the file; arrays are read
 * in pieces of at most 16 MiB (or one chunk, where the file has larger ones), so that memory holds little besides the result.
 *
 * @param path the file
 * @throws ToolkitError `not-found`, `bad-format` if it is no HDF5 file or damaged, `truncated`
 */
export async function openHdf5File(path: string): Promise<Hdf5File> {
  const source = await openFile(path);
  try {
    await checkHdf5Superblock(source);
  } finally {
    await source.close();
  }
  const library = await hdf5Library();
  return new OpenedFile(path, library);
}

class OpenedFile implements Hdf5File {
  readonly name: string;
  readonly #library: Hdf5Library;
  readonly #file: LibraryFile;
  #open = true;

  constructor(path: string, library: Hdf5Library) {
    this.name = path;
    this.#library = library;
    this.#file = library.guarded(path, () => {
      const file = new library.File(path, "r");
      if (file.file_id < 0n) throw new Error("it cannot be opened");
      return file;
    });
  }

  kind(path: string): "group" | "dataset" | undefined {
    const node = this.#get(path);
    if (node === null) return undefined;
    if ("keys" in node) return "group";
    return "slice" in node ? "dataset" : undefined;
  }

  keys(path = "/"): readonly string[] {
    const node = this.#get(path);
    if (node === null || !("keys" in node)) {
      throw new ToolkitError("not-found", `${this.name}: has no group "${path}"`);
    }
    return this.#guarded(() => node.keys()).sort();
  }

  dataset(path: string): Hdf5Dataset {
    const node = this.#get(path);
    if (node === null || !("slice" in node)) {
      throw new ToolkitError("not-found", `${this.name}: has no array "${path}"`);
    }
    const where = node.path.replace(/^\/+/, "/");
    const filter = this.#guarded(() => node.filters).find(({ id }) => id > standardFilters);
    if (filter !== undefined) {
      throw new ToolkitError(
        "unsupported",
        `${this.name}: ${where}: is packed with filter ${filter.id} (${filter.name}), which is no part of HDF5; repack it: h5repack -f GZIP=4`,
      );
    }
    const { shape, decode, elementBytes } = this.#guarded(() => layoutOf(`${this.name}: ${where}`, node));
    return {
      path: where,
      shape,
      read: async (ranges = shape.map((length): Hdf5Range => [0, length])) => {
        checkRanges(`${this.name}: ${where}`, shape, ranges);
        const lengths = ranges.map(([start, end]) => end - start);
        const out = new Float64Array(lengths.reduce((product, length) => product * length, 1));
        for (const piece of pieces(ranges, pieceBytes / elementBytes)) {
          const bytes = this.#readBytes(node, piece, elementBytes);
          copyPiece(decode(bytes), piece, out, ranges);
        }
        return out;
      },
    };
  }

  async close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    this.#library.guarded(this.name, () => this.#file.close());
  }

  #guarded<T>(work: () => T): T {
    if (!this.#open) throw new ToolkitError("bad-option", `${this.name}: is closed; open it again to read`);
    return this.#library.guarded(this.name, work);
  }

  #get(path: string) {
    return this.#guarded(() => (path === "/" ? this.#file : exists(this.#file, path) ? this.#file.get(path) : null));
  }

  /** The library's own reading leaves it unsaid when something cannot be read, and gives what was in memory before. */
  #readBytes(node: Dataset, ranges: readonly Hdf5Range[], elementBytes: number): Uint8Array<ArrayBuffer> {
    const { module } = this.#library;
    return this.#guarded(() => {
      const count = ranges.map(([start, end]) => BigInt(end - start));
      const offset = ranges.map(([start]) => BigInt(start));
      const strides = ranges.map(() => 1n);
      const byteLength = Number(count.reduce((product, length) => product * length, 1n)) * elementBytes;
      const pointer = module._malloc(byteLength);
      if (pointer === 0) throw new Error(`no memory for ${byteLength} bytes`);
      try {
        const scalar = ranges.length === 0;
        const hyperslab = [scalar ? null : count, scalar ? null : offset, scalar ? null : strides] as const;
        const status = module.get_dataset_data(node.file_id, node.path, ...hyperslab, BigInt(pointer));
        if (status < 0) throw new Error(`elements of ${node.path} cannot be read`);
        return module.HEAPU8.slice(pointer, pointer + byteLength) as Uint8Array<ArrayBuffer>;
      } finally {
        module._free(pointer);
      }
    });
  }
}

/** Asking the library for something inside what is no group makes it complain. */
function exists(file: LibraryFile, path: string): boolean {
  const parts = path.split("/").filter((part) => part !== "");
  let group: ReturnType<LibraryFile["get"]> = file;
  for (const part of parts) {
    if (group === null || !("keys" in group) || !group.keys().includes(part)) return false;
    group = group.get(part);
  }
  return true;
}

type Decode = (bytes: Uint8Array<ArrayBuffer>) => ArrayLike<number>;

function layoutOf(where: string, node: Dataset): { shape: number[]; decode: Decode; elementBytes: number } {
  const { shape, type, size, signed } = node.metadata;
  const decode =
    type === 1 ? floats[size] : type === 0 ? (signed ? signedIntegers : unsignedIntegers)[size] : undefined;
  if (shape === null) throw new ToolkitError("unsupported", `${where}: is empty without a shape; an array is needed`);
  if (decode) return { shape: [...shape], decode: (bytes) => decode(bytes, where), elementBytes: size };
  const kind = type === 1 ? `floats of ${size} bytes` : type === 0 ? `integers of ${size} bytes` : "no plain numbers";
  throw new ToolkitError(
    "unsupported",
    `${where}: holds ${kind}; floats of 4 or 8 bytes and integers up to 8 can be read, convert it`,
  );
}

type Decoders = Readonly<Record<number, (bytes: Uint8Array<ArrayBuffer>, where: string) => ArrayLike<number>>>;

const floats: Decoders = {
  4: ({ buffer }) => new Float32Array(buffer),
  8: ({ buffer }) => new Float64Array(buffer),
};
const signedIntegers: Decoders = {
  1: ({ buffer }) => new Int8Array(buffer),
  2: ({ buffer }) => new Int16Array(buffer),
  4: ({ buffer }) => new Int32Array(buffer),
  8: ({ buffer }, where) => Float64Array.from(new BigInt64Array(buffer), (value) => exact(where, value)),
};
const unsignedIntegers: Decoders = {
  1: ({ buffer }) => new Uint8Array(buffer),
  2: ({ buffer }) => new Uint16Array(buffer),
  4: ({ buffer }) => new Uint32Array(buffer),
  8: ({ buffer }, where) => Float64Array.from(new BigUint64Array(buffer), (value) => exact(where, value)),
};

function exact(where: string, value: bigint): number {
  if (Number.isSafeInteger(Number(value))) return Number(value);
  throw new ToolkitError("bad-value", `${where}: the integer ${value} is beyond what float64 holds exactly`);
}

function checkRanges(where: string, shape: readonly number[], ranges: readonly Hdf5Range[]): void {
  const inside = ({ 0: start, 1: end }: Hdf5Range, d: number) =>
    Number.isInteger(start) && Number.isInteger(end) && 0 <= start && start <= end && end <= shape[d]!;
  if (ranges.length === shape.length && ranges.every(inside)) return;
  const asked = ranges.map(([start, end]) => `${start}..${end}`).join(", ");
  throw new ToolkitError("bad-option", `${where}: [${asked}] asked for; it has shape [${shape.join(", ")}]`);
}

/** Halves the longest dimension until a block is small enough; blocks without elements vanish. */
function* pieces(ranges: readonly Hdf5Range[], maximumElements: number): Generator<readonly Hdf5Range[]> {
  const lengths = ranges.map(([start, end]) => end - start);
  const elements = lengths.reduce((product, length) => product * length, 1);
  if (elements === 0) return;
  if (elements <= maximumElements) {
    yield ranges;
    return;
  }
  const longest = lengths.indexOf(Math.max(...lengths));
  const [start, end] = ranges[longest]!;
  const middle = start + Math.ceil((end - start) / 2);
  yield* pieces(ranges.with(longest, [start, middle]), maximumElements);
  yield* pieces(ranges.with(longest, [middle, end]), maximumElements);
}

/** Copies a block to its place in a larger one, a run of the last dimension at a time. */
function copyPiece(
  values: ArrayLike<number>,
  piece: readonly Hdf5Range[],
  out: Float64Array,
  whole: readonly Hdf5Range[],
): void {
  const run = piece.length === 0 ? 1 : piece.at(-1)![1] - piece.at(-1)![0];
  const runs = values.length / run;
  const view = values as Float64Array;
  for (let r = 0; r < runs; r++) {
    let rest = r;
    let place = 0;
    let stride = 1;
    for (let d = piece.length - 1; d >= 0; d--) {
      const [start, end] = piece[d]!;
      const within = d === piece.length - 1 ? 0 : rest % (end - start);
      if (d < piece.length - 1) rest = Math.floor(rest / (end - start));
      place += (start - whole[d]![0] + within) * stride;
      stride *= whole[d]![1] - whole[d]![0];
    }
    out.set(view.subarray(r * run, (r + 1) * run), place);
  }
}
