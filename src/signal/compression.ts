import { checkNumber } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";

/** How loud parts are held back; 0 stays 0 in each. */
export interface CompressionOptions {
  /** `linear`: v; `power`: v ^ exponent; `log`: ln(1 + gain v). */
  compression?: "linear" | "power" | "log";
  /** Above 0; of `power` alone. */
  exponent?: number;
  /** Above 0; of `log` alone: values well below 1 / gain stay linear. */
  gain?: number;
}

/**
 * The function that compresses values of 0 and above.
 *
 * @param who the function that compresses, for messages
 * @throws ToolkitError `bad-option`
 */
export function compressor(who: string, options: Required<CompressionOptions>): (value: number) => number {
  const { compression, exponent, gain } = options;
  checkNumber(who, "exponent", exponent, { above: 0 });
  checkNumber(who, "gain", gain, { above: 0 });
  if (compression === "linear") return (value) => value;
  if (compression === "power") return (value) => value ** exponent;
  if (compression === "log") return (value) => Math.log1p(gain * value);
  throw new ToolkitError(
    "bad-option",
    `${who}: compression is "${String(compression)}"; it must be linear, power or log`,
  );
}
