import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { acquireLock } from "../../../src/study/ledger/lock.ts";
import { thisProcess } from "../../../src/study/ledger/processIdentity.ts";
import { expectRefusal } from "../../formats/refusal.ts";

const folder = mkdtempSync(join(tmpdir(), "ledger-lock-"));
const path = join(folder, "lock");
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => rmSync(path, { force: true }));

const mine = await thisProcess();
const deadPid = spawnSync(process.execPath, ["-e", ""]).pid;
const leave = (parts: object, minutesAgo = 0) => {
  const content = { ...mine, started: "2024-01-02T03:04:05.000Z", token: "t", ...parts };
  writeFileSync(path, JSON.stringify(content));
  const time = new Date(Date.now() - minutesAgo * 60_000);
  utimesSync(path, time, time);
};
const elsewhere = { host: "elsewhere", machine: "elsewhere 1 2" };

async function taken(options = {}): Promise<void> {
  const lock = await acquireLock(folder, options);
  expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ pid: process.pid, host: hostname() });
  await lock.release();
  expect(readdirSync(folder)).toEqual([]);
}

describe("acquireLock", () => {
  it("holds a folder until it is released", async () => {
    const lock = await acquireLock(folder);
    await expectRefusal(() => acquireLock(folder), "exists", `process ${process.pid} on ${hostname()}`);
    await expectRefusal(() => acquireLock(folder, { force: true }), "exists", "is in use");
    await lock.confirm();
    await lock.release();
    await taken();
  });

  it("takes over from a process of this machine that is no more", async () => {
    leave({ pid: deadPid });
    await taken();
  });

  it.runIf(mine.birth !== "")("takes over where the process id was used again", async () => {
    leave({ birth: "1" });
    await taken();
  });

  it("leaves the lock of another machine alone while it gives signs of life", async () => {
    leave({ ...elsewhere, pid: deadPid }, 3);
    const refused = () => acquireLock(folder);
    await expectRefusal(refused, "exists", `process ${deadPid} on elsewhere since 2024-01-02`, "3.0 minutes ago");
    expect(existsSync(path)).toBe(true);
  });

  it("takes over from another machine by force, or after minutes of silence", async () => {
    leave(elsewhere, 3);
    await taken({ force: true });
    leave(elsewhere, 3);
    await taken({ staleMinutes: 2 });
  });

  it("takes over what is no lock once nobody can be writing it any more", async () => {
    writeFileSync(path, '{"pid":');
    const time = new Date(Date.now() - 60_000);
    utimesSync(path, time, time);
    await taken();
  });

  it("lets exactly one of many take a dead lock over, every time", async () => {
    for (let round = 0; round < 20; round++) {
      leave({ pid: deadPid });
      const all = await Promise.allSettled(Array.from({ length: 8 }, () => acquireLock(folder)));
      const won = all.filter((one) => one.status === "fulfilled");
      expect(won).toHaveLength(1);
      await won[0]!.value.confirm();
      await won[0]!.value.release();
    }
  });

  it("tells its holder that it was taken, and leaves the new one alone", async () => {
    const lock = await acquireLock(folder);
    leave({ ...elsewhere, token: "other" });
    await expectRefusal(() => lock.confirm(), "exists", "taken by process", "elsewhere");
    await lock.release();
    expect(existsSync(path)).toBe(true);
  });
});
