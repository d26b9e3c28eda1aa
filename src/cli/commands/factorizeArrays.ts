import { ToolkitError } from "../../core/error.ts";
import { type FloatArray, type Matrix, zeros } from "../../core/matrix.ts";
import { openFile } from "../../formats/file.ts";
import { encodeNpy, type NpyArray, readNpy } from "../../formats/npy.ts";

/**
 * Reads the spectrogram of a factorization, bins x frames on file.
 *
 * @param path NPY
 * @returns [frames, bins]
 * @throws ToolkitError as `openFile` and `readNpy`; `bad-shape`; `bad-value` for entries that are negative or not finite
 */
export async function readSpectrogram(path: string): Promise<Matrix<Float64Array>> {
  const array = await readArray(path);
  checkShape(path, array, ["bins", "frames"], "a spectrogram");
  checkEntries(path, array, ["bin", "frame"]);
  const [bins, frames] = array.shape as [number, number];
  const out = zeros(frames, bins);
  for (let m = 0; m < bins; m++) for (let n = 0; n < frames; n++) out.data[n * bins + m] = array.data[m * frames + n]!;
  return out;
}

/**
 * Reads activations or a guide, rows x frames on file.
 *
 * @param path NPY
 * @param wanted what it is, for messages; its frames; its rows, if they are known; whether entries may be negative
 * @returns [rows, frames]
 * @throws ToolkitError as `readSpectrogram`
 */
export async function readRows(
  path: string,
  wanted: { what: string; frames: number; rows?: number; signed?: boolean },
): Promise<Matrix<Float64Array>> {
  const array = await readArray(path);
  checkShape(path, array, ["rows", "frames"], wanted.what, [wanted.rows, wanted.frames]);
  checkEntries(path, array, ["row", "frame"], wanted.signed);
  const [rows, columns] = array.shape as [number, number];
  return { rows, columns, data: Float64Array.from(array.data) };
}

/** Size of a dictionary. */
export interface DictionaryShape {
  readonly components: number;
  readonly bins: number;
  /** T where the file has a first axis for it, else undefined: patches of one frame. */
  readonly templateFrames: number | undefined;
}

/**
 * Reads a dictionary, bins x components or template frames x bins x components on file.
 *
 * @param path NPY
 * @returns [components * template frames, bins], row k * T + t is w_k(t)
 * @throws ToolkitError as `readSpectrogram`
 */
export async function readDictionary(path: string, shape: DictionaryShape): Promise<Matrix<Float64Array>> {
  const { components, bins, templateFrames } = shape;
  const array = await readArray(path);
  if (templateFrames === undefined) {
    checkShape(path, array, ["bins", "components"], "W", [bins, components]);
    checkEntries(path, array, ["bin", "component"]);
  } else {
    checkShape(path, array, ["template frames", "bins", "components"], "W", [templateFrames, bins, components]);
    checkEntries(path, array, ["template frame", "bin", "component"]);
  }
  const out = zeros(components * (templateFrames ?? 1), bins);
  eachEntry(shape, (inMemory, onFile) => {
    out.data[inMemory] = array.data[onFile]!;
  });
  return out;
}

/** NPY bytes of a dictionary [components * template frames, bins], in its precision, laid out as `readDictionary` wants it. */
export function encodeDictionary(dictionary: Matrix, shape: DictionaryShape): Uint8Array {
  const { components, bins, templateFrames } = shape;
  const data: FloatArray = dictionary.data.slice();
  eachEntry(shape, (inMemory, onFile) => {
    data[onFile] = dictionary.data[inMemory]!;
  });
  return encodeNpy(data, templateFrames === undefined ? [bins, components] : [templateFrames, bins, components]);
}

/** NPY bytes of activations, components x frames, in their precision. */
export function encodeRows({ rows, columns, data }: Matrix): Uint8Array {
  return encodeNpy(data, [rows, columns]);
}

/** Where each entry of a dictionary is, in memory and on file. */
function eachEntry(
  { components, bins, templateFrames = 1 }: DictionaryShape,
  visit: (inMemory: number, onFile: number) => void,
): void {
  for (let k = 0; k < components; k++) {
    for (let t = 0; t < templateFrames; t++) {
      for (let m = 0; m < bins; m++) visit((k * templateFrames + t) * bins + m, (t * bins + m) * components + k);
    }
  }
}

async function readArray(path: string): Promise<NpyArray> {
  const source = await openFile(path);
  return source
    .read(0, source.byteLength)
    .then((bytes) => readNpy(bytes, path))
    .finally(() => source.close());
}

/** Refuses another number of axes, an empty one, and lengths other than those that are known. */
function checkShape(
  path: string,
  { shape }: NpyArray,
  axes: readonly string[],
  what: string,
  lengths: readonly (number | undefined)[] = [],
): void {
  const fits =
    shape.length === axes.length && shape.every((length, i) => length > 0 && length === (lengths[i] ?? length));
  if (fits) return;
  const needed = lengths.some((length) => length !== undefined)
    ? ` = (${axes.map((_, i) => lengths[i] ?? "any").join(", ")})`
    : "";
  throw new ToolkitError(
    "bad-shape",
    `${path}: has shape (${shape.join(", ")}); ${what} is ${axes.join(" x ")}${needed} here`,
  );
}

function checkEntries(path: string, { shape, data }: NpyArray, axes: readonly string[], signed = false): void {
  let count = 0;
  let first = -1;
  for (let i = 0; i < data.length; i++) {
    const value = data[i]!;
    if ((signed || value >= 0) && Number.isFinite(value)) continue;
    if (count++ === 0) first = i;
  }
  if (count === 0) return;
  const places: string[] = [];
  let rest = first;
  for (let i = axes.length - 1; i >= 0; i--) {
    places.unshift(`${axes[i]} ${rest % shape[i]!}`);
    rest = Math.floor(rest / shape[i]!);
  }
  throw new ToolkitError(
    "bad-value",
    `${path}: has ${count} entries that are ${signed ? "" : "negative or "}not finite, the first (${data[first]}) at ${places.join(", ")}; all must be ${signed ? "finite" : "0 or above"}`,
  );
}
