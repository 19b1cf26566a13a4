// Imports end in .js here, unlike elsewhere in this package: packages take this in and compile it by their own settings.
export { type BundleFault, type BundleRequest, BundleService } from './bundle-service.js';
export { Child } from './child.js';
export { compileRego } from './compile-rego.js';
export { type Direction, type Fault, FaultProxy } from './fault-proxy.js';
export { idealHits } from './ideal-lru.js';
export { airlineData, chromium, opa, redisServer, strace } from './known-services.js';
export { freePort, type OpaOptions, OpaServer, opaBinary, runOpa, startOpa } from './opa.js';
export { type Chance, Disk } from './power-loss/disk.js';
export { mayTrace, recordSyscalls } from './power-loss/record.js';
export type { Syscall } from './power-loss/syscalls.js';
export { type RedisServer, type RedisServerOptions, startRedis } from './redis.js';
export { locateService, requireService } from './require-service.js';
export type { Service } from './service.js';
