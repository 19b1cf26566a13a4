import type { Service } from './service.js';

type Environment = Readonly<Record<string, string | undefined>>;

/** The part of vitest's test context that is used here. */
interface Skippable {
  skip(note: string): never;
}

/** For `beforeAll`, which cannot skip: start the service where it is there, and call `requireService` in `beforeEach`. */
export function locateService(service: Service, environment: Environment = process.env): string | undefined {
  return service.locate(environment);
}

/**
 * The path of a service, from within a test or `beforeEach`. Where it is missing the test is skipped with the reason;
 * with `CHARTERBUS_REQUIRE_SERVICES=1`, as in continuous integration, it fails instead.
 */
export function requireService(context: Skippable, service: Service, environment: Environment = process.env): string {
  const path = service.locate(environment);
  if (path !== undefined) return path;
  const reason = `${service.name} is missing: it ${service.hint}`;
  if (environment['CHARTERBUS_REQUIRE_SERVICES'] === '1') throw new Error(reason);
  return context.skip(reason);
}
