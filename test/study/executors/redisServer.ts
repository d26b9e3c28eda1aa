import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";
import { describe, test } from "vitest";

const isInstalled = spawnSync("redis-server", ["--version"]).status === 0;

/** Stands for tests that cannot run here, and says why. */
export const skippedFor = (reason: string): typeof describe =>
  ((name: string) => describe(name, () => test.skip(`(skipped: ${reason})`))) as unknown as typeof describe;

/** `describe` where redis-server is installed, or has to be; skipped, saying so, elsewhere. */
export const describeWithRedis: typeof describe =
  isInstalled || process.env.NEUROSTEER_REQUIRE_SYSTEM === "1" ? describe : skippedFor("redis-server is not installed");

/** A Redis of the tests' own, that keeps nothing when it is restarted. */
export class RedisServer {
  readonly port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), "neurosteer-redis-"));
  readonly #args: readonly string[];
  #child: ChildProcess | undefined;

  private constructor(port: number, args: readonly string[]) {
    this.port = port;
    this.#args = args;
  }

  /** Starts one on a free port. */
  static async start(...args: string[]): Promise<RedisServer> {
    const server = new RedisServer(await freePort(), args);
    await server.up();
    return server;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  async up(): Promise<void> {
    const own = ["--port", String(this.port), "--bind", "127.0.0.1", "--dir", this.#folder, "--save", ""];
    this.#child = spawn("redis-server", [...own, ...this.#args], { stdio: "ignore" });
    await until(() => answers(this.port));
  }

  /** Ends it at once, as a loss of power does. */
  async down(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  }

  async stop(): Promise<void> {
    await this.down();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Does something with a client. */
  async with<T>(work: (client: Redis) => Promise<T>): Promise<T> {
    const client = new Redis(this.port, "127.0.0.1");
    try {
      return await work(client);
    } finally {
      client.disconnect();
    }
  }

  /** Names of all keys. */
  keys(): Promise<string[]> {
    return this.with((client) => client.keys("*"));
  }
}

async function answers(port: number): Promise<boolean> {
  const client = new Redis(port, "127.0.0.1", {
    lazyConnect: true,
    retryStrategy: () => null,
    enableReadyCheck: false,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.ping();
    return true;
  } catch (error) {
    return /NOAUTH/.test(String(error));
  } finally {
    client.disconnect();
  }
}

/** Waits until something holds. */
export async function until(holds: () => boolean | Promise<boolean>, milliseconds = 20_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited ${milliseconds} ms for ${holds}`);
    await delay(20);
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
