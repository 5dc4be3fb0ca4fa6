/** The connection that a run controls its reads with, while rows flow elsewhere. */
import type { Client } from 'pg';
import { connectControl, connectionLoss } from '../postgres/connect.ts';
import type { CopyRun } from './copy-run.ts';

/** Asks for the control connection, which is opened anew where it was lost; `hangUp` ends those opened here. */
export function reconnecting(run: CopyRun): {
  readonly control: () => Promise<Client>;
  readonly hangUp: () => Promise<void>;
} {
  let client: Promise<Client> = Promise.resolve(run.control);
  return {
    async control() {
      const known = client;
      const current = await known.catch(() => null);
      if (current !== null && connectionLoss(current) === undefined) return current;
      // Of several who ask at once one connects: nobody would end what the others open.
      if (client === known) client = connectControl(run.connection);
      return client;
    },
    async hangUp() {
      const current = await client.catch(() => null); // there is none to end
      if (current !== run.control) await current?.end().catch(() => undefined);
    },
  };
}
