import { expect } from "vitest";

/** How close two arrays must be: |actual - expected| <= atol + rtol * |expected|, entry by entry. */
export interface Tolerance {
  rtol?: number;
  atol?: number;
}

expect.extend({
  toBeAllclose(actual: ArrayLike<number>, expected: ArrayLike<number>, { rtol = 0, atol = 0 }: Tolerance = {}) {
    if (actual.length !== expected.length) {
      return { pass: false, message: () => `lengths differ: ${actual.length} values, ${expected.length} expected` };
    }
    let worst = -1;
    let excess = 0;
    for (let i = 0; i < actual.length; i++) {
      const a = actual[i]!;
      const e = expected[i]!;
      if (Object.is(a, e) || a === e) continue;
      const over = Math.abs(a - e) - (atol + rtol * Math.abs(e));
      if (!(over <= excess)) {
        excess = over;
        worst = i;
        if (Number.isNaN(over)) break;
      }
    }
    return {
      pass: worst < 0,
      message: () =>
        worst < 0
          ? `all ${actual.length} values are within rtol ${rtol}, atol ${atol}`
          : `worst at index ${worst} of ${actual.length}: ${actual[worst]}, expected ${expected[worst]} (difference ${Math.abs(actual[worst]! - expected[worst]!)}, rtol ${rtol}, atol ${atol})`,
    };
  },
});

interface AllcloseMatchers {
  /** Compares numbers entry by entry and names the worst index. */
  toBeAllclose(expected: ArrayLike<number>, tolerance?: Tolerance): void;
}

declare module "vitest" {
  // biome-ignore lint/suspicious/noExplicitAny: vitest declares the interface with this parameter
  interface Assertion<T = any> extends AllcloseMatchers {}
}
