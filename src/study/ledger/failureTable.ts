import { basename } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { encodeTsv } from "../../formats/tsv.ts";
import type { Unit } from "./unit.ts";

/** A unit that failed. */
export interface UnitFailure {
  readonly id: string;
  /** The file that the failure is about, empty if it is not about one. */
  readonly input: string;
  /** Of the ToolkitError; `unexpected` if it failed with anything else. */
  readonly code: string;
  readonly message: string;
}

/** Name of the table of failures in a ledger's folder. */
export const failuresName = "failures.tsv";

/** Failures as tab-separated values: `id`, `input`, `code`, `message`. */
export function encodeFailures(failures: readonly UnitFailure[]): string {
  const rows = failures.map(({ id, input, code, message }) => ({
    id,
    input: oneLine(input),
    code,
    message: oneLine(message),
  }));
  return encodeTsv(rows, ["id", "input", "code", "message"]);
}

/** What a unit failed with, as a row of the table. The input is the one that the message names, or the only one. */
export function failureOf(unit: Unit, error: unknown): UnitFailure {
  const message = oneLine(error instanceof Error ? error.message : String(error));
  const named =
    unit.inputs.find((path) => message.includes(path)) ?? unit.inputs.find((path) => message.includes(basename(path)));
  const input = named ?? (unit.inputs.length === 1 ? unit.inputs[0]! : "");
  if (error instanceof ToolkitError) return { id: unit.id, input, code: error.code, message };
  const name = error instanceof Error ? error.name : "thrown";
  return { id: unit.id, input, code: "unexpected", message: `${name}: ${message}` };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}
