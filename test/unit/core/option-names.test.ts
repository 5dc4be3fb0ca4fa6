import { expect, it } from 'vitest';
import { buildProgram } from '../../../src/cli/program.ts';
import { OPTION_FLAGS, withFlags } from '../../../src/core/option-names.ts';
import { ERROR_CODES } from '../../../src/errors.ts';
import { checkCopyOptions } from '../../../src/pipeline/check-options.ts';

it('names options as flags, with their values, and leaves all else', () => {
  expect(withFlags('Raise `memoryBytes`, or use `consistency: table`; see `dracula status` and `other`.')).toBe(
    'Raise `--memory`, or use `--consistency table`; see `dracula status` and `other`.',
  );
});

it('has every option that the library and the command line share, and no other', () => {
  const program = buildProgram({ stdout: process.stdout, stderr: process.stderr }, () => {});
  const flags = program.commands.find((command) => command.name() === 'copy')!.options.map(({ long }) => long!);
  for (const flag of Object.values(OPTION_FLAGS)) expect(flags).toContain(flag);
  // The target and the URL are no flags; the rest of the library's options belongs to programs.
  const known = ['url', 'target', 'env', 'signal', 'onEvent', ...Object.keys(OPTION_FLAGS)].sort();
  expect(() => checkCopyOptions({ none: 1 } as never)).toThrow(/there are ([\w, ]+)\./);
  try {
    checkCopyOptions({ none: 1 } as never);
  } catch (error) {
    expect(
      /there are ([\w, ]+)\./
        .exec((error as Error).message)![1]!
        .split(', ')
        .sort(),
    ).toEqual(known);
  }
});

it('leaves no flag in a hint: a program that gets it has none', () => {
  const hints = Object.values(ERROR_CODES).map(({ hint }) => hint);
  expect(hints.filter((hint) => /(^|\s)--[a-z]/.test(hint.replace(/`(?:dracula|npm) [^`]*`/g, '')))).toEqual([]);
});
