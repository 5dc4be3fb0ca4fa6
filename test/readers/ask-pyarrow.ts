/** Questions to pyarrow and polars: test/readers/pyarrow_reader.py and polars_reader.py say which there are. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** One question to the reader, in a process of its own. */
export function ask<T>(request: object, reader: 'pyarrow' | 'polars' = 'pyarrow'): Promise<T> {
  const script = fileURLToPath(new URL(`${reader}_reader.py`, import.meta.url));
  const python = process.env['DRACULA_TEST_PYTHON'];
  if (python === undefined) throw new Error('DRACULA_TEST_PYTHON is not set: run npm run test:readers');
  return new Promise((resolve, reject) => {
    const env = { ...process.env, PYTHONDONTWRITEBYTECODE: '1' };
    const child = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'], env });
    let answer = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(JSON.parse(answer)) : reject(new Error(`python: exit ${code}`)),
    );
    child.stdin.end(JSON.stringify(request));
  });
}
