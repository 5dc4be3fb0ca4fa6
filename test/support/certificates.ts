/**
 * X.509 certificates for tests of TLS, made with node:crypto alone, so that no openssl has to be installed.
 *
 * Only what OpenSSL asks for: version 3, P-256 keys, ecdsa-with-SHA256, basicConstraints, subjectAltName. DER is written by hand:
 * a value is its tag, its length and its content (X.690); the structure is RFC 5280, section 4.1.
 */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { isIPv4 } from 'node:net';

export interface Certificate {
  readonly name: string;
  /** PEM. */
  readonly cert: string;
  /** PEM, PKCS#8; encrypted when a passphrase was given. */
  readonly key: string;
}

/** A certificate that signs others. */
export interface Authority extends Certificate {
  readonly privateKey: KeyObject;
}

export interface CertificateOptions {
  /** Common name. */
  readonly name: string;
  /** Host names and IPv4 addresses. */
  readonly altNames?: readonly string[];
  /** Default: an hour ago until tomorrow. */
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  /** Encrypts the key. */
  readonly passphrase?: string;
}

const HOUR_MS = 3_600_000;

export function createAuthority(name: string): Authority {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = issue({ name }, publicKey, { name, privateKey }, true);
  return { name, cert, key: keyPem(privateKey), privateKey };
}

/** A certificate for a server or a client, signed by `authority`, or by itself without one. */
export function createCertificate(options: CertificateOptions, authority?: Authority): Certificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = issue(options, publicKey, authority ?? { name: options.name, privateKey }, false);
  return { name: options.name, cert, key: keyPem(privateKey, options.passphrase) };
}

function keyPem(key: KeyObject, passphrase?: string): string {
  const encryption = passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase };
  return key.export({ type: 'pkcs8', format: 'pem', ...encryption }).toString();
}

function issue(
  options: CertificateOptions,
  publicKey: KeyObject,
  issuer: { readonly name: string; readonly privateKey: KeyObject },
  isAuthority: boolean,
): string {
  const signatureAlgorithm = sequence(objectId('1.2.840.10045.4.3.2')); // ecdsa-with-SHA256
  const keyInfo = publicKey.export({ type: 'spki', format: 'der' });
  const toBeSigned = sequence(
    context(0, integer(Buffer.from([2]))), // version 3
    integer(Buffer.concat([Buffer.from([0x01]), randomBytes(8)])),
    signatureAlgorithm,
    distinguishedName(issuer.name),
    sequence(
      time(options.notBefore ?? new Date(Date.now() - HOUR_MS)),
      time(options.notAfter ?? new Date(Date.now() + 24 * HOUR_MS)),
    ),
    distinguishedName(options.name),
    keyInfo,
    context(3, sequence(...extensions(options, keyInfo, isAuthority))),
  );
  const signature = sign('sha256', toBeSigned, issuer.privateKey);
  const der = sequence(toBeSigned, signatureAlgorithm, bitString(signature));
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function extensions(options: CertificateOptions, keyInfo: Buffer, isAuthority: boolean): Buffer[] {
  const list = [
    extension('2.5.29.19', sequence(...(isAuthority ? [boolean(true)] : [])), true), // basicConstraints
    extension('2.5.29.14', octetString(createHash('sha1').update(keyInfo).digest()), false), // subjectKeyIdentifier
  ];
  if (options.altNames !== undefined) {
    list.push(extension('2.5.29.17', sequence(...options.altNames.map(generalName)), false)); // subjectAltName
  }
  return list;
}

function extension(id: string, value: Buffer, critical: boolean): Buffer {
  return sequence(objectId(id), ...(critical ? [boolean(true)] : []), octetString(value));
}

function generalName(name: string): Buffer {
  return isIPv4(name) ? tagged(0x87, Buffer.from(name.split('.').map(Number))) : tagged(0x82, Buffer.from(name));
}

function distinguishedName(commonName: string): Buffer {
  return sequence(tagged(0x31, sequence(objectId('2.5.4.3'), tagged(0x0c, Buffer.from(commonName)))));
}

/** UTCTime, which holds until 2049. */
function time(at: Date): Buffer {
  return tagged(0x17, Buffer.from(`${at.toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}

function objectId(dotted: string): Buffer {
  const [first, second, ...rest] = dotted.split('.').map(Number);
  return tagged(0x06, Buffer.from([first! * 40 + second!, ...rest.flatMap(base128)]));
}

function base128(value: number): number[] {
  const digits = [value & 0x7f];
  for (let left = value >>> 7; left > 0; left >>>= 7) digits.unshift((left & 0x7f) | 0x80);
  return digits;
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function context(tag: number, value: Buffer): Buffer {
  return tagged(0xa0 | tag, value);
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function boolean(value: boolean): Buffer {
  return tagged(0x01, Buffer.from([value ? 0xff : 0]));
}

function octetString(bytes: Buffer): Buffer {
  return tagged(0x04, bytes);
}

function bitString(bytes: Buffer): Buffer {
  return tagged(0x03, Buffer.concat([Buffer.from([0]), bytes]));
}

function tagged(tag: number, content: Buffer): Buffer {
  const size = content.length;
  const length = size < 0x80 ? [size] : size < 0x100 ? [0x81, size] : [0x82, size >> 8, size & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}
