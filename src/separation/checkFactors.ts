import { ToolkitError } from "../core/error.ts";
import { checkMatrix } from "../core/matrix.ts";
import type { Factors } from "./componentMasks.ts";

/**
 * Refuses factors that do not belong together.
 *
 * @param who the function that checks
 * @returns the number of components
 * @throws ToolkitError `bad-shape`
 */
export function checkFactors(who: string, { dictionary, activations }: Factors): number {
  checkMatrix(who, "dictionary", dictionary);
  checkMatrix(who, "activations", activations);
  if (dictionary.rows === activations.rows) return dictionary.rows;
  throw new ToolkitError(
    "bad-shape",
    `${who}: dictionary has ${dictionary.rows} components, activations ${activations.rows}; they must match`,
  );
}
