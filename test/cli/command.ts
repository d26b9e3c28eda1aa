import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { simulatedStudyDefaults, simulateStudy } from "../../datasets/simulated.ts";
import { attentionDecoding } from "../../pipelines/attentionDecoding.ts";
import { studyPipeline } from "../../pipelines/studyUnits.ts";
import { main } from "../../src/cli/program.ts";

/** What a command left: exit code and both streams. */
export interface Outcome {
  code: number;
  out: string;
  error: string;
}

/** Runs a command line in this process. */
export async function command(args: readonly string[], signal = new AbortController().signal): Promise<Outcome> {
  let out = "";
  let error = "";
  const io = {
    out: (text: string) => {
      out += text;
    },
    error: (text: string) => {
      error += text;
    },
    signal,
  };
  const code = await main(args, io, {
    simulateStudy,
    simulatedStudyDefaults,
    attentionDecoding,
    studies: studyPipeline({}),
    codeHash: async () => "test",
  });
  return { code, out, error };
}

/** A folder of this test file's own, removed at its end. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "neurosteer-test-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Names in a folder, hidden ones too: nothing set aside may stay behind. */
export const namesIn = (folder: string): string[] => readdirSync(folder).sort();

/** Sizes of a study that is done in seconds: one listener, two duets attended both ways. */
export const smallStudy = ["--subjects", "1", "--trials", "4", "--seconds", "5"];
