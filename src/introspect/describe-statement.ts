/**
 * Asks the server what a statement would return, without executing it: Parse, Describe, Sync of an unnamed statement.
 *
 * A `pg` Submittable, since `pg` offers no describe of its own. A statement that returns nothing has no fields.
 */
import type { Client, Connection, FieldDef } from 'pg';

class StatementDescription {
  readonly #text: string;
  readonly #resolve: (fields: readonly FieldDef[]) => void;
  readonly #reject: (error: Error) => void;
  #fields: readonly FieldDef[] = [];

  constructor(text: string, resolve: (fields: readonly FieldDef[]) => void, reject: (error: Error) => void) {
    this.#text = text;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: Connection): void {
    connection.parse({ name: '', text: this.#text, types: [] }, true);
    connection.describe({ type: 'S', name: '' }, true);
    connection.sync();
  }

  handleRowDescription(message: { readonly fields: readonly FieldDef[] }): void {
    this.#fields = message.fields;
  }

  handleError(error: Error): void {
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    this.#resolve(this.#fields);
  }
}

/** The fields of the statement's result. Rejects with what the server or `pg` says. */
export function describeStatement(client: Client, text: string): Promise<readonly FieldDef[]> {
  return new Promise((resolve, reject) => {
    client.query(new StatementDescription(text, resolve, reject));
  });
}
