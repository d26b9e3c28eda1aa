import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type Matrix, zeros } from "../core/matrix.ts";

/** A filter as a cascade of second-order sections, one row each: b0, b1, b2, a0, a1, a2 with a0 = 1; [sections, 6]. */
export type FilterSections = Matrix<Float64Array>;

/** What a Butterworth filter lets through. */
export type ButterworthOptions = {
  /** Order of the low-pass the filter is made from; a band filter has twice as many poles. */
  order: number;
  /** Sampling rate of the signals to be filtered. */
  rateHz: number;
} & (
  | {
      type: "lowpass" | "highpass";
      /** Where the filter is 3 dB down. */
      cutoffHz: number;
    }
  | {
      type: "bandpass" | "bandstop";
      /** Lower edge of the band, 3 dB down. */
      lowHz: number;
      /** Upper edge of the band, 3 dB down. */
      highHz: number;
    }
);

interface Complex {
  readonly re: number;
  readonly im: number;
}

interface Roots {
  readonly zeros: readonly Complex[];
  readonly poles: readonly Complex[];
  readonly gain: number;
}

/**
 * Designs a digital Butterworth filter: poles of the analog low-pass evenly on a half circle (Butterworth 1930), turned
 * into the type asked for, brought to the sampling rate by the bilinear transform with its edges pre-warped, and paired
 * into second-order sections, the pole nearest the unit circle last and with the zero nearest to it. The same sections as
 * `scipy.signal.butter(order, edges, type, fs=rate, output="sos")`.
 *
 * @returns sections, [ceil(order / 2) or order, 6]; 3 dB down at each edge for any order
 * @throws ToolkitError `bad-option` if the order is not a whole number from 1 to 24, the rate not above 0, or an edge not
 *   between 0 and half the rate, or the edges not in order
 */
export function butterworth(options: ButterworthOptions): FilterSections {
  const { order, rateHz } = options;
  checkWhole("butterworth", "order", order, 1, 24);
  checkNumber("butterworth", "rateHz", rateHz, { above: 0 });
  // Edges on the analog axis of a sampling rate of 2, where the bilinear transform puts them back in place
  const warp = (name: string, hz: number): number => {
    if (!(hz > 0 && hz < rateHz / 2)) {
      throw new ToolkitError(
        "bad-option",
        `butterworth: ${name} is ${hz} Hz at a rate of ${rateHz} Hz; it must be above 0 and below half the rate, ${rateHz / 2} Hz`,
      );
    }
    return 4 * Math.tan((Math.PI * hz) / rateHz);
  };
  const prototype = { zeros: [], poles: prototypePoles(order), gain: 1 };
  let analog: Roots;
  if (options.type === "lowpass") analog = toLowpass(prototype, warp("cutoffHz", options.cutoffHz));
  else if (options.type === "highpass") analog = toHighpass(prototype, warp("cutoffHz", options.cutoffHz));
  else if (options.type === "bandpass" || options.type === "bandstop") {
    const low = warp("lowHz", options.lowHz);
    const high = warp("highHz", options.highHz);
    if (!(low < high)) {
      throw new ToolkitError(
        "bad-option",
        `butterworth: the band is from ${options.lowHz} Hz to ${options.highHz} Hz; lowHz must be below highHz`,
      );
    }
    analog = (options.type === "bandpass" ? toBandpass : toBandstop)(prototype, Math.sqrt(low * high), high - low);
  } else {
    throw new ToolkitError(
      "bad-option",
      `butterworth: type is "${String((options as { type: unknown }).type)}"; it must be lowpass, highpass, bandpass or bandstop`,
    );
  }
  return toSections(bilinear(analog));
}

function prototypePoles(order: number): Complex[] {
  return Array.from({ length: order }, (_, i) => {
    const angle = (Math.PI * (2 * i + 1 - order)) / (2 * order);
    // The middle pole of an odd order is real, to the bit
    return { re: -Math.cos(angle), im: 2 * i + 1 === order ? 0 : -Math.sin(angle) };
  });
}

function toLowpass({ poles }: Roots, edge: number): Roots {
  return { zeros: [], poles: poles.map((pole) => times(pole, edge)), gain: edge ** poles.length };
}

function toHighpass({ poles }: Roots, edge: number): Roots {
  return {
    zeros: poles.map(() => ({ re: 0, im: 0 })),
    poles: poles.map((pole) => divide({ re: edge, im: 0 }, pole)),
    gain: divide({ re: 1, im: 0 }, product(poles.map((pole) => times(pole, -1)))).re,
  };
}

function toBandpass({ poles }: Roots, middle: number, width: number): Roots {
  return {
    zeros: poles.map(() => ({ re: 0, im: 0 })),
    poles: splitAround(
      poles.map((pole) => times(pole, width / 2)),
      middle,
    ),
    gain: width ** poles.length,
  };
}

function toBandstop({ poles }: Roots, middle: number, width: number): Roots {
  return {
    zeros: [...poles.map(() => ({ re: 0, im: middle })), ...poles.map(() => ({ re: 0, im: -middle }))],
    poles: splitAround(
      poles.map((pole) => divide({ re: width / 2, im: 0 }, pole)),
      middle,
    ),
    gain: divide({ re: 1, im: 0 }, product(poles.map((pole) => times(pole, -1)))).re,
  };
}

/** Each root r becomes r + sqrt(r^2 - middle^2) and r - sqrt(r^2 - middle^2). */
function splitAround(roots: readonly Complex[], middle: number): Complex[] {
  const parts = roots.map((root) => {
    const square = multiply(root, root);
    return squareRoot({ re: square.re - middle * middle, im: square.im });
  });
  return [...roots.map((root, i) => add(root, parts[i]!)), ...roots.map((root, i) => add(root, times(parts[i]!, -1)))];
}

/** s = 4 (z - 1) / (z + 1), the bilinear transform at a sampling rate of 2; zeros at infinity go to -1. */
function bilinear({ zeros: analogZeros, poles, gain }: Roots): Roots {
  const move = (root: Complex) => divide({ re: 4 + root.re, im: root.im }, { re: 4 - root.re, im: -root.im });
  const distances = (roots: readonly Complex[]) => product(roots.map((root) => ({ re: 4 - root.re, im: -root.im })));
  return {
    zeros: [...analogZeros.map(move), ...poles.slice(analogZeros.length).map(() => ({ re: -1, im: 0 }))],
    poles: poles.map(move),
    gain: gain * divide(distances(analogZeros), distances(poles)).re,
  };
}

/** Pairs poles with zeros, from the last section to the first, as SciPy's pairing "nearest" does. */
function toSections({ zeros: allZeros, poles: allPoles, gain }: Roots): FilterSections {
  const origin = allPoles.length % 2 === 1 ? [{ re: 0, im: 0 }] : [];
  const restZeros = halves([...allZeros, ...origin]);
  const restPoles = halves([...allPoles, ...origin]);
  const sections = zeros((allPoles.length + 1) >> 1, 6);
  for (let s = sections.rows - 1; s >= 0; s--) {
    const pole = take(
      restPoles,
      worst(restPoles, () => true),
    );
    const otherPole = isReal(pole) ? take(restPoles, worst(restPoles, isReal)) : conjugate(pole);
    // One real pole and one real zero left for the next section: this one takes a complex pair
    const wanted =
      !isReal(pole) &&
      restPoles.length + 1 === restZeros.length &&
      restPoles.filter(isReal).length === 1 &&
      restZeros.filter(isReal).length === 1
        ? (root: Complex) => !isReal(root)
        : () => true;
    const zero = take(restZeros, nearest(restZeros, pole, wanted));
    const otherZero = isReal(zero) ? take(restZeros, nearest(restZeros, pole, isReal)) : conjugate(zero);
    const scale = s === 0 ? gain : 1;
    sections.data.set(
      [...quadratic(zero, otherZero).map((value) => value * scale), ...quadratic(pole, otherPole)],
      6 * s,
    );
  }
  return sections;
}

/** One of each conjugate pair, sorted by real and then imaginary part, then the real roots in order. */
function halves(roots: readonly Complex[]): Complex[] {
  const tolerance = 100 * Number.EPSILON;
  const size = (root: Complex) => Math.hypot(root.re, root.im);
  const real = roots.filter((root) => Math.abs(root.im) <= tolerance * size(root)).map(({ re }) => ({ re, im: 0 }));
  const upper = roots.filter((root) => root.im > tolerance * size(root));
  const near = (a: Complex, b: Complex) => Math.abs(a.re - b.re) <= tolerance * size(a);
  upper.sort((a, b) => (near(a, b) ? a.im - b.im : a.re - b.re));
  return [...upper, ...real.sort((a, b) => a.re - b.re)];
}

/** Index of the root nearest the unit circle. */
function worst(roots: readonly Complex[], wanted: (root: Complex) => boolean): number {
  return least(roots, wanted, (root) => Math.abs(1 - Math.hypot(root.re, root.im)));
}

function nearest(roots: readonly Complex[], to: Complex, wanted: (root: Complex) => boolean): number {
  return least(roots, wanted, (root) => Math.hypot(root.re - to.re, root.im - to.im));
}

function least(
  roots: readonly Complex[],
  wanted: (root: Complex) => boolean,
  measure: (root: Complex) => number,
): number {
  let best = -1;
  let bestMeasure = Infinity;
  for (const [i, root] of roots.entries()) {
    if (wanted(root) && measure(root) < bestMeasure) {
      best = i;
      bestMeasure = measure(root);
    }
  }
  return best;
}

function take(roots: Complex[], index: number): Complex {
  return roots.splice(index, 1)[0]!;
}

/** Coefficients of (x - a)(x - b) for two real roots or a conjugate pair. */
function quadratic(a: Complex, b: Complex): [number, number, number] {
  return [1, -(a.re + b.re), a.re * b.re - a.im * b.im];
}

const isReal = (root: Complex) => root.im === 0;
const conjugate = ({ re, im }: Complex): Complex => ({ re, im: -im });
const times = ({ re, im }: Complex, factor: number): Complex => ({ re: re * factor, im: im * factor });
const add = (a: Complex, b: Complex): Complex => ({ re: a.re + b.re, im: a.im + b.im });
const multiply = (a: Complex, b: Complex): Complex => ({
  re: a.re * b.re - a.im * b.im,
  im: a.re * b.im + a.im * b.re,
});
const divide = (a: Complex, b: Complex): Complex => times(multiply(a, conjugate(b)), 1 / (b.re * b.re + b.im * b.im));
const product = (roots: readonly Complex[]): Complex => roots.reduce(multiply, { re: 1, im: 0 });

/** Principal square root. */
function squareRoot({ re, im }: Complex): Complex {
  const size = Math.hypot(re, im);
  const large = Math.sqrt((size + Math.abs(re)) / 2);
  if (large === 0) return { re: 0, im: 0 };
  const small = Math.abs(im) / (2 * large);
  const sign = im < 0 ? -1 : 1;
  return re >= 0 ? { re: large, im: sign * small } : { re: small, im: sign * large };
}
