import { ToolkitError } from "../core/error.ts";
import type { FloatArray, Matrix } from "../core/matrix.ts";
import { createFactorArena, type KernelArray, kernelBuild, type Precision } from "../numeric/kernels.ts";
import { type FactorModel, modelFloor } from "./factorModel.ts";
import { sum } from "./scaling.ts";
import { block, packDataInto, packedLength, paddedSteps, type Walk } from "./stripLayout.ts";

/** Options of a {@link FactorModel}'s makers. */
export interface FactorModelOptions {
  /** The divergence. */
  beta: number;
  /** Precision of factors, spectrogram and products. */
  precision: Precision;
  /** Room to leave in the arena for arrays of the caller's own, in bytes. Default 0. */
  extraBytes?: number;
}

/** What results call the portable kernels: the build is part of it, because the two differ in rounding. */
export function portableName(): string {
  return `portable (${kernelBuild()})`;
}

/** One side of the model in kernel memory: what `factorTerms` takes for Y and Z and what it returns. */
interface Side {
  /** X with this side's lanes in strips. */
  readonly x: KernelArray<FloatArray>;
  /** Lanes along this side, and the same rounded up to 4. */
  readonly lanes: number;
  readonly padded: number;
  readonly strips: number;
  readonly factor: KernelArray<FloatArray>;
  readonly numerator: KernelArray<FloatArray>;
  readonly denominator: KernelArray<FloatArray>;
}

/** Strips that `jointTerms` keeps: those of eight panels, and the same turned round. */
const jointStrips = 16;

/**
 * A model whose products are the toolkit's own kernels: WebAssembly SIMD, the same results on every machine for a build
 * (`kernelBuild`). The spectrogram lies in memory twice, once in the order of each factor's update.
 *
 * @param spectrogram X, [frames, bins], finite, no entry negative, with a mean near 1 (the caller scales it)
 * @param dictionary W, [components, bins]
 * @param activations H, [components, frames]
 * @param options see {@link FactorModelOptions}
 */
export function createPortableModel(
  spectrogram: Matrix,
  dictionary: Matrix,
  activations: Matrix,
  options: FactorModelOptions,
): FactorModel {
  const { beta, precision, extraBytes = 0 } = options;
  const { rows: frames, columns: bins } = spectrogram;
  const components = dictionary.rows;
  const paddedComponents = 4 * Math.ceil(components / 4);
  const numberBytes = precision === "float32" ? 4 : 8;
  const stripLength = 32 / numberBytes;
  const alongFrames: Walk = { stripLength, lanes: frames, laneStride: bins, steps: bins, stepStride: 1 };
  const alongBins: Walk = { stripLength, lanes: bins, laneStride: 1, steps: frames, stepStride: bins };
  const longest = stripLength * (1 + Math.ceil(Math.max(frames, bins, components) / stripLength));

  const cells = packedLength(alongFrames) + packedLength(alongBins) + jointStrips * block.steps * stripLength;
  const factors = 3 * components * (frames + bins) + 7 * paddedComponents * longest + paddedComponents ** 2;
  const arena = createFactorArena(numberBytes * (cells + factors) + 32 * 64 + extraBytes, precision);
  const { kernels } = arena;
  const floor = modelFloor(spectrogram, beta, precision);

  const side = (walk: Walk, factor: Matrix): Side => {
    const x = arena.array(packedLength(walk));
    packDataInto(spectrogram.data, walk, floor, x.array);
    const made = arena.array(components * walk.lanes);
    made.array.set(factor.data);
    return {
      x,
      lanes: walk.lanes,
      padded: paddedSteps(walk.lanes),
      strips: Math.ceil(walk.lanes / stripLength),
      factor: made,
      numerator: arena.array(components * walk.lanes),
      denominator: arena.array(components * walk.lanes),
    };
  };
  const h = side(alongFrames, activations);
  const w = side(alongBins, dictionary);
  const room = () => arena.array(paddedComponents * longest).address;
  const [steps, rows, otherRows, strips, out, otherOut] = [room(), room(), room(), room(), room(), room()];
  const gram = arena.array(paddedComponents ** 2);
  const ratio = arena.array(jointStrips * block.steps * stripLength).address;
  const total = sum(spectrogram.data);

  const rowOf = (array: KernelArray<FloatArray>, k: number, lanes: number) => array.address + numberBytes * k * lanes;
  const sums = ({ factor, lanes }: Side): Float64Array =>
    Float64Array.from({ length: components }, (_, k) => kernels.sum(rowOf(factor, k, lanes), lanes));
  /** At beta 1 the denominators are the sums of the other factor's rows. */
  const sumsInto = ({ denominator, lanes }: Side, other: Side) => {
    const values = sums(other);
    for (let k = 0; k < components; k++) kernels.fill(rowOf(denominator, k, lanes), values[k]!, lanes);
  };
  /** What the kernels' sum of terms leaves out: at beta 1 the sums of V and X. */
  const divergenceOf = (terms: number): number => {
    if (beta !== 1) return terms;
    const ofW = sums(w);
    const ofH = sums(h);
    let modelTotal = 0;
    for (let k = 0; k < components; k++) modelTotal += ofW[k]! * ofH[k]!;
    return terms - total + modelTotal;
  };
  const divergence = (): number => {
    kernels.packStrips(w.factor.address, components, bins, 4, steps);
    kernels.packStrips(h.factor.address, components, frames, stripLength, strips);
    return divergenceOf(
      kernels.factorDivergence(h.x.address, steps, strips, ratio, components, w.padded, h.strips, floor, beta),
    );
  };
  const unpack = (from: number, to: KernelArray<FloatArray>, { lanes }: Side) =>
    kernels.unpackStrips(from, paddedComponents, to.address, components, lanes);

  /** At beta 2 the denominator is a product of small matrices: (W W')H and (H H')W. */
  const gramProduct = (own: Side, other: Side) => {
    for (let i = 0; i < components; i++) {
      for (let j = 0; j <= i; j++) {
        const value = kernels.dot(
          rowOf(other.factor, i, other.lanes),
          rowOf(other.factor, j, other.lanes),
          other.lanes,
        );
        gram.array[i * components + j] = value;
        gram.array[j * components + i] = value;
      }
    }
    kernels.packStrips(gram.address, components, components, 4, steps);
    kernels.product(steps, strips, otherOut, paddedComponents, components, own.strips, true);
    unpack(otherOut, own.denominator, own);
  };
  /** Numerator and denominator of `own` with `other` as it is. */
  const terms = (own: Side, other: Side, withDivergence: boolean): number => {
    kernels.packInterleaved(other.factor.address, components, other.lanes, other.padded, rows);
    kernels.packStrips(own.factor.address, components, own.lanes, stripLength, strips);
    if (beta === 2) {
      kernels.dataProduct(own.x.address, rows, out, components, other.padded, own.strips);
      unpack(out, own.numerator, own);
      gramProduct(own, other);
      return withDivergence ? divergence() : Number.NaN;
    }
    kernels.packStrips(other.factor.address, components, other.lanes, 4, steps);
    const part = kernels.factorTerms(
      own.x.address,
      steps,
      rows,
      strips,
      ratio,
      out,
      otherOut,
      components,
      other.padded,
      own.strips,
      floor,
      beta,
      withDivergence,
    );
    unpack(out, own.numerator, own);
    if (beta === 1) sumsInto(own, other);
    else unpack(otherOut, own.denominator, own);
    return withDivergence ? divergenceOf(part) : Number.NaN;
  };
  const jointTerms = (withDivergence: boolean): number => {
    if (beta !== 1) {
      throw new ToolkitError("bad-option", `portableModel: joint terms at beta ${beta}; they are for beta 1 only`);
    }
    kernels.packStrips(w.factor.address, components, bins, 4, steps);
    kernels.packInterleaved(w.factor.address, components, bins, w.padded, rows);
    kernels.packStrips(h.factor.address, components, frames, stripLength, strips);
    kernels.packInterleaved(h.factor.address, components, frames, h.strips * stripLength, otherRows);
    const part = kernels.jointTerms(
      h.x.address,
      steps,
      rows,
      strips,
      otherRows,
      ratio,
      out,
      otherOut,
      components,
      w.padded,
      h.strips,
      floor,
      withDivergence,
    );
    unpack(out, h.numerator, h);
    unpack(otherOut, w.numerator, w);
    sumsInto(h, w);
    sumsInto(w, h);
    return withDivergence ? divergenceOf(part) : Number.NaN;
  };

  return {
    arena,
    accelerator: portableName(),
    frames,
    bins,
    components,
    beta,
    dictionary: w.factor.array,
    activations: h.factor.array,
    activationTerms: { numerator: h.numerator.array, denominator: h.denominator.array },
    dictionaryTerms: { numerator: w.numerator.array, denominator: w.denominator.array },
    computeActivationTerms: (withDivergence) => terms(h, w, withDivergence),
    computeDictionaryTerms: (withDivergence) => terms(w, h, withDivergence),
    computeJointTerms: jointTerms,
    divergence,
  };
}
