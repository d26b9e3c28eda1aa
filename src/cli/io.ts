import { toJson } from "../core/json.ts";

/** What a command may know of the world around it; commands never touch `process` or `console`. */
export interface CommandIo {
  /** Writes to standard output, as it is. */
  out(text: string): void;
  /** Writes to standard error, as it is. */
  error(text: string): void;
  /** Standard error where it is a terminal: a progress bar is drawn on it; without it progress comes as plain lines. */
  readonly terminal?: NodeJS.WriteStream;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

/** Writes one line to standard output. */
export function outLine(io: CommandIo, line = ""): void {
  io.out(`${line}\n`);
}

/**
 * Writes one JSON object to standard output. JSON has no infinities and no NaN; they become strings, so that nothing is lost.
 *
 * @param value plain data; typed arrays become lists
 */
export function outJson(io: CommandIo, value: unknown): void {
  io.out(`${toJson(value)}\n`);
}
