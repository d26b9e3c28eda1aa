import { describe, expect, it } from "vitest";
import { type LagCovariance, sumLagCovariances } from "../../../src/eeg/decoding/lagCovariance.ts";
import { leaveOutSums } from "../../../src/eeg/decoding/leaveOutSums.ts";
import { trfCovariance } from "../../../src/eeg/decoding/trfCovariance.ts";
import { noiseTrial } from "./trfTrials.ts";

const options = { direction: "backward", rateHz: 20 } as const;
const parts = [50, 40, 60, 45, 70, 55].map((n) => trfCovariance([noiseTrial(`sums ${n}`, 2, 1, n)], options));

function collect(left: LagCovariance[], always: LagCovariance[]): LagCovariance[] {
  const sums: LagCovariance[] = [];
  for (const { left: index, others } of leaveOutSums(left, always)) {
    expect(index).toBe(sums.length);
    sums.push(others);
  }
  return sums;
}

describe("leaveOutSums", () => {
  it.each([1, 2, 3, 5])("sums all but one of %i parts, and what is always in", (count) => {
    const left = parts.slice(0, count);
    const always = parts.slice(count);
    for (const [i, sum] of collect(left, always).entries()) {
      const expected = sumLagCovariances([...left.filter((_, k) => k !== i), ...always]);
      expect([sum.samples, sum.trials]).toEqual([expected.samples, expected.trials]);
      expect(sum.gram).toBeAllclose(expected.gram, { atol: 1e-12 });
      expect(sum.cross).toBeAllclose(expected.cross, { atol: 1e-12 });
    }
  });

  it("has nothing of a part in the sum of the others, to the last bit", () => {
    const louder = { ...parts[2]!, gram: parts[2]!.gram.map((value) => 1e9 * value) };
    const [before, after] = [parts[2]!, louder].map((part) => collect([parts[0]!, parts[1]!, part, parts[3]!], []));
    expect(after![2]).toEqual(before![2]);
    expect(after![1]).not.toEqual(before![1]);
  });
});
