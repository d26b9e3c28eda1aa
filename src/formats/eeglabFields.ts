import { ToolkitError } from "../core/error.ts";
import type { MatArray } from "./matArray.ts";

/** Fields of an EEGLAB dataset by name, and what closes that which they are read from. */
export interface EeglabFields {
  readonly fields: ReadonlyMap<string, MatArray>;
  /** Version of the MAT file; 7.3 is HDF5. */
  readonly matVersion: "5" | "7.3";
  close(): void;
}

/** The fields that are read; all others (components, montages, histories) stay in the file. */
export const eeglabFieldNames: readonly string[] = [
  "setname",
  "nbchan",
  "trials",
  "pnts",
  "srate",
  "xmin",
  "data",
  "datfile",
  "chanlocs",
  "event",
  "ref",
];

/** Whether a file's variables are the fields of a dataset. */
export function isDataset(names: readonly string[]): boolean {
  return ["nbchan", "srate", "data"].every((name) => names.includes(name));
}

/** The error for a MATLAB file that holds something else. */
export function noDataset(file: string, names: readonly string[]): ToolkitError {
  const found = names.slice(0, 8).join(", ") + (names.length > 8 ? ", ..." : "");
  return new ToolkitError(
    "bad-format",
    `${file}: is a MATLAB file with ${found === "" ? "no variables" : `the variables ${found}`}; an EEGLAB dataset has the structure EEG, or its fields nbchan, srate and data`,
  );
}

/**
 * The fields of the structure `EEG`.
 *
 * @throws ToolkitError `bad-format` if it is no structure, `unsupported` if it is several
 */
export function onlyDataset(file: string, eeg: MatArray): ReadonlyMap<string, MatArray> {
  if (eeg.kind !== "struct") {
    throw new ToolkitError("bad-format", `${file}: the variable EEG is ${describe(eeg)}; a structure is needed`);
  }
  const [first, ...others] = eeg.elements;
  if (!first || others.length > 0) {
    throw new ToolkitError(
      "unsupported",
      `${file}: EEG holds ${eeg.elements.length} datasets; save the one that is wanted alone`,
    );
  }
  return first;
}

/** What an array is, for messages. */
export function describe(array: MatArray): string {
  if (array.kind === "unread") return `of class ${array.className}, which is not read`;
  if (array.kind === "char") return `the text ${JSON.stringify(array.rows.join("|").slice(0, 40))}`;
  return `a ${array.kind} array of ${array.shape.join(" x ")}`;
}

/** A field's text without blanks around it; `undefined` where it is none or empty. */
export function textOf(array: MatArray | undefined): string | undefined {
  if (array?.kind !== "char") return undefined;
  const text = (array.rows[0] ?? "").trim();
  return text === "" ? undefined : text;
}

/** A field's first number; `undefined` where there is none. */
export async function numberOf(array: MatArray | undefined): Promise<number | undefined> {
  if (array?.kind !== "numeric" || array.real.count === 0) return undefined;
  return (await array.real.read(0, 1))[0];
}
