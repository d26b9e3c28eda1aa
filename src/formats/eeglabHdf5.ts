import h5wasm, { type Dataset, type File, type Group, FS as h5wasmFileSystem, Reference } from "h5wasm";
import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "./byteSource.ts";
import { type EeglabFields, eeglabFieldNames, isDataset, noDataset, onlyDataset } from "./eeglabFields.ts";
import { charRows, emptyMatArray, type MatArray, type MatNumericClass, matCount } from "./matArray.ts";
import type { MatNumbers } from "./matElements.ts";

/** The HDF5 library needs the whole file in memory. */
const maximumBytes = 2 ** 31;

/** Characters of one text, arrays of one file and how deep they are nested; more is damage. */
const limits = { characters: 2 ** 20, arrays: 2 ** 21, depth: 32 };

const numericClasses: readonly string[] = [
  "double",
  "single",
  "int8",
  "uint8",
  "int16",
  "uint16",
  "int32",
  "uint32",
  "int64",
  "uint64",
] satisfies MatNumericClass[];

/**
 * Reads the fields of an EEGLAB dataset in a MAT file of version 7.3: HDF5 behind 512 bytes of MATLAB's. Structures are
 * groups, cells and arrays of structures are references, dimensions are reversed.
 *
 * @param source the file; read as a whole
 * @throws ToolkitError `bad-format` if it is damaged or holds no dataset, `unsupported` if it is larger than 2 GiB or
 * holds several
 */
export async function readEeglabHdf5(source: ByteSource): Promise<EeglabFields> {
  const { name, byteLength } = source;
  if (byteLength > maximumBytes) {
    throw new ToolkitError(
      "unsupported",
      `${name}: has ${byteLength} bytes; MAT files of version 7.3 are held in memory and read up to ${maximumBytes}; save the samples in a file of their own (.fdt)`,
    );
  }
  const bytes = await source.read(0, byteLength);
  const { FS } = await h5wasm.ready;
  let number = 0;
  while (FS.analyzePath(`/eeglab-${number}`).exists) number++;
  const path = `/eeglab-${number}`;
  let file: File | undefined;
  let open = true;
  const close = () => {
    if (!open) return;
    open = false;
    try {
      guarded(name, () => file?.close());
    } finally {
      if (FS.analyzePath(path).exists) FS.unlink(path);
    }
  };
  try {
    const fields = guarded(name, () => {
      FS.writeFile(path, bytes);
      file = new h5wasm.File(path, "r");
      return readFields(name, file);
    });
    return { fields, matVersion: "7.3", close };
  } catch (error) {
    try {
      close();
    } catch {
      // a damaged file may refuse to be closed; why it cannot be read matters more
    }
    throw error;
  }
}

/** The part of the library's file system that its messages go through. */
interface Console {
  getStream(descriptor: number): { tty?: { ops: { put_char(tty: unknown, value: number): void } } } | null;
}

/** What the library throws becomes one line that names the file; what it prints besides is left out. */
function guarded<T>(name: string, work: () => T): T {
  const errors = (h5wasmFileSystem as Console | null)?.getStream(2)?.tty;
  const printed = errors?.ops;
  // its own handler that throws instead of printing leaves the library unusable
  if (errors) errors.ops = { ...errors.ops, put_char: () => {} };
  try {
    return work();
  } catch (cause) {
    if (cause instanceof ToolkitError) throw cause;
    const why = (cause instanceof Error ? cause.message : String(cause)).split("\n")[0]!.slice(0, 200);
    throw new ToolkitError("bad-format", `${name}: the HDF5 library cannot read it (${why}); the file is damaged`, {
      cause,
    });
  } finally {
    if (errors && printed) errors.ops = printed;
  }
}

function readFields(name: string, file: File): ReadonlyMap<string, MatArray> {
  const names = file.keys().filter((key) => !key.startsWith("#"));
  const reader: Reader = { name, file, arrays: 0 };
  const fields = new Map<string, MatArray>();
  const group = names.includes("EEG") ? file.get("EEG") : file;
  const scalar = group && "keys" in group && !isStructArray(group);
  if (!scalar) return onlyDataset(name, readNode(reader, group, 0));
  if (group === file && !isDataset(names)) throw noDataset(name, names);
  for (const key of group.keys()) {
    if (eeglabFieldNames.includes(key)) fields.set(key, readNode(reader, group.get(key), 0));
  }
  return fields;
}

interface Reader {
  readonly name: string;
  readonly file: File;
  arrays: number;
}

type Node = ReturnType<Group["get"]>;

/** The MATLAB class of a dataset or group. */
function classOf(node: Dataset | Group): string | undefined {
  const value = "MATLAB_class" in node.attrs ? node.attrs.MATLAB_class!.value : undefined;
  return typeof value === "string" ? value : undefined;
}

function isReferences(node: Node): node is Dataset {
  return node !== null && "metadata" in node && "slice" in node && node.metadata.type === 7;
}

/** Fields of an array of structures are references without a class; a single structure has its fields themselves. */
function isStructArray(group: Group): boolean {
  const keys = group.keys();
  return keys.length > 0 && keys.every((key) => hasElements(group.get(key)));
}

function hasElements(node: Node): node is Dataset {
  return isReferences(node) && classOf(node) === undefined;
}

function readNode(reader: Reader, node: Node, depth: number): MatArray {
  reader.arrays++;
  if (reader.arrays > limits.arrays || depth > limits.depth) {
    const what = depth > limits.depth ? `arrays nested ${depth} deep` : `more than ${limits.arrays} arrays`;
    throw new ToolkitError("unsupported", `${reader.name}: has ${what}; remove what is not needed from it`);
  }
  if (node && "keys" in node) return readStruct(reader, node, depth);
  if (!node || !("slice" in node)) return { kind: "unread", className: "unknown", shape: [] };
  const shape = [...(node.shape ?? [])].reverse();
  const className = classOf(node);
  const empty = "MATLAB_empty" in node.attrs && Number(node.attrs.MATLAB_empty!.value) !== 0;
  if (empty) return readEmpty(className);
  if (className === "cell" && isReferences(node)) {
    return { kind: "cell", shape, cells: readReferences(reader, node, depth) };
  }
  if ("MATLAB_sparse" in node.attrs) return { kind: "unread", className: "sparse", shape };
  if (className === "char") {
    if (matCount(shape) > limits.characters) throw defect(reader, node, `a text of ${shape.join(" x ")} characters`);
    return { kind: "char", shape, rows: charRows(toNumbers(reader.name, node.value), shape) };
  }
  const numeric = numericClasses.includes(className ?? "");
  if (!numeric && className !== "logical") return { kind: "unread", className: "unknown", shape };
  // complex numbers are compounds
  if (node.metadata.type !== 0 && node.metadata.type !== 1) return { kind: "unread", className: "unknown", shape };
  return {
    kind: "numeric",
    className: numeric ? (className as MatNumericClass) : "uint8",
    logical: !numeric,
    shape,
    real: numbersOf(reader.name, node),
  };
}

function readEmpty(className: string | undefined): MatArray {
  const shape = [0, 0];
  if (className === "char") return { kind: "char", shape, rows: [] };
  if (className === "cell") return { kind: "cell", shape, cells: [] };
  if (className === "struct") return { kind: "struct", shape, fields: [], elements: [] };
  return emptyMatArray();
}

function readStruct(reader: Reader, group: Group, depth: number): MatArray {
  const keys = group.keys();
  if (!isStructArray(group)) {
    const entries = keys.map((key) => [key, readNode(reader, group.get(key), depth + 1)] as const);
    return { kind: "struct", shape: [1, 1], fields: keys, elements: [new Map(entries)] };
  }
  const columns = keys.map((key) => {
    const node = group.get(key);
    return hasElements(node) ? readReferences(reader, node, depth) : [];
  });
  const count = columns[0]!.length;
  if (columns.some(({ length }) => length !== count)) throw defect(reader, group, "fields of different lengths");
  const elements = Array.from({ length: count }, (_, e) => new Map(keys.map((key, k) => [key, columns[k]![e]!])));
  return { kind: "struct", shape: [1, count], fields: keys, elements };
}

function readReferences(reader: Reader, node: Dataset, depth: number): MatArray[] {
  if (reader.arrays + matCount(node.shape ?? []) > limits.arrays) {
    throw defect(reader, node, `${matCount(node.shape ?? [])} references`);
  }
  const value = node.value;
  const references = Array.isArray(value) ? value : [value];
  return references.map((reference) => {
    if (!(reference instanceof Reference)) throw defect(reader, node, "no references");
    const target = reader.file.dereference(reference);
    if (target && "source_dataset" in target) throw defect(reader, node, "a reference to a region");
    return readNode(reader, target, depth + 1);
  });
}

function defect({ name }: Reader, { path }: Dataset | Group, what: string): ToolkitError {
  return new ToolkitError("bad-format", `${name}: ${path}: has ${what}; the file is damaged`);
}

/** HDF5's dimensions are MATLAB's reversed, so its order, the last fastest, is MATLAB's. */
function numbersOf(name: string, node: Dataset): MatNumbers {
  const shape = node.shape ?? [];
  const count = matCount(shape);
  const [rows = 1, ...others] = shape;
  const rowLength = matCount(others);
  const whole = others.map((): [] => []);
  return {
    count,
    read: async (start = 0, end = count) =>
      guarded(name, () => {
        if (start >= end) return new Float64Array(0);
        // a number without dimensions cannot be cut
        if (shape.length === 0) return toNumbers(name, node.value);
        const from = Math.floor(start / rowLength);
        const to = Math.min(rows, Math.ceil(end / rowLength));
        const values = toNumbers(name, node.slice([[from, to], ...whole]));
        return values.slice(start - from * rowLength, end - from * rowLength);
      }),
  };
}

function toNumbers(name: string, value: unknown): Float64Array {
  if (typeof value === "number" || typeof value === "bigint") return Float64Array.of(exact(name, value));
  if (value instanceof BigInt64Array || value instanceof BigUint64Array) {
    return Float64Array.from({ length: value.length }, (_, i) => exact(name, value[i]!));
  }
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Float64Array.from(value as Float64Array);
  throw new ToolkitError("bad-format", `${name}: something else is where numbers are needed; the file is damaged`);
}

function exact(name: string, value: number | bigint): number {
  const number = Number(value);
  if (typeof value === "number" || BigInt(number) === value) return number;
  throw new ToolkitError("bad-value", `${name}: the integer ${value} is beyond what float64 holds exactly`);
}
