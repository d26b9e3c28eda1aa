import { describe, expect, it, test } from "vitest";
import { type FirDesignOptions, firDesign, kaiserTaps } from "../../src/signal/firDesign.ts";
import { filterDesigns } from "./filterDesigns.ts";

/** The design of a recorded case. */
const design = ({ edges, taps, type, window, beta }: (typeof filterDesigns.fir)[number]) =>
  firDesign({
    taps,
    type,
    window,
    beta,
    cutoffHz: edges[0],
    lowHz: edges[0],
    highHz: edges[1],
    rateHz: 128,
  } as FirDesignOptions);

describe("firDesign", () => {
  test.each(filterDesigns.fir)(
    "has the $taps taps of scipy.signal.firwin: $type $edges, $window $beta",
    (recording) => {
      expect(design(recording)).toBeAllclose(recording.values, { atol: 1e-14, rtol: 1e-12 });
    },
  );

  it("is symmetric to the last bit", () => {
    for (const recording of filterDesigns.fir) {
      const taps = design(recording);
      expect(taps.slice().reverse()).toEqual(taps);
    }
  });

  test.each(filterDesigns.kaiserord)(
    "needs the taps of scipy.signal.kaiserord for $rippleDb dB in $transitionHz Hz",
    ({ taps, beta, ...options }) => {
      const found = kaiserTaps(options);
      expect(found.taps).toBe(taps + 1 - (taps % 2));
      expect(found.beta).toBeCloseTo(beta, 12);
    },
  );

  const lowpass = { type: "lowpass", cutoffHz: 8, rateHz: 64, taps: 33 } as const;
  test.each([
    [{ ...lowpass, taps: 32 }, /taps is 32; it must be odd, 33/],
    [{ ...lowpass, cutoffHz: 32 }, /cutoffHz is 32 Hz/],
    [{ ...lowpass, type: "bandpass", lowHz: 9, highHz: 8 }, /from 9 Hz to 8 Hz/],
    [{ ...lowpass, window: "hann" }, /window is "hann"/],
    [{ ...lowpass, type: "notch" }, /type is "notch"/],
    [{ ...lowpass, window: "kaiser", beta: -1 }, /beta is -1/],
  ])("refuses %j", (options, message) => {
    expect(() => firDesign(options as FirDesignOptions)).toThrow(message);
  });
});
