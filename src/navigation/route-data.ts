// Changes to Starlight's data of a page before it is rendered: lessons have their steps instead of a table of contents,
// and the home page has the site's name as its title once, not twice.
import { defineRouteMiddleware } from '@astrojs/starlight/route-data';

export const onRequest = defineRouteMiddleware((context) => {
  const route = context.locals.starlightRoute;
  if (route.entry.data.type === 'lesson') route.toc = undefined;
  if (route.entry.data.title !== route.siteTitle) return;
  for (const element of route.head) if (element.tag === 'title') element.content = route.siteTitle;
});
