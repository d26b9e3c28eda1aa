import { dirname, join, normalize } from "node:path";
import { describe, expect, test } from "vitest";
import { importsOf, type Source, sources } from "./house/sources.ts";

/** Which row a room stands in, and which packages it may know. Imports go down only, never sideways between rooms. */
const rooms: Record<string, { row: number; packages: string[] }> = {
  core: { row: 0, packages: [] },
  numeric: { row: 1, packages: ["fft.js", "koffi"] },
  signal: { row: 2, packages: [] },
  formats: { row: 3, packages: ["wav-decoder", "edfdecoder", "h5wasm"] },
  eeg: { row: 3, packages: [] },
  separation: { row: 3, packages: ["ml-kmeans", "ml-matrix"] },
  metrics: { row: 3, packages: [] },
  streams: { row: 4, packages: ["rxjs"] },
  study: {
    row: 5,
    packages: [
      "rxjs",
      "zod",
      "yaml",
      "mathjs",
      "piscina",
      "bullmq",
      "ioredis",
      "@observablehq/plot",
      "linkedom",
      "fast-png",
    ],
  },
  cli: { row: 6, packages: ["rxjs", "commander", "cli-progress"] },
};

/** The files that know the file system in the rooms. */
const nodeUsers: Record<string, string[]> = {
  "node:fs": ["src/formats/file.ts", "src/formats/realPath.ts"],
  "node:fs/promises": ["src/formats/file.ts"],
};

/** The files that join everything: the program, what its worker threads run, the corpora it knows. */
const joiners = ["src/cli/bin.ts", "src/cli/unitWorker.ts", "src/cli/corpora.ts"];

const roomOf = (path: string): string | undefined => /^src\/([^/]+)\//.exec(path)?.[1];

function resolve(source: Source, name: string): string {
  return normalize(join(dirname(source.path), name)).replaceAll("\\", "/");
}

describe("imports", () => {
  test.each(sources("src").filter(({ path }) => roomOf(path)))("$path keeps to its row", (source) => {
    const room = rooms[roomOf(source.path)!]!;
    expect(room, `${source.path} is in a room of the table`).toBeDefined();
    for (const name of importsOf(source)) {
      if (name.startsWith(".")) {
        expect(name, "relative imports state the extension").toMatch(/\.ts$/);
        const target = resolve(source, name);
        if (joiners.includes(source.path)) continue;
        const other = rooms[roomOf(target)!];
        expect(other, `${source.path} imports ${target}, which is in no room`).toBeDefined();
        if (roomOf(target) !== roomOf(source.path)) {
          expect(other!.row, `${source.path} imports ${target}`).toBeLessThan(room.row);
        }
      } else if (name.startsWith("node:")) {
        if (nodeUsers[name]) expect(nodeUsers[name], `${source.path} imports ${name}`).toContain(source.path);
      } else {
        expect(
          room.packages.some((known) => name === known || name.startsWith(`${known}/`)),
          `${source.path} imports ${name}`,
        ).toBe(true);
      }
    }
  });

  test.each(sources("datasets", "pipelines"))("$path knows the public API only", (source) => {
    const own = source.path.split("/")[0];
    for (const name of importsOf(source)) {
      if (!name.startsWith(".")) expect(["rxjs", "node:path"], `${source.path} imports ${name}`).toContain(name);
      else {
        const target = resolve(source, name);
        expect(target === "src/index.ts" || target.startsWith(`${own}/`), `${source.path} imports ${target}`).toBe(
          true,
        );
      }
    }
  });
});
