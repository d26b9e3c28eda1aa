/** A pure piece of work: files in, a folder of files out. Plain data, so that it can be sent to a thread or a queue. */
export interface Unit {
  /** Pieces of a path, as `unitId` makes them: `separate/sub-01/trial-03`. Names the output folder. */
  readonly id: string;
  /** What sort of work it is; times are estimated from earlier units of the same kind. */
  readonly kind: string;
  /** For people. */
  readonly label: string;
  /** Ids of the units whose output folder it reads. */
  readonly needs: readonly string[];
  /** Files it reads; what counts is their content and order, not their names. */
  readonly inputs: readonly string[];
  /** Everything else its output depends on, plain JSON. */
  readonly options: unknown;
  /** Handed to whoever runs it, plain JSON; must follow from `options`, `inputs` and `needs`, as it is not in the key. */
  readonly job: unknown;
  /** Most memory it takes, default 0. */
  readonly memoryBytes?: number;
  /** How much work it is beside others of its kind, default 1. */
  readonly weight?: number;
}

/** What a unit gets to run with. */
export interface UnitContext {
  /** Empty folder to write into; it gets its final name when the unit is done. */
  readonly folder: string;
  /** Output folders of the units it needs, by id. */
  readonly needs: ReadonlyMap<string, string>;
  /** Aborted when the run is to stop; the unit then fails as soon as it can. */
  readonly signal: AbortSignal;
  /** Tells how far it is. */
  progress(done: number, total: number, label: string): void;
}

/** Does a unit's work: writes its files and returns, or throws. */
export type RunUnit = (unit: Unit, context: UnitContext) => Promise<void>;

/** Who runs units: this thread, worker threads, a queue. Whoever makes one closes it. */
export interface Executor {
  /** Fails with what the work failed with, a ToolkitError where it is one. */
  run(unit: Unit, context: UnitContext): Promise<void>;
  /** Units to run at a time. */
  readonly concurrency: number;
  /** The units running together take no more than this, except a single one that alone takes more; default no limit. */
  readonly memoryBytes?: number;
  close(): Promise<void>;
}

/** The files of a unit's folder that are the ledger's; a unit must not write them. */
export const unitFiles = { manifest: "unit.json", timing: "timing.json" } as const;
