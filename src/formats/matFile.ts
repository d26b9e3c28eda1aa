import { ToolkitError } from "../core/error.ts";
import type { ByteSource } from "./byteSource.ts";
import { charRows, emptyMatArray, type MatArray, type MatNumericClass, matCount } from "./matArray.ts";
import {
  blockwise,
  inflateMat,
  type MatBytes,
  type MatElement,
  matDefect,
  matNumbers,
  matTypes,
  readMatElement,
} from "./matElements.ts";

/** A variable of a MAT file. */
export interface MatVariable {
  readonly name: string;
  /**
   * Reads it: structures, cells and texts at once, numbers when asked for.
   *
   * @throws ToolkitError `bad-format` or `truncated` if it is damaged, `unsupported` if it is nested too deep or has too
   * many parts
   */
  read(): Promise<MatArray>;
}

/** Numeric classes by their code. */
const numericClasses: Readonly<Record<number, MatNumericClass>> = {
  6: "double",
  7: "single",
  8: "int8",
  9: "uint8",
  10: "int16",
  11: "uint16",
  12: "int32",
  13: "uint32",
  14: "int64",
  15: "uint64",
};

const unreadClasses = { 3: "object", 5: "sparse", 16: "function", 17: "opaque" } as const;

/** A damaged or hostile file may nest without end; no program nests data like this. */
const maximumDepth = 64;

/** Arrays of one variable; each takes some 300 bytes of memory whatever it takes in the file. */
const maximumArrays = 2 ** 21;

/** Bytes that hold the flags, dimensions and name of any variable. */
const headBytes = 1024;

/**
 * Which kind of MAT file some bytes begin.
 *
 * @param bytes the first 128 or more
 * @returns `5` up to version 7, `7.3` if it is HDF5 inside, `undefined` if it is neither; files of MATLAB 4 have no mark
 */
export function matVersion(bytes: Uint8Array): "5" | "7.3" | undefined {
  if (bytes.length < 128) return undefined;
  const [low, high, ...order] = bytes.subarray(124, 128);
  const mark = String.fromCharCode(...order);
  if (mark !== "IM" && mark !== "MI") return undefined;
  const version = mark === "IM" ? high : low;
  return version === 1 ? "5" : version === 2 ? "7.3" : undefined;
}

/**
 * Lists the variables of a MAT file of version 5 to 7, in the file's order. Format: MathWorks, "MAT-File Format", level 5.
 * Numbers are read by byte range when asked for; a compressed variable is inflated as a whole when it is read.
 *
 * @param source the file; keep it open while numbers are read
 * @throws ToolkitError `bad-format` if it is no such file or damaged, `truncated` if it ends early, `unsupported` for
 * version 7.3
 */
export async function readMat(source: ByteSource): Promise<MatVariable[]> {
  const { name, byteLength } = source;
  const head = await source.read(0, Math.min(128, byteLength));
  const version = matVersion(head);
  if (version === "7.3") {
    throw new ToolkitError("unsupported", `${name}: is a MAT file of version 7.3 (HDF5); save it with -v7 or -v6`);
  }
  if (version === undefined) {
    const start = JSON.stringify(String.fromCharCode(...head.subarray(0, 8)));
    throw new ToolkitError(
      "bad-format",
      `${name}: begins with ${start}, and bytes 124 to 128 have no mark of a MAT file of version 5; save it with -v7`,
    );
  }
  const bytes: MatBytes = { name, source: blockwise(source), bigEndian: head[126] === 0x4d };
  const variables: MatVariable[] = [];
  for (let at = 128; at < byteLength; ) {
    const element = await readMatElement(bytes, at, byteLength);
    const variable = await openVariable(bytes, element);
    // MATLAB keeps what belongs to objects in a variable without a name
    if (variable.name !== "") variables.push(variable);
    at = element.next;
  }
  return variables;
}

async function openVariable(bytes: MatBytes, element: MatElement): Promise<MatVariable> {
  if (element.type === matTypes.compressed) {
    const start = await inflateMat(bytes, element, headBytes);
    const name = await variableName(start, 8, start.source.byteLength);
    const whole = async () => {
      const inflated = await inflateMat(bytes, element);
      const inner = await readMatElement(inflated, 0, inflated.source.byteLength);
      return readVariable(inflated, inner);
    };
    return { name, read: whole };
  }
  if (element.type !== matTypes.matrix) {
    throw matDefect(bytes, element.start, `an element of type ${element.type} is where a variable is needed`);
  }
  const name = await variableName(bytes, element.start, element.end);
  return { name, read: () => readVariable(bytes, element) };
}

async function variableName(bytes: MatBytes, start: number, end: number): Promise<string> {
  const flags = await readMatElement(bytes, start, end);
  const second = await readMatElement(bytes, flags.next, end);
  // an opaque variable has its name where others have their dimensions
  const opaque = second.type !== 5 && second.type !== 6;
  const label = opaque ? second : await readMatElement(bytes, second.next, end);
  return readName(bytes, label);
}

async function readName(bytes: MatBytes, { start, end }: MatElement): Promise<string> {
  return new TextDecoder("latin1").decode(await bytes.source.read(start, end));
}

/** How much has been read of a variable. */
interface Progress {
  arrays: number;
}

function readVariable(bytes: MatBytes, element: MatElement): Promise<MatArray> {
  return readArray(bytes, element, 0, { arrays: 0 });
}

async function readArray(bytes: MatBytes, element: MatElement, depth: number, progress: Progress): Promise<MatArray> {
  const { type, start, end } = element;
  if (type !== matTypes.matrix) throw matDefect(bytes, start, `an element of type ${type} is where an array is needed`);
  progress.arrays++;
  if (depth > maximumDepth || progress.arrays > maximumArrays) {
    const what =
      depth > maximumDepth ? `arrays nested ${depth} deep` : `a variable of more than ${maximumArrays} arrays`;
    throw new ToolkitError(
      "unsupported",
      `${bytes.name}: byte ${start}: has ${what}; remove what is not needed from it`,
    );
  }
  if (start === end) return emptyMatArray();
  const flags = await readMatElement(bytes, start, end);
  const [word = 0] = await matNumbers(bytes, flags).read();
  const classCode = word & 0xff;
  if (classCode === 17) return { kind: "unread", className: "opaque", shape: [] };
  const dimensions = await readMatElement(bytes, flags.next, end);
  const shape = await readShape(bytes, dimensions);
  const label = await readMatElement(bytes, dimensions.next, end);
  const body: Body = { bytes, shape, start: label.next, end, depth, progress };
  const className = numericClasses[classCode];
  if (className) {
    const real = await readNumbers(body, label.next);
    const imaginary = (word & 0x0800) === 0 ? {} : { imaginary: (await readNumbers(body, real.next)).numbers };
    return { kind: "numeric", className, shape, logical: (word & 0x0200) !== 0, real: real.numbers, ...imaginary };
  }
  if (classCode === 4) return { kind: "char", shape, rows: await readRows(body) };
  if (classCode === 1) return { kind: "cell", shape, cells: await readCells(body) };
  if (classCode === 2) return { kind: "struct", shape, ...(await readElements(body)) };
  const unread = unreadClasses[classCode as keyof typeof unreadClasses] ?? "unknown";
  return { kind: "unread", className: unread, shape };
}

/** What comes behind an array's name. */
interface Body {
  readonly bytes: MatBytes;
  readonly shape: readonly number[];
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  readonly progress: Progress;
}

async function readShape(bytes: MatBytes, element: MatElement): Promise<number[]> {
  const { start } = element;
  const numbers = matNumbers(bytes, element);
  if (numbers.count < 2 || numbers.count > 64)
    throw matDefect(bytes, start, `an array has ${numbers.count} dimensions`);
  const shape = [...(await numbers.read())];
  if (shape.some((length) => length < 0 || !Number.isInteger(length)) || !Number.isSafeInteger(matCount(shape))) {
    throw matDefect(bytes, start, `an array has the dimensions ${shape.join(" x ")}`);
  }
  return shape;
}

async function readNumbers({ bytes, shape, end }: Body, at: number) {
  const needed = matCount(shape);
  if (needed === 0 && at >= end) return { numbers: emptyMatArray().real, next: at };
  const element = await readMatElement(bytes, at, end);
  const numbers = matNumbers(bytes, element);
  if (numbers.count !== needed) {
    throw matDefect(bytes, at, `an array of ${shape.join(" x ")} has ${numbers.count} numbers`);
  }
  return { numbers, next: element.next };
}

/** Characters are stored as UTF-8, UTF-16 or UTF-32, or as plain numbers that are their codes. */
async function readRows({ bytes, shape, start, end }: Body): Promise<string[]> {
  if (matCount(shape) === 0) return [];
  const element = await readMatElement(bytes, start, end);
  // blanks alone may be stored as nothing
  if (element.start === element.end) return [];
  const as = (type: number) => matNumbers(bytes, { ...element, type }).read();
  const units =
    element.type === 16
      ? utf16(new TextDecoder().decode(await bytes.source.read(element.start, element.end)))
      : element.type === 17
        ? await as(4)
        : element.type === 18
          ? utf16(fromCodePoints(bytes, element, await as(6)))
          : await as(element.type);
  if (shape[0]! * shape[1]! > units.length) {
    throw matDefect(bytes, start, `a text of ${shape.join(" x ")} has ${units.length} characters`);
  }
  // one row is all there is, however many units its characters take
  return charRows(units, shape[0] === 1 ? [1, units.length] : shape);
}

function utf16(text: string): Uint16Array {
  return Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
}

function fromCodePoints(bytes: MatBytes, { start }: MatElement, codes: Float64Array): string {
  const wrong = codes.find((code) => code > 0x10ffff);
  if (wrong !== undefined) throw matDefect(bytes, start, `a text has the character ${wrong}`);
  return Array.from(codes, (code) => String.fromCodePoint(code)).join("");
}

async function readCells({ bytes, shape, start, end, depth, progress }: Body): Promise<MatArray[]> {
  return readArrays(bytes, matCount(shape), { start, end, depth, progress });
}

async function readElements({ bytes, shape, start, end, depth, progress }: Body) {
  const length = await readMatElement(bytes, start, end);
  const [bytesOfName = 0] = await matNumbers(bytes, length).read();
  const names = await readMatElement(bytes, length.next, end);
  const bytesOfNames = names.end - names.start;
  const count = bytesOfNames === 0 ? 0 : bytesOfNames / bytesOfName;
  if (!Number.isInteger(count) || count > 4096) {
    throw matDefect(bytes, start, `the names of fields have ${bytesOfNames} bytes, ${bytesOfName} each`);
  }
  const all = new TextDecoder("latin1").decode(await bytes.source.read(names.start, names.end));
  const fields = Array.from({ length: count }, (_, f) =>
    all.slice(f * bytesOfName, (f + 1) * bytesOfName).replace(/\0.*$/s, ""),
  );
  const parts =
    count === 0 ? [] : await readArrays(bytes, count * matCount(shape), { start: names.next, end, depth, progress });
  const elements: Map<string, MatArray>[] = [];
  for (let at = 0; at < parts.length; at += count) {
    elements.push(new Map(fields.map((field, f) => [field, parts[at + f]!])));
  }
  return { fields, elements };
}

async function readArrays(
  bytes: MatBytes,
  count: number,
  { start, end, depth, progress }: Pick<Body, "start" | "end" | "depth" | "progress">,
): Promise<MatArray[]> {
  if (count * 8 > end - start) throw matDefect(bytes, start, `${count} arrays do not fit in ${end - start} bytes`);
  const arrays: MatArray[] = [];
  for (let at = start; arrays.length < count; ) {
    const element = await readMatElement(bytes, at, end);
    arrays.push(await readArray(bytes, element, depth + 1, progress));
    at = element.next;
  }
  return arrays;
}
