import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { JournalWriter, readJournal } from "../../../src/study/ledger/journal.ts";

const folder = mkdtempSync(join(tmpdir(), "ledger-journal-"));
const path = join(folder, "journal.jsonl");
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => rmSync(path, { force: true }));

const started = (id: string) => ({ event: "started", id, key: "k" }) as const;
const idsIn = async () => (await readJournal(folder)).events.map((event) => "id" in event && event.id);

async function write(...ids: string[]): Promise<void> {
  const writer = await JournalWriter.open(folder, await readJournal(folder));
  await Promise.all(ids.map((id) => writer.add(started(id))));
  await writer.close();
}

describe("the journal", () => {
  it("gives back events in order, over several openings", async () => {
    await write("a", "ü");
    await write("c");
    expect(await idsIn()).toEqual(["a", "ü", "c"]);
    expect((await readJournal(folder)).remarks).toEqual([]);
  });

  it("has one line an event, with the CRC-32 of the event's text", async () => {
    await write("a");
    const [line, rest] = readFileSync(path, "utf8").split("\n");
    expect(rest).toBe("");
    const [, sum, text] = /^\{"crc32":"(\w{8})","event":(.*)\}$/.exec(line!)!;
    expect(sum).toBe(crc32(text!).toString(16).padStart(8, "0"));
    expect(JSON.parse(line!).event).toMatchObject(started("a"));
  });

  it("is empty where there is none", async () => {
    expect(await readJournal(join(folder, "nowhere"))).toEqual({ events: [], wholeBytes: 0, remarks: [] });
  });

  it("cuts a torn last line off, wherever it was torn", async () => {
    await write("a", "bü");
    const whole = readFileSync(path);
    const firstEnd = whole.indexOf(10) + 1;
    for (let length = firstEnd + 1; length < whole.length; length += 7) {
      writeFileSync(path, whole);
      truncateSync(path, length);
      const { remarks, wholeBytes } = await readJournal(folder);
      expect(remarks).toEqual([expect.stringContaining("cut short")]);
      expect(wholeBytes).toBe(firstEnd);
      expect(await idsIn()).toEqual(["a"]);
    }
    await write("c");
    expect(await idsIn()).toEqual(["a", "c"]);
    expect((await readJournal(folder)).remarks).toEqual([]);
  });

  it("cuts a last line off that has its end but not its middle", async () => {
    await write("a", "b");
    writeFileSync(path, readFileSync(path, "utf8").replace('"id":"b"', '"id":"\0"'));
    await write("c");
    expect(await idsIn()).toEqual(["a", "c"]);
    expect((await readJournal(folder)).remarks).toEqual([]);
  });

  it("leaves a damaged line out and says which", async () => {
    await write("a", "b", "c");
    writeFileSync(path, readFileSync(path, "utf8").replace('"id":"b"', '"id":"x"'));
    expect(await idsIn()).toEqual(["a", "c"]);
    expect((await readJournal(folder)).remarks).toEqual([expect.stringContaining("line 2 is damaged")]);
  });

  it("keeps whole lines of a kind it does not know", async () => {
    await write("a");
    const text = '{"event":"of the future"}';
    appendFileSync(path, `{"crc32":"${crc32(text).toString(16).padStart(8, "0")}","event":${text}}\n`);
    await write("b");
    expect(await idsIn()).toEqual(["a", "b"]);
    expect(readFileSync(path, "utf8")).toContain("of the future");
  });
});
