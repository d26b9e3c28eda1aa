import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { ToolkitError } from "../../core/error.ts";
import { pathKind, readText, writeBytes, writeFolder } from "../../formats/file.ts";
import type { CommandIo } from "../io.ts";
import { checkNotAborted } from "../untilAborted.ts";
import type { TrfFileArguments } from "./trfArguments.ts";

/**
 * Refuses an output that is there before the work, not after it. A folder is replaced only with `--overwrite` and only if its
 * mark says that this toolkit wrote it: other programs too keep a `model.json`.
 *
 * @param mark name of the JSON file by which a folder is known as that of the same command
 * @throws ToolkitError `exists`
 */
export async function checkTrfFolder({ out, overwrite }: TrfFileArguments, mark: string): Promise<void> {
  if (!(await pathKind(out))) return;
  if (!overwrite) {
    throw new ToolkitError("exists", `${out}: is there already; name another folder, or replace it with --overwrite`);
  }
  if (await isOurs(join(out, mark))) return;
  throw new ToolkitError(
    "exists",
    `${out}: is there already and holds no ${mark} that neurosteer wrote; name another folder`,
  );
}

/**
 * Writes the results of a command, all or nothing, unless the user has interrupted it meanwhile.
 *
 * @param files content by name, the mark among them
 * @throws ToolkitError `aborted`; as `writeFolder`
 */
export async function writeTrfFolder(
  { out, overwrite }: TrfFileArguments,
  { mark, files, io }: { mark: string; files: Readonly<Record<string, Uint8Array | string>>; io: CommandIo },
): Promise<void> {
  // an interrupt during the computation is seen only now
  await setImmediate();
  checkNotAborted(io.signal);
  await writeFolder(
    out,
    async (folder) => {
      for (const [name, content] of Object.entries(files)) await writeBytes(join(folder, name), content);
    },
    overwrite ? { replaceMarkedBy: mark } : {},
  );
}

/** Shows warnings on standard error. */
export function showWarnings(io: CommandIo, warnings: readonly string[]): void {
  for (const warning of warnings) io.error(`neurosteer: warning: ${warning}\n`);
}

async function isOurs(path: string): Promise<boolean> {
  if ((await pathKind(path)) !== "file") return false;
  try {
    return /^neurosteer /.test((JSON.parse(await readText(path)) as { format: string }).format);
  } catch {
    return false;
  }
}
