/**
 * Asks the server what a statement would return, without executing it: Parse, Describe, Sync of an unnamed statement.
 *
 * A `pg` Submittable, since `pg` offers no describe of its own. A statement that returns nothing has no fields.
 */
import type { Client, Connection, FieldDef } from 'pg';
import { lockedRelations } from './probe.ts';

export interface StatementFacts {
  readonly fields: readonly FieldDef[];
  /** How many parameters (`$1`) it wants. */
  readonly parameters: number;
}

class StatementDescription {
  readonly #text: string;
  readonly #resolve: (facts: StatementFacts) => void;
  readonly #reject: (error: Error) => void;
  #fields: readonly FieldDef[] = [];
  #parameters = 0;
  #stopListening = () => {};

  constructor(text: string, resolve: (facts: StatementFacts) => void, reject: (error: Error) => void) {
    this.#text = text;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  submit(connection: Connection): void {
    // `pg` hands this message to nobody.
    const onParameters = ({ dataTypeIDs }: { readonly dataTypeIDs: readonly number[] }) => {
      this.#parameters = dataTypeIDs.length;
    };
    connection.on('parameterDescription', onParameters);
    this.#stopListening = () => connection.off('parameterDescription', onParameters);
    connection.parse({ name: '', text: this.#text, types: [] }, true);
    connection.describe({ type: 'S', name: '' }, true);
    connection.sync();
  }

  handleRowDescription(message: { readonly fields: readonly FieldDef[] }): void {
    this.#fields = message.fields;
  }

  handleError(error: Error): void {
    this.#stopListening();
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    this.#stopListening();
    this.#resolve({ fields: this.#fields, parameters: this.#parameters });
  }
}

/** The fields of the statement's result, and its parameters. Rejects with what the server or `pg` says. */
export function describeStatement(client: Client, text: string): Promise<StatementFacts> {
  return new Promise((resolve, reject) => {
    client.query(new StatementDescription(text, resolve, reject));
  });
}

/** The same, with the relations that its names mean and those that views among them are made of: what parsing it locks. Within a probe, which has locked none. */
export async function describeGiven(
  client: Client,
  text: string,
): Promise<StatementFacts & { readonly named: readonly number[] }> {
  const facts = await describeStatement(client, text);
  return { ...facts, named: await lockedRelations(client) };
}
