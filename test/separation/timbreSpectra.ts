import type { Matrix } from "../../src/core/matrix.ts";

/** The frame that the spectra below belong to. */
export const frame = { rateHz: 16000, windowSize: 512 };

const bins = 257;

/** Matrix of the rows given. */
export const fromRows = (rows: ArrayLike<number>[]): Matrix<Float64Array> => ({
  rows: rows.length,
  columns: rows[0]!.length,
  data: Float64Array.from(rows.flatMap((values) => Array.from(values))),
});

/** Harmonics of a low note that fade quickly: dark; the note and its level vary with the variant. */
export const dark = (variant: number): Float64Array =>
  Float64Array.from({ length: bins }, (_, m) => (1 + variant) * (1.2 + Math.cos(m / (1 + variant / 40))) * 0.9 ** m);

/** Noise-like, rising towards high frequencies: bright. */
export const bright = (variant: number): Float64Array =>
  Float64Array.from({ length: bins }, (_, m) => (2 + Math.sin(variant + m / 3)) * (m / bins) ** 2);

/** The spectra of test/fixtures/timbre.py. */
export const recordedSpectra = (count: number): Matrix<Float64Array> =>
  fromRows(
    Array.from({ length: count }, (_, k) =>
      Float64Array.from({ length: bins }, (_, m) =>
        m < 60 * (k + 1) ? (1 + Math.cos(((k + 1) * m) / 7)) ** 2 / (1 + m / (4 + 3 * k)) : 0,
      ),
    ),
  );

/** Rows in another order. */
export const permuted = (matrix: Matrix, order: number[]): Matrix<Float64Array> =>
  fromRows(order.map((k) => matrix.data.subarray(k * matrix.columns, (k + 1) * matrix.columns)));
