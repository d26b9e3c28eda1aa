import { checkNumber, checkWhole } from "../core/check.ts";
import { ToolkitError } from "../core/error.ts";
import { type Matrix, row, zeros } from "../core/matrix.ts";
import { factorCholesky } from "../numeric/cholesky.ts";
import { channelIndices, checkEegSignal, type EegSignal } from "./eegSignal.ts";
import { type ElectrodePosition, electrodePositions } from "./montage.ts";

/** The spline. */
export interface SphericalSplineOptions {
  /** Order m of the spline, default 4. */
  stiffness?: number;
  /** Legendre polynomials summed, default 50. */
  terms?: number;
  /** Added to the diagonal; 0 goes through every electrode exactly. Default 1e-5. */
  regularization?: number;
}

/** Options of spherical splines where none are given; those of MNE-Python and EEGLAB's plug-ins. */
export const sphericalSplineDefaults = {
  stiffness: 4,
  terms: 50,
  regularization: 1e-5,
} as const satisfies Required<SphericalSplineOptions>;

/**
 * Weights that give potentials at some places of the sphere from those at others (Perrin, Pernier, Bertrand & Echallier
 * 1989, "Spherical splines for scalp potential and current density mapping", with the corrections of 1990): `v(p) = c0 +
 * sum_i c_i g(p . p_i)`, `g(x) = sum_n (2 n + 1) / (n (n + 1))^m P_n(x) / (4 pi)`, the c_i adding up to 0. The weights
 * of a place add up to 1. The same values as `mne.channels.interpolation._make_interpolation_matrix` (MNE-Python 1.3.0).
 *
 * @param from places with potentials, at least 2, unit vectors
 * @param to places without, unit vectors
 * @returns [to, from]
 * @throws ToolkitError `bad-shape` for fewer than 2 places, `bad-value` if two of them are one, `bad-option`
 */
export function sphericalSplineWeights(
  from: readonly ElectrodePosition[],
  to: readonly ElectrodePosition[],
  options: SphericalSplineOptions = {},
): Matrix<Float64Array> {
  const { stiffness, terms, regularization } = { ...sphericalSplineDefaults, ...options };
  checkWhole("sphericalSplineWeights", "stiffness", stiffness, 2, 10);
  checkWhole("sphericalSplineWeights", "terms", terms, 1, 1000);
  checkNumber("sphericalSplineWeights", "regularization", regularization, { from: 0 });
  const count = from.length;
  if (count < 2) throw new ToolkitError("bad-shape", `sphericalSplineWeights: ${count} places; at least 2 are needed`);
  const g = splineFunction(stiffness, terms);
  const among = zeros(count, count);
  for (let i = 0; i < count; i++)
    for (let j = 0; j < count; j++) among.data[i * count + j] = g(cosine(from[i]!, from[j]!));
  const factor = factorCholesky(among, {
    who: "sphericalSplineWeights",
    nameRow: (index) => `place ${index}`,
    ridge: regularization,
  });
  // Eliminates c0 and the condition on the sum: A c + c0 = v, sum c = 0
  const ones = factor.solve(new Float64Array(count).fill(1));
  const total = ones.reduce((sum, value) => sum + value, 0);
  const weights = zeros(to.length, count);
  for (const [t, place] of to.entries()) {
    const near = factor.solve(Float64Array.from(from, (other) => g(cosine(place, other))));
    const rest = 1 - near.reduce((sum, value) => sum + value, 0);
    for (let i = 0; i < count; i++) weights.data[t * count + i] = near[i]! + (rest / total) * ones[i]!;
  }
  return weights;
}

/** Which channels are interpolated from which. */
export interface InterpolateChannelsOptions extends SphericalSplineOptions {
  /** Channels to be replaced. */
  bad: readonly string[];
  /** Channels that are not EEG: neither replaced nor used. Default none. */
  exclude?: readonly string[];
  /** Places of channels that are not called by the 10-10 system, or are elsewhere; unit vectors. Default none. */
  positions?: Readonly<Record<string, ElectrodePosition>>;
}

/** EEG with interpolated channels. */
export interface InterpolatedChannels {
  readonly signal: EegSignal;
  /** Channels the others were interpolated from. */
  readonly from: readonly string[];
  /** [bad, from] */
  readonly weights: Matrix<Float64Array>;
}

/**
 * Replaces bad channels by the spherical spline through the good ones, places from `positions` or the 10-10 system. An
 * interpolated channel carries no information of its own: a decoder may as well do without it.
 *
 * @param signal [channels, samples]
 * @throws ToolkitError `not-found` for unknown channels or places, `bad-shape` if fewer than 4 good channels are left,
 *   `bad-value`
 */
export function interpolateChannels(signal: EegSignal, options: InterpolateChannelsOptions): InterpolatedChannels {
  checkEegSignal("interpolateChannels", signal);
  const { bad, exclude = [], positions = {}, ...spline } = options;
  const targets = channelIndices("interpolateChannels", signal.names, bad);
  channelIndices("interpolateChannels", signal.names, exclude);
  const from = signal.names.filter((name) => !bad.includes(name) && !exclude.includes(name));
  if (from.length < 4) {
    throw new ToolkitError("bad-shape", `interpolateChannels: ${from.length} good channels are left; 4 are needed`);
  }
  const places = (names: readonly string[]) => names.map((name) => positions[name] ?? electrodePositions([name])[0]!);
  const weights = sphericalSplineWeights(places(from), places(bad), spline);
  const sources = channelIndices("interpolateChannels", signal.names, from).map((c) => signal.channels[c]!);
  const channels = signal.channels.map((channel) => channel.slice());
  for (const [b, target] of targets.entries()) {
    const out = channels[target]!.fill(0);
    for (const [f, weight] of row(weights, b).entries()) {
      for (let i = 0; i < out.length; i++) out[i]! += weight * sources[f]![i]!;
    }
  }
  return { signal: { ...signal, channels }, from, weights };
}

function splineFunction(stiffness: number, terms: number): (x: number) => number {
  return (x) => {
    let sum = 0;
    let [before, polynomial] = [1, x];
    for (let n = 1; n <= terms; n++) {
      sum += ((2 * n + 1) / (n * (n + 1)) ** stiffness) * polynomial;
      [before, polynomial] = [polynomial, ((2 * n + 1) * x * polynomial - n * before) / (n + 1)];
    }
    return sum / (4 * Math.PI);
  };
}

function cosine(a: ElectrodePosition, b: ElectrodePosition): number {
  return Math.max(-1, Math.min(1, a[0] * b[0] + a[1] * b[1] + a[2] * b[2]));
}
