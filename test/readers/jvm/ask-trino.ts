/**
 * A query to Trino by its REST protocol.
 *
 * Without the client capability PARAMETRIC_DATETIME the server rounds times to milliseconds.
 */
export interface Answer {
  readonly rows: readonly (readonly unknown[])[];
  /** Rows of the row groups that were read. */
  readonly rowsRead: number;
}

interface Page {
  readonly nextUri?: string;
  readonly data?: readonly (readonly unknown[])[];
  readonly stats: { readonly processedRows: number };
  readonly error?: { readonly message: string; readonly errorName: string };
}

export async function askTrino(url: string, sql: string, session: Readonly<Record<string, string>>): Promise<Answer> {
  const headers = {
    'X-Trino-User': 'test',
    'X-Trino-Time-Zone': 'UTC',
    'X-Trino-Client-Capabilities': 'PARAMETRIC_DATETIME',
    'X-Trino-Session': Object.entries(session)
      .map(([name, value]) => `${name}=${encodeURIComponent(value)}`)
      .join(','),
  };
  const rows: (readonly unknown[])[] = [];
  let page = await pageOf(fetch(`${url}/v1/statement`, { method: 'POST', body: sql, headers }));
  for (;;) {
    if (page.error !== undefined)
      throw new Error(`Trino: ${page.error.errorName} ${page.error.message}: ${sql.slice(0, 200)}`);
    rows.push(...(page.data ?? []));
    if (page.nextUri === undefined) return { rows, rowsRead: page.stats.processedRows };
    page = await pageOf(fetch(page.nextUri, { headers }));
  }
}

async function pageOf(response: Promise<Response>): Promise<Page> {
  const answer = await response;
  if (!answer.ok) throw new Error(`Trino answers ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Page;
}
