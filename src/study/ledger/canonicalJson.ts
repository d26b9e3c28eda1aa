import { ToolkitError } from "../../core/error.ts";
import { toJson } from "../../core/json.ts";

/** Plain JSON data. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * A copy as plain JSON with the names of every object in order, so that equal data have equal text. Infinities and NaN become
 * their words, entries that are undefined are left out.
 *
 * @param value numbers, text, lists, typed arrays of floats and plain objects
 * @param name of the value, for messages
 * @throws ToolkitError `bad-option` for anything JSON would lose: functions, maps, dates, big integers
 */
export function canonicalJson(value: unknown, name: string): Json {
  check(value, name, []);
  const text = toJson(value, 0) as string | undefined;
  return text === undefined ? null : sorted(JSON.parse(text));
}

function check(value: unknown, name: string, above: readonly object[]): void {
  if (value === null || value === undefined || ["boolean", "number", "string"].includes(typeof value)) return;
  if (value instanceof Float64Array || value instanceof Float32Array) return;
  if (typeof value === "object") {
    if (above.includes(value)) throw new ToolkitError("bad-option", `${name}: contains itself; pass plain JSON`);
    const inside = [...above, value];
    const prototype = Object.getPrototypeOf(value);
    if (Array.isArray(value)) {
      value.forEach((entry, i) => {
        check(entry, `${name}[${i}]`, inside);
      });
      return;
    }
    if (prototype === null || Object.getPrototypeOf(prototype) === null) {
      for (const [key, entry] of Object.entries(value)) check(entry, `${name}.${key}`, inside);
      return;
    }
  }
  const kind = typeof value === "object" ? (value.constructor?.name ?? "object") : typeof value;
  throw new ToolkitError("bad-option", `${name}: is a ${kind}; pass plain JSON`);
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, entry]) => [key, sorted(entry)]));
}
