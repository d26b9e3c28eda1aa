import { existsSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inspect } from "node:util";
import { Worker } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { ToolkitError } from "../../../src/core/error.ts";
import type { UnitEvent } from "../../../src/study/ledger/runOptions.ts";
import { runUnits } from "../../../src/study/ledger/runUnits.ts";
import type { RunUnit } from "../../../src/study/ledger/unit.ts";
import { plainUnit, studyUnits, treeOf, writeInputs, writeMany } from "../ledger/examples.ts";
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

const writeOne: RunUnit = async (unit, { folder }) => writeFileSync(join(folder, "out.txt"), unit.id);

/** Waits until it is told to stop. */
const waitForever: RunUnit = (_, { signal }) => delay(60_000, undefined, { signal });

/** What the queue's own keys are; those of runs must be gone. */
const queueKeys = /^neurosteer:units:(meta|events|id|marker|stalled-check|stalled|wait|active|completed|failed)$/;

describeWithRedis("the queue executor", () => {
  it("gives the same bytes through several workers as in one thread, and leaves nothing of the run in Redis", async () => {
    const inputs = bench.inputs("recordings");
    writeInputs(inputs);
    const units = studyUnits(inputs);
    await runUnits(units, writeMany(), { root: bench.root("inline") });
    for (let i = 0; i < 3; i++) bench.worker(writeMany({ pauseMilliseconds: 1 }));
    const seen: string[] = [];
    const report = await bench.run("queued", units, {
      onEvent: (event) => event.type === "progress" && seen.push(`${event.label} of ${event.total}`),
    });
    expect(report.counts).toEqual({ planned: 7, done: 7, cached: 0, failed: 0, skipped: 0 });
    expect(treeOf(join(bench.root("queued"), "units"))).toEqual(treeOf(join(bench.root("inline"), "units")));
    expect(seen).toContain("files of 20");
    expect((await server.keys()).filter((key) => !queueKeys.test(key))).toEqual([]);
  });

  it.each([
    { error: new ToolkitError("bad-value", "channel Cz is flat"), code: "bad-value", message: "channel Cz is flat" },
    { error: new TypeError("x is no function"), code: "unexpected", message: "TypeError: x is no function" },
  ])("hands on what a unit failed with, code $code, and does not try again", async ({ error, code, message }) => {
    let times = 0;
    const fail: RunUnit = async () => {
      times++;
      throw error;
    };
    bench.worker(fail);
    const { failures } = await bench.run(`failed ${code}`, [plainUnit("a")]);
    expect(failures).toEqual([{ id: "a", input: "", code, message }]);
    expect(times).toBe(1);
  });

  it("gives the unit of a worker that is never heard of again to another one", async () => {
    // takes the unit and neither ends it nor renews its lock
    const lost = new Worker("units", () => delay(60_000), {
      connection: { port: server.port },
      prefix: "neurosteer",
      skipLockRenewal: true,
      lockDuration: 300,
      skipStalledCheck: true,
    });
    const taken = new Promise((resolve) => lost.once("active", resolve));
    const running = bench.run("taken over", [plainUnit("a")]);
    await taken;
    bench.worker(writeOne, { lockSeconds: 0.4 });
    expect((await running).counts.done).toBe(1);
    await lost.close(true);
  });

  it("gives up a unit that too many workers were lost with, and says so", async () => {
    const lost = new Worker("units", () => delay(60_000), {
      connection: { port: server.port },
      prefix: "neurosteer",
      skipLockRenewal: true,
      lockDuration: 200,
      stalledInterval: 200,
      maxStalledCount: 0,
      concurrency: 2,
    });
    const { failures } = await bench.run("too often", [plainUnit("a")]);
    expect(failures[0]).toMatchObject({
      code: "not-found",
      message: "a: no worker brought it to its end in 3 attempts: its workers gave no sign of life",
    });
    await lost.close(true);
  });

  it("gives up a unit whose workers took too long, and says so", async () => {
    let times = 0;
    bench.worker(async (unit, context) => {
      times++;
      await waitForever(unit, context);
    });
    const { failures } = await bench.run("too long", [plainUnit("a")], { queue: { timeoutSeconds: 0.2, attempts: 2 } });
    expect(failures[0]).toMatchObject({
      code: "not-found",
      message: expect.stringMatching(
        /^a: no worker brought it to its end in 2 attempts: took longer than 0.2 s on host /,
      ),
    });
    expect(times).toBe(2);
    expect(readdirSync(join(bench.root("too long"), "units"))).toEqual([]);
  });

  it("takes waiting units out and stops the one at work when it is aborted", async () => {
    let told = 0;
    const started: string[] = [];
    bench.worker(async (unit, context) => {
      started.push(unit.id);
      await waitForever(unit, context).catch((error) => {
        told++;
        throw error;
      });
    });
    const controller = new AbortController();
    const running = bench.run("aborted", [plainUnit("a"), plainUnit("b"), plainUnit("c")], {
      signal: controller.signal,
    });
    await until(() => started.length === 1);
    controller.abort();
    const { stopped, counts } = await running;
    expect(stopped?.code).toBe("aborted");
    expect(counts.skipped).toBe(3);
    expect(started.length).toBe(1);
    expect(told).toBe(1);
    expect((await server.keys()).filter((key) => !queueKeys.test(key))).toEqual([]);
    expect(readdirSync(join(bench.root("aborted"), "units"))).toEqual([]);
  });

  it.each([
    { what: "lost", appendonly: "no" },
    { what: "kept", appendonly: "yes" },
  ])(
    "goes on when a restarted Redis has $what everything, and says once that it was gone",
    async ({ what, appendonly }) => {
      const own = await RedisServer.start("--appendonly", appendonly);
      const queue = { redis: own.url };
      const units = ["a", "b", "c", "d"].map((id) => plainUnit(id));
      const write = writeMany({ files: 5, pauseMilliseconds: 60 });
      bench.messages.length = 0;
      for (let i = 0; i < 2; i++) bench.worker(write, queue);
      const done: string[] = [];
      const onEvent = (event: UnitEvent) => event.type === "done" && done.push(event.id);
      const running = bench.run(`restarted ${what}`, units, { queue, onEvent });
      await until(() => done.length > 0);
      await own.down();
      await delay(300);
      await own.up();
      expect((await running).counts.done).toBe(4);
      await runUnits(units, write, { root: bench.root(`not ${what}`) });
      expect(treeOf(join(bench.root(`restarted ${what}`), "units"))).toEqual(
        treeOf(join(bench.root(`not ${what}`), "units")),
      );
      expect(bench.messages.filter((message) => / is gone/.test(message)).length).toBe(3);
      expect(bench.messages.filter((message) => / is back$/.test(message)).length).toBe(3);
      await bench.rest();
      expect((await own.keys()).filter((key) => !queueKeys.test(key))).toEqual([]);
      await own.stop();
    },
  );

  it("says once that no worker is there", async () => {
    bench.messages.length = 0;
    const running = bench.run("alone", [plainUnit("a")]);
    await until(() => bench.messages.length > 0);
    await delay(500);
    bench.worker(writeOne);
    await running;
    expect(bench.messages.filter((message) => !message.startsWith("worker: ready for units"))).toEqual([
      `queue units: no worker is there; start some with neurosteer worker --redis ${server.url}`,
    ]);
  });

  it("ends within seconds when it is aborted while Redis is gone", async () => {
    const own = await RedisServer.start();
    const controller = new AbortController();
    const executor = await bench.executor({ redis: own.url });
    const running = runUnits([plainUnit("a")], executor, { root: bench.root("gone"), signal: controller.signal });
    await delay(100);
    await own.stop();
    await delay(100);
    const began = Date.now();
    controller.abort();
    expect((await running).stopped?.code).toBe("aborted");
    await executor.close();
    expect(Date.now() - began).toBeLessThan(5000);
    expect(existsSync(join(bench.root("gone"), "lock"))).toBe(false);
  });

  it("tells nobody user and password", async () => {
    const acl = ["--user", "default", "off", "--user", "some.one", "on", ">pass/w0rd", "~*", "&*", "+@all"];
    const own = await RedisServer.start(...acl);
    try {
      const redis = `redis://some.one:pass%2Fw0rd@127.0.0.1:${own.port}`;
      bench.messages.length = 0;
      const refusal = await bench.executor({ redis: redis.replace("pass", "past") }).catch((error) => error);
      expect(refusal).toMatchObject({
        code: "not-found",
        message: expect.stringMatching(/cannot be used \(WRONGPASS /),
      });
      const client = new Redis(redis);
      let kept = "";
      const look: RunUnit = async (unit, context) => {
        for (const key of await client.keys("*")) {
          if ((await client.type(key)) === "hash") kept += Object.values(await client.hgetall(key)).join("\n");
        }
        await writeOne(unit, context);
      };
      bench.worker(look, { redis });
      await bench.run("secret", [plainUnit("a")], { queue: { redis } });
      client.disconnect();
      expect(kept).toContain('"run":');
      const files = Object.values(treeOf(bench.root("secret")));
      for (const text of [...files, ...bench.messages, kept, inspect(refusal)]) {
        expect(text).not.toMatch(/some\.one|pass(\/|%2F)w0rd/i);
      }
    } finally {
      await bench.rest();
      await own.stop();
    }
  });

  it("refuses a Redis that is not there, in one line and within 10 s", async () => {
    const began = Date.now();
    const refusal = await bench.executor({ redis: "redis://someone:s3cret-word@127.0.0.1:1" }).catch((error) => error);
    expect(refusal).toMatchObject({ code: "not-found" });
    expect(refusal.message).toMatch(
      /^redis: redis:\/\/127.0.0.1:1 cannot be used \(connect ECONNREFUSED 127.0.0.1:1\); /,
    );
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  it.each([
    [{ queue: "a:b" }, /queue "a:b" is no name/],
    [{ attempts: 0 }, /attempts is 0/],
    [{ pollSeconds: 2 }, /pollSeconds is 2/],
    [{ timeoutSeconds: 0 }, /timeoutSeconds is 0/],
  ])("refuses %o", async (options, message) => {
    await expect(bench.executor(options)).rejects.toThrow(message);
  });
});
