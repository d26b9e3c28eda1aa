import { ToolkitError } from "./error.ts";

/**
 * Refuses NaN and infinities, naming how many there are and where the first one is.
 *
 * @param who the function that checks, for the message
 * @param name the argument's name
 * @param values what to check
 * @throws ToolkitError `bad-value`
 */
export function checkFinite(who: string, name: string, values: ArrayLike<number>): void {
  const first = firstIndex(values, (value) => !Number.isFinite(value));
  if (first < 0) return;
  let count = 0;
  for (let i = first; i < values.length; i++) if (!Number.isFinite(values[i])) count++;
  throw new ToolkitError(
    "bad-value",
    `${who}: ${name} has ${count} of ${values.length} values that are not finite, the first (${values[first]}) at index ${first}`,
  );
}

/**
 * Refuses an option that is not a whole number in a range.
 *
 * @param who the function that checks
 * @param name the option's name
 * @param value what was given
 * @param minimum smallest value allowed
 * @param maximum largest value allowed, default no limit
 * @throws ToolkitError `bad-option`
 */
export function checkWhole(who: string, name: string, value: number, minimum: number, maximum = Infinity): void {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return;
  const range = maximum === Infinity ? `at least ${minimum}` : `from ${minimum} to ${maximum}`;
  throw new ToolkitError("bad-option", `${who}: ${name} is ${value}; it must be a whole number ${range}`);
}

/**
 * Refuses an option that is not a finite number in a range.
 *
 * @param who the function that checks
 * @param name the option's name
 * @param value what was given
 * @param range `above` excludes its bound, `from` and `to` include theirs
 * @throws ToolkitError `bad-option`
 */
export function checkNumber(
  who: string,
  name: string,
  value: number,
  range: { above?: number; from?: number; to?: number } = {},
): void {
  const { above = -Infinity, from = -Infinity, to = Infinity } = range;
  if (Number.isFinite(value) && value > above && value >= from && value <= to) return;
  const words = [
    ...(range.above === undefined ? [] : [`above ${above}`]),
    ...(range.from === undefined ? [] : [`at least ${from}`]),
    ...(range.to === undefined ? [] : [`at most ${to}`]),
  ];
  throw new ToolkitError(
    "bad-option",
    `${who}: ${name} is ${value}; it must be ${words.join(" and ") || "a finite number"}`,
  );
}

/**
 * Refuses an option that is not one of a few words.
 *
 * @param who the function that checks
 * @param name the option's name
 * @param value what was given
 * @param choices what may be given
 * @throws ToolkitError `bad-option`
 */
export function checkChoice(who: string, name: string, value: string, choices: readonly string[]): void {
  if (choices.includes(value)) return;
  throw new ToolkitError("bad-option", `${who}: ${name} is "${value}"; it must be one of ${choices.join(", ")}`);
}

function firstIndex(values: ArrayLike<number>, test: (value: number) => boolean): number {
  for (let i = 0; i < values.length; i++) if (test(values[i]!)) return i;
  return -1;
}
