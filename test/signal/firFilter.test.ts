import { describe, expect, it, test } from "vitest";
import { createRandom } from "../../src/core/random.ts";
import { firDesign } from "../../src/signal/firDesign.ts";
import { FirFilter, firZeroPhase } from "../../src/signal/firFilter.ts";
import { filterDesigns } from "./filterDesigns.ts";
import { join64, pieces, wave } from "./reference.ts";

const seventh = (values: Float64Array) => values.filter((_, i) => i % 7 === 0);

describe.each(filterDesigns.fir)("$taps taps, $type $edges", ({ values, causal, ...padded }) => {
  const taps = Float64Array.from(values, (_, i) => (values[i]! + values[values.length - 1 - i]!) / 2);
  const samples = wave(200, 0.21).map((value) => value + 3);

  it("filters causally as scipy.signal.lfilter does", () => {
    const [out] = new FirFilter(taps, { rateHz: 128 }).push([samples]);
    expect(seventh(out!)).toBeAllclose(causal, { atol: 1e-12 });
  });

  test.each(["turned", "hold", "zeros"] as const)(
    "filters without delay as a convolution does, padded with %s",
    (padding) => {
      expect(seventh(firZeroPhase(taps, samples, { padding }))).toBeAllclose(padded[padding], { atol: 1e-12 });
    },
  );
});

const taps = firDesign({ type: "bandpass", lowHz: 1, highHz: 8, rateHz: 64, taps: 129 });
const random = createRandom(4);
const noise = [0, 1].map(() => Float64Array.from({ length: 5000 }, () => random.normal()));

describe("firZeroPhase", () => {
  it("is the plain sum over taps for signals of many blocks", () => {
    const out = firZeroPhase(taps, noise[0]!, { padding: "zeros" });
    const plain = noise[0]!.map((_, n) => taps.reduce((sum, tap, k) => sum + tap * (noise[0]![n + 64 - k] ?? 0), 0));
    expect(out).toBeAllclose(plain, { atol: 1e-13 });
  });

  it("does not shift a sine in the pass band", () => {
    const sine = Float64Array.from({ length: 1280 }, (_, i) => Math.sin((2 * Math.PI * 4 * i) / 64));
    const inside = (values: Float64Array) => values.slice(200, 1080);
    expect(inside(firZeroPhase(taps, sine))).toBeAllclose(inside(sine), { atol: 0.01 });
  });

  it("keeps straight lines to the ends with a low-pass and turned padding", () => {
    const lowpass = firDesign({ type: "lowpass", cutoffHz: 8, rateHz: 64, taps: 33 });
    const line = Float64Array.from({ length: 50 }, (_, i) => 3 * i - 20);
    expect(firZeroPhase(lowpass, line)).toBeAllclose(line, { atol: 1e-12 });
  });

  test.each([
    [taps, wave(64, 1), {}, /64 samples; 129 taps need at least 65/],
    [new Float64Array([1, 1]), wave(64, 1), {}, /2 taps; an odd number/],
    [new Float64Array([1, 2, 3]), wave(64, 1), {}, /tap 0 is 1, tap 2 3/],
    [taps, new Float64Array([1, Number.NaN]), {}, /not finite/],
    [taps, wave(64, 1), { padding: "x" as "hold" }, /padding is "x"/],
  ])("refuses what cannot be filtered (%#)", (filter, samples, options, message) => {
    expect(() => firZeroPhase(filter, samples, options)).toThrow(message);
  });
});

describe("FirFilter", () => {
  test.each(["zero", "steady"] as const)("gives the same bytes however the signal is cut, start %s", (start) => {
    const whole = new FirFilter(taps, { rateHz: 64, channels: 2, start }).push(noise);
    for (const lengths of [[1], [7, 0, 131], [2048], [2047, 3]]) {
      const filter = new FirFilter(taps, { rateHz: 64, channels: 2, start });
      const cut = noise.map((channel) => pieces(channel, lengths));
      const out = cut[0]!.map((_, b) => filter.push(cut.map((channel) => channel[b]!)));
      for (const c of [0, 1]) expect(join64(out.map((block) => block[c]!))).toEqual(whole[c]);
    }
  });

  it("is late by the delay it states, at every frequency", () => {
    const filter = new FirFilter(taps, { rateHz: 64 });
    expect(filter.filtering).toEqual({ phase: "causal", groupDelaySeconds: 1, delayAtHz: null });
    const [late] = filter.push([noise[0]!]);
    const zero = firZeroPhase(taps, noise[0]!, { padding: "zeros" });
    expect(late!.slice(64)).toBeAllclose(zero.slice(0, -64), { atol: 1e-13 });
  });

  it("starts without a step from a steady state", () => {
    const lowpass = firDesign({ type: "lowpass", cutoffHz: 8, rateHz: 64, taps: 33 });
    const [out] = new FirFilter(lowpass, { rateHz: 64, start: "steady" }).push([new Float64Array(20).fill(5)]);
    expect(out!).toBeAllclose(new Float64Array(20).fill(5), { atol: 1e-13 });
  });

  it("refuses a block and goes on as if it had not come", () => {
    const filter = new FirFilter(taps, { rateHz: 64 });
    const [whole] = new FirFilter(taps, { rateHz: 64 }).push([noise[0]!]);
    const first = filter.push([noise[0]!.slice(0, 100)]);
    expect(() => filter.push([new Float64Array([Number.NaN])])).toThrow(/not finite/);
    expect(() => filter.push([])).toThrow(/0 channels; 1 are expected/);
    expect(join64([first[0]!, filter.push([noise[0]!.slice(100)])[0]!])).toEqual(whole);
  });
});
