import { ToolkitError } from "../core/error.ts";
import type { Matrix } from "../core/matrix.ts";
import { type Blas, loadBlas } from "../numeric/blas.ts";
import { createBlasModel } from "./blasModel.ts";
import type { FactorModel } from "./factorModel.ts";
import { createPortableModel, type FactorModelOptions, portableName } from "./portableModel.ts";

/**
 * What computes the products of a factorization.
 *
 * - `portable` the toolkit's own kernels, everywhere, the same bytes on every machine with the same build of them
 * - `blas` a BLAS of the system (OpenBLAS, Accelerate, MKL) through the optional package koffi, on one thread
 * - `auto` a BLAS where there is one, else the kernels
 *
 * Results differ in rounding; each result names what was used.
 */
export type Accelerator = "auto" | "portable" | "blas";

/** The accelerators, for messages and help. */
export const accelerators: readonly Accelerator[] = ["auto", "portable", "blas"];

/** Options of {@link createModel}. */
export interface ModelOptions extends FactorModelOptions {
  accelerator: Accelerator;
}

/**
 * What an accelerator stands for on this machine, as results name it.
 *
 * @param accelerator what is asked for
 * @throws ToolkitError `not-found` if a BLAS is asked for by name and cannot be loaded
 */
export function acceleratorName(accelerator: Accelerator): string {
  return blasFor(accelerator)?.name ?? portableName();
}

/**
 * Makes a model on the accelerator asked for.
 *
 * @param spectrogram X, [frames, bins], with a mean near 1
 * @param dictionary W, [components, bins]
 * @param activations H, [components, frames]
 * @param options see {@link ModelOptions}
 * @throws ToolkitError `not-found` if a BLAS is asked for by name and cannot be loaded
 */
export function createModel(
  spectrogram: Matrix,
  dictionary: Matrix,
  activations: Matrix,
  { accelerator, ...options }: ModelOptions,
): FactorModel {
  const blas = blasFor(accelerator);
  return blas
    ? createBlasModel(spectrogram, dictionary, activations, { ...options, blas })
    : createPortableModel(spectrogram, dictionary, activations, options);
}

/** The BLAS to use, if one is wanted and there. */
function blasFor(accelerator: Accelerator): Blas | undefined {
  if (accelerator === "portable") return undefined;
  const blas = loadBlas();
  if (!("reason" in blas)) return blas;
  if (accelerator === "auto") return undefined;
  throw new ToolkitError(
    "not-found",
    `accelerator: no BLAS can be loaded (${blas.reason}); install the npm package koffi and OpenBLAS, or use "portable"`,
  );
}
