import { spawn } from "node:child_process";
import { closeSync, ftruncateSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { encodeEdf } from "../../src/formats/encodeEdf.ts";
import { root } from "../house/sources.ts";

// `npm test` builds before it tests; these run what was built, as a user does.
const bin = join(root, "dist/src/cli/bin.js");
const folder = mkdtempSync(join(tmpdir(), "neurosteer-bin-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  code: number | null;
  out: string;
  error: string;
}

function node(args: string[], onStart: (child: ReturnType<typeof spawn>) => void = () => {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: folder });
    const texts = { out: "", error: "" };
    child.stdout.on("data", (data) => {
      texts.out += data;
    });
    child.stderr.on("data", (data) => {
      texts.error += data;
    });
    child.on("close", (code) => resolve({ code, ...texts }));
    onStart(child);
  });
}

describe("the built command", () => {
  it("states the version of package.json", async () => {
    const { code, out } = await node([bin, "--version"]);
    expect(code).toBe(0);
    expect(out.trim()).toMatch(/^\d+\.\d+\.\d+/);
  });

  it("writes one JSON object on standard output and progress on standard error", async () => {
    const args = ["simulate", "study", "--subjects", "1", "--trials", "2", "--seconds", "4", "--json"];
    const { code, out, error } = await node([bin, ...args]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ folder: "study", trialsPerSubject: 2 });
    expect(error).toMatch(/^simulate: /);
  });

  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "stops at %s with exit code 130 and leaves nothing",
    async (name) => {
      const before = readdirSync(folder).sort();
      const { code, error } = await node([bin, "demo", "--out", "stopped", "--seconds", "8"], (child) => {
        child.stderr!.once("data", () => child.kill(name));
      });
      expect(code).toBe(130);
      expect(error).toMatch(/interrupted/);
      expect(readdirSync(folder).sort()).toEqual(before);
    },
  );
});

describe("the streams", () => {
  it("pass a recording ten times the heap in bounded memory", async () => {
    // 200 MB: a header and one second of 16 channels at 1000 Hz, then zeros to the length the header states
    const path = join(folder, "long.edf");
    const second = Float64Array.from({ length: 1000 }, (_, i) => Math.sin(i));
    const signals = Array.from({ length: 16 }, (_, c) => ({
      label: `C${c}`,
      unit: "uV",
      rateHz: 1000,
      samples: second,
    }));
    const head = encodeEdf({ signals });
    const headerBytes = 256 * 18;
    const recordBytes = head.length - headerBytes;
    const records = Math.ceil(200e6 / recordBytes);
    head.set(new TextEncoder().encode(String(records).padEnd(8)), 236);
    const file = openSync(path, "w");
    writeSync(file, head);
    ftruncateSync(file, headerBytes + records * recordBytes);
    closeSync(file);

    const script = `
      import { lastValueFrom, scan } from "${join(root, "node_modules/rxjs/dist/cjs/index.js")}";
      import { cut, recordingSource, resampleTo, signalBlocks } from "${join(root, "dist/src/index.js")}";
      const spans = Array.from({ length: 50 }, (_, i) => ({ startSample: 1000 * i, endSample: 1000 * i + 1500 }));
      const count = await lastValueFrom(
        signalBlocks(() => recordingSource("${path}", ["C0", "C1", "C2", "C3"])).pipe(resampleTo(100), cut(spans), scan((n) => n + 1, 0)));
      console.log(JSON.stringify({ count, megabytes: process.resourceUsage().maxRSS / 1024 }));`;
    const { code, out, error } = await node(["--max-old-space-size=20", "--input-type=module", "-e", script]);
    expect(error).toBe("");
    expect(code).toBe(0);
    const { count, megabytes } = JSON.parse(out);
    expect(count).toBe(50);
    // Node itself takes some 60 MB; the file as float64 would take 800
    expect(megabytes).toBeLessThan(200);
  });
});
