// Pages whose content only the operator knows: with a setting they lead to the operator's own page; without it the site says
// that there is none.
import type { FastifyInstance } from 'fastify';
import type { LabServerConfig } from '../config.ts';

/** Page of the site → the setting that replaces it. */
const pages = {
  '/project/legal-notice': 'legalNotice',
  '/project/source': 'sourceCode',
} as const satisfies Record<string, keyof LabServerConfig>;

/** Adds a redirect for each page for which the operator has set an address; the others are served from the site. */
export function addOperatorLinks(app: FastifyInstance, config: LabServerConfig): void {
  for (const [page, setting] of Object.entries(pages)) {
    const address = config[setting];
    if (address === '') continue;
    // Not a permanent redirect: the operator may set another address tomorrow.
    for (const path of [page, `${page}/`]) app.get(path, (_request, reply) => reply.redirect(address, 302));
  }
}
