import { ToolkitError } from "../core/error.ts";
import type { FloatArray, Matrix } from "../core/matrix.ts";
import type { Blas } from "../numeric/blas.ts";
import { createFactorArena, type KernelArray } from "../numeric/kernels.ts";
import { type FactorModel, modelFloor } from "./factorModel.ts";
import type { FactorModelOptions } from "./portableModel.ts";
import { sum } from "./scaling.ts";

/** Options of `createBlasModel`. */
export interface BlasModelOptions extends FactorModelOptions {
  /** The library (`loadBlas`). */
  blas: Blas;
}

/** A piece of X and V: frames and bins, bins a multiple of 16. */
interface TileSize {
  tileFrames: number;
  tileBins: number;
}

/**
 * `FactorModel` on the products of a BLAS. X is cut into tiles; the tile of V = WH + floor is formed by one product, turned
 * into X o V^(beta-2) and V^(beta-1) where it lies, and consumed at once by the next products, so that neither is ever written
 * to memory whole. At beta = 2, where it takes fewer operations, W'V is (W'W)H, and no V is formed.
 *
 * X should be scaled to a mean of about 1. Shapes and values are checked by the callers.
 *
 * @param spectrogram X, [frames, bins], finite, no entry negative, not all zero; at beta <= 0 above 0
 * @param dictionary W, [components, bins]
 * @param activations H, [components, frames]
 */
export function createBlasModel(
  spectrogram: Matrix,
  dictionary: Matrix,
  activations: Matrix,
  options: BlasModelOptions,
): FactorModel {
  const { beta, precision, blas, extraBytes = 0 } = options;
  const { rows: frames, columns: bins } = spectrogram;
  const components = dictionary.rows;
  const bytes = precision === "float32" ? 4 : 8;
  const { tileFrames, tileBins } = tileSize(frames, bins, components, bytes, blas.smallProducts);
  const width = tileBins * Math.ceil(bins / tileBins);
  const tileLength = tileFrames * tileBins;
  const usesGram = beta === 2 && components * (frames + bins) < 2 * frames * bins;

  const numbers =
    frames * width + 3 * components * (width + bins + frames) + 2 * tileLength + components ** 2 + 13 * lineNumbers;
  const arena = createFactorArena(bytes * numbers + extraBytes, precision);
  const { kernels } = arena;
  const multiply = precision === "float32" ? blas.sgemm : blas.dgemm;
  const base = blas.addressOf(arena.buffer);

  // tiles one after the other, each [frames, tileBins]
  const x = arena.array(frames * width);
  const w = arena.array(components * bins);
  const h = arena.array(components * frames);
  w.array.set(dictionary.data);
  h.array.set(activations.data);
  const activationTop = arena.array(components * frames);
  const activationBottom = arena.array(components * frames);
  const dictionaryTop = arena.array(components * bins);
  const dictionaryBottom = arena.array(components * bins);
  // of W and its terms a copy with padded rows, which the products are faster on
  const padded = arena.array(components * width);
  const paddedTop = arena.array(components * width);
  const paddedBottom = arena.array(components * width);
  const top = arena.array(tileLength);
  const bottom = arena.array(tileLength);
  const gram = arena.array(components ** 2);

  const eachTile = (visit: (xTile: number, firstFrame: number, count: number, firstBin: number) => void) => {
    for (let frame = 0, tile = x.address; frame < frames; frame += tileFrames) {
      const count = Math.min(tileFrames, frames - frame);
      for (let bin = 0; bin < width; bin += tileBins, tile += count * tileBins * bytes) visit(tile, frame, count, bin);
    }
  };
  const total = sum(spectrogram.data);
  const floor = modelFloor(spectrogram, beta, precision);
  // beyond the last bin V is the floor alone: X equal to it adds nothing to the divergence
  x.array.fill(floor);
  eachTile((tile, firstFrame, count, firstBin) => {
    const lastBin = Math.min(firstBin + tileBins, bins);
    for (let n = 0; n < count; n++) {
      const row = (firstFrame + n) * bins;
      x.array.set(spectrogram.data.subarray(row + firstBin, row + lastBin), (tile - x.address) / bytes + n * tileBins);
    }
  });

  const padDictionary = () => {
    for (let k = 0; k < components; k++) padded.array.set(w.array.subarray(k * bins, (k + 1) * bins), k * width);
  };
  const unpad = (from: FloatArray, to: FloatArray) => {
    for (let k = 0; k < components; k++) to.set(from.subarray(k * width, k * width + bins), k * bins);
  };
  /** Turns V of a tile into what the numerator and, unless beta is 1, the denominator are products with. */
  const formTerms = (tile: number, frame: number, count: number, bin: number, withDivergence: boolean): number => {
    const hTile = base + h.address + frame * bytes;
    const wTile = base + padded.address + bin * bytes;
    const v = base + top.address;
    multiply(true, false, count, tileBins, components, 1, hTile, frames, wTile, width, 0, v, tileBins);
    const length = count * tileBins;
    return kernels.betaTerms(tile, top.address, top.address, bottom.address, length, beta, floor, withDivergence);
  };
  /** out [components, frames] = W tile' for a piece of the frames, or added to what the bins before gave. */
  const addAlongBins = (tile: number, frame: number, count: number, bin: number, out: number) => {
    const kept = bin > 0 ? 1 : 0;
    for (let k = 0; k < components; k += componentGroup) {
      const rows = Math.min(componentGroup, components - k);
      const wTile = base + padded.address + (k * width + bin) * bytes;
      const to = base + out + (k * frames + frame) * bytes;
      multiply(false, true, rows, count, tileBins, 1, wTile, width, base + tile, tileBins, kept, to, frames);
    }
  };
  /** out [components, width] = H tile for a piece of the bins, or added to what the frames before gave. */
  const addAlongFrames = (tile: number, frame: number, count: number, bin: number, out: number) => {
    const kept = frame > 0 ? 1 : 0;
    const hTile = base + h.address + frame * bytes;
    const to = base + out + bin * bytes;
    multiply(false, false, components, tileBins, count, 1, hTile, frames, base + tile, tileBins, kept, to, width);
  };

  /** Sum of each row of a factor. */
  const rowSums = (factor: KernelArray<FloatArray>, columns: number): number[] =>
    Array.from({ length: components }, (_, k) => kernels.sum(factor.address + k * columns * bytes, columns));
  const fillRows = (target: FloatArray, values: number[], columns: number) =>
    values.forEach((value, k) => {
      target.fill(value, k * columns, (k + 1) * columns);
    });
  /** From the terms that `betaTerms` summed. */
  const divergenceFrom = (terms: number): number => {
    if (beta !== 1) return terms;
    const ofActivations = rowSums(h, frames);
    return rowSums(w, bins).reduce((result, ofRow, k) => result + ofRow * ofActivations[k]!, terms - total);
  };
  /** out = (factor factor') other, all in place as they are: the denominators at beta = 2. */
  const multiplyGram = (factor: number, length: number, other: number, columns: number, out: number) => {
    const [f, g, o] = [base + factor, base + gram.address, base + other];
    multiply(false, true, components, components, length, 1, f, length, f, length, 0, g, components);
    multiply(false, false, components, columns, components, 1, g, components, o, columns, 0, base + out, columns);
  };

  const divergence = (): number => {
    padDictionary();
    let terms = 0;
    eachTile((tile, frame, count, bin) => {
      terms += formTerms(tile, frame, count, bin, true);
    });
    return divergenceFrom(terms);
  };

  /** One pass over X for the terms of one side or of both. */
  const computeTerms = (ofActivations: boolean, ofDictionary: boolean, withDivergence: boolean): number => {
    padDictionary();
    let terms = 0;
    eachTile((tile, frame, count, bin) => {
      if (!usesGram) terms += formTerms(tile, frame, count, bin, withDivergence);
      const ratios = usesGram ? tile : top.address;
      const needsBottom = beta !== 1 && !usesGram;
      if (ofActivations) {
        addAlongBins(ratios, frame, count, bin, activationTop.address);
        if (needsBottom) addAlongBins(bottom.address, frame, count, bin, activationBottom.address);
      }
      if (ofDictionary) {
        addAlongFrames(ratios, frame, count, bin, paddedTop.address);
        if (needsBottom) addAlongFrames(bottom.address, frame, count, bin, paddedBottom.address);
      }
    });
    if (ofActivations) {
      if (beta === 1) fillRows(activationBottom.array, rowSums(w, bins), frames);
      if (usesGram) multiplyGram(w.address, bins, h.address, frames, activationBottom.address);
    }
    if (ofDictionary) {
      unpad(paddedTop.array, dictionaryTop.array);
      if (beta === 1) fillRows(dictionaryBottom.array, rowSums(h, frames), bins);
      else if (usesGram) multiplyGram(h.address, frames, w.address, bins, dictionaryBottom.address);
      else unpad(paddedBottom.array, dictionaryBottom.array);
    }
    if (!withDivergence) return Number.NaN;
    return usesGram ? divergence() : divergenceFrom(terms);
  };

  return {
    arena,
    accelerator: blas.name,
    frames,
    bins,
    components,
    beta,
    dictionary: w.array,
    activations: h.array,
    activationTerms: { numerator: activationTop.array, denominator: activationBottom.array },
    dictionaryTerms: { numerator: dictionaryTop.array, denominator: dictionaryBottom.array },
    computeActivationTerms: (withDivergence) => computeTerms(true, false, withDivergence),
    computeDictionaryTerms: (withDivergence) => computeTerms(false, true, withDivergence),
    computeJointTerms: (withDivergence) => {
      if (beta !== 1) {
        throw new ToolkitError("bad-option", `blasModel: joint terms at beta ${beta}; they are for beta 1 only`);
      }
      return computeTerms(true, true, withDivergence);
    },
    divergence,
  };
}

/** Rows and tiles start at a multiple of these: a cache line in single precision. */
const lineNumbers = 16;
/** Components that one product over the bins yields at once. */
const componentGroup = 64;

/**
 * Tiles of V stay in the second cache. A library that packs its operands first wants many frames. One that does not may stop
 * doing so above a million multiplications and, where the sum runs along both rows, above 1200 results (OpenBLAS 0.3.21 with
 * AVX-512, half as fast there): whole rows are best for it, unless that leaves less than 12 frames.
 */
function tileSize(frames: number, bins: number, components: number, bytes: number, smallProducts: boolean): TileSize {
  const widthOf = (chunks: number) => lineNumbers * Math.ceil(bins / chunks / lineNumbers);
  if (!smallProducts) {
    const tileFrames = Math.min(frames, 192);
    return { tileFrames, tileBins: widthOf(Math.ceil((bins * tileFrames * bytes) / 2 ** 19)) };
  }
  const most = (width: number) =>
    Math.min(1e6 / (width * components), 1200 / Math.min(components, componentGroup), 2 ** 15 / width);
  let chunks = 1;
  while (most(widthOf(chunks)) < 12 && widthOf(chunks) > 64) chunks++;
  const fitting = Math.floor(most(widthOf(chunks)));
  return {
    tileFrames: Math.min(frames, fitting < 6 ? Math.max(fitting, 1) : fitting - (fitting % 6)),
    tileBins: widthOf(chunks),
  };
}
