import { join, resolve } from "node:path";
import { listFolder, listTree, makeFolder, movePath, pathKind, removeFolder, syncPath } from "../../formats/file.ts";
import { version } from "../version.ts";
import { ContentHashes, hashFile } from "./contentHashes.ts";
import { type JournalEvent, JournalWriter, type NewEvent, readJournal } from "./journal.ts";
import { acquireLock, type Lock, type LockOptions } from "./lock.ts";
import { damageOf, type FoundManifest, readManifest } from "./manifest.ts";
import { ancestorsOf } from "./orderUnits.ts";
import { isRunning } from "./processIdentity.ts";
import { unitFiles } from "./unit.ts";

/** Options of whatever reads a ledger. */
export interface LedgerOptions {
  /** The ledger's folder. */
  readonly root: string;
  /** Hash of the built code, as `hashCode` makes it; default none: then only the toolkit's version counts. */
  readonly codeHash?: string;
  /** Read every file again instead of trusting size, times and inode. Default false. */
  readonly verify?: boolean;
}

/** What the journal last said of a unit. */
export type LastEvent = Exclude<JournalEvent, { event: "planned" | "stopped" }>;

/** What is known of a folder of units; changes nothing. */
export class LedgerView {
  readonly root: string;
  /** The toolkit's version, with the hash of the code. */
  readonly code: string;
  readonly hashes: ContentHashes;
  readonly events: readonly JournalEvent[];
  readonly remarks: readonly string[];
  readonly #last = new Map<string, LastEvent>();
  readonly #journaled = new Map<string, string>();

  protected constructor(
    options: LedgerOptions,
    hashes: ContentHashes,
    journal: Awaited<ReturnType<typeof readJournal>>,
  ) {
    this.root = resolve(options.root);
    this.code = options.codeHash ? `${version}+${options.codeHash}` : version;
    this.hashes = hashes;
    this.events = journal.events;
    this.remarks = journal.remarks;
    for (const event of journal.events) {
      if (event.event === "planned" || event.event === "stopped") continue;
      this.#last.set(event.id, event);
      if (event.event === "done") this.#journaled.set(event.id, event.manifest);
    }
  }

  /** Reads a ledger without taking its lock; one that is not there is empty. */
  static async read(options: LedgerOptions): Promise<LedgerView> {
    return new LedgerView(options, await loadHashes(options), await readJournal(options.root));
  }

  /** Where a finished unit's output lies. */
  folderOf(id: string): string {
    return join(this.root, "units", id);
  }

  /** What the journal says of a unit, `undefined` if it never ran. */
  last(id: string): LastEvent | undefined {
    return this.#last.get(id);
  }

  /** Whether the journal has the unit done with this manifest. */
  isJournaled(id: string, hash: string): boolean {
    return this.#journaled.get(id) === hash;
  }

  /**
   * What the unit's folder holds. Its files are compared with the manifest if the unit's key is `key`: by what is remembered of
   * their content if the journal has the unit done, otherwise by reading them.
   */
  async find(id: string, key: string): Promise<FoundManifest> {
    const folder = this.folderOf(id);
    const found = await readManifest(folder, id);
    if (found.state !== "finished" || found.manifest.key !== key) return found;
    const journaled = this.isJournaled(id, found.hash);
    const reason = await damageOf(folder, found.manifest, journaled ? (path) => this.hashes.of(path) : hashFile);
    return reason === undefined ? found : { state: "damaged", reason };
  }
}

/** A folder of units held by this process: what it knows, and what may change it. */
export class Ledger extends LedgerView {
  readonly #lock: Lock;
  readonly #journal: JournalWriter;
  #asides = 0;
  #lost = false;

  private constructor(
    options: LedgerOptions,
    state: {
      hashes: ContentHashes;
      journal: Awaited<ReturnType<typeof readJournal>>;
      lock: Lock;
      writer: JournalWriter;
    },
  ) {
    super(options, state.hashes, state.journal);
    this.#lock = state.lock;
    this.#journal = state.writer;
  }

  /**
   * Opens a ledger for work, making its folder if need be: takes the lock, cuts a torn line off the journal, removes what runs
   * that are no more have left half done.
   *
   * @throws ToolkitError `exists` if another process is at work there, `not-writable`
   */
  static async open(options: LedgerOptions & LockOptions): Promise<Ledger> {
    const root = resolve(options.root);
    await makeFolder(join(root, "units"));
    const lock = await acquireLock(root, options);
    try {
      await sweep(join(root, "units"));
      const journal = await readJournal(root);
      const writer = await JournalWriter.open(root, journal);
      return new Ledger(options, { hashes: await loadHashes(options), journal, lock, writer });
    } catch (error) {
      await lock.release().catch(() => undefined);
      throw error;
    }
  }

  /** Adds an event to the journal; returns when it is on the disk. Does nothing once the lock is lost. */
  async add(event: NewEvent): Promise<void> {
    if (!this.#lost) await this.#journal.add(event);
  }

  /** Makes an empty folder to work in, beside the finished ones and hidden. */
  async makeAside(id: string): Promise<string> {
    const folder = join(this.root, "units", `.${flat(id)}-${process.pid}-${++this.#asides}`);
    await removeFolder(folder);
    await makeFolder(folder);
    return folder;
  }

  /**
   * Makes sure that the ledger is still this process's.
   *
   * @throws ToolkitError `exists` if another process has taken it over
   */
  async confirm(): Promise<void> {
    try {
      await this.#lock.confirm();
    } catch (error) {
      this.#lost = true;
      throw error;
    }
  }

  /**
   * Gives a complete folder its final name, in place of an earlier one; everything is on the disk before and after.
   *
   * @throws ToolkitError `not-writable`
   */
  async publish(id: string, aside: string): Promise<void> {
    await syncTree(aside);
    const folder = this.folderOf(id);
    const old = `${aside}-0`;
    const replaces = (await pathKind(folder)) !== undefined;
    if (replaces) await movePath(folder, old);
    await movePath(aside, folder);
    for (const above of ["", ...ancestorsOf(id)]) await syncPath(join(this.root, "units", above));
    if (replaces) await removeFolder(old);
  }

  /**
   * Moves a unit's folder to `damaged/`, so that nobody takes it for the unit's output.
   *
   * @returns its new place, `undefined` if it is not there
   */
  async moveAway(id: string): Promise<string | undefined> {
    if ((await pathKind(this.folderOf(id))) === undefined) return undefined;
    for (let n = 1; ; n++) {
      const place = join(this.root, "damaged", `${flat(id)}-${n}`);
      if ((await pathKind(place)) !== undefined) continue;
      await movePath(this.folderOf(id), place);
      return place;
    }
  }

  /** Moves away what lies where a folder above a unit's has to be: a unit of an earlier plan. */
  async clearAbove(id: string): Promise<string | undefined> {
    for (const above of ancestorsOf(id)) {
      if ((await pathKind(join(this.folderOf(above), unitFiles.manifest))) === "file") return this.moveAway(above);
    }
    return undefined;
  }

  /** Gives the folder back. */
  async close(): Promise<void> {
    // a cache: the run is whole without it
    if (!this.#lost) await this.hashes.save().catch(() => undefined);
    await this.#journal.close();
    // a lock that cannot be removed is that of a process that will have ended
    await this.#lock.release().catch(() => undefined);
  }
}

function loadHashes({ root, verify = false }: LedgerOptions): Promise<ContentHashes> {
  return ContentHashes.load(join(root, "hashes.json"), { trust: !verify });
}

/** An id as one name: `+` is in no id. */
function flat(id: string): string {
  return id.replaceAll("/", "+").slice(0, 200);
}

/** Removes what processes that are no more have set aside; own ones of an earlier life of this process id, too. */
async function sweep(units: string): Promise<void> {
  for (const name of await listFolder(units)) {
    const pid = Number(/^\..*?-(\d+)-\d+(-0)?$/.exec(name)?.[1]);
    if (pid === process.pid || (pid > 0 && !isRunning(pid))) await removeFolder(join(units, name));
  }
}

async function syncTree(folder: string): Promise<void> {
  const files = await listTree(folder);
  const folders = new Set(["", ...files.flatMap(ancestorsOf)]);
  const paths = [...files, ...folders];
  // the disk writes what comes together in one go
  for (let i = 0; i < paths.length; i += 16) {
    await Promise.all(paths.slice(i, i + 16).map((path) => syncPath(join(folder, path))));
  }
}
