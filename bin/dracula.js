#!/usr/bin/env node
/**
 * The launcher: plain JavaScript that any Node from 12.20 on can load, so that an old Node gets a sentence instead of a
 * syntax error. It answers `--version` at once, finds a Node that can run Dracula, and hands over to `dist/cli/main.js`.
 *
 * An old Node starts the one that the checkout pins (`node_modules/node`) with the same arguments, streams and signals.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const REQUIRED = [22, 18];
/** Tells the second start apart from the first, should the pinned Node be too old as well. */
const RELAUNCHED = 'DRACULA_RELAUNCHED';
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const args = process.argv.slice(2);

if (args.length === 1 && (args[0] === '--version' || args[0] === '-V')) {
  process.stdout.on('error', ({ code }) => {
    if (code === 'EPIPE') return; // `| head`: the reader has gone, which is its right
    fail(
      `The standard output cannot be written (${code}).`,
      'look at where it goes.',
      code === 'ENOSPC' ? 'E_DISK_FULL' : 'E_WRITE',
      4,
    );
  });
  process.stdout.write(`${JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version}\n`);
} else if (isNewEnough(process.versions.node)) {
  start();
} else {
  relaunch();
}

function isNewEnough(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > REQUIRED[0] || (major === REQUIRED[0] && minor >= REQUIRED[1]);
}

function start() {
  if (process.env[RELAUNCHED] === '1') endWithLauncher();
  delete process.env[RELAUNCHED];
  const main = join(root, 'dist', 'cli', 'main.js');
  if (!existsSync(main)) {
    fail(
      'Dracula is not built: dist/cli/main.js is missing.',
      'run `npm run build` in the checkout (npm ci does it too).',
    );
    return;
  }
  import(pathToFileURL(main).href)
    .then((cli) => cli.main(args, process))
    .then((code) => {
      process.exitCode = code;
      // While Node winds up, a signal would have its usual effect again, and the process another end.
      if (isWritten(process.stdout) && isWritten(process.stderr)) process.exit();
    })
    // `main` never rejects: only the loading can fail, of a dependency that is not installed.
    .catch((error) => fail(`Dracula does not start: ${error.message.split('\n')[0]}`, 'install it again (`npm ci`).'));
}

/** What is still to be written, or could not be, decides itself how the process ends. */
function isWritten({ writableLength, errored }) {
  return writableLength === 0 && !errored;
}

/** A launcher that was killed outright (SIGKILL, out of memory) passes no signal on: its end of the channel closes instead. */
function endWithLauncher() {
  if (!process.channel) return;
  process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'));
  process.channel.unref();
}

function relaunch() {
  const pinned = join(root, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  if (!existsSync(pinned) || process.env[RELAUNCHED] === '1') {
    fail(
      `Dracula needs Node ${REQUIRED.join('.')} or newer; this is Node ${process.versions.node}.`,
      'Install a newer one from https://nodejs.org (or `nvm install 24`), or add it to the project: `npm install node@24`.',
      'E_NODE_VERSION',
    );
    return;
  }
  const env = Object.assign({}, process.env);
  env[RELAUNCHED] = '1';
  const child = spawn(pinned, [fileURLToPath(import.meta.url)].concat(args), {
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
    env,
  });
  // Ctrl-C on a terminal reaches the child by itself too: it takes two within a moment for one.
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, () => child.kill(signal));
  child.on('error', (error) => fail(`${pinned} does not start: ${error.message}`, 'run `npm ci` again.'));
  child.on('exit', (code, signal) => {
    process.exit(signal === null ? code : 128 + constants.signals[signal]);
  });
}

function fail(message, hint, code = 'E_USAGE', exitCode = 2) {
  process.stderr.write(`error[${code}]: ${message}\n  try: ${hint}\n`);
  process.exitCode = exitCode;
}
