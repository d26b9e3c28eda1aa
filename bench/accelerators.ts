import { loadBlas } from "../src/numeric/blas.ts";
import { kernelBuild, type Precision } from "../src/numeric/kernels.ts";
import type { Accelerator } from "../src/separation/createModel.ts";

/** An accelerator and a precision to time. */
export interface Variant {
  /** Both in words, such as "portable (simd128) float32". */
  name: string;
  accelerator: Accelerator;
  precision: Precision;
}

const blas = loadBlas();
const accelerators: readonly (readonly [Accelerator, string])[] = [
  ["portable", `portable (${kernelBuild()})`],
  ...("reason" in blas ? [] : [["blas", blas.name] as const]),
];

/** One line on what computes the products of factorizations here. */
export const acceleratorNote = `accelerators: ${accelerators.map(([, name]) => name).join(", ")}${"reason" in blas ? `; no BLAS: ${blas.reason}` : ""}`;

/** The accelerators of this machine in some precisions. */
export function variants(...precisions: readonly Precision[]): Variant[] {
  return accelerators.flatMap(([accelerator, name]) =>
    precisions.map((precision) => ({ name: `${name} ${precision}`, accelerator, precision })),
  );
}
