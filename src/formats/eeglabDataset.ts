import type { ByteSource } from "./byteSource.ts";
import { type EeglabFields, eeglabFieldNames, isDataset, noDataset, onlyDataset } from "./eeglabFields.ts";
import type { MatArray } from "./matArray.ts";
import { matVersion, readMat } from "./matFile.ts";

/**
 * Reads the fields of an EEGLAB dataset: of the structure `EEG`, or of the variables that newer versions save in its
 * place.
 *
 * @param source a .set file, MATLAB 5 to 7.3; 7.3 needs the package h5wasm and the whole file in memory
 * @throws ToolkitError `bad-format` if there is no dataset in it, `unsupported` if there are several, otherwise as
 * `readMat`
 */
export async function eeglabDataset(source: ByteSource): Promise<EeglabFields> {
  const head = await source.read(0, Math.min(128, source.byteLength));
  if (matVersion(head) === "7.3") {
    // loaded for these files only: it is four megabytes
    const { readEeglabHdf5 } = await import("./eeglabHdf5.ts");
    return readEeglabHdf5(source);
  }
  const variables = await readMat(source);
  const names = variables.map(({ name }) => name);
  const whole = variables.find(({ name }) => name === "EEG");
  if (whole) return { fields: onlyDataset(source.name, await whole.read()), matVersion: "5", close: () => {} };
  if (!isDataset(names)) throw noDataset(source.name, names);
  const fields = new Map<string, MatArray>();
  for (const { name, read } of variables) if (eeglabFieldNames.includes(name)) fields.set(name, await read());
  return { fields, matVersion: "5", close: () => {} };
}
