import { expect, it } from "vitest";
import { improvement } from "../../src/metrics/improvement.ts";

it("is the difference, score by score", () => {
  expect(improvement({ sdr: 5, sir: Infinity, sar: 3 }, { sdr: 1, sir: 2, sar: 10 })).toEqual({
    sdr: 4,
    sir: Infinity,
    sar: -7,
  });
});
