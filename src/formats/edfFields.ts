import { ToolkitError } from "../core/error.ts";

/**
 * A text field of a header, filled up with spaces.
 *
 * @param who the function that writes
 * @param name the field's name, for the message
 * @param text printable ASCII only, as EDF wants
 * @param width number of characters the field has
 * @throws ToolkitError `bad-value` if the text does not fit
 */
export function textField(who: string, name: string, text: string, width: number): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 32 || code > 126) {
      throw new ToolkitError(
        "bad-value",
        `${who}: ${name} "${text}" has the character ${JSON.stringify(text[i])} at index ${i}; only printable ASCII fits`,
      );
    }
  }
  if (text.length > width) {
    throw new ToolkitError("bad-value", `${who}: ${name} "${text}" has ${text.length} characters; ${width} fit`);
  }
  return text.padEnd(width);
}

/**
 * A number as at most 8 characters of plain decimals, exactly.
 *
 * @throws ToolkitError `bad-value` if it needs more
 */
export function numberField(who: string, name: string, value: number): string {
  const text = plain(value, 8);
  if (text !== undefined && Number(text) === value) return text;
  throw new ToolkitError("bad-value", `${who}: ${name} ${value} does not fit the 8 characters of its field`);
}

/**
 * A number as at most 8 characters of plain decimals, as close as fits on one side of it.
 *
 * @param toward `down` never exceeds the value, `up` is never below it
 * @throws ToolkitError `bad-value` if its whole part alone needs more than 8 characters
 */
export function outwardField(who: string, name: string, value: number, toward: "down" | "up"): string {
  const fits = (text: string) => (toward === "down" ? Number(text) <= value : Number(text) >= value);
  const exact = plain(value, 8);
  if (exact !== undefined && fits(exact)) return exact;
  const round = toward === "down" ? Math.floor : Math.ceil;
  for (let decimals = 7; decimals >= 0; decimals--) {
    const scale = 10 ** decimals;
    for (const step of [0, toward === "down" ? -1 : 1]) {
      const text = plain((round(value * scale) + step) / scale, 8, decimals);
      if (text !== undefined && fits(text)) return text;
    }
  }
  throw new ToolkitError("bad-value", `${who}: ${name} ${value} does not fit the 8 characters of its field`);
}

/**
 * A number as at most 8 characters of plain decimals, as close as fits.
 *
 * @returns `undefined` if its whole part alone needs more than 8 characters
 */
export function nearestField(value: number): string | undefined {
  const whole = String(Math.trunc(Math.abs(value))).length + (value < 0 ? 1 : 0);
  return plain(value, 8, Math.min(7, Math.max(0, 7 - whole)));
}

/**
 * A number that was read from a field of 8 characters, written so that it is read as the same number again: with an exponent
 * only where the plain decimals do not fit.
 *
 * @returns `undefined` if neither fits
 */
export function sameField(value: number): string | undefined {
  const texts = [plain(value, 8), value.toExponential().replace("e+", "e")];
  return texts.find((text) => text !== undefined && text.length <= 8 && Number(text) === value);
}

/** Shortest plain decimals of a number, without an exponent; `undefined` if longer than `width`. */
function plain(value: number, width: number, decimals?: number): string | undefined {
  let text = decimals === undefined ? String(value) : value.toFixed(decimals);
  if (text.includes("e")) text = value.toFixed(20);
  if (text.includes(".")) text = text.replace(/\.?0+$/, "");
  if (/^-0?$/.test(text)) text = "0";
  return text.length <= width ? text : undefined;
}
