import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { main } from '../../../src/cli/main.ts';
import { DraculaError, serializeError } from '../../../src/errors.ts';
import { FakeHost } from '../../support/fake-host.ts';
import { samplePlan, sampleReport, sampleTablePlan, sampleTableReport } from '../../support/run-samples.ts';
import { sampleVerification, sampleVerifyReport } from '../../support/verify-samples.ts';

const folder = new URL('../../../docs/reference/', import.meta.url);

async function helpOf(argv: readonly string[]): Promise<string> {
  const host = new FakeHost();
  await main(argv, host);
  return host.stdout.text.trimEnd();
}

describe('the reference pages', () => {
  it('hold the help of every command as it is (vitest -u brings them up to date)', async () => {
    const page = await readFile(new URL('cli.md', folder), 'utf8');
    let current = page;
    const commands = [...page.matchAll(/^```text dracula (.*)\n/gm)].map((match) => match[1]!);
    expect(commands).toEqual([
      '--help',
      'copy --help',
      'query --help',
      'status --help',
      'verify --help',
      'demo --help',
    ]);
    for (const command of commands) {
      const fence = '```';
      const block = new RegExp(`(^${fence}text dracula ${command}\\n)[^]*?(^${fence}$)`, 'm');
      const help = await helpOf(command.split(' '));
      current = current.replace(block, (_, head, tail) => `${head}${help}\n${tail}`);
    }
    await expect(current).toMatchFileSnapshot('../../../docs/reference/cli.md');
  });

  it('name every field of the JSON documents, and no other', async () => {
    const page = await readFile(new URL('cli-json.md', folder), 'utf8');
    const error = serializeError(new DraculaError('E_INTERNAL', ''));
    const documents: Record<string, object> = {
      error,
      report: sampleReport(),
      'report.tables': sampleTableReport(),
      'report.source': sampleReport().source,
      plan: { format: 1, ...samplePlan() },
      'plan.tables': sampleTablePlan(),
      verify: sampleVerifyReport(),
      'verify.datasets': sampleVerification(),
    };
    for (const [section, document] of Object.entries(documents)) {
      expect({ [section]: fieldsIn(page, section) }).toEqual({ [section]: Object.keys(document).sort() });
    }
  });
});

/** The first column of the table below `### section`. */
function fieldsIn(page: string, section: string): string[] {
  const table = page.split(`\n### ${section}\n`)[1]?.split(/\n#/)[0] ?? '';
  return [...table.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]!).sort();
}
