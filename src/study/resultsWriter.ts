import { join } from "node:path";
import { ToolkitError } from "../core/error.ts";
import { toJson } from "../core/json.ts";
import { toMono } from "../core/signal.ts";
import { encodeWav } from "../formats/encodeWav.ts";
import { openFile, writeBytes } from "../formats/file.ts";
import { openWav } from "../formats/openWav.ts";
import { encodeTsv } from "../formats/tsv.ts";
import type { StudyEvent } from "./events.ts";
import { renderReport } from "./report/renderReport.ts";
import type { DecisionRow, FailureRow, MethodInfo, ScoreRow, StudyResults, TrialDetail } from "./results.ts";
import { spectrogramPicture } from "./spectrogramPicture.ts";
import { typicalTrial } from "./typicalTrial.ts";

/** What the results say about the run besides its numbers. */
export type StudyFacts = Pick<StudyResults, "title" | "synthetic" | "options" | "provenance">;

/** The file of a results folder that holds everything but audio; it also marks such a folder. */
export const resultsFileName = "results.json";

/** The method whose improvement decides which trial of a subject the report shows. */
const shownByMethod = "contrastive-nmf-sphere";

type TrialFacts = Omit<TrialDetail, "reason" | "players" | "spectrograms">;

/**
 * Takes a study's events and fills a folder: `audio/sub-*` with a WAV for each estimate as it comes, and at the end
 * `scores.tsv`, `decisions.tsv`, `failures.tsv` (if any), `results.json` and `report.html`.
 */
export class ResultsWriter {
  readonly #folder: string;
  readonly #facts: StudyFacts;
  #methods: readonly MethodInfo[] = [];
  #plannedTrials = 0;
  readonly #scores: ScoreRow[] = [];
  readonly #decisions: DecisionRow[] = [];
  readonly #failures: FailureRow[] = [];
  readonly #details: TrialDetail[] = [];
  /** Trials of the subject that is under way; of each subject one is kept. */
  #current: TrialFacts[] = [];

  /**
   * @param folder an existing folder
   * @param facts title, options and provenance
   */
  constructor(folder: string, facts: StudyFacts) {
    this.#folder = folder;
    this.#facts = facts;
  }

  /** Takes one event; audio is on disk when the promise is done. */
  async take(event: StudyEvent): Promise<void> {
    switch (event.kind) {
      case "plan":
        this.#methods = event.methods;
        this.#plannedTrials = event.trials;
        return;
      case "decision":
        this.#decisions.push(event.row);
        return;
      case "failure":
        this.#failures.push(event.failure);
        return;
      case "estimate":
        this.#scores.push(event.row);
        await this.#writeAudio(event.row, event.row.method, event.samples, event.rateHz);
        return;
      case "trial": {
        const { mixtureSamples, referenceSamples, ...facts } = event.detail;
        await this.#writeAudio(facts, "mixture", mixtureSamples, facts.audioRateHz);
        await this.#writeAudio(facts, "reference", referenceSamples, facts.audioRateHz);
        if (this.#current[0] && this.#current[0].subject !== facts.subject) await this.#keepTypicalTrial();
        this.#current.push(facts);
        return;
      }
      case "progress":
        return;
    }
  }

  /**
   * Writes tables and report.
   *
   * @throws ToolkitError of the first failure if no trial could be done
   */
  async finish(): Promise<StudyResults> {
    const first = this.#failures[0];
    if (this.#scores.length === 0) {
      const reason = first ? `; the first reason: ${first.message}` : "";
      throw new ToolkitError("bad-value", `study: none of ${this.#plannedTrials} trials could be done${reason}`);
    }
    await this.#keepTypicalTrial();
    const results: StudyResults = {
      ...this.#facts,
      // a row that no trial could have (the control, where all heard one mixture) is no row of the table
      methods: this.#methods.filter(({ id }) => this.#scores.some(({ method }) => method === id)),
      scores: this.#scores,
      decisions: this.#decisions,
      failures: this.#failures,
      details: this.#details,
      plannedTrials: this.#plannedTrials,
    };
    const { details: _, ...numbers } = results;
    await this.#write(resultsFileName, `${toJson(numbers)}\n`);
    await this.#write("scores.tsv", encodeTsv(this.#scores.map(cells)));
    await this.#write("decisions.tsv", encodeTsv(this.#decisions.map(cells)));
    if (first) await this.#write("failures.tsv", encodeTsv(this.#failures.map(cells)));
    await this.#write("report.html", await renderReport(results));
    return results;
  }

  async #keepTypicalTrial(): Promise<void> {
    const subject = this.#current[0]?.subject;
    const label = this.#methods.find(({ id }) => id === shownByMethod)?.label ?? shownByMethod;
    const rows = this.#scores.filter((row) => row.subject === subject && row.method === shownByMethod);
    const trials = this.#current;
    this.#current = [];
    if (rows.length === 0) return;
    const { trial, reason } = typicalTrial(rows, label);
    const facts = trials.find((candidate) => candidate.trial === trial);
    if (!facts) return;
    const players = await this.#players(facts);
    const spectrograms = players.map(({ kind, label, samples }) => ({
      label: kind === "reference" ? "Reference" : label,
      picture: spectrogramPicture(samples, facts.audioRateHz),
    }));
    this.#details.push({ ...facts, reason, players, spectrograms });
  }

  /** Reads back what was written: only the trials shown have to fit into memory. */
  async #players(trial: TrialFacts): Promise<TrialDetail["players"]> {
    const wanted: Omit<TrialDetail["players"][number], "file" | "samples">[] = [
      { label: "Mixture", kind: "mixture" },
      { label: `Reference: ${trial.target}`, kind: "reference" },
      ...this.#methods
        .filter(({ id }) => id !== "unprocessed-mixture" && this.#hasScore(id, trial)) // the mixture is the first player
        .map(({ id, label }) => ({ label, kind: "estimate" as const, method: id })),
    ];
    const players = [];
    for (const player of wanted) {
      const file = audioFile(trial, player.method ?? player.kind);
      const source = await openFile(join(this.#folder, file));
      const wav = await openWav(source);
      players.push({ ...player, file, samples: toMono(await wav.read()) });
      await source.close();
    }
    return players;
  }

  #hasScore(method: string, { subject, trial }: TrialFacts): boolean {
    return this.#scores.some((row) => row.method === method && row.subject === subject && row.trial === trial);
  }

  #writeAudio(trial: { subject: string; trial: string }, name: string, samples: Float64Array, rateHz: number) {
    return this.#write(audioFile(trial, name), encodeWav({ rateHz, channels: [samples] }, { sampleFormat: "float32" }));
  }

  #write(name: string, content: Uint8Array | string): Promise<void> {
    return writeBytes(join(this.#folder, name), content);
  }
}

function audioFile({ subject, trial }: { subject: string; trial: string }, name: string): string {
  return `audio/sub-${subject}/trial-${trial}/${name}.wav`;
}

/** One table cell a field; lists are joined by commas. */
function cells(row: object): Record<string, string> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [name, Array.isArray(value) ? value.join(",") : String(value)]),
  );
}
