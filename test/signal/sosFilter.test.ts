import { describe, expect, it, test } from "vitest";
import { type ButterworthOptions, butterworth } from "../../src/signal/butterworth.ts";
import { CausalFilter, sosFilter, sosSteadyState, zeroPhaseFilter } from "../../src/signal/sosFilter.ts";
import { join64, pieces, recorded, wave } from "./reference.ts";

const design = ({ type, order, edges }: { type: string; order: number; edges: readonly number[] }) =>
  butterworth({
    type,
    order,
    cutoffHz: edges[0],
    lowHz: edges[0],
    highHz: edges[1],
    rateHz: 128,
  } as ButterworthOptions);

describe.each(recorded.filter)("$type $edges Hz of order $order", (recording) => {
  const sections = design(recording);
  const samples = wave(recording.samples, 0.21).map((value) => value + 3);

  it("filters as scipy.signal.sosfilt does, from rest and from a state", () => {
    expect(sosFilter(sections, samples).output).toBeAllclose(recording.plain, { atol: 1e-12 });
    const initialState = Float64Array.from({ length: 2 * sections.rows }, (_, i) => 0.1 * i);
    expect(sosFilter(sections, samples, initialState).output).toBeAllclose(recording.fromState, { atol: 1e-12 });
  });

  it("has the steady state of scipy.signal.sosfilt_zi", () => {
    expect(sosSteadyState(sections)).toBeAllclose(recording.steady, { rtol: 1e-10, atol: 1e-12 });
  });

  it("filters both ways as scipy.signal.sosfiltfilt does", () => {
    expect(zeroPhaseFilter(sections, samples)).toBeAllclose(recording.zeroPhase, { atol: 1e-10 });
    if (recording.zeroPhasePadding10) {
      const out = zeroPhaseFilter(sections, samples, { paddingLength: 10 });
      expect(out).toBeAllclose(recording.zeroPhasePadding10, { atol: 1e-10 });
    }
  });
});

const lowpass = butterworth({ type: "lowpass", order: 3, cutoffHz: 8, rateHz: 64 });

describe("sosFilter", () => {
  it("has a gain of 1 at 0 Hz and starts without a step from the steady state", () => {
    const { output, state } = sosFilter(lowpass, new Float64Array(50).fill(1), sosSteadyState(lowpass));
    expect(output).toBeAllclose(new Float64Array(50).fill(1), { atol: 1e-13 });
    expect(state).toBeAllclose(sosSteadyState(lowpass), { atol: 1e-13 });
  });

  it("is linear, moves with the signal, and leaves its input alone", () => {
    const [a, b] = [wave(80, 0.3), wave(80, 1.1)];
    const kept = a.slice();
    const sum = sosFilter(
      lowpass,
      a.map((value, i) => 3 * value + b[i]!),
    );
    const [fa, fb] = [sosFilter(lowpass, a).output, sosFilter(lowpass, b).output];
    expect(sum.output).toBeAllclose(
      fa.map((value, i) => 3 * value + fb[i]!),
      { atol: 1e-13 },
    );
    const late = new Float64Array(90);
    late.set(a, 10);
    expect(sosFilter(lowpass, late).output.subarray(10)).toEqual(fa);
    expect(a).toEqual(kept);
  });

  it("refuses sections, states and samples it cannot work with", () => {
    const samples = wave(10, 1);
    const five = { rows: 1, columns: 5, data: new Float64Array(5) };
    expect(() => sosFilter(five, samples)).toThrow(/5 columns/);
    const unscaled = { rows: 1, columns: 6, data: Float64Array.of(1, 0, 0, 2, 0, 0) };
    expect(() => sosFilter(unscaled, samples)).toThrow(/section 0 has a0 = 2/);
    expect(() => sosFilter(lowpass, samples, new Float64Array(5))).toThrow(/5 values; 2 sections need 4/);
    expect(() => sosFilter(lowpass, Float64Array.of(1, Number.NaN))).toThrow(/not finite.*index 1/);
    const integrator = { rows: 1, columns: 6, data: Float64Array.of(1, 0, 0, 1, -1, 0) };
    expect(() => sosSteadyState(integrator)).toThrow(/section 0 has a pole at 0 Hz/);
  });
});

describe("zeroPhaseFilter", () => {
  it("has no delay and squares the gain: 6 dB down at the edge", () => {
    const sine = Float64Array.from({ length: 2000 }, (_, i) => Math.sin((2 * Math.PI * 8 * i) / 64));
    const out = zeroPhaseFilter(lowpass, sine);
    expect(out.subarray(200, 1800)).toBeAllclose(
      sine.subarray(200, 1800).map((value) => value / 2),
      { atol: 1e-9 },
    );
  });

  it("gives the same forwards and backwards, away from the ends", () => {
    const samples = wave(1200, 0.17);
    const back = zeroPhaseFilter(lowpass, samples.slice().reverse()).reverse();
    expect(back.subarray(300, 900)).toBeAllclose(zeroPhaseFilter(lowpass, samples).subarray(300, 900), { atol: 1e-10 });
  });

  it("keeps a straight line", () => {
    const line = Float64Array.from({ length: 60 }, (_, i) => 5 - 0.3 * i);
    // The extension turns a line about its ends into the same line; what is left is the start of each pass
    expect(zeroPhaseFilter(lowpass, line).subarray(25, 35)).toBeAllclose(line.subarray(25, 35), { atol: 1e-3 });
  });

  it("names both lengths where the signal is too short", () => {
    expect(() => zeroPhaseFilter(lowpass, wave(12, 1))).toThrow(/12 samples; a padding of 12 needs at least 13/);
    expect(zeroPhaseFilter(lowpass, wave(13, 1)).length).toBe(13);
    expect(() => zeroPhaseFilter(lowpass, wave(12, 1), { paddingLength: -1 })).toThrow(/paddingLength is -1/);
    expect(() => zeroPhaseFilter(lowpass, new Float64Array(0))).toThrow(/no samples/);
  });
});

describe("CausalFilter", () => {
  const band = butterworth({ type: "bandpass", order: 3, lowHz: 1, highHz: 9, rateHz: 64 });
  const [a, b] = [wave(300, 0.3), wave(300, 0.8).map((value) => value - 20)];

  test.each([[[300]], [[1]], [[7, 0, 100]]])("gives the bytes of sosFilter for blocks of %o", (lengths) => {
    const filter = new CausalFilter(band, { channels: 2 });
    const others = pieces(b, lengths);
    const out = pieces(a, lengths).map((piece, i) => filter.push([piece, others[i]!]));
    expect(join64(out.map((block) => block[0]!))).toEqual(sosFilter(band, a).output);
    expect(join64(out.map((block) => block[1]!))).toEqual(sosFilter(band, b).output);
  });

  it("starts steady where asked: a constant gives nothing through a band-pass, from the first sample", () => {
    const filter = new CausalFilter(band, { start: "steady" });
    expect(filter.push([new Float64Array(0)])[0]!.length).toBe(0);
    const [out] = filter.push([new Float64Array(100).fill(4000)]);
    expect(out!).toBeAllclose(new Float64Array(100), { atol: 1e-8 });
  });

  it("refuses other shapes and samples that are not finite, and goes on as before", () => {
    const filter = new CausalFilter(band, { channels: 2 });
    expect(() => filter.push([a])).toThrow(/1 channels; 2 are expected/);
    expect(() => filter.push([a, Float64Array.of(1)])).toThrow(/channel 1 has 1 samples, channel 0 300/);
    expect(() => filter.push([Float64Array.of(1), Float64Array.of(Number.NaN)])).toThrow(/channel 1.*not finite/);
    expect(filter.push([a, b])[1]).toEqual(sosFilter(band, b).output);
    expect(() => new CausalFilter(band, { start: "warm" as "zero" })).toThrow(/start is "warm"/);
    expect(() => new CausalFilter(band, { channels: 0 })).toThrow(/channels is 0/);
  });
});
