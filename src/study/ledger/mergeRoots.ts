import { join, resolve } from "node:path";
import { ToolkitError } from "../../core/error.ts";
import { copyBytes, listTree, pathKind, removeFolder } from "../../formats/file.ts";
import { hashFile } from "./contentHashes.ts";
import { Ledger } from "./ledger.ts";
import type { LockOptions } from "./lock.ts";
import { damageOf, type Manifest, readManifest, readTiming } from "./manifest.ts";
import { ancestorsOf } from "./orderUnits.ts";
import { unitFiles } from "./unit.ts";

/** Options of `mergeRoots`. */
export interface MergeOptions extends LockOptions {
  /** Where roots have one unit with different keys, take the one that ended last. Default false: refuse. */
  readonly newer?: boolean;
}

/** Defaults of `MergeOptions`, but for the lock's. */
export const mergeDefaults = { newer: false } as const satisfies MergeOptions;

/** What became of the units of the roots merged, by id. */
export interface MergeReport {
  /** Were not there and are now. */
  readonly merged: readonly string[];
  /** Were there already. */
  readonly same: readonly string[];
  /** Took the place of an older one with another key. */
  readonly replaced: readonly string[];
  /** Are there with the same key and other files: their work does not always give the same; the ones there stay. */
  readonly different: readonly string[];
  /** Were left out, as their files do not match their manifest. */
  readonly damaged: readonly { readonly id: string; readonly root: string; readonly reason: string }[];
}

interface Candidate {
  readonly root: string;
  readonly folder: string;
  readonly manifest: Manifest;
  readonly hash: string;
}

/**
 * Copies the finished units of some ledgers into another, verified before and after. Doing it again changes nothing. Failures are not
 * copied: a run of `into` finds out anew.
 *
 * @param from folders of ledgers; they are read only
 * @param into folder of a ledger, made if need be
 * @throws ToolkitError `exists` if a unit is there with another key, before anything is copied, or if another process is at work in
 * `into`; `not-found`, `not-writable`
 */
export async function mergeRoots(
  from: readonly string[],
  into: string,
  options: MergeOptions = {},
): Promise<MergeReport> {
  const { newer } = { ...mergeDefaults, ...options };
  const ledger = await Ledger.open({ ...options, root: into });
  try {
    const damaged: { id: string; root: string; reason: string }[] = [];
    const chosen = new Map<string, Candidate>();
    const there = new Map<string, Candidate>();
    for (const id of await unitIds(ledger.root)) {
      const candidate = await candidateOf(ledger.root, id);
      // a damaged one in place is as good as none: a sound one replaces it
      if (typeof candidate !== "string") there.set(id, candidate);
    }
    for (const root of from) {
      if (resolve(root) === ledger.root) {
        throw new ToolkitError("bad-option", `mergeRoots: ${root} is to be merged into itself; name another`);
      }
      for (const id of await unitIds(root)) {
        const candidate = await candidateOf(root, id);
        if (typeof candidate === "string") damaged.push({ id, root, reason: candidate });
        else await choose(id, candidate, { chosen, there, newer });
      }
    }
    checkPaths([...chosen.keys(), ...there.keys()]);
    const copied = {
      merged: [] as string[],
      same: [] as string[],
      replaced: [] as string[],
      different: [] as string[],
    };
    for (const [id, candidate] of [...chosen].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const other = there.get(id);
      if (other?.hash === candidate.hash) copied.same.push(id);
      else if (other?.manifest.key === candidate.manifest.key) {
        copied[sameFiles(other.manifest, candidate.manifest) ? "same" : "different"].push(id);
      } else if (other !== undefined && other === chosen.get(id)) copied.same.push(id);
      else {
        if (other === undefined) await ledger.moveAway(id);
        await copyUnit(ledger, id, candidate);
        copied[other === undefined ? "merged" : "replaced"].push(id);
      }
    }
    return { ...copied, damaged };
  } finally {
    await ledger.close();
  }
}

/** Ids of all finished units of a root, by their manifests. */
async function unitIds(root: string): Promise<string[]> {
  const units = join(root, "units");
  if ((await pathKind(units)) !== "folder") {
    throw new ToolkitError("not-found", `${root}: is no folder of a run: it has no units; name the folder of a run`);
  }
  const suffix = `/${unitFiles.manifest}`;
  const ids = (await listTree(units))
    .filter((path) => path.endsWith(suffix) && !path.startsWith("."))
    .map((path) => path.slice(0, -suffix.length));
  const known = new Set(ids);
  return ids.filter((id) => !ancestorsOf(id).some((above) => known.has(above)));
}

/** A unit whose files match its manifest, or what is wrong with it. */
async function candidateOf(root: string, id: string): Promise<Candidate | string> {
  const folder = join(root, "units", id);
  const found = await readManifest(folder, id);
  if (found.state === "none") return "it is gone";
  if (found.state === "damaged") return found.reason;
  const reason = await damageOf(folder, found.manifest, hashFile);
  return reason ?? { root, folder, manifest: found.manifest, hash: found.hash };
}

async function choose(
  id: string,
  candidate: Candidate,
  { chosen, there, newer }: { chosen: Map<string, Candidate>; there: Map<string, Candidate>; newer: boolean },
): Promise<void> {
  const other = chosen.get(id) ?? there.get(id);
  if (other === undefined || other.manifest.key === candidate.manifest.key) {
    if (!chosen.has(id)) chosen.set(id, candidate);
    return;
  }
  if (!newer) {
    throw new ToolkitError(
      "exists",
      `unit ${id}: ${other.root} and ${candidate.root} have it from different inputs, options or code; merge results of one study only, or ask for the newer`,
    );
  }
  const isNewer = (await endOf(candidate)) > (await endOf(other));
  chosen.set(id, isNewer ? candidate : other);
}

async function endOf({ folder }: Candidate): Promise<number> {
  const timing = await readTiming(folder);
  return timing ? Date.parse(timing.started) + 1000 * timing.seconds : 0;
}

function sameFiles(a: Manifest, b: Manifest): boolean {
  return JSON.stringify(a.files) === JSON.stringify(b.files);
}

function checkPaths(ids: readonly string[]): void {
  const all = new Set(ids);
  for (const id of ids) {
    const above = ancestorsOf(id).find((ancestor) => all.has(ancestor));
    if (above !== undefined) {
      throw new ToolkitError(
        "exists",
        `unit ${id}: its folder would lie in that of unit ${above}; merge one study only`,
      );
    }
  }
}

async function copyUnit(ledger: Ledger, id: string, { folder, manifest, hash }: Candidate): Promise<void> {
  const aside = await ledger.makeAside(id);
  try {
    const paths = [...manifest.files.map(({ path }) => path), ...Object.values(unitFiles)];
    for (const path of paths) {
      if ((await pathKind(join(folder, path))) === "file") await copyBytes(join(folder, path), join(aside, path));
    }
    const copy = await readManifest(aside, id);
    const damage =
      copy.state === "finished" && copy.hash === hash
        ? await damageOf(aside, manifest, hashFile)
        : "its manifest differs";
    if (damage !== undefined) {
      throw new ToolkitError("bad-format", `unit ${id}: the copy of ${folder} is not like it: ${damage}; merge again`);
    }
    await ledger.confirm();
    await ledger.publish(id, aside);
  } catch (error) {
    await removeFolder(aside).catch(() => undefined);
    throw error;
  }
  const { seconds = 0, weight = 1 } = (await readTiming(folder)) ?? {};
  const { key, record } = manifest;
  await ledger.add({ event: "done", id, key, manifest: hash, kind: record.kind, weight, seconds, how: "merged" });
}
