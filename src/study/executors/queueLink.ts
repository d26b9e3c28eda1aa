import { setTimeout as delay } from "node:timers/promises";
import type { Redis } from "ioredis";
import { ToolkitError } from "../../core/error.ts";
import { parseRedisUrl, type RedisAddress } from "./queueAddress.ts";

const connectMilliseconds = 3000;
const answerSeconds = 4;
const startingMilliseconds = 1500;
const closeSeconds = 3;

/** A connection to Redis that comes back by itself, with all that were made from it, and says once that it is gone. */
export class QueueLink {
  /** Commands wait while Redis is gone. */
  readonly client: Redis;
  /** Where Redis is, without user and password. */
  readonly shown: string;
  readonly #address: RedisAddress;
  readonly #clients: Redis[] = [];
  readonly #onMessage: (message: string) => void;
  readonly #onBack: (() => void)[] = [];
  #state: "starting" | "there" | "gone" | "closed" = "starting";
  #problem: string | undefined;

  private constructor(address: RedisAddress, create: typeof Redis, onMessage: (message: string) => void) {
    this.#address = address;
    this.shown = address.shown;
    this.#onMessage = onMessage;
    this.client = new create({
      ...address.options,
      lazyConnect: true,
      connectTimeout: connectMilliseconds,
      disconnectTimeout: 500,
      keepAlive: 10_000,
      maxRetriesPerRequest: null, // a command waits for Redis to come back
      retryStrategy: (times) =>
        this.#state === "starting" || this.#state === "closed" ? null : Math.min(100 * times, 2000),
    });
    this.#track(this.client);
    this.client.on("close", () => this.#gone());
    this.client.on("ready", () => this.#back());
  }

  /**
   * Connects; a server that is just starting is waited for.
   *
   * @param url see `parseRedisUrl`
   * @param onMessage gets a line when Redis is gone and one when it is back
   * @throws ToolkitError `usage` for an address that is none, `not-found` within 10 s if Redis is not there or refuses
   */
  static async open(url: string, onMessage: (message: string) => void = () => undefined): Promise<QueueLink> {
    const address = parseRedisUrl(url);
    const { Redis: create } = await import("ioredis");
    const link = new QueueLink(address, create, onMessage);
    try {
      await link.#first();
      return link;
    } catch (error) {
      link.disconnect();
      throw error;
    }
  }

  /** Calls when Redis is there again after it was gone. */
  onBack(listener: () => void): void {
    this.#onBack.push(listener);
  }

  /** What went wrong, in one line without user and password. */
  problemOf(error: unknown): string {
    const { message, code } = error as { message?: string; code?: string };
    return this.#address.redact((message || code || String(error)).replace(/\s+/g, " ").trim());
  }

  /** Waits for work, but no longer than some seconds, and if Redis is gone only a moment. */
  async within<T>(seconds: number, work: Promise<T>): Promise<T | undefined> {
    work.catch(() => undefined);
    const timer = new AbortController();
    const milliseconds = 1000 * (this.#state === "gone" ? Math.min(seconds, 0.5) : seconds);
    try {
      return await Promise.race([
        work,
        delay(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined),
      ]);
    } finally {
      timer.abort();
    }
  }

  /** Ends what others close by themselves, but not for long, then all connections. */
  async close(...parts: readonly { close(): Promise<void> }[]): Promise<void> {
    const seconds = this.#state === "gone" ? 0.5 : closeSeconds;
    this.#state = "closed";
    const closing = Promise.allSettled(parts.map((part) => part.close()));
    await this.within(seconds, closing);
    this.disconnect();
  }

  /** Whether Redis is away just now. */
  get isGone(): boolean {
    return this.#state === "gone";
  }

  /** Ends all connections at once; commands that wait fail. */
  disconnect(): void {
    this.#state = "closed";
    for (const client of this.#clients) {
      client.disconnect();
      // between two tries there is nothing to end, and whoever waits for the end would wait for good: one more try, to fail
      if (client.status === "reconnecting") client.connect().catch(() => undefined);
    }
  }

  async #first(): Promise<void> {
    const until = Date.now() + startingMilliseconds;
    for (;;) {
      const connected = await this.within(answerSeconds, this.#greet()).catch((error) => {
        this.#problem ??= this.problemOf(error);
        return undefined;
      });
      if (connected) {
        this.#state = "there";
        return;
      }
      const problem = this.#problem ?? "no answer";
      this.#problem = undefined;
      if (this.client.status !== "end") this.client.disconnect();
      const isRefusal = !/ECONNREFUSED|ECONNRESET|closed|LOADING/.test(problem);
      if (isRefusal || Date.now() > until) {
        throw new ToolkitError(
          "not-found",
          `redis: ${this.shown} cannot be used (${problem}); start it or name another`,
        );
      }
      await delay(500);
    }
  }

  async #greet(): Promise<boolean> {
    await this.client.connect();
    await this.client.ping();
    const info = await this.client.info().catch(() => "");
    const major = Number(/^redis_version:(\d+)/m.exec(info)?.[1] ?? Infinity);
    if (major < 6) throw new ToolkitError("unsupported", `is version ${major}, 6.2 or later is needed`);
    const policy = /^maxmemory_policy:(.+?)\r?$/m.exec(info)?.[1] ?? "noeviction";
    if (policy !== "noeviction") {
      this.#onMessage(
        `redis: ${this.shown} may drop units when it is full (maxmemory-policy ${policy}); set noeviction`,
      );
    }
    return true;
  }

  /** Libraries duplicate a connection and may not end the copy while Redis is gone. */
  #track(client: Redis): void {
    this.#clients.push(client);
    client.on("error", (error) => {
      this.#problem = this.problemOf(error);
    });
    client.on("connect", () => {
      if (this.#state === "closed") client.disconnect();
    });
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (override) => {
      const copy = duplicate({ ...override, retryStrategy: client.options.retryStrategy! });
      this.#track(copy);
      return copy;
    };
  }

  #gone(): void {
    if (this.#state !== "there") return;
    this.#state = "gone";
    const why = this.#problem === undefined ? "" : ` (${this.#problem})`;
    this.#onMessage(`redis: ${this.shown} is gone${why}; trying again`);
  }

  #back(): void {
    if (this.#state !== "gone") return;
    this.#state = "there";
    this.#problem = undefined;
    this.#onMessage(`redis: ${this.shown} is back`);
    for (const listener of this.#onBack) listener();
  }
}
