import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { findBadChannels } from "../../src/eeg/badChannels.ts";
import type { EegSignal } from "../../src/eeg/eegSignal.ts";
import { madEegNames, simulatedEeg } from "./signals.ts";

const eeg = simulatedEeg(madEegNames);
const change = (name: string, to: (channel: Float64Array) => Float64Array): EegSignal => ({
  ...eeg,
  channels: eeg.channels.map((channel, c) => (eeg.names[c] === name ? to(channel) : channel)),
});
const random = createRandom(9);
const ownNoise = eeg.channels[0]!.map(() => 20 * random.normal());

describe("findBadChannels", () => {
  it("finds nothing in channels that are alike", () => {
    expect(findBadChannels(eeg).bad).toEqual([]);
  });

  test.each([
    ["flat", "a channel that stands still", (channel: Float64Array) => channel.map(() => 12.5)],
    ["high-variance", "one 100 times as loud", (channel: Float64Array) => channel.map((x) => 100 * x)],
    ["low-variance", "one 100 times as quiet", (channel: Float64Array) => channel.map((x) => x / 100)],
    ["low-correlation", "one that has noise of its own only", () => ownNoise],
  ])("finds as %s %s", (reason, _, to) => {
    const { bad, channels } = findBadChannels(change("Pz", to));
    expect(bad).toEqual(["Pz"]);
    expect(channels.find(({ name }) => name === "Pz")!.reasons).toEqual([reason]);
    expect(channels).toHaveLength(20);
  });

  it("gives the robust z and the correlations of their definitions", () => {
    const names = ["a", "b", "c", "d", "e"];
    // Exact variances: sines over whole periods of each window, of amplitudes 1, 2, 4, 8, 16
    const sine = (hz: number, amplitude: number) =>
      Float64Array.from({ length: 1280 }, (_, i) => amplitude * Math.sin((2 * Math.PI * hz * i) / 128));
    const mixed = sine(4, 3).map((value, i) => value + sine(9, 4)[i]!);
    const channels = [sine(4, 1), sine(9, 2), mixed.map((x) => (4 / 5) * x), sine(5, 8), sine(6, 16)];
    const { channels: found } = findBadChannels({ names, rateHz: 128, channels });
    for (const [c, row] of found.entries()) {
      expect(row.deviation).toBeCloseTo(2 ** c / Math.SQRT2, 9);
      // log variances are 2 ln 2 apart, so is their MAD
      expect(row.robustZ).toBeCloseTo((c - 2) / 1.4826, 9);
      expect(row.maximalCorrelation).toBeCloseTo([0.6, 0.8, 0.8, 0, 0][c]!, 9);
      expect(row.lowCorrelationFraction).toBe(c < 3 ? 0 : 1);
    }
  });

  it("does not change with the unit or the sign of a channel's polarity", () => {
    const scaled = {
      ...eeg,
      channels: eeg.channels.map((channel, c) => channel.map((x) => (c % 2 ? -1e-6 : 1e-6) * x)),
    };
    const [one, two] = [findBadChannels(eeg), findBadChannels(scaled)];
    expect(two.channels.map((row) => row.robustZ)).toBeAllclose(
      one.channels.map((row) => row.robustZ),
      { atol: 1e-9 },
    );
    expect(two.channels.map((row) => row.maximalCorrelation)).toBeAllclose(
      one.channels.map((row) => row.maximalCorrelation),
      { atol: 1e-9 },
    );
  });

  it("leaves out excluded channels and spans", () => {
    const loudStart = change("Pz", (channel) => channel.map((x, i) => (i < 256 ? 1000 * x : x)));
    expect(findBadChannels(loudStart).bad).toEqual(["Pz"]);
    expect(findBadChannels(loudStart, { excludeSpans: [{ startSeconds: 0, endSeconds: 2 }] }).bad).toEqual([]);
    expect(findBadChannels(loudStart, { exclude: ["Pz"] }).channels).toHaveLength(19);
  });

  it("takes a deviation that counts as flat", () => {
    const { channels } = findBadChannels(eeg, { flatDeviation: 1e6 });
    expect(channels.every(({ reasons }) => reasons.includes("flat"))).toBe(true);
  });

  test.each([
    [{ maxRobustZ: 0 }, /maxRobustZ is 0/],
    [{ minCorrelation: 2 }, /minCorrelation is 2/],
    [{ exclude: ["X"] }, /no channel is called "X"/],
    [{ exclude: madEegNames }, /all channels are excluded/],
    [{ excludeSpans: [{ startSeconds: 0, endSeconds: 99 }] }, /0 of 1280 samples are left/],
  ])("refuses %j", (options, message) => {
    expect(() => findBadChannels(eeg, options)).toThrow(message);
  });
});
