export { airlineData, opa, redisServer } from './known-services.ts';
export { locateService, requireService } from './require-service.ts';
export type { Service } from './service.ts';
