/** A value that is not the same in two pieces of plain data; `undefined` where it is in one only. */
export interface ValueDifference {
  /** Such as `decoder.lambda.0`; empty for the whole. */
  readonly path: string;
  readonly a: unknown;
  readonly b: unknown;
}

/**
 * Lists what differs between two pieces of plain data, by path. The order of names does not count, that of lists does.
 *
 * @param a plain JSON data; NaN equals itself
 * @param b plain JSON data
 */
export function valueDifferences(a: unknown, b: unknown): ValueDifference[] {
  return differences("", a, b);
}

/** One of {@link valueDifferences} for people: `decoder.lambda: 1 -> 2`. */
export function differenceText({ path, a, b }: ValueDifference): string {
  return `${path === "" ? "all" : path}: ${brief(a)} -> ${brief(b)}`;
}

function differences(path: string, a: unknown, b: unknown): ValueDifference[] {
  if (Object.is(a, b)) return [];
  if (isObject(a) && isObject(b) && Array.isArray(a) === Array.isArray(b)) {
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])];
    return names.flatMap((name) => differences(path === "" ? name : `${path}.${name}`, a[name], b[name]));
  }
  return [{ path, a, b }];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function brief(value: unknown): string {
  if (value === undefined) return "not there";
  const text = typeof value === "number" ? String(value) : JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 77)}...`;
}
