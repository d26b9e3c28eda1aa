/**
 * Decibels for people: one decimal, a true minus sign, `∞` for infinities and `n/a` for NaN.
 *
 * @param value in dB
 */
export function decibelText(value: number): string {
  return numberText(value, 1);
}

/**
 * A number with a fixed count of decimals, a true minus sign, `∞` for infinities and `n/a` for NaN.
 *
 * @param value any number
 * @param decimals digits after the point
 */
export function numberText(value: number, decimals: number): string {
  if (Number.isNaN(value)) return "n/a";
  const magnitude = Number.isFinite(value) ? Math.abs(value).toFixed(decimals) : "∞";
  // a value that rounds to zero has no sign
  return value < 0 && Number(magnitude) !== 0 ? `−${magnitude}` : magnitude;
}

/**
 * A difference: the same with a plus sign above zero.
 *
 * @param value any number
 * @param decimals digits after the point
 */
export function signedText(value: number, decimals: number): string {
  const text = numberText(value, decimals);
  return value > 0 && Number(value.toFixed(decimals)) !== 0 ? `+${text}` : text;
}

/**
 * A number of any size: five significant digits, thousands apart by a thin space, a power of ten from a million on.
 *
 * @param value any number
 */
export function measureText(value: number): string {
  if (!Number.isFinite(value)) return numberText(value, 0);
  const rounded = Number(value.toPrecision(5));
  const size = Math.abs(rounded);
  if (size >= 1e6 || (size > 0 && size < 1e-4)) return rounded.toExponential().replace(/-/g, "−").replace("e+", "e");
  const [whole, decimals] = String(size).split(".");
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return `${rounded < 0 ? "−" : ""}${grouped}${decimals === undefined ? "" : `.${decimals}`}`;
}

/**
 * A share as a percentage, one decimal.
 *
 * @param share 0 to 1; NaN gives `n/a`
 */
export function percentText(share: number): string {
  return Number.isNaN(share) ? "n/a" : `${numberText(100 * share, 1)} %`;
}

/**
 * A p-value: three decimals, two digits of a power of ten below 0.001.
 *
 * @param p 0 to 1; NaN gives `n/a`
 */
export function probabilityText(p: number): string {
  if (Number.isNaN(p)) return "n/a";
  if (p >= 0.001) return p.toFixed(3);
  if (p === 0) return "< 1e−300";
  return p.toExponential(1).replace("-", "−");
}

/**
 * A count with its noun: `1 trial`, `16 trials`.
 *
 * @param count how many
 * @param noun singular
 * @param plural default: the noun with an s
 */
export function countText(count: number, noun: string, plural = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : plural}`;
}

/** Joins words for a sentence: `a`, `a and b`, `a, b and c`. */
export function listText(words: readonly string[]): string {
  if (words.length < 2) return words[0] ?? "";
  return `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}
