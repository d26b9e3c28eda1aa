import { cpus } from "node:os";
import { loadBlas } from "../../src/numeric/blas.ts";
import { kernelBuild } from "../../src/numeric/kernels.ts";
import type { Accelerator } from "../../src/separation/createModel.ts";

/** What a result was computed on. */
export interface Machine {
  readonly processor: string;
  readonly node: string;
  /** What computed the products. */
  readonly accelerator: string;
}

/**
 * Describes this machine.
 *
 * @param accelerator as asked for
 */
export function describeMachine(accelerator: Accelerator): Machine {
  const blas = loadBlas();
  return {
    processor: cpus()[0]?.model.trim() ?? "unknown processor",
    node: `Node ${process.version}, ${process.platform} ${process.arch}`,
    accelerator: accelerator === "portable" || "reason" in blas ? `portable (${kernelBuild()})` : blas.name,
  };
}

/** The same as a sentence for a document. */
export function machineSentence({ processor, node, accelerator }: Machine): string {
  return `Computed on one core of ${processor.replaceAll("|", "/")}, ${node}; products by ${accelerator}.`;
}
