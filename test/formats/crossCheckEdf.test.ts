import { describe, expect, it } from "vitest";
import { type ByteSource, memorySource } from "../../src/formats/byteSource.ts";
import { crossCheckEdf } from "../../src/formats/crossCheckEdf.ts";
import { openFile } from "../../src/formats/file.ts";
import { sharedPath, testWithShared } from "../shared.ts";
import { edfBytes } from "./edfBytes.ts";
import { expectRefusal } from "./refusal.ts";

const made = edfBytes(
  [
    { label: "A", digital: (i) => 1000 * i - 7 },
    {
      label: "slow",
      samplesPerRecord: "1",
      physicalMinimum: "-123.456",
      physicalMaximum: "987.654",
      digital: (i) => -i,
    },
    { label: "EDF Annotations", samplesPerRecord: "20", texts: ["+0\u0014\u0014\u0000"] },
  ],
  3,
);

describe("crossCheckEdf", () => {
  it("finds that both decoders agree on every ordinary signal, within float32", async () => {
    const check = await crossCheckEdf(memorySource(made, "made.edf"));
    expect(check).toMatchObject({ name: "made.edf", decoder: "edfdecoder", agrees: true });
    expect(check.signals.map(({ index, label, samples }) => ({ index, label, samples }))).toEqual([
      { index: 0, label: "A", samples: 12 },
      { index: 1, label: "slow", samples: 3 },
    ]);
    for (const { largestDifference, largestDifferenceSteps, digitalDifferences, agrees } of check.signals) {
      expect([digitalDifferences, agrees]).toEqual([0, true]);
      // half a float32 step of numbers below 1024
      expect(largestDifference).toBeLessThanOrEqual(1024 * 2 ** -24);
      expect(largestDifferenceSteps).toBeLessThan(0.05);
    }
  });

  it("finds one sample that the two were given differently", async () => {
    const other = made.slice();
    const at = 256 * 4 + 4;
    other[at]! ^= 1;
    let reads = 0;
    // the second decoder asks for the whole file, the first for ranges
    const source: ByteSource = {
      ...memorySource(made, "made.edf"),
      read: async (start, end) => {
        reads++;
        return (end - start === made.length ? other : made).subarray(start, end);
      },
    };
    const check = await crossCheckEdf(source);
    expect(reads).toBeGreaterThan(1);
    expect(check.agrees).toBe(false);
    expect(check.signals.map(({ agrees, digitalDifferences }) => [agrees, digitalDifferences])).toEqual([
      [false, 1],
      [true, 0],
    ]);
    expect(check.signals[0]!.largestDifferenceSteps).toBeCloseTo(1, 2);
  });

  it("refuses BDF, files above the limit and files without samples", async () => {
    const check = (bytes: Uint8Array, options = {}) => crossCheckEdf(memorySource(bytes, "x"), options);
    await expectRefusal(() => check(edfBytes([{}], 1, {}, 3)), "unsupported", "x is BDF", "edfdecoder");
    await expectRefusal(() => check(made, { maximumBytes: 100 }), "unsupported", `${made.length} bytes`, "100");
    await expectRefusal(() => check(edfBytes([{}], 0)), "unsupported", "no samples");
  });

  it("compares a file whose header leaves the number of records open", async () => {
    const open = edfBytes([{ digital: (i) => i }], 2, { records: "-1" });
    expect((await crossCheckEdf(memorySource(open))).signals).toMatchObject([{ samples: 8, agrees: true }]);
  });

  for (const name of [
    "mne-python/test.edf",
    "mne-python/test_uneven_samp.edf",
    "pyedflib/test_subsecond.edf",
    "musicattentioneeg/s_right2_0620_103747_Trial.edf",
    "edfcore/edf-asymmetric.edf",
  ]) {
    testWithShared(`agrees on ${name}`, async () => {
      const source = await openFile(sharedPath(`eeg-files/${name}`));
      try {
        expect((await crossCheckEdf(source)).agrees).toBe(true);
      } finally {
        await source.close();
      }
    });
  }
});
