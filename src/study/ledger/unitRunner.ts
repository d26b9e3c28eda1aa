import { hostname } from "node:os";
import { performance } from "node:perf_hooks";
import { ToolkitError } from "../../core/error.ts";
import { removeFolder } from "../../formats/file.ts";
import { failureOf, type UnitFailure } from "./failureTable.ts";
import type { Ledger } from "./ledger.ts";
import { readTiming, writeManifest } from "./manifest.ts";
import type { Assessment } from "./planUnits.ts";
import type { RunUnitsOptions, UnitEvent } from "./runOptions.ts";
import { isStorageError } from "./storageError.ts";
import type { Executor, Unit } from "./unit.ts";

/** What became of a unit. */
export interface UnitOutcome {
  readonly id: string;
  readonly state: "done" | "cached" | "failed" | "skipped";
  readonly reason: string;
  /** Its output, if it is done or was before. */
  readonly folder?: string;
  /** How long it took, if it was run. */
  readonly seconds?: number;
}

/** Runs the units of one run, one at a time or several, and keeps what became of them. */
export class UnitRunner {
  readonly outcomes = new Map<string, UnitOutcome>();
  readonly failures = new Map<string, UnitFailure>();
  readonly remarks: string[] = [];
  /** Why the run stops early. */
  stopped: ToolkitError | undefined;
  readonly #ledger: Ledger;
  readonly #executor: Executor;
  readonly #options: RunUnitsOptions;
  readonly #assessments = new Map<string, Assessment>();
  readonly #controller = new AbortController();
  readonly #onAbort = () =>
    this.#stop(new ToolkitError("aborted", "interrupted; what is done is kept, run again to go on"));
  #defect: { readonly error: unknown } | undefined;
  /** Why no more units are started, though the run did not stop. */
  #ending: string | undefined;

  constructor(ledger: Ledger, executor: Executor, options: RunUnitsOptions) {
    this.#ledger = ledger;
    this.#executor = executor;
    this.#options = options;
    if (options.signal?.aborted) this.#onAbort();
    options.signal?.addEventListener("abort", this.#onAbort);
  }

  /** Fails with what the caller's `onEvent` failed with, if it did. */
  throwDefect(): void {
    if (this.#defect) throw this.#defect.error;
  }

  /** Stops listening to the caller's signal. */
  close(): void {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
  }

  /** Tells the caller what was found. */
  remark(message: string): void {
    this.remarks.push(message);
    this.#emit({ type: "remark", message });
  }

  /** Does something to the ledger; if its folder cannot be written, the run stops. */
  async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!isStorageError(error, this.#ledger.root)) throw error;
      this.#stop(storageStop(this.#ledger.root, error));
    }
  }

  /** Takes in what was found, moves damaged folders away and adopts finished ones. */
  async prepare(assessments: readonly Assessment[]): Promise<void> {
    for (const assessment of assessments) {
      const { unit, plan, damage, adopted } = assessment;
      const { id, kind } = unit;
      const above = await this.#ledger.clearAbove(id);
      if (above !== undefined)
        this.remark(`unit ${id}: its folder lies where an earlier unit's was, which is now ${above}`);
      if (damage !== undefined) {
        const place = await this.#ledger.moveAway(id);
        const where = place === undefined ? "" : ` was moved to ${place} and`;
        this.remark(`unit ${id}: its folder was damaged (${damage}); it${where} is done again`);
      }
      if (adopted !== undefined) {
        const timing = await readTiming(this.#ledger.folderOf(id));
        const { seconds = 0, weight = 1 } = timing ?? {};
        const fact = { id, key: plan.key!, manifest: adopted, kind, weight, seconds } as const;
        await this.#ledger.add({ event: "done", ...fact, how: timing ? "run" : "adopted" });
        this.remark(`unit ${id}: was done, though the journal did not say so; its files match its manifest`);
      }
      this.#assessments.set(id, assessment);
    }
  }

  /** Settles a unit that need not or cannot run. */
  settle(unit: Unit): boolean {
    const assessment = this.#assessments.get(unit.id);
    if (assessment?.plan.state === "cached") {
      const folder = this.#ledger.folderOf(unit.id);
      this.outcomes.set(unit.id, { id: unit.id, state: "cached", reason: assessment.plan.reason, folder });
      return true;
    }
    const ending = this.stopped ? `not run: ${this.stopped.message}` : this.#ending;
    if (ending !== undefined) return this.#skip(unit, ending);
    if (assessment?.problem) return this.#fail(unit, assessment.problem);
    for (const need of unit.needs) {
      const state = this.outcomes.get(need)?.state;
      if (state === "skipped") return this.#skip(unit, `needs ${need}, which was not run`);
      if (state === "failed") {
        const { code, input } = this.failures.get(need)!;
        return this.#record({ id: unit.id, input, code, message: `needs ${need}, which failed` });
      }
    }
    return false;
  }

  /** Runs a unit and keeps what became of it. */
  async run(unit: Unit): Promise<void> {
    const { plan, record } = this.#assessments.get(unit.id)!;
    const key = plan.key!;
    this.#emit({ type: "started", id: unit.id });
    // not waited for: if it cannot be written, neither can the end
    this.#ledger.add({ event: "started", id: unit.id, key }).catch(() => undefined);
    let aside: string | undefined;
    try {
      aside = await this.#ledger.makeAside(unit.id);
      const { seconds, timing } = await this.#work(unit, aside);
      const manifest = await writeManifest(aside, unit, { record: record!, timing });
      await this.#confirm();
      await this.#ledger.publish(unit.id, aside);
      const { id, kind, weight = 1 } = unit;
      await this.#ledger.add({ event: "done", id, key, manifest, kind, weight, seconds, how: "run" });
      this.outcomes.set(id, { id, state: "done", reason: plan.reason, folder: this.#ledger.folderOf(id), seconds });
      this.#emit({ type: "done", id, seconds });
    } catch (error) {
      if (aside !== undefined) await removeFolder(aside).catch(() => undefined);
      if (this.stopped) {
        this.#ledger.add({ event: "interrupted", id: unit.id, key }).catch(() => undefined);
        this.#skip(unit, `interrupted: ${this.stopped.message}`);
        return;
      }
      this.#fail(unit, error);
      if (isStorageError(error, this.#ledger.root)) this.#stop(storageStop(`unit ${unit.id}`, error));
    }
  }

  async #work(unit: Unit, folder: string) {
    await this.#checkInputs(unit);
    const started = new Date().toISOString();
    const began = performance.now();
    await this.#executor.run(unit, {
      folder,
      needs: new Map(unit.needs.map((id) => [id, this.#ledger.folderOf(id)])),
      signal: this.#controller.signal,
      progress: (done, total, label) => this.#emit({ type: "progress", id: unit.id, done, total, label }),
    });
    const seconds = Math.round(performance.now() - began) / 1000;
    await this.#checkInputs(unit);
    return { seconds, timing: { started, seconds, weight: unit.weight ?? 1, host: hostname() } };
  }

  async #checkInputs(unit: Unit): Promise<void> {
    for (const path of unit.inputs) {
      if (!(await this.#ledger.hashes.changed(path))) continue;
      throw new ToolkitError("bad-value", `unit ${unit.id}: input ${path} changed during the run; run again`);
    }
  }

  async #confirm(): Promise<void> {
    try {
      await this.#ledger.confirm();
    } catch (error) {
      if (error instanceof ToolkitError) this.#stop(error);
      throw error;
    }
  }

  #fail(unit: Unit, error: unknown): true {
    const stack = error instanceof Error && !(error instanceof ToolkitError) ? error.stack : undefined;
    return this.#record(failureOf(unit, error), stack);
  }

  #record(failure: UnitFailure, stack?: string): true {
    const { id, code, message } = failure;
    const { plan, record } = this.#assessments.get(id)!;
    this.failures.set(id, failure);
    this.outcomes.set(id, { id, state: "failed", reason: message });
    this.#emit({ type: "failed", id, code, message });
    const known = {
      ...(plan.key !== undefined && { key: plan.key }),
      ...(stack !== undefined && { stack }),
      ...(record && { record }),
    };
    void this.guard(() => this.#ledger.add({ event: "failed", ...failure, ...known }));
    if (!(this.#options.keepGoing ?? true)) this.#ending ??= `not run, as unit ${id} failed`;
    return true;
  }

  #skip({ id }: Unit, reason: string): true {
    this.outcomes.set(id, { id, state: "skipped", reason });
    this.#emit({ type: "skipped", id, reason });
    return true;
  }

  #stop(reason: ToolkitError): void {
    if (this.stopped) return;
    this.stopped = reason;
    const { code, message } = reason;
    this.#ledger.add({ event: "stopped", code, message }).catch(() => undefined);
    this.#controller.abort(reason);
  }

  /** A listener that fails must not make a unit fail: the run stops and the caller gets the listener's error. */
  #emit(event: UnitEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch (error) {
      this.#defect ??= { error };
      this.#stop(new ToolkitError("aborted", "onEvent failed; what is done is kept", { cause: error }));
    }
  }
}

function storageStop(who: string, error: unknown): ToolkitError {
  const message = error instanceof Error ? error.message : String(error);
  return new ToolkitError("not-writable", `${who}: ${message}; what is done is kept, run again to go on`, {
    cause: error,
  });
}
