import { existsSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { ToolkitError } from "../core/error.ts";

/**
 * The path with all links followed; parts that are not there stay as they are.
 *
 * @param what words for the path, for the message
 * @throws ToolkitError `not-found` where the system refuses to follow it
 */
export function realPath(path: string, what: string): string {
  return follow(path, what, 0);
}

function follow(path: string, what: string, links: number): string {
  try {
    return realpathSync.native(path);
  } catch (cause) {
    const { code } = cause as { code?: string };
    const above = dirname(path);
    if ((code !== "ENOENT" && code !== "ENOTDIR") || above === path || links > 40) {
      throw new ToolkitError("not-found", `${what} cannot be followed (${code}); name a file that can be read`, {
        cause,
      });
    }
    const folder = follow(above, what, links);
    const target = linkTarget(path);
    return target === undefined ? join(folder, basename(path)) : follow(resolve(folder, target), what, links + 1);
  }
}

/** Where a link leads that leads to nothing. */
function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}

/** The path in the spelling of the disk: file systems tell composed letters from decomposed ones, tables are typed. */
export function asSpelt(path: string): string {
  if (existsSync(path) || dirname(path) === path) return path;
  const folder = asSpelt(dirname(path));
  const name = basename(path);
  const wanted = name.normalize("NFC");
  // a name of ASCII letters has one spelling
  const found = /^[ -~]*$/.test(name) ? undefined : namesIn(folder).find((other) => other.normalize("NFC") === wanted);
  return join(folder, found ?? name);
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
