/** Energies of the parts of an estimate e, summed over channels; P projects on all references, P_j on the target's, s_j. */
export interface PartEnergies {
  /** |P_j e|^2 */
  readonly target: number;
  /** |P e|^2 */
  readonly all: number;
  /** |P e - P_j e|^2 */
  readonly interference: number;
  /** |e - P e|^2 */
  readonly artefacts: number;
  /** |e - P_j e|^2 */
  readonly distortion: number;
  /** |P_j e - s_j|^2 */
  readonly spatial: number;
  /** |s_j|^2 */
  readonly source: number;
  /** |e - s_j|^2 */
  readonly error: number;
}

/** Energies that are being added up. */
export type PartSums = { -readonly [part in keyof PartEnergies]: number };

/** Nothing added up yet. */
export function noParts(): PartSums {
  return { target: 0, all: 0, interference: 0, artefacts: 0, distortion: 0, spatial: 0, source: 0, error: 0 };
}

/**
 * Adds the energies of one piece of one channel.
 *
 * @param sums what it is added to; changed
 * @param start first sample of the piece
 * @param signals `estimate` and `reference` whole, zeros after their ends; `projection` (P e) and `part` (P_j e) of the piece
 */
export function addParts(
  sums: PartSums,
  start: number,
  signals: { readonly [name in "estimate" | "reference" | "projection" | "part"]: Float64Array },
): void {
  const { estimate, reference, projection, part } = signals;
  let [target, all, interference, artefacts, distortion, spatial, source, error] = [0, 0, 0, 0, 0, 0, 0, 0];
  for (let k = 0, t = start; k < projection.length; k++, t++) {
    const inside = t < estimate.length;
    const e = inside ? estimate[t]! : 0;
    const r = inside ? reference[t]! : 0;
    const p = projection[k]!;
    const s = part[k]!;
    target += s * s;
    all += p * p;
    interference += (p - s) ** 2;
    artefacts += (e - p) ** 2;
    distortion += (e - s) ** 2;
    spatial += (s - r) ** 2;
    source += r * r;
    error += (e - r) ** 2;
  }
  sums.target += target;
  sums.all += all;
  sums.interference += interference;
  sums.artefacts += artefacts;
  sums.distortion += distortion;
  sums.spatial += spatial;
  sums.source += source;
  sums.error += error;
}
