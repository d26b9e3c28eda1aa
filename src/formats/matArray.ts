import type { MatNumbers } from "./matElements.ts";

/** Classes of MATLAB arrays of numbers. */
export type MatNumericClass =
  | "double"
  | "single"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64";

/** An array of numbers or truth values. */
export interface MatNumeric {
  readonly kind: "numeric";
  readonly className: MatNumericClass;
  readonly shape: readonly number[];
  readonly logical: boolean;
  readonly real: MatNumbers;
  /** Missing where the array is real. */
  readonly imaginary?: MatNumbers;
}

/** An array of characters. */
export interface MatChar {
  readonly kind: "char";
  readonly shape: readonly number[];
  /** Its rows (of the first page), with the blanks that fill them. */
  readonly rows: readonly string[];
}

/** A cell array. */
export interface MatCell {
  readonly kind: "cell";
  readonly shape: readonly number[];
  /** First dimension fastest. */
  readonly cells: readonly MatArray[];
}

/** An array of structures. */
export interface MatStruct {
  readonly kind: "struct";
  readonly shape: readonly number[];
  readonly fields: readonly string[];
  /** First dimension fastest; none where there are no fields. */
  readonly elements: readonly ReadonlyMap<string, MatArray>[];
}

/** An array that is there but not read: sparse matrices, objects, function handles. */
export interface MatUnread {
  readonly kind: "unread";
  readonly className: "sparse" | "object" | "function" | "opaque" | "unknown";
  readonly shape: readonly number[];
}

/** A MATLAB array. */
export type MatArray = MatNumeric | MatChar | MatCell | MatStruct | MatUnread;

/** The empty array, `[]`. */
export function emptyMatArray(shape: readonly number[] = [0, 0]): MatNumeric {
  const real: MatNumbers = { count: 0, read: async () => new Float64Array(0) };
  return { kind: "numeric", className: "double", shape, logical: false, real };
}

/** Number of entries of an array of some shape. */
export function matCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * The rows of an array of characters.
 *
 * @param units UTF-16 code units, first dimension fastest
 */
export function charRows(units: ArrayLike<number>, shape: readonly number[]): string[] {
  const [rows = 0, columns = 0] = shape;
  if (rows === 0 || columns === 0) return [];
  return Array.from({ length: rows }, (_, row) => {
    let text = "";
    for (let column = 0; column < columns; column++) {
      const unit = units[row + column * rows];
      if (unit !== undefined) text += String.fromCharCode(unit);
    }
    return text;
  });
}
