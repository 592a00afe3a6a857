// Who may talk to this server: the Host must be ours (DNS rebinding), and so must the Origin of every request that changes
// something or has one.
import { LabError } from '../errors.ts';

export interface GuardedRequest {
  method: string;
  host: string | undefined;
  origin: string | undefined;
  isUpgrade: boolean;
  /** Whether it asks for readers' data, not for a page or file that is the same for everybody. */
  isApi: boolean;
}

const localNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * @param allowedHosts further host names, without port, lower case.
 * @throws {LabError} LAB_ERR_ORIGIN saying what was found and what was expected.
 */
export function guardRequest(request: GuardedRequest, allowedHosts: readonly string[]): void {
  const names = [...localNames, ...allowedHosts];
  const hostName = nameOf(request.host);
  if (hostName === undefined || !names.includes(hostName)) {
    throw refused('Host', request.host, `one of ${names.join(', ')}; another name is allowed with --allow-host`);
  }
  // A page may read from its own server without an Origin; browsers send one when the page is from elsewhere.
  if (!request.isUpgrade && onlyReads(request) && (request.origin === undefined || !request.isApi)) return;
  // Browsers send Origin with every upgrade and every POST or DELETE; other programs have to set it themselves.
  const found = request.origin === undefined ? undefined : URL.parse(request.origin);
  const sameHost = found?.host === request.host?.toLowerCase();
  if (!found || !sameHost || !['http:', 'https:'].includes(found.protocol)) {
    throw refused('Origin', request.origin, `the page's own server, http(s)://${request.host}`);
  }
}

/** Whether the method is one that changes nothing, so that an Origin may be missing. */
export function onlyReads({ method }: { method: string }): boolean {
  return method === 'GET' || method === 'HEAD';
}

function nameOf(host: string | undefined): string | undefined {
  // The port, if any, is that of the reader's tunnel or proxy.
  return /^(\[[0-9a-f:]+\]|[a-z0-9.-]+)(:\d{1,5})?$/.exec(host?.toLowerCase() ?? '')?.[1];
}

function refused(header: string, found: string | undefined, expected: string): LabError {
  return new LabError('LAB_ERR_ORIGIN', `${header} is ${found ? `"${found}"` : 'missing'}, expected ${expected}`);
}
