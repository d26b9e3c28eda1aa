/**
 * JSON text with infinities and NaN as the strings "Infinity", "-Infinity" and "NaN".
 *
 * @param value plain data; typed arrays become lists
 * @param indent spaces a level, default 2
 */
export function toJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, (_, entry) => (isView(entry) ? Array.from(entry) : jsonNumber(entry)), indent);
}

/**
 * Reads what {@link toJson} wrote: the strings "Infinity", "-Infinity" and "NaN" become numbers again. Texts that happen to be these
 * words become numbers as well, so names belong where that does not matter.
 *
 * @throws SyntaxError for text that is not JSON
 */
export function fromJson(text: string): unknown {
  return JSON.parse(text, (_, entry) => (typeof entry === "string" && notNumbers.has(entry) ? Number(entry) : entry));
}

const notNumbers: ReadonlySet<string> = new Set(["Infinity", "-Infinity", "NaN"]);

function isView(value: unknown): value is Float64Array | Float32Array {
  return value instanceof Float64Array || value instanceof Float32Array;
}

function jsonNumber(value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
