import { InvalidArgumentError } from "commander";

/** Turns a word of the command line into a value, or refuses it. */
export type ArgumentParser<T> = (text: string) => T;

/**
 * A whole number.
 *
 * @param minimum least value allowed
 */
export function whole(minimum: number): ArgumentParser<number> {
  return (text) => {
    const value = Number(text);
    if (text.trim() !== "" && Number.isInteger(value) && value >= minimum) return value;
    throw new InvalidArgumentError(`it must be a whole number of at least ${minimum}.`);
  };
}

/**
 * A finite number in a range.
 *
 * @param range `above` excludes its bound, `from` includes it; default any number
 */
export function number({ above, from }: { above?: number; from?: number } = {}): ArgumentParser<number> {
  return (text) => {
    const value = Number(text);
    const isInRange = (above === undefined || value > above) && (from === undefined || value >= from);
    if (text.trim() !== "" && Number.isFinite(value) && isInRange) return value;
    const range = above === undefined ? (from === undefined ? "" : ` of at least ${from}`) : ` above ${above}`;
    throw new InvalidArgumentError(`it must be a number${range}.`);
  };
}

/** Names with commas between them. */
export function labels(text: string): string[] {
  return text.split(",").map((label) => label.trim());
}

/** Whole numbers from 0 with commas between them. */
export function indices(text: string): number[] {
  return labels(text).map((label) => {
    const value = Number(label);
    if (label !== "" && Number.isInteger(value) && value >= 0) return value;
    throw new InvalidArgumentError("it must be whole numbers from 0 with commas between them, such as 0,3,4.");
  });
}
