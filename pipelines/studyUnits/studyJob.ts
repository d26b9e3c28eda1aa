/** What a worker is asked to do: plain data that names files of a study, and nothing to be run. */
export type StudyJob = {
  /** Folder that the paths of the study file are relative to. */
  readonly folder: string;
  /** Content of the study file; checked against its schema before use. */
  readonly content: unknown;
  /** Seed, which a command line may set apart from the file. */
  readonly seed: number;
  readonly subject: string;
} & (
  | { readonly kind: "prepare" | "decode" }
  | { readonly kind: "separate"; readonly trial: string; readonly family: string }
);
