import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeNpy, type NpyArray, type NpyData, readNpy } from "../../src/formats/npy.ts";

/** Reads an NPY file. */
export const readArray = (path: string): NpyArray => readNpy(new Uint8Array(readFileSync(path)), path);

/** What `readArray` gives of nested lists, as float64. */
export function arrayOf(nested: unknown): { shape: number[]; data: Float64Array } {
  const shape: number[] = [];
  for (let level = nested; Array.isArray(level); level = level[0]) shape.push(level.length);
  return { shape, data: Float64Array.from((nested as number[]).flat(shape.length) as number[]) };
}

/** Writes nested lists, or entries with a shape, as NPY. */
export function writeArray(path: string, nested: unknown): string {
  const { shape, data } = Array.isArray(nested) ? arrayOf(nested) : (nested as { shape: number[]; data: NpyData });
  writeFileSync(path, encodeNpy(data, shape));
  return path;
}

/** The text that NumPy keeps the element type in. */
export const elementType = (path: string): string => /'descr': '([^']*)'/.exec(readFileSync(path, "latin1"))![1]!;

/** The files of a factorization. */
export function readFactors(folder: string) {
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name), "utf8"));
  return {
    W: readArray(join(folder, "W.npy")),
    H: readArray(join(folder, "H.npy")),
    cost: json("cost.json"),
    facts: json("factorization.json"),
  };
}
