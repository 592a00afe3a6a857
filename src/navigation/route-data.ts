// Changes to Starlight's data of a page before it is rendered: lessons have their steps instead of a table of contents.
import { defineRouteMiddleware } from '@astrojs/starlight/route-data';

export const onRequest = defineRouteMiddleware((context) => {
  const route = context.locals.starlightRoute;
  if (route.entry.data.type === 'lesson') route.toc = undefined;
});
