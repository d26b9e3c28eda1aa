import { describe, expect, it, test } from "vitest";
import { block, packDataInto, packedLength, paddedSteps, type Walk } from "../../src/separation/stripLayout.ts";

test("steps are rounded up to a multiple of four", () => {
  expect([1, 3, 4, 5, 63, 64, 65].map(paddedSteps)).toEqual([4, 4, 4, 8, 64, 64, 68]);
});

test("a matrix of 3 lanes and 2 steps fills one strip of four lanes and four steps", () => {
  // lanes 1 2 3 / steps 4 5 6: each step is a row of the strip, the rest is padding
  const out = new Float64Array(16);
  packDataInto(
    Float64Array.of(1, 2, 3, 4, 5, 6),
    { stripLength: 4, lanes: 3, laneStride: 1, steps: 2, stepStride: 3 },
    9,
    out,
  );
  expect([...out]).toEqual([1, 2, 3, 9, 4, 5, 6, 9, 9, 9, 9, 9, 9, 9, 9, 9]);
});

const shapes = [
  { rows: 1, columns: 1 },
  { rows: 3, columns: 5 },
  { rows: 4, columns: 8 },
  { rows: 9, columns: 7 },
  { rows: 64, columns: 65 },
  { rows: 131, columns: 66 },
  { rows: 5, columns: 8 * block.strips + 3 }, // more than one block of strips of either length
  { rows: 8 * block.strips + 3, columns: 2 * block.steps + 5 },
];

describe.each(shapes)("a matrix of $rows x $columns", ({ rows, columns }) => {
  const data = Float64Array.from({ length: rows * columns }, (_, i) => i + 1);
  const walks = [4, 8].flatMap((stripLength) => [
    { stripLength, lanes: rows, laneStride: columns, steps: columns, stepStride: 1 },
    { stripLength, lanes: columns, laneStride: 1, steps: rows, stepStride: columns },
  ]);

  it("lies in blocks of 64 strips, in a block in pieces of 64 steps, in a piece strip after strip, step after step", () => {
    for (const walk of walks) {
      const { stripLength, lanes, laneStride, steps, stepStride } = walk;
      const expected: number[] = [];
      const strips = Math.ceil(lanes / stripLength);
      const padded = 4 * Math.ceil(steps / 4);
      for (const [firstStrip, endStrip] of pieces(strips, 64)) {
        for (const [firstStep, endStep] of pieces(padded, 64)) {
          for (let strip = firstStrip; strip < endStrip; strip++) {
            for (let step = firstStep; step < endStep; step++) {
              for (let lane = strip * stripLength; lane < (strip + 1) * stripLength; lane++) {
                const isThere = lane < lanes && step < steps;
                expected.push(isThere ? data[lane * laneStride + step * stepStride]! : -1);
              }
            }
          }
        }
      }
      expect(packed(walk)).toBeAllclose(expected);
    }
  });

  it("keeps every entry once, the rest being padding, and changes nothing in the matrix", () => {
    const before = data.slice();
    for (const walk of walks) {
      const entries = packed(walk).filter((value) => value !== -1);
      expect(entries.sort()).toBeAllclose(before);
    }
    expect(data).toBeAllclose(before);
  });

  /** What was there before is overwritten. */
  function packed(walk: Walk): Float64Array {
    const out = new Float64Array(packedLength(walk)).fill(Number.NaN);
    packDataInto(data, walk, -1, out);
    return out;
  }
});

/** First and end of each piece of at most `size` of a count. */
function pieces(count: number, size: number): [number, number][] {
  return Array.from({ length: Math.ceil(count / size) }, (_, i) => [i * size, Math.min((i + 1) * size, count)]);
}
