export { createJwtAuthenticator, type JwtAuthenticator, type JwtRegistry } from './jwt-authenticator.js';
export type { JwtClaims, JwtOptions } from './options.js';
