/** What the CLI needs of the process it runs in. `process` itself fits; tests pass their own. */

export interface OutputStream {
  write(text: string | Uint8Array, done?: (error?: Error | null) => void): boolean;
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  off(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export type HostEvent = 'SIGINT' | 'SIGTERM' | 'SIGHUP' | 'uncaughtException' | 'unhandledRejection';

export interface Host {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  on(event: HostEvent, listener: (argument: unknown) => void): unknown;
  off(event: HostEvent, listener: (argument: unknown) => void): unknown;
  /** Ends the process at once. */
  exit(code: number): void;
}

export type Environment = Host['env'];
