import { kmeans } from "ml-kmeans";
import { checkWhole } from "../core/check.ts";
import { type Matrix, row } from "../core/matrix.ts";
import { createRandom } from "../core/random.ts";
import { dictionaryMfcc, type MfccOptions } from "./timbre.ts";

/** Options of {@link clusterByTimbre}. */
export interface TimbreClusterOptions extends Omit<MfccOptions, "level"> {
  /** Most clusters; there are fewer where there are fewer different timbres. Default 5. */
  clusters?: number;
  /** Random starts, of which the tightest clustering is kept. Default 20. */
  starts?: number;
  /** Seed of the starts. Default 0. */
  seed?: number | string;
}

/** Defaults of {@link clusterByTimbre}. */
export const timbreClusterDefaults = { clusters: 5, starts: 20, seed: 0 } as const satisfies Omit<
  Required<TimbreClusterOptions>,
  keyof MfccOptions
>;

/** Components grouped by how they sound. */
export interface TimbreClusters {
  /** Components of each cluster, ascending; clusters in order of their first component. None is empty. */
  readonly clusters: number[][];
  /** Components that have no timbre because their spectrum is zero, ascending; they are in no cluster. */
  readonly silent: number[];
  /** Sum of the squared distances from each component's coefficients to its cluster's mean. */
  readonly inertia: number;
}

/**
 * Clusters the components of a factorization by timbre: k-means of their mel-frequency cepstral coefficients.
 *
 * Lloyd's algorithm from k-means++ starts (Arthur & Vassilvitskii 2007, by ml-kmeans), the best of several. Where there are
 * fewer different timbres than clusters, there are as many clusters as timbres. The dictionary's scale does not matter.
 *
 * @param dictionary spectra >= 0, [components, bins]
 * @throws ToolkitError as `dictionaryMfcc`
 */
export function clusterByTimbre(dictionary: Matrix, options: TimbreClusterOptions): TimbreClusters {
  const who = "clusterByTimbre";
  const { clusters: most, starts, seed, ...mfcc } = { ...timbreClusterDefaults, ...options };
  const { voiced, silent, points } = timbrePoints(dictionary, mfcc);
  checkWhole(who, "clusters", most, 1);
  checkWhole(who, "starts", starts, 1);
  const count = Math.min(most, new Set(points.map((point) => point.join())).size);
  if (count === 0) return { clusters: [], silent, inertia: 0 };
  const random = createRandom(seed);
  let best: { labels: number[]; inertia: number } | undefined;
  for (let start = 0; start < starts; start++) {
    const found = kmeans(points, count, { initialization: "kmeans++", seed: random.below(2 ** 31) });
    const inertia = points.reduce(
      (sum, point, i) => sum + squaredDistance(point, found.centroids[found.clusters[i]!]!),
      0,
    );
    if (!best || inertia < best.inertia) best = { labels: found.clusters, inertia };
  }
  const { labels, inertia } = best!;
  const clusters = Array.from({ length: count }, (_, c) => voiced.filter((_, i) => labels[i] === c))
    .filter((members) => members.length > 0)
    .sort((a, b) => a[0]! - b[0]!);
  return { clusters, silent, inertia };
}

/**
 * Coefficients of the components that have a timbre.
 *
 * @param dictionary spectra >= 0, [components, bins]
 * @returns `voiced` components and their `points`, in the same order, and the `silent` components
 */
export function timbrePoints(
  dictionary: Matrix,
  options: Omit<MfccOptions, "level">,
): { voiced: number[]; silent: number[]; points: number[][] } {
  const mfcc = dictionaryMfcc(dictionary, { ...options, level: true });
  const voiced: number[] = [];
  const silent: number[] = [];
  for (let k = 0; k < mfcc.rows; k++) (row(mfcc, k)[0] === -Infinity ? silent : voiced).push(k);
  return { voiced, silent, points: voiced.map((k) => Array.from(row(mfcc, k).subarray(1))) };
}

/** Squared Euclidean distance. */
export function squaredDistance(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0);
}
