import { X509Certificate } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { ConnectionParameters } from '../../../src/postgres/connection-parameters.ts';
import { isRdsHost, resolveTls, type TlsPlace } from '../../../src/postgres/tls-policy.ts';
import { createAuthority, createCertificate } from '../../support/certificates.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const AUTHORITY = createAuthority('test authority');
const CLIENT = createCertificate({ name: 'reader' }, AUTHORITY);

const REMOTE: TlsPlace = { host: 'db.example.com', local: false, unixSocket: false, certificateFolder: '/nonexistent' };
const LOCAL: TlsPlace = { host: 'localhost', local: true, unixSocket: false, certificateFolder: '/nonexistent' };
const RDS: TlsPlace = { ...REMOTE, host: 'shop.abc123.eu-west-1.rds.amazonaws.com' };

async function writeFiles(): Promise<{ folder: string; ca: string; cert: string; key: string }> {
  const folder = await temporaryFolder();
  const paths = { folder, ca: join(folder, 'ca.pem'), cert: join(folder, 'c.crt'), key: join(folder, 'c.key') };
  await writeFile(paths.ca, AUTHORITY.cert);
  await writeFile(paths.cert, CLIENT.cert);
  await writeFile(paths.key, CLIENT.key);
  return paths;
}

describe('resolveTls', () => {
  it.each<[string | undefined, TlsPlace, string | false]>([
    [undefined, LOCAL, false],
    ['disable', LOCAL, false],
    ['allow', LOCAL, false],
    ['prefer', LOCAL, false],
    ['require', LOCAL, 'none'],
    ['verify-full', LOCAL, 'full'],
    [undefined, REMOTE, 'full'],
    ['disable', REMOTE, false],
    ['allow', REMOTE, 'full'],
    ['prefer', REMOTE, 'full'],
    ['require', REMOTE, 'none'],
    ['verify-full', REMOTE, 'full'],
    [undefined, RDS, 'full'],
    ['require', RDS, 'full'],
    ['verify-ca', RDS, 'ca'],
    ['verify-full', { ...LOCAL, host: '/tmp', unixSocket: true }, false],
  ])('sslmode %s, without a root certificate, at %o verifies: %s', async (sslmode, place, verify) => {
    const { ssl } = await resolveTls(sslmode === undefined ? {} : { sslmode }, place);
    expect(ssl === false ? false : [ssl.verify, ssl.requested]).toEqual(verify === false ? false : [verify, sslmode]);
  });

  it('says that require checks nobody, unless there is something to check against', async () => {
    const { ca } = await writeFiles();
    expect((await resolveTls({ sslmode: 'require' }, REMOTE)).notices).toEqual([
      expect.stringContaining('does not check who answers'),
    ]);
    const checked = await resolveTls({ sslmode: 'require', sslrootcert: ca }, REMOTE);
    expect(checked).toEqual({ ssl: { verify: 'ca', requested: 'require', ca: AUTHORITY.cert }, notices: [] });
    expect((await resolveTls({ sslmode: 'require' }, RDS)).notices).toEqual([]);
  });

  it('encrypts to a local host too when a certificate is named for it', async () => {
    const { ca, cert, key } = await writeFiles();
    expect((await resolveTls({ sslrootcert: ca }, LOCAL)).ssl).toEqual({ verify: 'full', ca: AUTHORITY.cert });
    expect((await resolveTls({ sslcert: cert, sslkey: key, sslpassword: 'x' }, LOCAL)).ssl).toEqual({
      verify: 'full',
      cert: CLIENT.cert,
      key: CLIENT.key,
      passphrase: 'x',
    });
  });

  it('takes the certificates of ~/.postgresql where they are', async () => {
    const folder = await temporaryFolder();
    await mkdir(join(folder, '.postgresql'));
    const certificateFolder = join(folder, '.postgresql');
    await writeFile(join(certificateFolder, 'root.crt'), AUTHORITY.cert);
    await writeFile(join(certificateFolder, 'postgresql.crt'), CLIENT.cert);
    await writeFile(join(certificateFolder, 'postgresql.key'), CLIENT.key);
    const all = { ca: AUTHORITY.cert, cert: CLIENT.cert, key: CLIENT.key };
    expect((await resolveTls({}, { ...REMOTE, certificateFolder })).ssl).toEqual({ verify: 'full', ...all });
    const required = await resolveTls({ sslmode: 'require' }, { ...REMOTE, certificateFolder });
    expect(required.ssl).toEqual({ verify: 'ca', requested: 'require', ...all });
    expect((await resolveTls({}, { ...LOCAL, certificateFolder })).ssl).toBe(false);
  });

  it('knows the roots of RDS, and of the proxies before it', async () => {
    const { ssl } = await resolveTls({}, RDS);
    const subjects = subjectsOf(ssl === false ? undefined : ssl.ca);
    expect(subjects).toContainEqual(expect.stringMatching(/CN=Amazon RDS eu-west-1 Root CA RSA2048 G1/));
    expect(subjects).toContainEqual(expect.stringMatching(/CN=Amazon RDS us-east-1 Root CA ECC384 G1/));
    expect(subjects).toContainEqual(expect.stringMatching(/CN=Amazon Root CA 1$/m));
  });

  it('prefers the root certificate that was named to those of RDS', async () => {
    const { ca } = await writeFiles();
    expect((await resolveTls({ sslrootcert: ca }, RDS)).ssl).toEqual({ verify: 'full', ca: AUTHORITY.cert });
  });

  it('trusts what Node.js and the system trust with sslrootcert=system', async () => {
    const { ssl } = await resolveTls({ sslrootcert: 'system' }, LOCAL);
    expect(ssl).toMatchObject({ verify: 'full', ca: expect.stringContaining(rootCertificates[0]!) });
  });

  it.each<[string, ConnectionParameters, string]>([
    ['an unknown mode', { sslmode: 'no-verify' }, 'disable, allow, prefer, require, verify-ca, verify-full'],
    ['verify-ca without a CA', { sslmode: 'verify-ca' }, 'needs sslrootcert'],
    ['a weak mode with public CAs', { sslmode: 'require', sslrootcert: 'system' }, 'verify-full only'],
    [
      'a missing root certificate',
      { sslrootcert: '/nonexistent/ca.pem' },
      '/nonexistent/ca.pem cannot be read (ENOENT)',
    ],
    ['a key without its certificate', { sslkey: '/nonexistent/key' }, 'sslkey is given without sslcert'],
  ])('refuses %s', async (_, parameters, message) => {
    await expect(resolveTls(parameters, REMOTE)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining(message),
    });
  });

  it('refuses files that hold something else, without repeating it', async () => {
    const { ca, key, cert } = await writeFiles();
    await expect(resolveTls({ sslrootcert: key }, REMOTE)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringMatching(/holds no certificate in PEM form/),
    });
    await expect(resolveTls({ sslcert: cert, sslkey: ca }, REMOTE)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringMatching(/holds no private key in PEM form/),
    });
  });
});

it.each([
  ['x.eu-west-1.rds.amazonaws.com', true],
  ['x.proxy-1.eu-west-1.RDS.amazonaws.com.', true],
  ['x.cn-north-1.rds.amazonaws.com.cn', false],
  ['rds.amazonaws.com.example.com', false],
  ['xrds.amazonaws.com', false],
])('isRdsHost(%s) is %s', (host, expected) => {
  expect(isRdsHost(host)).toBe(expected);
});

function subjectsOf(pem: string | undefined): string[] {
  const blocks = (pem ?? '').match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  return blocks.map((block) => new X509Certificate(block).subject);
}
