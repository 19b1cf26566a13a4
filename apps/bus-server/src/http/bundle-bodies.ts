import { z } from 'zod';
import { mediaTypeUnsupported } from './errors/refusals.js';
import type { HttpServer } from './http-server.js';
import { checkEncoding } from './json/read-json.js';

/** What a bundle comes as: what it is, and what OPA's bundle services call it. */
export const bundleMediaTypes = ['application/gzip', 'application/vnd.openpolicyagent.bundles'] as const;

/** As it came; read where the route knows whose signature it needs. */
export const bundleBodySchema = z.instanceof(Uint8Array);

/** Takes bundles on the routes that say so; elsewhere they are a media type as any other that is not JSON. */
export const readBundles = (app: HttpServer): void => {
  app.addContentTypeParser([...bundleMediaTypes], { parseAs: 'buffer' }, (request, bytes, done) => {
    try {
      if (request.routeOptions.config.takesBundles !== true) throw mediaTypeUnsupported();
      checkEncoding('', request.headers['content-encoding']);
      done(null, bytes);
    } catch (error) {
      done(error as Error);
    }
  });
};
