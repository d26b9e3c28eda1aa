import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Queue, QueueEvents } from "bullmq";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { QueueOutcome } from "../../../src/study/executors/queueJob.ts";
import { programCode } from "../../../src/study/executors/queueOptions.ts";
import { checkStudyUnit } from "../../../src/study/executors/queueStudyUnit.ts";
import type { RunUnit } from "../../../src/study/ledger/unit.ts";
import { version } from "../../../src/study/version.ts";
import { plainUnit } from "../ledger/examples.ts";
import { QueueBench } from "./queueBench.ts";
import { describeWithRedis, RedisServer, until } from "./redisServer.ts";

let server: RedisServer;
let bench: QueueBench;
beforeAll(async () => {
  server = await RedisServer.start();
  bench = new QueueBench(server);
});
afterEach(() => bench?.rest());
afterAll(async () => {
  await bench?.remove();
  await server?.stop();
});

const run = "0123456789abcdef0123456789abcdef";
const connection = () => ({ connection: { port: server.port }, prefix: "neurosteer" });
const writeOne: RunUnit = async (unit, { folder }) => writeFileSync(join(folder, "out.txt"), unit.id);
const waitForever: RunUnit = (_, { signal }) => delay(60_000, undefined, { signal });

/** Sends a job as whoever reaches Redis can, and waits for what the worker says. */
async function send(data: unknown): Promise<QueueOutcome> {
  const queue = new Queue("units", connection());
  const events = new QueueEvents("units", connection());
  try {
    await events.waitUntilReady();
    await server.with((client) => client.set(`neurosteer:units-run:${run}`, "here", "EX", 60));
    const job = await queue.add("unit", data);
    return (await job.waitUntilFinished(events, 20_000)) as QueueOutcome;
  } finally {
    await Promise.all([queue.close(), events.close()]);
  }
}

/** A job that a worker takes on, with other parts perhaps. */
function jobOf(parts: Record<string, unknown> = {}, unit: Record<string, unknown> = {}): Record<string, unknown> {
  const aside = join(bench.folder, ".a-1-1");
  mkdirSync(aside, { recursive: true });
  return { run, ...programCode(undefined), unit: { ...plainUnit("a"), ...unit }, aside, needs: [], ...parts };
}

describeWithRedis("a worker", () => {
  it("runs a whole job in a folder of its own beside the one set aside", async () => {
    bench.worker(writeOne);
    const outcome = await send(jobOf());
    expect(outcome).toMatchObject({ kind: "done", files: 1, bytes: 1, host: hostname() });
    const { attempt } = outcome as Extract<QueueOutcome, { kind: "done" }>;
    expect(existsSync(join(bench.folder, `.${attempt}.a-1-1/out.txt`))).toBe(true);
    expect(readdirSync(join(bench.folder, ".a-1-1"))).toEqual([]);
  });

  it.each([
    {
      what: "another version",
      parts: { code: "0.0.1" },
      code: "unsupported",
      says: `has version ${version}, the run 0.0.1`,
    },
    { what: "other code", parts: { code: `${version}+ab` }, code: "unsupported", says: `the run ${version}+ab` },
    { what: "another Node", parts: { node: 18 }, code: "unsupported", says: "the run Node 18" },
    {
      what: "a relative folder",
      parts: { aside: "units/.a-1-1" },
      code: "bad-format",
      says: '"units/.a-1-1" is outside',
    },
    {
      what: "a folder elsewhere",
      parts: { aside: "/etc/.a-1-1" },
      code: "bad-format",
      says: '"/etc/.a-1-1" is outside',
    },
    { what: "more than a job", parts: { module: "/tmp/x.js" }, code: "bad-format", says: 'Unrecognized key: "module"' },
    { what: "an id that leaves", unit: { id: "../x" }, code: "bad-format", says: "the id is not safe as a path" },
    { what: "more than a unit", unit: { run: "x" }, code: "bad-format", says: "at unit" },
    {
      what: "an input elsewhere",
      unit: { inputs: ["/etc/passwd"] },
      code: "bad-format",
      says: '"/etc/passwd" is outside',
    },
    { what: "needs without folders", unit: { needs: ["b"] }, code: "bad-format", says: "its folders are not those" },
    { what: "half a job", parts: { unit: undefined }, code: "bad-format", says: "at unit" },
  ])("refuses a job with $what, in one line", async ({ parts = {}, unit = {}, code, says }) => {
    let times = 0;
    bench.worker(async () => {
      times++;
    });
    const outcome = await send(jobOf(parts, unit));
    expect(outcome).toMatchObject({ kind: "failed", code });
    const { message } = outcome as Extract<QueueOutcome, { kind: "failed" }>;
    expect(message).toMatch(/^worker on \S+ refuses the unit: [^\n]+$/);
    expect(message).toContain(says);
    expect(times).toBe(0);
  });

  it("refuses a folder that is a root itself, as attempts would be made beside it", async () => {
    bench.worker(writeOne);
    expect(await send(jobOf({ aside: bench.folder }))).toMatchObject({
      kind: "failed",
      message: expect.stringContaining(`"${tmpdir()}" is outside`),
    });
  });

  it("follows links before it says where a path is", async () => {
    bench.worker(writeOne);
    symlinkSync("/etc", join(bench.folder, "link"));
    mkdirSync(join(bench.folder, "real"));
    symlinkSync(join(bench.folder, "real"), join(bench.folder, "inside"));
    writeFileSync(join(bench.folder, "real/x"), "");
    const out = await send(jobOf({}, { inputs: [join(bench.folder, "link/hostname")] }));
    expect(out).toMatchObject({ kind: "failed", message: expect.stringContaining("is outside the folders") });
    expect(await send(jobOf({}, { inputs: [join(bench.folder, "inside/x")] }))).toMatchObject({ kind: "done" });
    const dotted = await send(jobOf({}, { inputs: [`${bench.folder}/real/../real/x`] }));
    expect(dotted).toMatchObject({ kind: "failed", code: "bad-format" });
  });

  it.each([
    { what: "a job of another kind", job: { kind: "shell", subject: "01" }, says: "is no work of a study at kind" },
    { what: "a job with more in it", job: { kind: "prepare", subject: "01", module: "x" }, says: "Unrecognized key" },
    {
      what: "a study file with an unknown key",
      job: { kind: "prepare", subject: "01", content: { run: "x" } },
      says: "run",
    },
    {
      what: "a study that allows itself more folders",
      job: { kind: "prepare", subject: "01", content: { data: { roots: ["/"] } } },
      says: '"/" is outside',
    },
    {
      what: "a study whose data are elsewhere",
      job: { kind: "decode", subject: "01", content: { data: { root: "../../../etc" } } },
      says: '/etc" is outside',
    },
  ])("of studies refuses $what", async ({ job, says }) => {
    bench.worker(writeOne, { check: checkStudyUnit });
    const content = { folder: join(bench.folder, "study"), content: {}, seed: 0 };
    const outcome = await send(jobOf({}, { job: { ...content, ...job } }));
    expect(outcome).toMatchObject({ kind: "failed", code: "bad-format", message: expect.stringContaining(says) });
  });

  it("gives the unit at work back when it is ended, for another to do", async () => {
    let started = 0;
    const first = bench.worker(async (unit, context) => {
      started++;
      await waitForever(unit, context);
    });
    const running = bench.run("given back", [plainUnit("a")]);
    await until(() => started === 1);
    expect(await first.end()).toEqual({ done: 0, failed: 0 });
    bench.worker(writeOne);
    expect((await running).counts.done).toBe(1);
    expect(readdirSync(join(bench.root("given back"), "units"))).toEqual(["a"]);
  });

  it("breaks off the unit of a run that gives no sign of life, and leaves nothing of it", async () => {
    let [started, told] = [0, 0];
    bench.worker(
      async (unit, context) => {
        started++;
        await waitForever(unit, context).catch((error) => {
          told++;
          throw error;
        });
      },
      { aliveSeconds: 0.5 },
    );
    const before = readdirSync(bench.folder);
    const queue = new Queue("units", connection());
    await server.with((client) => client.set(`neurosteer:units-run:${run}`, "here", "EX", 60));
    const job = await queue.add("unit", jobOf());
    await until(() => started === 1);
    await server.with((client) => client.del(`neurosteer:units-run:${run}`));
    await until(() => told === 1);
    await until(async () => (await queue.getJob(job.id!)) === undefined);
    await queue.close();
    expect(readdirSync(bench.folder)).toEqual(before);
  });

  it("breaks off a unit that was given to another worker meanwhile, and tells what it does", async () => {
    const events: string[] = [];
    let started = 0;
    const write: RunUnit = (unit, context) => (++started === 1 ? waitForever(unit, context) : writeOne(unit, context));
    bench.worker(write, {
      lockSeconds: 0.4,
      onUnit: ({ type, label, reason }) => events.push(`${type} ${label} ${reason ?? ""}`),
    });
    const running = bench.run("lost", [plainUnit("a", { label: "unit\u001b[2J a" })]);
    await until(() => started === 1);
    await server.with(async (client) => client.del(await client.keys("*:lock")));
    expect((await running).counts.done).toBe(1);
    expect(events).toEqual([
      "started unit\\u{1b}[2J a ",
      "interrupted unit\\u{1b}[2J a lost",
      "started unit\\u{1b}[2J a ",
      "done unit\\u{1b}[2J a ",
    ]);
  });

  it("opens the study anew for every run", async () => {
    let made = 0;
    bench.worker(writeOne, {
      createExecutor: async () => {
        made++;
        return { concurrency: 1, run: writeOne, close: async () => undefined };
      },
    });
    await bench.run("first", [plainUnit("a"), plainUnit("b")]);
    await bench.run("second", [plainUnit("a")]);
    expect(made).toBe(2);
  });

  it.each([
    { options: { roots: [] }, code: "usage", message: /name one with --root/ },
    { options: { roots: ["/no/such"] }, code: "not-found", message: /\/no\/such is no folder/ },
    { options: { concurrency: 0 }, code: "bad-option", message: /concurrency is 0/ },
    { options: { redis: "nonsense" }, code: "usage", message: /no address of a Redis/ },
  ])("refuses $options", async ({ options, code, message }) => {
    const refusal = await bench
      .worker(writeOne, options)
      .end()
      .catch((error) => error);
    expect(refusal).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});
