import { describe, expect, it, test } from "vitest";
import { findArtefacts, interpolateArtefacts } from "../../src/eeg/artefacts.ts";
import type { EegSignal } from "../../src/eeg/eegSignal.ts";

/** A line with spikes of 1000 at some samples. */
const line = (spikes: readonly number[]): Float64Array =>
  Float64Array.from({ length: 200 }, (_, i) => (spikes.includes(i) ? 1000 : 0.1 * i));
const eeg: EegSignal = {
  names: ["Cz", "Pz", "EOG"],
  rateHz: 100,
  channels: [line([50, 53, 120]), line([121]), line([9])],
};
const options = { threshold: 500, marginSeconds: 0.02, exclude: ["EOG"] };

describe("findArtefacts", () => {
  it("finds samples above a threshold, with their margins, joined where they touch", () => {
    const { spans, excluded, fractions } = findArtefacts(eeg, options);
    expect(spans).toEqual([
      { channel: "Cz", startSeconds: 0.48, endSeconds: 0.56 },
      { channel: "Cz", startSeconds: 1.18, endSeconds: 1.23 },
      { channel: "Pz", startSeconds: 1.19, endSeconds: 1.24 },
    ]);
    expect(excluded).toEqual([
      { startSeconds: 0.48, endSeconds: 0.56 },
      { startSeconds: 1.18, endSeconds: 1.24 },
    ]);
    expect(fractions).toEqual([13 / 200, 5 / 200, 0]);
  });

  it("finds samples further from the median than so many scaled MAD", () => {
    // -2, -1, 0, 1, 2 over and over: median 0, MAD 1
    const channel = Float64Array.from({ length: 500 }, (_, i) => (i % 5) - 2 + 40);
    channel[100] = 40 + 5 * 1.4826 + 0.01;
    channel[200] = 40 - 5 * 1.4826 + 0.01;
    const { spans } = findArtefacts({ names: ["a"], rateHz: 1, channels: [channel] }, { mads: 5, marginSeconds: 0 });
    expect(spans).toEqual([{ channel: "a", startSeconds: 100, endSeconds: 101 }]);
  });

  it("refuses to work without a limit", () => {
    expect(() => findArtefacts(eeg, {})).toThrow(/no limit is given/);
    expect(() => findArtefacts(eeg, { threshold: -1 })).toThrow(/threshold is -1/);
    expect(() => findArtefacts(eeg, { mads: 3, exclude: ["X"] })).toThrow(/no channel is called "X"/);
  });
});

describe("interpolateArtefacts", () => {
  it("restores a straight line exactly and changes nothing else", () => {
    const before = eeg.channels.map((channel) => channel.slice());
    const repaired = interpolateArtefacts(eeg, findArtefacts(eeg, options).spans);
    expect(repaired.channels[0]!).toBeAllclose(line([]), { atol: 1e-12 });
    expect(repaired.channels[1]!).toBeAllclose(line([]), { atol: 1e-12 });
    expect(repaired.channels[2]).toEqual(eeg.channels[2]);
    expect(eeg.channels).toEqual(before);
  });

  it("holds the neighbour at the ends", () => {
    const ends = { names: ["a"], rateHz: 100, channels: [line([0, 1, 199])] };
    const [channel] = interpolateArtefacts(
      ends,
      findArtefacts(ends, { threshold: 500, marginSeconds: 0 }).spans,
    ).channels;
    expect([channel![0], channel![1], channel![199]]).toEqual([0.2, 0.2, channel![198]]);
  });

  test.each([
    [{ channel: "Cz", startSeconds: 0, endSeconds: 2 }, /all of channel "Cz" is an artefact/],
    [{ channel: "X", startSeconds: 0, endSeconds: 1 }, /no channel is called "X"/],
  ])("refuses %j", (span, message) => {
    expect(() => interpolateArtefacts(eeg, [span])).toThrow(message);
  });
});
