import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ToolkitError } from "../../core/error.ts";
import { fileStamp, listFolder, listTree, movePath, pathKind, removeFolder } from "../../formats/file.ts";

/** Network drives show what another machine has written after some seconds. */
const visibleMilliseconds = 15_000;

/** Names an attempt. */
export const attemptToken = (): string => randomBytes(6).toString("hex");

/**
 * The folder of an attempt: beside the one set aside for the unit and hidden, so that an attempt that lost, and may still write, is
 * never in the way. Its end is that of the other, so that whatever removes one that was left finds both.
 */
export function attemptFolder(aside: string, token: string): string {
  return join(dirname(aside), `.${token}${basename(aside)}`);
}

/** How many files a folder has and how large they are together. */
export async function measureFolder(folder: string): Promise<{ files: number; bytes: number }> {
  const paths = await listTree(folder);
  let bytes = 0;
  for (const path of paths) bytes += (await fileStamp(join(folder, path))).size;
  return { files: paths.length, bytes };
}

/**
 * Puts the folder of the attempt that won in place of the one set aside.
 *
 * @param aside the folder set aside, empty
 * @param won the attempt, what it wrote, and where
 * @throws ToolkitError `not-found` if its files are not here: the storage is not shared
 */
export async function adoptAttempt(
  aside: string,
  won: { readonly attempt: string; readonly files: number; readonly bytes: number; readonly host: string },
  { milliseconds = visibleMilliseconds } = {},
): Promise<void> {
  const from = attemptFolder(aside, won.attempt);
  const until = Date.now() + milliseconds;
  for (;;) {
    const found = (await pathKind(from)) === "folder" ? await measureFolder(from) : { files: -1, bytes: -1 };
    if (found.files === won.files && found.bytes === won.bytes) break;
    if (Date.now() > until) {
      const here = found.files < 0 ? "nothing" : `${found.files} of ${won.files} files`;
      throw new ToolkitError(
        "not-found",
        `queue: host ${won.host} wrote ${from}, of which there is ${here} here; use storage that all machines have at the same path`,
      );
    }
    await delay(Math.min(200, milliseconds));
  }
  await removeFolder(aside);
  await movePath(from, aside);
}

/** Removes what attempts at a unit have left. One that another machine still writes to may stay; it is hidden and removed later. */
export async function removeAttempts(aside: string): Promise<void> {
  const end = basename(aside);
  const names = await listFolder(dirname(aside)).catch(() => []);
  for (const name of names) {
    const isAttempt =
      name.length === end.length + 13 && name.endsWith(end) && /^\.[0-9a-f]{12}$/.test(name.slice(0, 13));
    if (isAttempt) await removeFolder(join(dirname(aside), name)).catch(() => undefined);
  }
}
