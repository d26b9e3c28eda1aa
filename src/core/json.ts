/**
 * JSON text with infinities and NaN as the strings "Infinity", "-Infinity" and "NaN".
 *
 * @param value plain data; typed arrays become lists
 * @param indent spaces a level, default 2
 */
export function toJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, (_, entry) => (isView(entry) ? Array.from(entry) : jsonNumber(entry)), indent);
}

function isView(value: unknown): value is Float64Array | Float32Array {
  return value instanceof Float64Array || value instanceof Float32Array;
}

function jsonNumber(value: unknown): unknown {
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
}
