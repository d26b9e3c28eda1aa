import type { MethodInfo, SeparationOptions } from "../../../src/index.ts";
import type { SeparationInput } from "./separationInput.ts";

/** Methods of one family share the factorizations of a trial and are best computed together. */
export type SeparationFamily =
  | "masks"
  | "blind-nmf"
  | "convolutive-nmf"
  | "contrastive-nmf"
  | "contrastive-convolutive-nmf"
  | "duet";

/** A field of `StudyOptions.separation`. */
export type SeparationOption = keyof SeparationOptions;

/** An estimate of the attended source. */
export interface SeparationOutput {
  /** [samples]; the rest of the mixture is the estimate of everything else. */
  readonly estimate: Float64Array;
  /** True cost after each iteration, where the method minimises one. */
  readonly cost?: readonly number[];
}

/** What all rows have, whatever their options. */
interface Row {
  readonly info: MethodInfo;
  readonly family: SeparationFamily;
  /** Of a control or an oracle: id of the row that differs from it in one thing only, and is what to compare it with. */
  readonly variantOf?: string;
  /** The options that the estimate depends on; with others it is the same to the last bit. */
  readonly options: readonly SeparationOption[];
}

/** A row that a study's table may have, and how its estimate is made. */
export interface SeparationRow extends Row {
  /** The estimate, or nothing where the trial lacks what the row is made from. */
  estimate(input: SeparationInput, separation: SeparationOptions): SeparationOutput | undefined;
}

/** A row of a study's table, its options filled in. */
export interface SeparationMethod extends Row {
  /** Options of the study with those of the row in their place. */
  readonly separation: SeparationOptions;
  /** Those of them that the estimate depends on, `options`: two methods of one id and equal settings are the same. */
  readonly settings: Readonly<Partial<SeparationOptions>>;
  /** The estimate, or nothing where the trial lacks what the row is made from. */
  separate(input: SeparationInput): SeparationOutput | undefined;
}
