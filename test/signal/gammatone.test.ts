import { describe, expect, it, test } from "vitest";
import { erbCentres, erbHz, gammatone } from "../../src/signal/gammatone.ts";
import { sosFilter } from "../../src/signal/sosFilter.ts";
import { argmax, chirp, clicks, recordedFeatures } from "./stimulusReference.ts";

function multiply(a: number[], b: number[]): number[] {
  const out = new Array<number>(a.length + b.length - 1).fill(0);
  for (const [i, x] of a.entries()) for (const [j, y] of b.entries()) out[i + j]! += x * y;
  return out;
}

/** |H| at a frequency. */
function gain(sections: ReturnType<typeof gammatone>, hz: number, rateHz: number): number {
  const angle = (2 * Math.PI * hz) / rateHz;
  const size = (c: Float64Array) =>
    Math.hypot(
      c[0]! + c[1]! * Math.cos(angle) + c[2]! * Math.cos(2 * angle),
      c[1]! * Math.sin(angle) + c[2]! * Math.sin(2 * angle),
    );
  let product = 1;
  for (let s = 0; s < sections.rows; s++) {
    product *= size(sections.data.subarray(6 * s, 6 * s + 3)) / size(sections.data.subarray(6 * s + 3, 6 * s + 6));
  }
  return product;
}

describe("gammatone", () => {
  test.each(recordedFeatures.polynomials)(
    "multiplied out is scipy.signal.gammatone at $centreHz Hz of $rateHz Hz",
    ({ centreHz, rateHz, b, a }) => {
      const { data } = gammatone(centreHz, { rateHz });
      let [numerator, denominator] = [[1], [1]];
      for (let s = 0; s < 4; s++) {
        numerator = multiply(numerator, [...data.subarray(6 * s, 6 * s + 2)]);
        denominator = multiply(denominator, [...data.subarray(6 * s + 3, 6 * s + 6)]);
      }
      expect(numerator).toBeAllclose(b, { atol: 1e-9 * Math.max(...b.map(Math.abs)) });
      expect(denominator).toBeAllclose(a, { rtol: 1e-12 });
    },
  );

  test.each(recordedFeatures.responses)(
    "answers an impulse and a chirp as SciPy's filter at $centreHz Hz of $rateHz Hz",
    ({ centreHz, rateHz, impulse, chirp: expected }) => {
      const sections = gammatone(centreHz, { rateHz });
      expect(sosFilter(sections, clicks(300, [0])).output).toBeAllclose(impulse, { atol: 1e-9 });
      const { output } = sosFilter(sections, chirp(3000));
      expect(output.filter((_, i) => i % 7 === 0)).toBeAllclose(expected, { atol: 1e-9 });
    },
  );

  test.each([
    { centreHz: 50, rateHz: 44_100 },
    { centreHz: 50, rateHz: 96_000 },
    { centreHz: 50, rateHz: 8000 },
    { centreHz: 700, rateHz: 48_000 },
  ])(
    "keeps its digits in low bands: the impulse response in closed form at $centreHz Hz of $rateHz Hz",
    ({ centreHz, rateHz }) => {
      const count = Math.round(0.2 * rateHz);
      const { output } = sosFilter(gammatone(centreHz, { rateHz }), clicks(count, [0]));
      const decay = (2 * Math.PI * 1.019 * (centreHz / 9.26449 + 24.7)) / rateHz;
      const shape = output.map(
        (_, n) =>
          (((n + 1) * (n + 2) * (n + 3)) / 6) * Math.exp(-decay * n) * Math.cos((2 * Math.PI * centreHz * n) / rateHz),
      );
      // The scale: gain 1 at the centre
      const [re, im] = [Math.cos, (x: number) => -Math.sin(x)].map((part) =>
        shape.reduce((sum, value, n) => sum + value * part((2 * Math.PI * centreHz * n) / rateHz), 0),
      );
      const scale = 1 / Math.hypot(re!, im!);
      const peak = Math.max(...output);
      expect(output).toBeAllclose(
        shape.map((value) => value * scale),
        { atol: 1e-7 * peak },
      );
    },
  );

  test.each(recordedFeatures.shapes)(
    "is the sampled gammatone, its rise two samples early, at $centreHz Hz of $rateHz Hz",
    ({ centreHz, rateHz, taps, stride, values }) => {
      const { output } = sosFilter(gammatone(centreHz, { rateHz }), clicks(taps, [0]));
      // (n + 1)(n + 2)(n + 3) is (n + 2)^3 - (n + 2); the carrier is not shifted, the gain at the centre the same
      const decay = (2 * Math.PI * 1.019 * erbHz(centreHz)) / rateHz;
      const late = values.map((value, i) => {
        const n = i * stride;
        return n === 0 ? 0 : value * (1 + 2 / n) ** 3 * Math.exp(-2 * decay);
      });
      const peak = Math.max(...values);
      expect(output.filter((_, n) => n % stride === 0)).toBeAllclose(late, { atol: 4e-3 * peak });
    },
  );

  it("has gain 1 at its centre and half the power 0.435 times b beside it", () => {
    for (const centreHz of [50, 1000, 5000]) {
      const sections = gammatone(centreHz, { rateHz: 44_100 });
      expect(gain(sections, centreHz, 44_100)).toBeCloseTo(1, 10);
      // |1 / (1 + i u)|^8 = 1/2, u = sqrt(2^(1/4) - 1), is the edge of four equal poles; their mirror images
      // at -f bend a low band a little
      const edge = 1.019 * erbHz(centreHz) * Math.sqrt(2 ** 0.25 - 1);
      expect(Math.abs(gain(sections, centreHz + edge, 44_100) ** 2 - 0.5)).toBeLessThan(0.02);
      expect(Math.abs(gain(sections, centreHz - edge, 44_100) ** 2 - 0.5)).toBeLessThan(0.02);
    }
  });

  it("has the maximum of its envelope 3 / (2 pi b) seconds late", () => {
    const rateHz = 44_100;
    for (const centreHz of [500, 1000, 5000]) {
      const { output } = sosFilter(gammatone(centreHz, { rateHz }), clicks(4000, [0]));
      const late = 3 / (2 * Math.PI * 1.019 * erbHz(centreHz));
      expect(Math.abs(argmax(output.map(Math.abs)) / rateHz - late)).toBeLessThan(0.5 / centreHz + 2 / rateHz);
    }
  });

  it("refuses a band at half the rate or above, at 0 Hz, and rates that are none", () => {
    expect(() => gammatone(4000, { rateHz: 8000 })).toThrow(/band at 4000 Hz; at 8000 Hz .* below half the rate, 4000/);
    expect(() => gammatone(0, { rateHz: 8000 })).toThrow(/centreHz is 0/);
    expect(() => gammatone(100, { rateHz: Number.NaN })).toThrow(/rateHz is NaN/);
  });
});

describe("erbCentres", () => {
  it("is equally spaced in equivalent rectangular bandwidths, both ends included", () => {
    const centres = erbCentres();
    expect([centres.length, centres[0], centres[27]]).toEqual([28, 50, 5000]);
    const places = centres.map((hz) => 9.26449 * Math.log(1 + hz / (24.7 * 9.26449)));
    const steps = places.slice(1).map((place, b) => place - places[b]!);
    expect(steps).toBeAllclose(new Float64Array(27).fill(steps[0]!), { rtol: 1e-12 });
    expect(steps[0]).toBeCloseTo(1.0057, 3);
  });

  it("agrees with the centres recorded", () => {
    const { bands, lowHz, highHz, centres } = recordedFeatures.envelope;
    expect(erbCentres({ bands, lowHz, highHz })).toBeAllclose(centres, { rtol: 1e-12 });
  });

  it("has the bandwidths of Glasberg and Moore", () => {
    expect(erbHz(0)).toBe(24.7);
    expect(erbHz(1000)).toBeCloseTo(132.64, 2);
  });

  it("refuses bands it cannot place", () => {
    expect(() => erbCentres({ bands: 1 })).toThrow(/bands is 1/);
    expect(() => erbCentres({ lowHz: 0 })).toThrow(/lowHz is 0/);
    expect(() => erbCentres({ lowHz: 100, highHz: 100 })).toThrow(/highHz is 100; it must be above 100/);
    expect(() => erbHz(-1)).toThrow(/hz is -1/);
  });
});
