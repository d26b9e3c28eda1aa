import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, type describe, expect, it } from "vitest";
import { root } from "../house/sources.ts";
import { describeWithRedis, RedisServer, skippedFor, until } from "../study/executors/redisServer.ts";
import { treeOf } from "../study/ledger/examples.ts";

// `npm test` builds before it tests; these run what was built, as a user does.
const bin = join(root, "dist/src/cli/bin.js");
const folder = mkdtempSync(join(tmpdir(), "neurosteer-queue-system-"));
const help = spawnSync(process.execPath, [bin, "worker", "--help"], { encoding: "utf8" }).stdout;
const isBuilt = help.startsWith("Usage: neurosteer worker");
const describeWithWorker: typeof describe =
  isBuilt || process.env.NEUROSTEER_REQUIRE_SYSTEM === "1"
    ? describeWithRedis
    : skippedFor("dist/ has no worker command; npm run build");
const user = "some.one";
const password = "pass/w0rd";

/** A command at work, and all that it printed. */
interface Command {
  readonly child: ChildProcess;
  readonly ended: Promise<number | null>;
  text: string;
}

const commands: Command[] = [];

function neurosteer(...args: string[]): Command {
  const child = spawn(process.execPath, [bin, ...args], { cwd: folder });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  const command: Command = { child, ended, text: "" };
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => (command.text += data));
  commands.push(command);
  return command;
}

let server: RedisServer;
let url: string;
beforeAll(async () => {
  server = await RedisServer.start(
    ...["--user", "default", "off"],
    ...["--user", user, "on", `>${password}`, "~neurosteer:*", "+@all", "-@admin", "-@dangerous", "+info", "+client"],
  );
  url = `redis://${user}:${encodeURIComponent(password)}@127.0.0.1:${server.port}`;
});
afterAll(async () => {
  for (const { child } of commands) child.kill("SIGKILL");
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const startWorker = (...options: string[]) =>
  neurosteer("worker", "--redis", url, "--root", folder, "--lock", "2", ...options);

/** Everything in a folder but times, and where results say how they were made. */
function outcomeOf(out: string): Record<string, string> {
  const files = treeOf(join(folder, out, "ledger/units"));
  const { provenance: _, ...results } = JSON.parse(readFileSync(join(folder, out, "results.json"), "utf8"));
  return { ...files, "results.json": JSON.stringify(results) };
}

describeWithWorker("a study on several machines", () => {
  it("has the same outcome through a killed worker and a restarted Redis as in one thread", {
    timeout: 180_000,
  }, async () => {
    expect(await neurosteer("simulate", "study", "--subjects", "1", "--trials", "4", "--seconds", "4").ended).toBe(0);
    writeFileSync(
      join(folder, "study/study.yaml"),
      `decoder: { features: [activations], controls: false, permutations: 19 }
separation: { iterations: 10 }
methods: [unprocessed-mixture, blind-nmf, contrastive-nmf-sphere]
statistics: { resamples: 99 }
`,
    );
    const inline = neurosteer("run", "study", "--out", "inline", "--workers", "1");
    expect(await inline.ended, inline.text).toBe(0);

    const workers = [startWorker(), startWorker(), startWorker()];
    const run = neurosteer("run", "study", "--out", "queued", "--executor", "queue", "--redis", url);
    const separating = () => workers.filter(({ text }) => /started: .*nmf(?!.*\n(done|failed))/.test(text));
    await until(() => separating().length > 0, 90_000);
    const killed = separating()[0]!;
    killed.child.kill("SIGKILL");
    const unfinished = /started: (.*)\n$/.exec(killed.text)![1];
    await delay(300);
    await server.down();
    await delay(500);
    await server.up();
    expect(await run.ended, [run, ...workers].map(({ text }) => text).join("\n--\n")).toBe(0);
    expect(outcomeOf("queued")).toEqual(outcomeOf("inline"));
    const others = workers.filter((worker) => worker !== killed);
    expect(others.some(({ text }) => text.includes(`done: ${unfinished}\n`))).toBe(true);
    expect(run.text).toMatch(/redis: redis:\/\/127.0.0.1:\d+ is gone/);

    for (const worker of workers) worker.child.kill("SIGINT");
    const codes = await Promise.all(workers.map(({ ended }) => ended));
    expect(codes.sort()).toEqual([130, 130, null]);
    const units = readdirSync(join(folder, "queued/ledger/units"), { recursive: true, encoding: "utf8" });
    expect(units.filter((name) => /(^|\/)\./.test(name))).toEqual([]);
  });

  it("has user and password of Redis in no output and no file", async () => {
    const refused = neurosteer("worker", "--redis", url.replace("w0rd", "wr0ng"), "--root", folder);
    expect(await refused.ended).toBe(1);
    expect(refused.text).toMatch(/^neurosteer: redis: redis:\/\/127.0.0.1:\d+ cannot be used \(WRONGPASS [^\n]*\n$/);
    const wrong = neurosteer("worker", "--redis", `${url}/name`, "--root", folder);
    expect(await wrong.ended).toBe(2);
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const texts = [
      ...commands.map(({ text }) => text),
      ...files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), "latin1")),
    ];
    expect(texts.filter((text) => /some\.one|pass(\/|%2F)w/i.test(text))).toEqual([]);
  });

  it.each(["there", "gone"])("end at Ctrl-C with 130 where Redis is %s", async (state) => {
    const run = neurosteer("run", "study", "--out", `interrupted ${state}`, "--executor", "queue", "--redis", url);
    await until(() => /no worker is there/.test(run.text));
    const worker = startWorker();
    await until(() => /started: /.test(worker.text));
    if (state === "gone") await server.down();
    if (state === "gone") await until(() => / is gone/.test(worker.text) && / is gone/.test(run.text));
    const began = Date.now();
    for (const { child } of [worker, run]) child.kill("SIGINT");
    expect(await Promise.all([worker.ended, run.ended])).toEqual([130, 130]);
    expect(Date.now() - began).toBeLessThan(10_000);
    if (state === "gone") await server.up();
    expect(
      readdirSync(join(folder, `interrupted ${state}/ledger/units`)).filter((name) => name.startsWith(".")),
    ).toEqual([]);
  });

  it("refuses a Redis that is not there within 10 s, in one line", async () => {
    const began = Date.now();
    const worker = neurosteer("worker", "--redis", "redis://127.0.0.1:1", "--root", folder);
    expect(await worker.ended).toBe(1);
    expect(worker.text).toMatch(
      /^neurosteer: redis: redis:\/\/127.0.0.1:1 cannot be used \([^\n]*ECONNREFUSED[^\n]*\n$/,
    );
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  it("refuses a study outside the folders of the worker", { timeout: 60_000 }, async () => {
    mkdirSync(join(folder, "elsewhere"));
    const worker = neurosteer("worker", "--redis", url, "--root", join(folder, "elsewhere"));
    const run = neurosteer("run", "study", "--out", "refused", "--executor", "queue", "--redis", url);
    expect(await run.ended).toBe(1);
    expect(run.text).toMatch(/refuses the unit: "[^"]*" is outside the folders that it works in/);
    worker.child.kill("SIGINT");
    expect(await worker.ended).toBe(130);
  });
});
