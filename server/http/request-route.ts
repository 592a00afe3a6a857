// Which route a request goes to, as the router found it. A target has many spellings (`/%61pi/labs`, `http://host/api/labs`),
// so nothing may decide by the text of the request.
import type { FastifyRequest } from 'fastify';

/** The route's pattern, such as `/api/labs/:lab`; for a request that no route takes, its target as it came. */
export function routeOf({ routeOptions, url }: Pick<FastifyRequest, 'routeOptions' | 'url'>): string {
  return routeOptions.url ?? url;
}

/** Whether it asks for readers' data or changes it, and so is guarded and counted; pages and their assets are files. */
export function isApiRequest(request: Pick<FastifyRequest, 'routeOptions' | 'url'>): boolean {
  return routeOf(request).startsWith('/api/');
}
